"""Counters of one queue. Who knocked is always the sum of how visits ended and of those still here."""

from dataclasses import dataclass, field

from acd.exits import TURNED_AWAY, QueueExit
from acd.instant import Span


def _none_yet() -> dict[QueueExit, int]:
    return dict.fromkeys(QueueExit, 0)


@dataclass(slots=True)
class QueueStats:
    """Since the engine started. All counts are visits: a call that comes twice is counted twice."""

    offered: int = 0
    """Everybody who knocked, also who was not let in."""
    exits: dict[QueueExit, int] = field(default_factory=_none_yet)
    """How visits ended; ANSWERED is booked when the call connects."""
    answered_within: int = 0
    """Answered within the queue's service-level span."""
    waited_answered: Span = Span(0)
    """Sum of the answered callers' waits; over ``answered`` it is the average speed of answer (ASA)."""
    talked: Span = Span(0)
    finished: int = 0
    """Answered calls that are over; ``talked`` over it is the average talk time."""

    @property
    def answered(self) -> int:
        """Visits that ended with an agent."""
        return self.exits[QueueExit.ANSWERED]

    @property
    def turned_away(self) -> int:
        """Visits the queue refused or ended, and that led nowhere else."""
        return sum(self.exits[exit_] for exit_ in TURNED_AWAY)

    def count(self, exit_: QueueExit) -> None:
        """Book how one visit ended."""
        self.exits[exit_] += 1

    def unexplained(self, still_here: int) -> int:
        """Visits that have neither ended nor go on; anything but 0 is a bug."""
        return self.offered - sum(self.exits.values()) - still_here

    def service_level(self) -> float | None:
        """Share answered within the span among answered and abandoned calls; None before the first.

        Formula: answered_in / (answered + abandoned), the variant that counts every abandonment
        against the queue.
        """
        total = self.answered + self.exits[QueueExit.ABANDONED]
        return self.answered_within / total if total else None
