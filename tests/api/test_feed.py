"""The live feed: a snapshot, then everything, for everybody at his own pace."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import TypeAdapter

from acd.commands import LogAgentOut, SetAgentNotReady, SetAgentReady
from acd.reasons import NotReadyReason
from acd.views import agent_views
from api.call_schemas import LiveCall
from api.facts import FACT_MODELS, Fact
from api.feed import Feed
from api.queue_schemas import Queue
from api.schemas import Agent
from cti.clock import Clock
from cti.envelope import Envelope
from cti.messages import Input, Output
from cti.rules import rules_of
from cti.runtime import Runtime
from cti.simulation import World
from tests.api.asgi_socket import AsgiSocket
from tests.api.fake_engine import TOKEN, FakeEngine, two_agents, two_queues

AUTHORISED = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
async def socket(app: FastAPI) -> AsyncIterator[AsgiSocket]:
    connected = AsgiSocket(app, headers=AUTHORISED)
    assert (await connected.next())["type"] == "websocket.accept"
    yield connected
    await connected.leaves()


class Wallboard:
    """What a client knows from the feed alone."""

    def __init__(self, snapshot: dict[str, Any]) -> None:
        assert snapshot["type"] == "snapshot"
        self.n, self.seq = snapshot["n"], snapshot["seq"]
        self.agents = {agent["agent_id"]: agent for agent in snapshot["agents"]}
        self.calls = {call["call_id"]: call["state"] for call in snapshot["calls"]}
        self.queues = {queue["queue_id"]: queue for queue in snapshot["queues"]}

    def hears(self, *messages: dict[str, Any]) -> None:
        for message in messages:
            assert message["n"] == self.n + 1, "a message is missing or came twice"
            self.n = message["n"]
            match message["type"]:
                case "event":
                    assert message["seq"] > self.seq
                    self.seq = message["seq"]
                    self._happened(message["event"])
                case "agent":
                    self.agents[message["agent"]["agent_id"]] = message["agent"]
                case "queues":
                    self.queues |= {queue["queue_id"]: queue for queue in message["queues"]}

    def _happened(self, event: dict[str, Any]) -> None:
        states = {
            "CallStarted": "arrived",
            "IvrEntered": "in_ivr",
            "CallQueued": "waiting",
            "CallLeftQueue": "in_ivr",
            "OfferMade": "offered",
            "CallConnected": "connected",
        }
        if event["type"] in states:
            self.calls[event["call_id"]] = states[event["type"]]
        elif event["type"] == "OfferEnded" and event["how"] != "accepted":
            self.calls[event["call_id"]] = "waiting"
        elif event["type"] == "CallEnded":
            del self.calls[event["call_id"]]


async def test_a_call_for_a_ready_agent_shows_every_state_in_order(
    http: httpx.AsyncClient, engine: FakeEngine, socket: AsgiSocket
) -> None:
    await socket.hears()
    await http.put("/agents/ana/state", json={"state": "ready"})
    call = await engine.calls("c1", "sales")
    await engine.agent_hangs_up(await engine.answers(), call)
    ana = (await http.get("/agents/ana")).json()
    heard = await socket.hears_until("agent", agent=ana)
    moves = [m["event"]["now"] for m in heard if m.get("event", {}).get("type") == "AgentStateChanged"]
    assert moves == ["ready", "offered", "talking", "ready"]
    facts = [m["event"]["type"] for m in heard if m["type"] == "event"]
    assert facts.index("OfferMade") < facts.index("RoutingDecided") < facts.index("CallConnected")
    assert facts.index("CallConnected") < facts.index("CallEnded")
    assert [m["n"] for m in heard] == list(range(1, len(heard) + 1))


async def test_snapshot_and_messages_make_up_exactly_what_the_api_shows(
    http: httpx.AsyncClient, engine: FakeEngine, app: FastAPI, socket: AsgiSocket
) -> None:
    boards = [Wallboard(await socket.hears())]
    listening = [socket]
    for number in range(4):  # clients that come in the middle of things end up knowing the same
        await http.put("/agents/ana/state", json={"state": "ready"})
        waiting = await engine.calls(f"w{number}", "support")
        talking = await engine.calls(f"t{number}", "sales")
        offer = await engine.answers()
        await http.put("/agents/ana/state", json={"state": "not_ready", "reason": "lunch"})
        late = AsgiSocket(app, headers=AUTHORISED)
        assert (await late.next())["type"] == "websocket.accept"
        listening.append(late)
        boards.append(Wallboard(await late.hears()))
        if number % 2:
            await engine.agent_hangs_up(offer, talking)
        await engine.hangs_up(waiting)
    await engine.unplugs("ben")
    agents, calls = (await http.get("/agents")).json(), (await http.get("/calls")).json()
    for board, client in zip(boards, listening, strict=True):
        board.hears(*await client.hears_until("agent", agent=agents[1]))
        board.hears(*client.heard_already())
        assert list(board.agents.values()) == agents
        assert board.calls == {call["call_id"]: call["state"] for call in calls}
    for client in listening[1:]:
        await client.leaves()


async def test_a_wish_of_a_busy_agent_is_told_although_it_is_no_event(
    http: httpx.AsyncClient, engine: FakeEngine, socket: AsgiSocket
) -> None:
    await http.put("/agents/ana/state", json={"state": "ready"})
    await engine.calls("c1", "sales")
    await engine.answers()
    now = (await http.put("/agents/ana/state", json={"state": "logged_out"})).json()
    assert now["next_state"] == "logged_out"
    assert (await socket.hears_until("agent", agent=now))[-1]["agent"] == now


async def test_a_slow_client_is_dropped_and_the_others_hear_everything(
    http: httpx.AsyncClient, engine: FakeEngine, app: FastAPI, socket: AsgiSocket
) -> None:
    board = Wallboard(await socket.hears())
    slow = AsgiSocket(app, headers=AUTHORISED)
    assert (await slow.next())["type"] == "websocket.accept"
    assert (await slow.hears())["type"] == "snapshot"
    slow.stall()
    for number in range(150):  # three events each and more: the other client reads as they come
        call = await engine.calls(f"c{number}", "sales")
        await engine.hangs_up(call)
        await http.put("/agents/ben/state", json={"state": "ready" if number % 2 else "logged_out"})
        board.hears(*socket.heard_already())
    for number in range(150):
        await engine.hangs_up(await engine.calls(f"d{number}", "sales"))
        board.hears(*socket.heard_already())
    closed = await slow.next()
    assert (closed["type"], closed["code"], closed["reason"]) == ("websocket.close", 4408, "too slow")
    await slow.ends()
    assert len(app.state.feed) == 1
    back = AsgiSocket(app, headers=AUTHORISED)
    assert (await back.next())["type"] == "websocket.accept"
    assert Wallboard(await back.hears()).agents == {
        a["agent_id"]: a for a in (await http.get("/agents")).json()
    }
    await back.leaves()


async def test_a_client_that_speaks_is_told_to_listen(app: FastAPI, socket: AsgiSocket) -> None:
    chatty = AsgiSocket(app, headers=AUTHORISED)
    assert (await chatty.next())["type"] == "websocket.accept"
    await chatty.hears()
    chatty.says("hello")
    assert (await chatty.next())["code"] == 1003
    await chatty.ends()


async def test_everything_told_fits_its_schema(
    http: httpx.AsyncClient, engine: FakeEngine, socket: AsgiSocket
) -> None:
    fact = TypeAdapter(Fact)
    snapshot = await socket.hears()
    for kind, model in (
        ("agents", Agent),
        ("queues", Queue),
        ("calls", LiveCall),
    ):
        for one in snapshot[kind]:
            assert model.model_validate(one).model_dump(mode="json") == one  # type: ignore[attr-defined]
    await http.put("/agents/ana/state", json={"state": "ready"})
    await engine.calls("c0", "support", caller="+3399")
    call = await engine.calls("c1", "sales")
    await engine.agent_hangs_up(await engine.answers(), call)
    await engine.unplugs("ben")
    heard = await socket.hears_until("event", seq=engine.said[-1].seq)
    told = [message["event"] for message in heard if message["type"] == "event"]
    for event in told:
        assert fact.validate_python(event).model_dump(mode="json") == event
    assert len({event["type"] for event in told}) > 9


async def test_figures_are_told_when_they_change_and_a_ping_when_nothing_does(engine: FakeEngine) -> None:
    feed = Feed(engine.runtime, statistics_every_s=0.01, ping_after_s=0.05)
    running = asyncio.create_task(engine.runtime.run())
    await engine.connects()
    listening = feed.subscribe()
    assert listening is not None
    async with asyncio.timeout(10):
        heard = [await listening.next() for _ in range(3)]
        assert '"type":"queues"' in heard[1]
        assert '"type":"ping"' in heard[2], "nothing changed, so no figures are told again"
        call = await engine.calls("c1", "sales")
        while '"type":"queues"' not in (text := await listening.next()):
            pass
        assert '"waiting":1' in text
        await engine.hangs_up(call)
    feed.unsubscribe(listening)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_no_more_clients_than_there_is_room_for(engine: FakeEngine) -> None:
    feed = Feed(engine.runtime, most_clients=2)
    kept = [feed.subscribe(), feed.subscribe()]
    assert feed.subscribe() is None
    for one in kept:
        assert one is not None
        feed.unsubscribe(one)
    assert len(feed) == 0


@pytest.mark.parametrize("seed", range(5))
async def test_after_every_step_of_a_stormy_day_clients_know_every_agent(seed: int) -> None:
    """Links cut, phones unplugged, calls lost: whatever changes an agent, clients are told at once."""
    rules = rules_of(two_agents().agents, two_queues(), "storm")
    world = World(rules, seed)
    runtime = Runtime(world.floor, Clock(), "storm", carry_out=lambda order: None)
    feed = Feed(runtime)
    taken: list[Input | Output] = []
    handle, advance = world.floor.handle, world.floor.advance

    def told(outputs: Sequence[Output]) -> None:
        taken.extend(outputs)
        step = [
            Envelope(run="storm", seq=number, at=world.now, cause=None, message=message)
            for number, message in enumerate(taken, 1)
        ]
        feed.on_step(step)
        taken.clear()
        assert {
            view.agent_id: Agent.of(view).model_dump(mode="json") for view in agent_views(runtime.tables)
        } == (feed._agents)

    def handled(message: Input, at: Any) -> tuple[Output, ...]:
        outputs = handle(message, at)
        taken.append(message)
        told(outputs)
        return outputs

    def advanced(to: Any) -> tuple[Output, ...]:
        outputs = advance(to)
        told(outputs)
        return outputs

    world.floor.handle, world.floor.advance = handled, advanced  # type: ignore[method-assign]
    listening = feed.subscribe()
    assert listening is not None
    storm(world)
    feed.unsubscribe(listening)


def storm(world: World) -> None:
    """A few hundred things that go well or wrong, by chance of the world's seed."""
    agents = list(world.rules.agents)
    world.mend_link()
    for _ in range(400):
        agent = world.rng.choice(agents)
        match world.rng.randrange(9):
            case 0 | 1:
                world.tell(SetAgentReady(agent_id=agent))
            case 2:
                world.tell(SetAgentNotReady(agent_id=agent, reason=NotReadyReason("break")))
            case 3:
                world.tell(LogAgentOut(agent_id=agent))
            case 4 | 5:
                world.enters(world.arrives("+3312"), world.rng.choice(["sales", "support"]))
            case 6:
                if world.calls:
                    world.hangs_up(world.calls[world.rng.choice(list(world.calls))])
            case 7:
                world.registers(agent, registered=world.rng.random() < 0.7)
            case _:
                world.cut_link() if world.rng.random() < 0.5 else world.mend_link()
        world.run(world.now + world.rng.randrange(5_000_000))  # type: ignore[arg-type]


def test_every_fact_has_a_schema_with_its_own_name() -> None:
    names = [model.__name__ for model in FACT_MODELS]
    assert len(set(names)) == len(names) > 12
    assert "Refused" not in names
