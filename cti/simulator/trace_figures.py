"""What a trace amounts to, in the figures people know a call centre by."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from acd.ids import QueueId
from acd.instant import in_seconds, seconds
from cti.simulator.trace import TraceCall, TraceOutcome

SOON = seconds(20)
SHORT_SERVICE = seconds(10)
"""Shorter services are agents who hung up, or nobody there: left out of one of the two means."""


@dataclass(slots=True)
class TraceFigures:
    """Counts of calls, and sums in seconds, of one queue or of all."""

    calls: int = 0
    waited: int = 0
    """Calls that waited at all."""
    wait_s: float = 0.0
    left_ivr: int = 0
    abandoned: int = 0
    answered: int = 0
    answered_soon: int = 0
    """Answered within :data:`SOON`."""
    served: int = 0
    """Answered calls whose service time is known."""
    service_s: float = 0.0
    served_long: int = 0
    """Those of them not shorter than :data:`SHORT_SERVICE`."""
    service_long_s: float = 0.0

    def add(self, call: TraceCall) -> None:
        """Count one call."""
        self.calls += 1
        self.waited += call.waited > 0
        self.wait_s += in_seconds(call.waited)
        self.left_ivr += call.outcome is TraceOutcome.LEFT_IVR
        self.abandoned += call.outcome is TraceOutcome.ABANDONED
        self.answered += call.outcome is TraceOutcome.ANSWERED
        self.answered_soon += call.outcome is TraceOutcome.ANSWERED and call.waited <= SOON
        if call.service is not None:
            self.served += 1
            self.service_s += in_seconds(call.service)
            if call.service >= SHORT_SERVICE:
                self.served_long += 1
                self.service_long_s += in_seconds(call.service)

    def told(self) -> dict[str, int | float | None]:
        """For people and programs: counts, shares of all calls, means in seconds."""
        return {
            "calls": self.calls,
            "waiting_share": _over(self.waited, self.calls),
            "mean_wait_s": _over(self.wait_s, self.calls),
            "abandoned_share": _over(self.abandoned, self.calls),
            "left_ivr_share": _over(self.left_ivr, self.calls),
            "answered_share": _over(self.answered, self.calls),
            "answered_within_20_s_share": _over(self.answered_soon, self.calls),
            "mean_service_s": _over(self.service_s, self.served),
            "mean_service_from_10_s_s": _over(self.service_long_s, self.served_long),
        }


def _over(sum_of: float, count: int) -> float | None:
    return round(sum_of / count, 4) if count else None


@dataclass(frozen=True, slots=True)
class Summary:
    """A trace's figures: all calls, and by queue, those with most calls first."""

    all: TraceFigures
    by_queue: dict[QueueId, TraceFigures]


def figures(calls: Iterable[TraceCall]) -> Summary:
    """Count a trace."""
    everything, queues = TraceFigures(), dict[QueueId, TraceFigures]()
    for call in calls:
        everything.add(call)
        queues.setdefault(call.queue, TraceFigures()).add(call)
    return Summary(everything, dict(_most_calls_first(queues)))


def _most_calls_first(queues: dict[QueueId, TraceFigures]) -> Iterator[tuple[QueueId, TraceFigures]]:
    yield from sorted(queues.items(), key=lambda one: (-one[1].calls, one[0]))
