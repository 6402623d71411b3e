"""Replay: what was put in, put into a fresh floor at the same instants, gives the same out."""

import asyncio
import random
from contextlib import suppress
from pathlib import Path

import pytest

from acd.agent import AgentState
from acd.call_signals import CallerHungUp, CallerWaiting
from acd.commands import LogAgentOut, SetAgentNotReady, SetAgentReady
from acd.instant import Instant, after, seconds
from acd.link_signals import LinkRestored
from acd.observation import Observation
from acd.offer_signals import AgentAnswered, AgentHungUp, Failure, OfferFailed
from acd.orders import Order, RingAgent
from acd.reasons import NotReadyReason
from acd.rules import Rules
from cti.clock import Clock
from cti.envelope import Envelope
from cti.floor import Floor
from cti.journal import Journal, read_all
from cti.messages import Input, Output
from cti.runtime import Runtime
from cti.simulation import World
from cti.switchboard import EngineSwitchboard
from tests.cti.fake_ami import Watched
from tests.sim_floor import rules_of

AGENTS = {"ana": {"support": 8, "sales": 5}, "ben": {"support": 8}, "cleo": {"sales": 9}}
QUEUES = {"support": {"support": 5}, "sales": {"sales": 3}}


def rules() -> Rules:
    return rules_of(agents=AGENTS, queues=QUEUES, vips=("+3399",), wrap_up=seconds(0.02))


def replayed(inputs: list[tuple[Instant, Input]], until: Instant) -> list[Output]:
    """What a fresh floor says to the same inputs."""
    floor = Floor(rules())
    said = [output for at, message in inputs for output in floor.handle(message, at)]
    return [*said, *floor.advance(until)]


def busy_day(seed: int) -> World:
    """Callers, impatience, deaf and rude phones, a link that comes and goes: all from one seed."""
    world, chance = World(rules(), seed), random.Random(seed)
    world.mend_link()
    for name, phone in world.phones.items():
        phone.talks = lambda: seconds(chance.uniform(1, 40))
        phone.rejects = chance.random() < 0.2
        world.plan(seconds(chance.random()), lambda name=name: world.tell(SetAgentReady(agent_id=name)))
    for n in range(60):
        come = seconds(chance.uniform(0, 300))

        def arrives(n: int = n) -> None:
            call = world.arrives("+3399" if n % 9 == 0 else f"+33{n}")
            world.plan(seconds(1), lambda: world.enters(call, chance.choice(["support", "sales"])))
            if chance.random() < 0.3:
                world.plan(seconds(chance.uniform(0, 30)), lambda: world.hangs_up(call))

        world.plan(come, arrives)
    for _ in range(10):
        agent = chance.choice(list(world.phones))
        moods = [
            SetAgentReady(agent_id=agent),
            SetAgentNotReady(agent_id=agent, reason=NotReadyReason("lunch")),
            LogAgentOut(agent_id=agent),
        ]
        mood = chance.choice(moods)
        world.plan(seconds(chance.uniform(0, 300)), lambda mood=mood: world.tell(mood))
        world.plan(seconds(chance.uniform(0, 300)), world.audit)
    for _ in range(3):
        cut = chance.uniform(0, 250)
        world.plan(seconds(cut), world.cut_link)
        world.plan(seconds(cut + chance.uniform(0, 40)), world.mend_link)
    world.run(after(world.now, seconds(400)))
    return world


@pytest.mark.parametrize("seed", range(8))
def test_a_simulated_day_is_replayed_to_the_letter(seed: int) -> None:
    world = busy_day(seed)
    said = [recorded.output for recorded in world.heard]
    assert len(said) > 300
    assert replayed(world.inputs, world.now) == said


def test_another_day_is_another_story() -> None:
    assert [r.output for r in busy_day(1).heard] != [r.output for r in busy_day(2).heard]


class Hands:
    """Phones that answer, reject or ring out in turn, as quickly as they are rung."""

    runtime: Runtime

    def __init__(self) -> None:
        self.rung = 0

    def carry_out(self, order: Order) -> None:
        if not isinstance(order, RingAgent):
            return
        self.rung += 1
        if self.rung % 3 == 0:
            self.runtime.post(OfferFailed(offer_id=order.offer_id, why=Failure.CANCELLED))
            self.runtime.post(CallerWaiting(call_id=order.call_id))
        else:
            self.runtime.post(AgentAnswered(offer_id=order.offer_id))
            self.runtime.post(AgentHungUp(offer_id=order.offer_id))
            self.runtime.post(CallerHungUp(call_id=order.call_id))


async def test_a_journalled_live_run_is_replayed_to_the_letter(tmp_path: Path) -> None:
    hands, journal = Hands(), Journal(tmp_path, "run")
    runtime = Runtime(Floor(rules()), Clock(), "run", carry_out=hands.carry_out)
    hands.runtime = runtime
    runtime.listen(journal.append)
    steps = Watched()
    runtime.listen(lambda _: steps.changed())
    running = asyncio.create_task(runtime.run())
    seen = Observation(as_of=runtime.clock.now(), calls=(), reachable=frozenset(runtime.tables.agents))
    runtime.post(LinkRestored(seen=seen))
    for agent in list(runtime.tables.agents):
        assert await runtime.ask(SetAgentReady(agent_id=agent)) is None
    switchboard = EngineSwitchboard(runtime)
    for n in range(30):
        call = {"call_id": f"1.{n}", "caller": f"+33{n}", "dialled": "8000", "flow": "main"}
        assert await switchboard.call_entered_ivr(**call, flow_version=1)
        await switchboard.enqueue(call_id=f"1.{n}", queue=("support", "sales")[n % 2], priority=None)
        runtime.post(CallerWaiting(call_id=call["call_id"]))
    agents = runtime.tables.agents.values()
    await steps.until(
        lambda: not runtime.tables.calls and all(agent.state is AgentState.READY for agent in agents)
    )
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    journal.close()

    kept = [item for item in read_all(tmp_path) if isinstance(item, Envelope)]
    assert [envelope.seq for envelope in kept] == list(range(1, len(kept) + 1))
    said = [e.message for e in kept if not isinstance(e.message, Input)]
    inputs = [(e.at, e.message) for e in kept if isinstance(e.message, Input)]
    assert any(e.cause is None and not isinstance(e.message, Input) for e in kept)  # deadlines fell due
    assert replayed(inputs, kept[-1].at) == said
    assert hands.rung >= 30
