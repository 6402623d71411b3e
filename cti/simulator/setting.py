"""A scenario made ready to be lived: agents with their shifts, callers by seed, faults, chapters."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from acd.ids import AgentId, QueueId
from acd.instant import MICROSECONDS_PER_SECOND, Instant, Span, after, seconds
from acd.rules import Rules
from cti.simulator.caller import Caller, come_by_chance, in_order
from cti.simulator.fitted import FittedTrace
from cti.simulator.people import Distribution, Draw, chance_for
from cti.simulator.person import Person
from cti.simulator.scenario import AgentsConfig, PhonesConfig, Scenario, TraceConfig
from cti.simulator.shifts import Shifts, merged
from cti.simulator.world import Redials

HOUR = Span(3600 * MICROSECONDS_PER_SECOND)
DAY = Span(24 * HOUR)
STRETCHES = 20
"""Into so many a single run is cut, to see how much they differ."""
FEW_RUNS = 5
"""With fewer runs their stretches are the samples, not the runs."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A scenario (and its trace, if any) apart from the rules that will be tried on it."""

    scenario: Scenario
    trace: FittedTrace | None
    starts: Instant
    ends: Instant
    edges: tuple[Instant, ...]
    """Where chapters begin, and the last one ends."""

    @classmethod
    def of(cls, scenario: Scenario, trace: FittedTrace | None, runs: int) -> "Setting":
        """Whoever uses the trace's callers has its days as chapters; else runs, or stretches of a few."""
        zone = ZoneInfo(scenario.zone)
        if trace is not None and not scenario.arrivals:
            first = _local(trace.first, zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
            starts = _instant(first, zone)
            ends = after(trace.last, Span(1))
            if scenario.hours is not None:
                ends = min(ends, after(starts, seconds(scenario.hours * 3600)))
            edges = tuple(_midnights(first, zone, after(starts, seconds(scenario.warm_up_h * 3600)), ends))
        else:
            assert scenario.hours is not None
            starts = _instant(scenario.starts, zone)
            ends = after(starts, seconds(scenario.hours * 3600))
            warm = after(starts, seconds(scenario.warm_up_h * 3600))
            parts = 1 if runs >= FEW_RUNS else STRETCHES
            edges = tuple(Instant(warm + (ends - warm) * n // parts) for n in range(parts + 1))
        return cls(scenario, trace, starts, ends, edges)

    @property
    def from_trace(self) -> bool:
        """Whether the callers are those of the trace."""
        return self.trace is not None and not self.scenario.arrivals

    # -- who works --------------------------------------------------------------------------------

    def people(self, rules: Rules, seed: int) -> dict[AgentId, Person]:
        """Everybody who works under these rules, and his habits: people are the same whatever the rules."""
        groups: dict[AgentId, AgentsConfig] = {
            AgentId(name): group for group in self.scenario.agents for name in group.agent_ids()
        }
        always: Shifts = ((self.starts, after(self.ends, Span(2 * DAY))),)
        traced = self.trace.shifts if self.trace is not None and self.from_trace else {}
        return {
            agent_id: _person(
                agent_id,
                groups.get(agent_id, self.scenario.phones),
                self._shifts(groups[agent_id], always)
                if agent_id in groups
                else traced.get(agent_id, always),
                seed,
            )
            for agent_id in rules.agents
        }

    def _shifts(self, group: AgentsConfig, always: Shifts) -> Shifts:
        if not group.shifts:
            return always
        zone = ZoneInfo(self.scenario.zone)
        day = _local(self.starts, zone).date() - timedelta(days=1)
        spans = list[tuple[Instant, Instant]]()
        while _instant(datetime.combine(day, datetime.min.time()), zone) < self.ends + DAY:
            spans += [shift.spans(day, zone) for shift in group.shifts]
            day += timedelta(days=1)
        return merged(span for span in spans if span[1] > self.starts)

    # -- who calls --------------------------------------------------------------------------------

    def callers(self, seed: int) -> Iterator[Caller]:
        """Everybody who calls, in order: the same for every set of rules."""
        scenario = self.scenario
        if not scenario.arrivals:
            assert self.trace is not None
            return self.trace.callers(seed, self.ends)
        streams = []
        zone = ZoneInfo(scenario.zone)
        midnight = _instant(datetime.combine(_local(self.starts, zone).date(), datetime.min.time()), zone)
        for n, kind in enumerate(scenario.arrivals):
            queue_id = QueueId(kind.queue)
            streams.append(
                come_by_chance(
                    f"c{n}",
                    queue_id,
                    kind.call_class,
                    kind.rates_per_hour(),
                    midnight,
                    self.starts,
                    self.ends,
                    chance_for(seed, "arrivals", n),
                    self._patience(n, seed),
                    self._handling(n, seed),
                )
            )
        return in_order(streams)

    def _patience(self, n: int, seed: int) -> Draw:
        kind = self.scenario.arrivals[n]
        config = kind.patience or self.scenario.patience
        fitted: Distribution
        if isinstance(config, TraceConfig):
            assert self.trace is not None
            fitted = self.trace.patience(kind.call_class)
        else:
            fitted = config.distribution()
        return fitted.draws(chance_for(seed, "patience", n))

    def _handling(self, n: int, seed: int) -> Draw:
        kind = self.scenario.arrivals[n]
        config = kind.handling or self.scenario.handling
        fitted: Distribution
        if isinstance(config, TraceConfig):
            assert self.trace is not None
            fitted = self.trace.handling(QueueId(kind.queue))
        else:
            fitted = config.distribution()
        return fitted.draws(chance_for(seed, "handling", n))

    def redials(self, seed: int) -> Redials | None:
        """How callers who gave up try again."""
        config = self.scenario.redial
        if config is None:
            return None
        pauses = config.after.distribution()

        def again(caller: Caller, at: Instant) -> Caller | None:
            chance = chance_for(seed, "redial", caller.call_id)  # his own, whatever others do
            if caller.attempt > config.at_most or chance.random() >= config.share:
                return None
            pause = pauses.draws(chance)()
            assert pause is not None
            return caller.again(after(at, pause))

        return again

    # -- a run ------------------------------------------------------------------------------------

    def cuts(self) -> Shifts:
        """When the link is away."""
        return tuple(
            (
                after(self.starts, seconds(cut.at_h * 3600)),
                after(self.starts, seconds(cut.at_h * 3600 + cut.for_s)),
            )
            for cut in self.scenario.faults.link_cuts
        )


def _person(agent_id: AgentId, habits: PhonesConfig, shifts: Shifts, seed: int) -> Person:
    chance = chance_for(seed, "phone", agent_id)
    return Person(
        agent_id=agent_id,
        shifts=shifts,
        answers_after=habits.answers_after.distribution().draws(chance),
        back_after=habits.back_after.distribution().draws(chance),
        unheard=habits.no_answer,
        rejected=habits.rejects,
        chance=chance.random,
    )


def _midnights(first: datetime, zone: ZoneInfo, warm: Instant, ends: Instant) -> Iterator[Instant]:
    day, edge = first, _instant(first, zone)
    while edge < ends:
        if edge >= warm:
            yield edge
        day += timedelta(days=1)
        edge = _instant(day, zone)
    yield ends


def _local(at: Instant, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at / MICROSECONDS_PER_SECOND, zone)


def _instant(local: datetime, zone: ZoneInfo) -> Instant:
    return Instant(round(local.replace(tzinfo=zone).timestamp()) * MICROSECONDS_PER_SECOND)
