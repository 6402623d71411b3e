"""Other ways to pace, to be compared with. Written from descriptions of what they do; none looks at the law's
thirty days."""

import math

from acd.instant import Instant, Span, in_seconds, seconds
from cti.simulator.dialling.floor import Floor
from dialer.budget import Budget


class Progressive:
    """One line for each idle agent: nobody is ever abandoned, and agents listen to ringing."""

    def lines(self, floor: Floor, budget: Budget, at: Instant) -> int:
        """Lines to place now."""
        return max(0, len(floor.idle) - floor.waiting - floor.lines)

    def answered(self, rang: Span, at: Instant) -> None:
        """Does not learn."""

    def failed(self, rang: Span, at: Instant) -> None:
        """Does not learn."""

    def dropped(self, at: Instant) -> None:
        """Does not learn."""

    def talked(self, span: Span) -> None:
        """Does not learn."""

    def wrapped_up(self, span: Span) -> None:
        """Does not learn."""


ROUNDED_FOR, GOLDEN = seconds(20), 0.6180339887498949
"""How long what is less than a line is rounded in one way; the next way is so much further round."""


class FixedRatio(Progressive):
    """So many lines for each agent who is idle or talks, those with a conversation on them counted.

    Half a line is a line half of the time: so ten agents have more ratios to choose from than tenths.
    """

    def __init__(self, ratio: float) -> None:
        self.ratio = ratio

    def lines(self, floor: Floor, budget: Budget, at: Instant) -> int:
        """Lines to place now."""
        agents = len(floor.idle) + len(floor.talking)
        carried = floor.lines + floor.waiting + len(floor.talking)
        return max(0, math.floor(self.ratio * agents + self._rounding(at)) - carried)

    def _rounding(self, at: Instant) -> float:
        return at // ROUNDED_FOR * GOLDEN % 1.0


EVERY = seconds(15)
"""The level is set anew so often ..."""
MINUTE = seconds(60)
FIRST_LEVEL, MOST_LEVEL = 1.0, 3.0


class Reactive(FixedRatio):
    """Adaptive as the best-known open dialer describes it: the ratio follows how many agents were idle
    lately, and is halved when too many calls were dropped since the day began.

    Looked at once a second; every 15 s the ratio changes by the mean number of idle agents, less callers
    waiting, as a share of all agents. More than 20 answers of which half were dropped within a minute halve
    it; so does a share of drops above the limit, once 50 have answered. It never goes below one line for each
    agent, nor above three.
    """

    def __init__(self, limit: float, starts: Instant) -> None:
        super().__init__(FIRST_LEVEL)
        self._limit = limit
        self._set_at = self._seen_until = starts
        self._idle = self._agents = 0.0
        self._live = self._dropped = 0
        self._minute: list[tuple[Instant, bool]] = []
        self._before = (0, 0)

    def lines(self, floor: Floor, budget: Budget, at: Instant) -> int:
        """Lines to place now."""
        passed = in_seconds(at - self._seen_until)
        self._idle += passed * self._before[0]
        self._agents += passed * self._before[1]
        self._seen_until = at
        self._before = (len(floor.idle) - floor.waiting, len(floor.idle) + len(floor.talking))
        if at - self._set_at >= EVERY:
            self._sets_level(at)
        return super().lines(floor, budget, at)

    def answered(self, rang: Span, at: Instant) -> None:
        """Counted since the day began, and of the last minute."""
        self._live += 1
        self._minute.append((at, False))

    def dropped(self, at: Instant) -> None:
        """The same."""
        self._dropped += 1
        self._minute.append((at, True))

    def _rounding(self, at: Instant) -> float:
        return 0.5

    def _sets_level(self, at: Instant) -> None:
        if self._agents:
            self.ratio *= 1.0 + self._idle / self._agents
        self._idle = self._agents = 0.0
        self._set_at = at
        self._minute = [one for one in self._minute if at - one[0] <= MINUTE]
        drops = sum(dropped for _, dropped in self._minute)
        answers = len(self._minute) - drops
        if answers > 20 and drops > answers / 2:
            self.ratio /= 2
        if self._live > 50 and self._dropped / self._live > self._limit:
            self.ratio /= 2
        self.ratio = min(MOST_LEVEL, max(1.0, self.ratio))
