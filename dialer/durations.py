"""How long something takes, as a distribution that is learnt: no shape is assumed, only a first guess."""

from collections.abc import Iterable, Sequence
from itertools import accumulate

from acd.instant import Span, in_seconds

RELEARNT_EVERY = 10
"""Observations between two looks at all of them."""


class Durations:
    """Counts in cells of equal width, older ones counting less. Asked only how many outlast a time."""

    __slots__ = ("_counts", "_kept", "_since", "_survival", "_total", "_weight", "seen", "version", "width_s")

    def __init__(self, width_s: float, guess: Sequence[float], *, worth: float, memory: float) -> None:
        """``guess``: shares of what ends in each cell, summing up to 1, the last one open; ``worth`` so many
        observations. ``memory``: how many observations count; more are thinned out."""
        assert len(guess) > 1, "no cells"
        assert worth > 0, "a guess that is worth nothing would foretell nothing"
        self.width_s = width_s
        self._counts = [share * worth for share in guess]
        self._total = worth
        self._kept = 1.0 - 1.0 / memory
        self._weight = 1.0
        self._since = 0
        self.seen = 0
        """Observations there were, beside the guess."""
        self._survival = self._look()
        self.version = 0
        """Moves on whenever the answers may have changed."""

    @classmethod
    def known(cls, width_s: float, cells: int, values: Iterable[Span], *, memory: float) -> "Durations":
        """From many observations at once, with no guess beside them."""
        counts = [0.0] * cells
        for value in values:
            counts[min(cells - 1, int(in_seconds(value) / width_s))] += 1.0
        seen = sum(counts)
        return cls(width_s, [count / seen for count in counts], worth=seen, memory=memory)

    def observe(self, span: Span) -> None:
        """One was over after ``span``."""
        self._weight /= self._kept  # instead of making all others smaller
        cell = min(len(self._counts) - 1, int(in_seconds(span) / self.width_s))
        self._counts[cell] += self._weight
        self._total += self._weight
        self._since += 1
        self.seen += 1
        if self._since >= RELEARNT_EVERY:
            self._since = 0
            if self._weight > 1e9:
                self._counts = [count / self._weight for count in self._counts]
                self._weight = 1.0
            self._survival = self._look()
            self.version += 1

    def outlasts(self, age_s: float) -> float:
        """The share that is not over after ``age_s``; within a cell ends are spread evenly."""
        place = age_s / self.width_s
        cell = int(place)
        survival = self._survival
        if cell >= len(survival) - 1:
            return survival[-1]
        return survival[cell] + (survival[cell + 1] - survival[cell]) * (place - cell)

    def over_by(self, share: float) -> float:
        """After so many seconds this share is over; when the last cell begins, if it is not by then."""
        for cell in range(1, len(self._survival) - 1):
            before, now = 1.0 - self._survival[cell - 1], 1.0 - self._survival[cell]
            if now >= share:
                part = (share - before) / (now - before) if now > before else 1.0
                return (cell - 1 + part) * self.width_s
        return (len(self._counts) - 1) * self.width_s

    def chance_in(self, cell: int) -> float:
        """The share that is over within this cell."""
        survival = self._survival
        return survival[cell] - survival[cell + 1] if cell + 1 < len(survival) else 0.0

    @property
    def cells(self) -> int:
        """How many there are."""
        return len(self._counts)

    def _look(self) -> list[float]:
        self._total = sum(self._counts)
        ended = accumulate(self._counts, initial=0.0)
        return [max(0.0, 1.0 - one / self._total) for one in ended]
