"""A queue's door: open or closed, by its hours and by hand."""

from dataclasses import dataclass

from acd.instant import Instant
from acd.overflow_rules import AtClosing


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """Somebody closed the queue by hand; it stays closed until somebody reopens it."""

    because: str
    by: str
    since: Instant
    waiting: AtClosing | None = None
    """What becomes of those who wait; None leaves it to the queue's rules."""


@dataclass(slots=True)
class Door:
    """The present. Changed only by :mod:`acd.doors`."""

    open_by_hours: bool = True
    holiday: str = ""
    """The name of the special day by which it is open or closed; empty on an ordinary day."""
    changes_at: Instant | None = None
    """When the hours open or close it next."""
    closure: Closure | None = None

    @property
    def is_open(self) -> bool:
        """Whether newcomers are let in, as far as the door is concerned."""
        return self.open_by_hours and self.closure is None

    @property
    def why(self) -> str:
        """Why it is as it is, in words."""
        if self.closure is not None:
            by = f" by {self.closure.by}" if self.closure.by else ""
            return f"closed{by}: {self.closure.because}"
        day = f" ({self.holiday})" if self.holiday else ""
        return f"{'open' if self.open_by_hours else 'closed'} by its hours{day}"
