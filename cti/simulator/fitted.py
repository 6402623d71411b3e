"""A trace as the simulator uses it: its callers again, what is not known of them drawn from what is known of
others.

- Patience: who abandoned shows his; of who was answered it is known only that he would have waited longer.
  The rest of his patience is drawn from the estimate of Kaplan and Meier over all callers of his class,
  given that he lasted so long.
- Handling: as in the trace; of who was not answered, that of another caller of his queue. Services too
  short to be any (:data:`SHORT_SERVICE`) are not drawn for others.
- Agents: who answered; he is there while he serves, and before callers whom he served at once, unless he took
  no call for longer than :data:`PAUSE`; he can do what he did often enough.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from acd.call import CallClass
from acd.ids import AgentId, QueueId
from acd.instant import Instant, Span, after, seconds
from cti.simulator.caller import Caller
from cti.simulator.people import Distribution, Empirical, Survival, chance_for
from cti.simulator.shifts import Shifts
from cti.simulator.trace import TraceCall, TraceOutcome
from cti.simulator.trace_figures import SHORT_SERVICE

PAUSE = seconds(300)
"""An agent who takes no call for longer was away."""
AT_ONCE = seconds(0)
"""Who waited no longer was answered at once: a phone rings for a moment."""
OFTEN = 0.02
"""Of an agent's calls, or of a queue's, the share that shows he serves it."""


@dataclass(slots=True)
class FittedTrace:
    """The calls of a trace that came to a queue, and what they tell about people."""

    calls: tuple[TraceCall, ...]
    left_ivr: int
    """Calls that never came to a queue; they are left out."""
    shifts: Mapping[AgentId, Shifts]
    """When those who answered were there."""
    serves: Mapping[AgentId, tuple[QueueId, ...]]
    """Which queues they serve."""
    _patience: Mapping[CallClass | None, Survival]
    _handling: Mapping[QueueId | None, Empirical]

    @classmethod
    def of(cls, calls: Iterable[TraceCall]) -> "FittedTrace":
        """What the calls of a trace tell."""
        every = list(calls)
        kept = sorted(
            (call for call in every if call.outcome is not TraceOutcome.LEFT_IVR),
            key=lambda call: (call.queued_at, call.call_id),
        )
        if not kept:
            raise ValueError("no call of this trace came to a queue")
        watched: dict[CallClass | None, list[tuple[Span, bool]]] = defaultdict(list)
        services: dict[QueueId | None, list[Span]] = defaultdict(list)
        for call in kept:
            seen = (call.patience, not call.patience_censored)
            watched[call.call_class].append(seen)
            watched[None].append(seen)
            if call.service is not None and call.service >= SHORT_SERVICE:
                services[call.queue].append(call.service)
                services[None].append(call.service)
        return cls(
            calls=tuple(kept),
            left_ivr=len(every) - len(kept),
            shifts=_shifts(kept),
            serves=_serves(kept),
            _patience={key: Survival.fit(seen) for key, seen in watched.items()},
            _handling={key: Empirical(tuple(sorted(spans))) for key, spans in services.items()},
        )

    @property
    def first(self) -> Instant:
        """When the first caller came to a queue."""
        return self.calls[0].queued_at

    @property
    def last(self) -> Instant:
        """When the last one did."""
        return self.calls[-1].queued_at

    @property
    def queues(self) -> tuple[QueueId, ...]:
        """The queues of its callers."""
        return tuple(sorted({call.queue for call in self.calls}))

    def patience(self, call_class: CallClass | None) -> Survival:
        """Of a class; of everybody where the trace has none of it."""
        return self._patience.get(call_class) or self._patience[None]

    def handling(self, queue_id: QueueId) -> Distribution:
        """Of a queue; of everybody where the trace knows none."""
        return self._handling.get(queue_id) or self._handling[None]

    def callers(self, seed: int, ends: Instant) -> Iterator[Caller]:
        """Its callers, those before ``ends``."""
        chance = chance_for(seed, "patience").random
        draws = {
            queue: self.handling(queue).draws(chance_for(seed, "handling", queue)) for queue in self.queues
        }
        for call in self.calls:
            if call.queued_at >= ends:
                return
            service, share = call.service, chance()
            if service is None:
                service = draws[call.queue]()
                assert service is not None
            yield Caller(
                call.call_id,
                call.customer or f"?{call.call_id}",
                call.queue,
                call.call_class,
                call.queued_at,
                self.patience(call.call_class).after(call.waited, share)
                if call.patience_censored
                else call.patience,
                service,
            )


def agent_id(name: str) -> AgentId:
    """An agent's name in a trace as the rules write names: small letters, digits, hyphens, a letter first."""
    plain = re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")[:24]
    return AgentId(plain if re.match("[a-z].", plain) else f"agent-{plain}".rstrip("-"))


def _shifts(calls: Iterable[TraceCall]) -> dict[AgentId, Shifts]:
    """When agents were there. Between two services one was there if the next caller met him free, for then he
    had been waiting for a call; not if that caller had to wait, for then he would have taken him sooner.
    """
    services: dict[AgentId, list[tuple[Instant, Instant, Span]]] = defaultdict(list)
    for call in calls:
        if call.agent is not None:
            since = call.left_queue_at
            services[agent_id(call.agent)].append((since, after(since, call.service or Span(0)), call.waited))
    return {who: _presence(sorted(theirs)) for who, theirs in sorted(services.items())}


def _presence(services: Sequence[tuple[Instant, Instant, Span]]) -> Shifts:
    there = list[tuple[Instant, Instant]]()
    for since, to, waited in services:
        if there and (since <= there[-1][1] or (waited <= AT_ONCE and since - there[-1][1] <= PAUSE)):
            there[-1] = there[-1][0], max(to, there[-1][1])
        else:
            there.append((since, to))
    return tuple(there)


def _serves(calls: Iterable[TraceCall]) -> dict[AgentId, tuple[QueueId, ...]]:
    served: dict[AgentId, Counter[QueueId]] = defaultdict(Counter)
    of_queue = Counter[QueueId]()
    for call in calls:
        if call.agent is not None:
            served[agent_id(call.agent)][call.queue] += 1
            of_queue[call.queue] += 1
    return {
        who: tuple(sorted(q for q, n in counts.items() if n >= OFTEN * min(counts.total(), of_queue[q])))
        for who, counts in sorted(served.items())
    }
