"""How many calls may leave at once, and how fast."""

from collections.abc import Sequence
from dataclasses import dataclass

from acd.instant import MICROSECONDS_PER_SECOND, Instant, Span

WINDOW = Span(MICROSECONDS_PER_SECOND)
"""Over which the rate is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLimits:
    """What the trunk, or an agreement with its carrier, allows. None: no limit of ours."""

    most: int | None = None
    """Lines in use at once."""
    most_a_second: int | None = None

    def allows_from(self, starts: Sequence[Instant], at: Instant) -> Instant:
        """From when on one more start keeps to the rate, ``at`` when it does so now."""
        if self.most_a_second is None:
            return at
        recent = sorted(start for start in starts if at - start < WINDOW)
        if len(recent) < self.most_a_second:
            return at
        return max(at, Instant(recent[-self.most_a_second] + WINDOW))
