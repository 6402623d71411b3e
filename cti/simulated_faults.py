"""How badly the simulated world's link behaves."""

from dataclasses import dataclass

from acd.instant import Span, seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How badly the link carries news while it is up. All but ``most_late`` are probabilities."""

    lost: float = 0.0
    """A report, or an order that asks or recalls, gets lost."""
    doubled: float = 0.0
    late: float = 0.0
    """A report is held up, so that later ones overtake it."""
    most_late: Span = seconds(2)
    unconfirmed: float = 0.0
    """Nobody hears what became of an order to ring; every other one is carried out."""
    barred: float = 0.0
    """The gate does not let an order for a callback out: every other one for a while, the rest for good."""


NO_FAULTS = Faults()
