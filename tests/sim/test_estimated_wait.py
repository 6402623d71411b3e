"""A floor as Erlang knew it: what callers are told holds as often as it says, whatever the load."""

from dataclasses import dataclass, field

import pytest

from acd import estimate
from acd.call_events import CallConnected
from acd.commands import SetAgentReady
from acd.estimate import Estimate
from acd.events import Event
from acd.exits import QueueExit
from acd.ids import AgentId, CallId
from acd.instant import Instant, Span, seconds
from acd.invariants import violations
from acd.queue_events import CallLeftQueue
from cti.simulation import World
from tests.sim_floor import rules_of

CALLS = 10_000
TALK_S = 120.0


@dataclass
class Told:
    """What callers who had to wait were told when they came, and what came of it."""

    estimates: dict[CallId, Estimate] = field(default_factory=dict)
    spoken: int = 0
    asked: int = 0
    covered: list[bool] = field(default_factory=list)
    below_median: list[bool] = field(default_factory=list)

    def hear(self, at: Instant, event: Event) -> None:
        match event:
            case CallConnected() if event.call_id in self.estimates:
                told = self.estimates.pop(event.call_id)
                self.covered.append(event.waited <= told.wait)
                self.below_median.append(event.waited <= told.median)
            case CallLeftQueue(exit=QueueExit.ABANDONED):
                self.estimates.pop(event.call_id, None)
            case _:
                pass


def simulate(load: float, agents: int, patience_s: float | None, seed: int, permille: int = 800) -> Told:
    """Poisson arrivals of two classes, exponential talks and patience."""
    names = {f"a{n:02d}": {"s": 5} for n in range(agents)}
    rules = rules_of(names, {"q": {"s": 1}}, wrap_up=Span(0), capacity=100_000, estimate_permille=permille)
    world = World(rules, seed)
    world.record = False
    world.mend_link()
    for name in names:
        world.phones[AgentId(name)].answers_after = lambda: Span(0)
        world.tell(SetAgentReady(agent_id=AgentId(name)))
    told = Told()
    world.listeners.append(told.hear)
    coming = iter(range(CALLS))

    def next_caller() -> None:
        n = next(coming, None)
        if n is None:
            return
        call = world.arrives("+9" if world.rng.random() < 0.1 else f"+{n}")
        world.enters(call, "q", talks=seconds(world.rng.expovariate(1 / TALK_S)))
        t = world.floor.tables
        waits = t.calls[call.call_id]
        if t.in_queue[waits.queue_id or ""].position(call.call_id, world.now) > 1 and n > CALLS // 4:  # type: ignore[index]
            told.asked += 1
            said = estimate.for_call(t, waits, world.now)
            if said is not None:
                told.spoken += 1
                told.estimates[call.call_id] = said
        if patience_s is not None:
            patience = seconds(world.rng.expovariate(1 / patience_s))
            world.plan(patience, lambda: _gives_up(world, call.call_id))
        world.plan(seconds(world.rng.expovariate(load / TALK_S)), next_caller)

    next_caller()
    world.run_dry()
    assert violations(world.floor.tables) == []
    return told


def _gives_up(world: World, call_id: CallId) -> None:
    call = world.floor.tables.calls.get(call_id)
    if call is not None and call.agent_id is None:
        world.hangs_up(world.calls[call_id])


@pytest.mark.parametrize(
    ("load", "agents", "patience_s", "permille"),
    [(9.0, 10, None, 800), (4.6, 5, None, 800), (12.0, 10, 300.0, 800), (9.0, 10, None, 900)],
)
def test_the_stated_quantile_holds_as_often_as_it_says(
    load: float, agents: int, patience_s: float | None, permille: int
) -> None:
    covered: list[bool] = []
    below: list[bool] = []
    for seed in range(2):
        told = simulate(load, agents, patience_s, seed, permille)
        covered += told.covered
        below += told.below_median
        assert told.spoken >= 0.8 * told.asked, f"seed {seed}: silent to {told.asked - told.spoken}"
    share, half = sum(covered) / len(covered), sum(below) / len(below)
    print(f"{len(covered)} callers: {share:.4f} within the stated time, {half:.4f} below the median")
    assert abs(share - permille / 1000) <= 0.03
    assert abs(half - 0.5) <= 0.03


def test_the_same_day_tells_the_same() -> None:
    once, again = simulate(9.0, 10, 300.0, 1), simulate(9.0, 10, 300.0, 1)
    assert (once.covered, once.below_median, once.spoken) == (again.covered, again.below_median, again.spoken)
