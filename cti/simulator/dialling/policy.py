"""How many lines to place, by whom: ours is the product's own pacing, others are there to compare it with."""

from typing import Protocol

from acd.instant import Instant, Span
from cti.simulator.dialling.floor import Floor
from dialer.budget import Budget


class Policy(Protocol):
    """Asked after everything that happens; told of what it may learn from."""

    def lines(self, floor: Floor, budget: Budget, at: Instant) -> int:
        """Lines to place now."""

    def answered(self, rang: Span, at: Instant) -> None:
        """A person answered."""

    def failed(self, rang: Span, at: Instant) -> None:
        """A line came to nothing."""

    def dropped(self, at: Instant) -> None:
        """A person answered and nobody was there in time."""

    def talked(self, span: Span) -> None:
        """A conversation ended."""

    def wrapped_up(self, span: Span) -> None:
        """So did an agent's wrap-up."""
