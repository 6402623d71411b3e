"""Counters of one queue. Who knocked is always the sum of how visits ended and of those still here."""

from dataclasses import dataclass, field

from acd.exits import TURNED_AWAY, QueueExit
from acd.instant import Span
from acd.service_level import Answers


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
    longest_waited: Span = Span(0)
    """The longest wait of anybody who left the line, whichever way."""
    abandoned_within: int = 0
    """Gave up within the queue's service-level span."""
    abandoned_short: int = 0
    """Gave up within the queue's span for short abandonments."""
    talked: Span = Span(0)
    finished: int = 0
    """Answered calls that are over; ``talked`` over it is the average talk time."""
    wrapped: Span = Span(0)
    """Sum of the wrap-ups that are over."""
    wrap_ups: int = 0
    """How many there were: not every call is followed by one."""

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

    @property
    def answers(self) -> Answers:
        """What service levels are computed from."""
        return Answers(
            answered=self.answered,
            answered_within=self.answered_within,
            abandoned=self.exits[QueueExit.ABANDONED],
            abandoned_within=self.abandoned_within,
            abandoned_short=self.abandoned_short,
        )

    @property
    def average_handling(self) -> float | None:
        """Average handling time (AHT) in microseconds: talk per conversation and wrap-up per conversation;
        None before the first conversation is over."""
        return (self.talked + self.wrapped) / self.finished if self.finished else None
