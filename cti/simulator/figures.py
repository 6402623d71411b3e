"""What callers met, in figures with their intervals: per queue, per class, and together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from acd.call import CallClass
from acd.exits import QueueExit
from acd.ids import AgentId, QueueId
from acd.instant import MICROSECONDS_PER_SECOND
from acd.rules import Rules
from acd.service_level import Answers
from cti.simulator.book import Chapter, Visits
from cti.simulator.estimate import Estimate, QuantileEstimate, mean, quantile, ratio
from cti.simulator.study import Result

QUANTILES = (0.5, 0.8, 0.9, 0.95)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose figures: a queue's, a class's, one class's in one queue, or everybody's."""

    queue_id: QueueId | None = None
    call_class: CallClass | None = None

    def __str__(self) -> str:
        return " ".join(part for part in (self.queue_id, self.call_class) if part is not None) or "all"

    def holds(self, queue_id: QueueId, call_class: CallClass) -> bool:
        """Whether a visit of this kind is in it."""
        return self.queue_id in (None, queue_id) and self.call_class in (None, call_class)


@dataclass(frozen=True, slots=True)
class Figures:
    """One scope's figures. Times are in seconds; an estimate is None where there was nothing to estimate."""

    scope: Scope
    offered: int
    """Everybody who knocked, over all runs."""
    exits: Mapping[QueueExit, int]
    """How their visits ended."""
    still_here: int
    unexplained: int
    """Must be 0."""
    per_run: Estimate | None
    """Visits in a run."""
    answered: Estimate | None
    """Share of those offered."""
    abandoned: Estimate | None
    """Share of those offered."""
    mean_wait: Estimate | None
    """Of all who were let in."""
    speed_of_answer: Estimate | None
    """Mean wait of the answered (ASA)."""
    wait_quantiles: Mapping[float, QuantileEstimate | None]
    """Of all who were let in."""
    service_level: Estimate | None
    """By each queue's own formula and threshold."""
    occupancy: Estimate | None
    """Of the agents who may serve here as long as nothing has been relaxed; None for a class."""
    longest_wait: float | None
    """Of all runs."""


def figures(result: Result) -> dict[Scope, Figures]:
    """Everything that is reported: together, by queue, by class, and by both where a queue has several."""
    return {scope: figures_of(result, scope) for scope in scopes(result)}


def scopes(result: Result) -> Iterator[Scope]:
    """Those in which anybody came, in the rules' order."""
    kinds = dict.fromkeys(kind for sample in result.samples for kind in sample.kinds)
    queues = [queue_id for queue_id in result.rules.queues if any(q == queue_id for q, _ in kinds)]
    classes = [name for name in CallClass if any(c is name for _, c in kinds)]
    yield Scope()
    if len(queues) > 1:
        yield from (Scope(queue_id) for queue_id in queues)
    if len(classes) > 1:
        yield from (Scope(None, name) for name in classes)
    if len(queues) > 1 and len(classes) > 1:
        yield from (Scope(q, c) for q in queues for c in classes if (q, c) in kinds)


def figures_of(result: Result, scope: Scope) -> Figures:
    """The figures of one scope."""
    samples = [_gathered(sample, scope) for sample in result.samples]
    total = Visits()
    for visits in samples:
        total.add(visits)
    waits = [[wait for of_exit in visits.waits.values() for wait in of_exit] for visits in samples]
    offered = [visits.offered for visits in samples]
    answered = [visits.waits.get(QueueExit.ANSWERED, ()) for visits in samples]
    longest = max((max(one) for one in waits if one), default=None)
    return Figures(
        scope=scope,
        offered=total.offered,
        exits=total.exits,
        still_here=total.still_here,
        unexplained=total.unexplained,
        per_run=_times(mean(offered), len(samples) / max(1, result.runs)),
        answered=ratio([v.exits.get(QueueExit.ANSWERED, 0) for v in samples], offered),
        abandoned=ratio([v.exits.get(QueueExit.ABANDONED, 0) for v in samples], offered),
        mean_wait=ratio([sum(one) / MICROSECONDS_PER_SECOND for one in waits], [len(one) for one in waits]),
        speed_of_answer=ratio(
            [sum(one) / MICROSECONDS_PER_SECOND for one in answered], [len(one) for one in answered]
        ),
        wait_quantiles={share: _in_seconds(quantile(waits, share)) for share in QUANTILES},
        service_level=_service_level(result, scope),
        occupancy=_occupancy(result, scope) if scope.call_class is None else None,
        longest_wait=None if longest is None else longest / MICROSECONDS_PER_SECOND,
    )


def _gathered(sample: Chapter, scope: Scope) -> Visits:
    gathered = Visits()
    for (queue_id, call_class), visits in sample.kinds.items():
        if scope.holds(queue_id, call_class):
            gathered.add(visits)
    return gathered


def _times(estimate: Estimate | None, factor: float) -> Estimate | None:
    if estimate is None:
        return None
    return Estimate(estimate.value * factor, tuple(pull * factor for pull in estimate.influences))


def _in_seconds(found: QuantileEstimate | None) -> QuantileEstimate | None:
    if found is None:
        return None
    low_high = None
    if found.interval is not None:
        low, high = found.interval
        low_high = low / MICROSECONDS_PER_SECOND, high / MICROSECONDS_PER_SECOND
    return QuantileEstimate(found.value / MICROSECONDS_PER_SECOND, low_high)


def _service_level(result: Result, scope: Scope) -> Estimate | None:
    well, of = list[float](), list[float]()
    for sample in result.samples:
        parts = [
            _parts(result.rules, queue_id, visits)
            for (queue_id, call_class), visits in sample.kinds.items()
            if scope.holds(queue_id, call_class)
        ]
        well.append(sum(part[0] for part in parts))
        of.append(sum(part[1] for part in parts))
    return ratio(well, of)


def _parts(rules: Rules, queue_id: QueueId, visits: Visits) -> tuple[int, int]:
    queue = rules.queues[queue_id]
    answered: Sequence[int] = visits.waits.get(QueueExit.ANSWERED, ())
    abandoned: Sequence[int] = visits.waits.get(QueueExit.ABANDONED, ())
    return queue.service_level.parts(
        Answers(
            answered=len(answered),
            answered_within=sum(wait <= queue.service_level_within for wait in answered),
            abandoned=len(abandoned),
            abandoned_within=sum(wait <= queue.service_level_within for wait in abandoned),
            abandoned_short=sum(wait <= queue.short_abandonment for wait in abandoned),
        )
    )


def _occupancy(result: Result, scope: Scope) -> Estimate | None:
    agents = _serving(result.rules, scope.queue_id)
    busy = [sum(sample.agents[a].busy for a in agents) for sample in result.samples]
    here = [sum(sample.agents[a].here for a in agents) for sample in result.samples]
    return ratio(busy, here)


def _serving(rules: Rules, queue_id: QueueId | None) -> list[AgentId]:
    if queue_id is None:
        return list(rules.agents)
    need = rules.queues[queue_id].requirement
    return [agent_id for agent_id, agent in rules.agents.items() if need.suits(agent.skills)]
