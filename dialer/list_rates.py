"""How many of a list's people answer, region by region: each region shrunk towards its list.

A region is foretold twice, by what its list does as a whole and by what the region itself has done, and
each is believed as much as it has foretold that region's latest outcomes: regions that do not differ are as
one, and one that differs is soon itself. Of a region that was never dialled a part is believed
(:data:`OWN_AT_FIRST`) that is believed of a list that never was: rather too high, which is the safe side. A
list of one region is foretold as if there were no regions.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from dialer.answer_rate import MOVES_ON, AnswerRate

MOST_REGIONS = 100
"""Of one list, in the order in which they are first dialled; all others together are one more."""
OTHERS = "others"
OWN_AT_FIRST = 0.25
"""How much a region's own outcomes are believed, beside its list's, before there are any."""
LINES_WORTH_ITS_LIST, MOST_WORTH = 25, 4
"""With so many lines of its own a region's outcomes count once more against its list's, up to four times
more: while others are dialled, its list says more and more of them, and less and less of it."""
_NEVER_DIALLED = AnswerRate().mean(0)


@dataclass(slots=True)
class Seen:
    """Lines that were learnt from, of all time that is remembered."""

    lines: int = 0
    answered: int = 0

    def add(self, answered: bool) -> None:
        """One more."""
        self.lines += 1
        self.answered += answered


class _Region:
    """One region's own outcomes, and how much they are believed."""

    __slots__ = ("own", "seen", "trust")

    def __init__(self, own: AnswerRate, trust: float) -> None:
        self.own, self.trust, self.seen = own, trust, Seen()

    def mean(self, whole: float, hour: int) -> float:
        own = self.trust * (1.0 + min(self.seen.lines / LINES_WORTH_ITS_LIST, MOST_WORTH))
        return (own * self.own.mean(hour) + (1.0 - self.trust) * whole) / (own + 1.0 - self.trust)

    def observe(self, whole: float, *, answered: bool, hour: int) -> None:
        own = self.own.mean(hour)
        for_own = self.trust * (own if answered else 1.0 - own)
        for_whole = (1.0 - self.trust) * (whole if answered else 1.0 - whole)
        self.trust = (1.0 - MOVES_ON) * for_own / (for_own + for_whole) + MOVES_ON / 2
        self.own.observe(answered=answered, hour=hour)
        self.seen.add(answered)


class ListRates:
    """One list's answer rates."""

    __slots__ = ("_regions", "by_hour", "seen", "whole")

    def __init__(self) -> None:
        self.whole = AnswerRate()
        """Of all its regions together."""
        self.seen = Seen()
        self.by_hour: dict[int, Seen] = {}
        """By hour of the day of the called."""
        self._regions: dict[str, _Region] = {}

    def observe(self, region: str, *, answered: bool, hour: int) -> None:
        """What became of a line that was placed in this hour, to somebody of this region."""
        name = self._name(region)
        found = self._regions.get(name)
        if found is None:
            if len(self._regions) == 1:  # the first one was the whole list until now
                for first in self._regions.values():
                    first.own = self.whole.copy()
            if self._regions:
                found = self._regions[name] = _Region(AnswerRate(), OWN_AT_FIRST)
            else:
                found = self._regions[name] = _Region(self.whole, 1.0 - OWN_AT_FIRST)
        if len(self._regions) > 1:
            found.observe(self.whole.mean(hour), answered=answered, hour=hour)
        else:
            found.seen.add(answered)
        self.whole.observe(answered=answered, hour=hour)
        self.seen.add(answered)
        self.by_hour.setdefault(hour, Seen()).add(answered)

    def mean(self, region: str | None, hour: int) -> float:
        """The chance that somebody answers who is dialled there in this hour; None: wherever he is."""
        whole = self.whole.mean(hour)
        if region is None or not self._regions:
            return whole
        found = self._regions.get(self._name(region))
        if found is None:
            return OWN_AT_FIRST * _NEVER_DIALLED + (1.0 - OWN_AT_FIRST) * whole
        return whole if len(self._regions) == 1 else found.mean(whole, hour)

    def regions(self) -> Iterator[tuple[str, Seen]]:
        """Those that were dialled, in the order in which they first were."""
        for name, found in self._regions.items():
            yield name, found.seen

    def _name(self, region: str) -> str:
        if region in self._regions or len(self._regions) < MOST_REGIONS:
            return region
        return OTHERS
