"""What the dialer has learnt of the people it dials and of its agents, as pacing asks for it.

Every first guess is stated here, and is soon outweighed: whoever is dialled answers after 2 to 20 s, as
likely at any moment of them; who does not is given up within 30 s; a conversation takes three minutes and
wrap-up 20 s on average, both as if without memory.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from acd.instant import Span, in_seconds, seconds
from dialer.durations import Durations
from dialer.list_rates import ListRates

AHEAD_S = (2.0, 4.0, 6.0, 9.0, 12.0, 15.0, 19.0)
"""The moments looked at, in seconds from now: those at which lines that are placed now are answered."""
RING_CELLS, TALK_CELLS, WRAP_CELLS = 60, 240, 180
TALK_CELL_S = 5.0
TALK_CELL, SECOND = seconds(TALK_CELL_S), seconds(1)
WORTH = 20.0
"""Each guess is worth so many observations."""
RING_MEMORY, TALK_MEMORY = 1_000.0, 500.0
SMALL = 1e-3

Chances = tuple[tuple[int, float], ...]
"""Moments of :data:`AHEAD_S`, by number, and the chance of each; those with hardly any are left out."""
RARE = 1e-5


class Hazard(NamedTuple):
    """What can be said of a line that has rung for so long."""

    unlikelier: float
    """By how much longer those ring who do not answer: the odds that it is answered are divided by this."""
    by: Chances
    """If it is answered: by when."""


class Estimates:
    """Learns online from what becomes of every line and every conversation; asked at every decision."""

    def __init__(
        self,
        *,
        connect_within: Span = seconds(2),
        answers: Durations | None = None,
        fails: Durations | None = None,
        talks: Durations | None = None,
        wraps: Durations | None = None,
    ) -> None:
        """``connect_within``: how soon an agent must be there for a live answer. The distributions: what is
        known beforehand, of how long a line rings until it is answered or has failed, and agents are busy."""
        self.answers = answers or Durations(1.0, _even(2, 20, RING_CELLS), worth=WORTH, memory=RING_MEMORY)
        self.fails = fails or Durations(1.0, _even(0, 30, RING_CELLS), worth=WORTH, memory=RING_MEMORY)
        self.talks = talks or Durations(
            TALK_CELL_S, _fading(180 / TALK_CELL_S, TALK_CELLS), worth=WORTH, memory=TALK_MEMORY
        )
        self.wraps = wraps or Durations(1.0, _fading(20, WRAP_CELLS), worth=WORTH, memory=TALK_MEMORY)
        self.rates: dict[str, ListRates] = {}
        """By list."""
        self._free_by = _free_by(connect_within)
        self._hazards: dict[int, Hazard] = {}
        self._hazards_of = (-1, -1)
        self._wrapping: dict[int, Chances] = {}
        self._wrapping_of = -1
        self._talking: dict[int, Chances] = {}
        self._talking_of = (-1, -1)
        self._wrap_cells: list[tuple[float, float]] = []

    # -- learning ----------------------------------------------------------------------------------

    def line_answered(self, list_id: str, hour: int, rang: Span, region: str = "") -> None:
        """A person answered a line that was placed in this hour (of the day, where he is) to this region."""
        self._rate(list_id).observe(region, answered=True, hour=hour)
        self.answers.observe(rang)

    def line_failed(self, list_id: str, hour: int, rang: Span, region: str = "") -> None:
        """Nobody did."""
        self._rate(list_id).observe(region, answered=False, hour=hour)
        self.fails.observe(rang)

    def talked(self, span: Span) -> None:
        """A conversation is over."""
        self.talks.observe(span)

    def wrapped_up(self, span: Span) -> None:
        """An agent's work after it is done."""
        self.wraps.observe(span)

    def connect_within(self, span: Span) -> None:
        """How soon an agent must be there from now on. What was learnt stays."""
        self._free_by = _free_by(span)
        self._talking_of, self._wrapping_of = (-1, -1), -1

    def _rate(self, list_id: str) -> ListRates:
        rate = self.rates.get(list_id)
        if rate is None:
            rate = self.rates[list_id] = ListRates()
        return rate

    # -- foretelling -------------------------------------------------------------------------------

    def answer_rate(self, list_id: str, hour: int, region: str | None = None) -> float:
        """The chance that whoever is dialled of this list in this hour answers; in this region, if one is
        named."""
        return self._rate(list_id).mean(region, hour)

    def ringing(self, age: Span) -> Hazard:
        """Of a line that rings since so long; whole seconds are distinguished."""
        known = (self.answers.version, self.fails.version)
        if known != self._hazards_of:
            self._hazards, self._hazards_of = {}, known
        second = round(in_seconds(age))
        found = self._hazards.get(second)
        if found is None:
            found = self._hazards[second] = self._hazard(second)
        return found

    def talking(self, cell: int) -> Chances:
        """That who talks since so many :data:`TALK_CELL` is free soon enough for whoever answers by then."""
        known = (self.talks.version, self.wraps.version)
        if known != self._talking_of:
            self._talking, self._talking_of = {}, known
            chances = ((cell + 0.5, self.wraps.chance_in(cell)) for cell in range(self.wraps.cells))
            self._wrap_cells = [(wrap_s, chance) for wrap_s, chance in chances if chance > SMALL]
        found = self._talking.get(cell)
        if found is None:
            found = self._talking[cell] = self._free_after_talk((cell + 0.5) * TALK_CELL_S)
        return found

    def wrapping_up(self, second: int) -> Chances:
        """The same of one who wraps up since so many seconds."""
        if self.wraps.version != self._wrapping_of:
            self._wrapping, self._wrapping_of = {}, self.wraps.version
        found = self._wrapping.get(second)
        if found is None:
            found = self._wrapping[second] = _over_by(self.wraps, second + 0.5, self._free_by)
        return found

    def _hazard(self, second: int) -> Hazard:
        answers, fails = self.answers.outlasts(second), self.fails.outlasts(second)
        unlikelier = fails / answers if answers > SMALL else 1.0 / SMALL
        return Hazard(max(unlikelier, SMALL), _over_by(self.answers, float(second), AHEAD_S))

    def _free_after_talk(self, elapsed_s: float) -> Chances:
        left = self.talks.outlasts(elapsed_s)
        if left <= SMALL:  # longer than anybody ever talked: nothing is known
            return ()
        chances = [0.0] * len(AHEAD_S)
        for wrap_s, chance in self._wrap_cells:
            for n, by_s in enumerate(self._free_by):
                if by_s > wrap_s:
                    chances[n] += chance * (1.0 - self.talks.outlasts(elapsed_s + by_s - wrap_s) / left)
        return _likely(chances)


def _free_by(connect_within: Span) -> list[float]:
    return [ahead + in_seconds(connect_within) for ahead in AHEAD_S]


def _likely(chances: Iterable[float]) -> Chances:
    return tuple((n, chance) for n, chance in enumerate(chances) if chance > RARE)


def _over_by(durations: Durations, age_s: float, by_s: Sequence[float]) -> Chances:
    """What has lasted for so long is over within each of these."""
    left = durations.outlasts(age_s)
    if left <= SMALL:  # it should have been over: any moment now
        return _likely(1.0 for _ in by_s)
    return _likely(1.0 - durations.outlasts(age_s + by) / left for by in by_s)


def _even(since: int, to: int, cells: int) -> list[float]:
    """Ends anywhere between two cells, and hardly ever elsewhere."""
    rarely = 0.02 / cells
    return [rarely + (0.98 / (to - since) if since <= cell < to else 0.0) for cell in range(cells)]


def _fading(mean_cells: float, cells: int) -> list[float]:
    """Without memory; the last cell takes what outlasts all others."""
    lasts = [math.exp(-cell / mean_cells) for cell in range(cells)] + [0.0]
    return [lasts[cell] - lasts[cell + 1] for cell in range(cells)]
