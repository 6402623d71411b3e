"""A bar: why one agent is not offered one caller again. :mod:`acd.bars` puts and lifts them."""

from dataclasses import dataclass

from acd.instant import Instant
from acd.offer import OfferEnd

DEAF = frozenset({OfferEnd.NO_ANSWER, OfferEnd.EXPIRED, OfferEnd.UNREACHABLE})
"""Ends after which nobody may be at the phone."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Why one agent is not offered one caller again."""

    until: Instant
    deaf: bool
    """Whether it was his phone that nobody answered: a sign of life lifts the bar."""
    last: bool
    """Whether nobody else was offered the caller since. Of a deaf phone that keeps the bar up for long."""

    def stands(self, at: Instant) -> bool:
        """Whether it still keeps the caller from him."""
        return at < self.until or (self.deaf and self.last)
