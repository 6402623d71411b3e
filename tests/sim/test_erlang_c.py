"""The floor as a queue: with exponential arrivals and talks it must behave as Erlang's formula says.

Reference values are exact: offered load, servers, mean handling time -> P(wait), mean wait, share answered
within T. Ten seeds; the 95 % interval over the seeds' means must hold the exact value. This is the world with
links and delays; the lean one meets all three reference cases in test_simulator_erlang.
"""

import math
from dataclasses import dataclass, field
from statistics import mean, stdev

from acd.call_events import CallConnected
from acd.commands import SetAgentReady
from acd.events import Event
from acd.ids import AgentId
from acd.instant import Instant, Span, after, in_seconds, seconds
from acd.invariants import violations
from cti.simulation import World
from tests.sim_floor import rules_of

SEEDS = range(10)
T_QUANTILE_9 = 2.262157  # Student's t, 97.5 %, 9 degrees of freedom
SHELL_DELAY = seconds(0.006)  # enqueued -> waiting room -> ring -> answered, one link delay each


@dataclass
class Measured:
    """What callers met, after the floor had filled up."""

    since: Instant
    within: Span
    waits: list[float] = field(default_factory=list)
    at_once: int = 0
    in_time: int = 0

    def hear(self, at: Instant, event: Event) -> None:
        if isinstance(event, CallConnected) and at >= self.since:
            waited = event.waited - SHELL_DELAY
            self.waits.append(in_seconds(waited))
            self.at_once += waited <= 0
            self.in_time += waited <= self.within

    @property
    def figures(self) -> tuple[float, float, float]:
        n = len(self.waits)
        return 1 - self.at_once / n, mean(self.waits), self.in_time / n


def simulate(load: float, servers: int, handling: float, within: float, seed: int, calls: int) -> Measured:
    """One seeded day: Poisson arrivals, exponential talks, no wrap-up, everybody answers at once."""
    names = {f"a{n:02d}": {"s": 5} for n in range(servers)}
    world = World(rules_of(names, {"q": {"s": 1}}, wrap_up=Span(0), capacity=100_000), seed)
    world.record = False
    world.mend_link()
    for name in names:
        world.phones[AgentId(name)].answers_after = lambda: Span(0)
        world.tell(SetAgentReady(agent_id=AgentId(name)))
    gap = handling / load
    warm_up = after(world.now, seconds(15 * handling))
    measured = Measured(since=warm_up, within=seconds(within))
    world.listeners.append(measured.hear)
    coming = iter(range(calls))

    def next_caller() -> None:
        n = next(coming, None)
        if n is not None:
            talks = seconds(world.rng.expovariate(1 / handling))
            world.enters(world.arrives(f"+{n}"), "q", talks=talks)
            world.plan(seconds(world.rng.expovariate(1 / gap)), next_caller)

    next_caller()
    world.run_dry()
    assert violations(world.floor.tables) == []
    assert not world.calls
    return measured


def test_waiting_matches_erlang_c_over_a_link_with_delays() -> None:
    load, servers, handling, within, calls = 10, 14, 180, 20, 8_000
    exact = (0.174132, 7.8359, 0.888350)
    per_seed = [simulate(load, servers, handling, within, seed, calls).figures for seed in SEEDS]
    for name, value, *seen in zip(("P(wait)", "mean wait", "in time"), exact, *per_seed, strict=True):
        half = T_QUANTILE_9 * stdev(seen) / math.sqrt(len(seen))
        said = f"{name}: {mean(seen):.4f} +- {half:.4f}, exact {value}"
        print(said)
        assert abs(mean(seen) - value) <= half, said
        assert half < 0.5 * value, f"too few calls to say anything: {said}"
