"""Counters of one queue. What was offered is always the sum of its outcomes and of those still here."""

from dataclasses import dataclass

from acd.call import Outcome
from acd.instant import Span


@dataclass(slots=True)
class QueueStats:
    """Since the engine started. All counts are calls."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    lost: int = 0
    left_for_ivr: int = 0
    answered_within: int = 0
    """Answered within the queue's service-level span."""
    waited_answered: Span = Span(0)
    """Sum of the answered callers' waits; over ``answered`` it is the average speed of answer (ASA)."""
    talked: Span = Span(0)
    finished: int = 0
    """Answered calls that are over; ``talked`` over it is the average talk time."""
    refused: int = 0
    """Callers the queue did not take in; they are not among the offered."""

    def count(self, outcome: Outcome) -> None:
        """Book how a queued call ended. ANSWERED is booked when the call connects."""
        match outcome:
            case Outcome.ABANDONED:
                self.abandoned += 1
            case Outcome.LOST:
                self.lost += 1
            case _:
                raise AssertionError(f"a queued call cannot end as {outcome}")

    def unexplained(self, still_here: int) -> int:
        """Calls offered that are neither ended nor still waiting; anything but 0 is a bug."""
        return self.offered - self.answered - self.abandoned - self.lost - self.left_for_ivr - still_here

    def service_level(self) -> float | None:
        """Share answered within the span among answered and abandoned calls; None before the first.

        Formula: answered_in / (answered + abandoned), the variant that counts every abandonment
        against the queue.
        """
        total = self.answered + self.abandoned
        return self.answered_within / total if total else None
