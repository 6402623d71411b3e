"""Wallboards hear what happens over MQTT, from a real broker; the engine never waits for it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress

import aiomqtt
import pytest

from acd.agent import AgentState
from acd.agent_events import AgentStateChanged, Because
from acd.call_events import CallConnected
from acd.call_signals import CallerHungUp
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.instant import Instant, Span
from acd.ivr_events import IvrNodeAnswered
from acd.orders import RingAgent
from acd.reasons import NotReadyReason
from cti import mqtt as mqtt_module
from cti.envelope import Envelope
from cti.messages import Input, Output
from cti.mqtt import MqttPublisher, MqttState
from tests.contract.servers import PrivateMosquitto, free_port, running

PATIENCE_S = 30
AT = Instant(1_763_790_000_000_042)


def envelope(message: Input | Output, seq: int = 1) -> Envelope:
    return Envelope(run="run1", seq=seq, at=AT, cause=None if seq == 1 else 1, message=message)


def moved(agent: str, now: AgentState, reason: NotReadyReason | None = None, seq: int = 1) -> Envelope:
    message = AgentStateChanged(
        agent_id=AgentId(agent), was=AgentState.READY, now=now, reason=reason, because=Because.ASKED
    )
    return envelope(message, seq)


def pressed(key: str, seq: int = 1) -> Envelope:
    return envelope(
        IvrNodeAnswered(call_id=CallId("c1"), flow="main", node="menu", kind="menu", key=key, result=None),
        seq,
    )


class Wallboard:
    """A subscriber to everything below ``floor``."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self.heard: list[tuple[str, str, bool]] = []

    async def hears(self, topic: str, found: Callable[[str], bool] = lambda payload: True) -> str:
        """The next payload on this topic that is wanted."""
        async with asyncio.timeout(PATIENCE_S):
            async for message in self._client.messages:
                payload = bytes(message.payload or b"").decode()
                self.heard.append((str(message.topic), payload, message.retain))
                if str(message.topic) == topic and found(payload):
                    return payload
        raise AssertionError("the broker went away")


@asynccontextmanager
async def wallboard(broker: PrivateMosquitto) -> AsyncIterator[Wallboard]:
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        await client.subscribe("floor/#", qos=1)
        yield Wallboard(client)


@asynccontextmanager
async def at_work(publisher: MqttPublisher) -> AsyncIterator[None]:
    task = asyncio.create_task(publisher.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
def broker() -> Iterator[PrivateMosquitto]:
    server = PrivateMosquitto()
    with running(server):
        yield server


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses as in life, only shorter."""
    monkeypatch.setattr(mqtt_module, "LONGEST_PAUSE_S", 0.2)


@pytest.mark.mosquitto
async def test_events_are_told_on_a_topic_of_their_own(broker: PrivateMosquitto) -> None:
    publisher = MqttPublisher(broker.url, "floor")
    async with wallboard(broker) as board, at_work(publisher):
        publisher.offer(
            envelope(
                CallConnected(
                    call_id=CallId("c1"), agent_id=AgentId("ana"), queue_id=QueueId("sales"), waited=Span(5)
                ),
                seq=7,
            )
        )
        told = json.loads(await board.hears("floor/events/call_connected"))
    assert told == {
        "seq": 7,
        "at": "2025-11-22T05:40:00.000042Z",
        "cause": 1,
        "run": "run1",
        "type": "CallConnected",
        "call_id": "c1",
        "agent_id": "ana",
        "queue_id": "sales",
        "waited": 5,
        "customer_id": None,
    }


@pytest.mark.mosquitto
async def test_only_events_are_told_and_in_their_order(broker: PrivateMosquitto) -> None:
    publisher = MqttPublisher(broker.url, "floor")
    ring = RingAgent(
        offer_id=OfferId("o1"), call_id=CallId("c1"), agent_id=AgentId("ana"), ring_timeout=Span(1)
    )
    async with wallboard(broker) as board, at_work(publisher):
        for seq in range(1, 301):
            publisher.offer(envelope(CallerHungUp(call_id=CallId("c1")), seq))
            publisher.offer(envelope(ring, seq))
            publisher.offer(pressed(str(seq), seq))
        await board.hears("floor/events/ivr_node_answered", lambda payload: json.loads(payload)["seq"] == 300)
    told = [(topic, json.loads(payload)["seq"]) for topic, payload, _ in board.heard if "events" in topic]
    assert told == [("floor/events/ivr_node_answered", seq) for seq in range(1, 301)]


@pytest.mark.mosquitto
async def test_a_wallboard_that_comes_late_finds_every_agents_state(broker: PrivateMosquitto) -> None:
    publisher = MqttPublisher(broker.url, "floor")
    async with at_work(publisher):
        publisher.offer(moved("ana", AgentState.TALKING, seq=1))
        publisher.offer(moved("ben", AgentState.NOT_READY, NotReadyReason("lunch"), seq=2))
        publisher.offer(moved("ana", AgentState.WRAPPING_UP, seq=3))
        await until(lambda: publisher.status.state is MqttState.ONLINE and publisher.status.waiting == 0)
        async with wallboard(broker) as board:
            ana = json.loads(await board.hears("floor/agents/ana", lambda payload: "wrapping_up" in payload))
            assert ana == {
                "agent_id": "ana",
                "state": "wrapping_up",
                "reason": None,
                "since": "2025-11-22T05:40:00.000042Z",
                "seq": 3,
                "run": "run1",
            }
    async with wallboard(broker) as later:
        ben = json.loads(await later.hears("floor/agents/ben"))
        assert (ben["state"], ben["reason"]) == ("not_ready", "lunch")
        assert all(retained for _, _, retained in later.heard)


@pytest.mark.mosquitto
async def test_the_status_is_retained_and_says_goodbye(broker: PrivateMosquitto) -> None:
    publisher = MqttPublisher(broker.url, "floor")
    async with at_work(publisher):
        await until(lambda: publisher.status.state is MqttState.ONLINE)
        async with wallboard(broker) as board:
            assert await board.hears("floor/status") == "online"
            assert board.heard == [("floor/status", "online", True)]
    async with wallboard(broker) as later:
        assert await later.hears("floor/status") == "offline"


@pytest.mark.mosquitto
async def test_an_engine_that_dies_is_told_offline_by_the_broker(broker: PrivateMosquitto) -> None:
    publisher = MqttPublisher(broker.url, "floor")
    async with wallboard(broker) as board, at_work(publisher):
        await board.hears("floor/status", lambda payload: payload == "online")
        async with aiomqtt.Client("127.0.0.1", broker.port, identifier=publisher.client_id):
            # The broker cuts a client whose name another one takes, as if its connection had died.
            assert await board.hears("floor/status") == "offline"


@pytest.mark.mosquitto
@pytest.mark.usefixtures("quick")
async def test_after_the_broker_was_away_events_and_states_are_told(broker: PrivateMosquitto) -> None:
    publisher = MqttPublisher(broker.url, "floor")
    async with at_work(publisher):
        publisher.offer(moved("ana", AgentState.TALKING, seq=1))
        await until(lambda: publisher.status.state is MqttState.ONLINE and publisher.status.waiting == 0)
        await asyncio.to_thread(broker.stop)
        await until(lambda: publisher.status.state is MqttState.UNREACHABLE)
        status = publisher.status
        assert status.reason
        assert status.since is not None
        for seq in range(2, 50):
            publisher.offer(pressed(str(seq), seq))
        assert publisher.status.waiting == 48
        await asyncio.to_thread(broker.start)
        async with wallboard(broker) as board:
            publisher.offer(pressed("last", 50))
            await board.hears("floor/events/ivr_node_answered", lambda payload: "last" in payload)
            await until(lambda: publisher.status.waiting == 0)
        assert publisher.status.state is MqttState.ONLINE
        assert (publisher.status.since, publisher.status.reason, publisher.status.dropped) == (None, None, 0)
        async with wallboard(broker) as later:  # this broker forgot everything: the state was told again
            assert "talking" in await later.hears("floor/agents/ana")


@pytest.mark.mosquitto
@pytest.mark.usefixtures("quick")
async def test_a_broker_that_hangs_is_noticed_and_nothing_is_lost(
    broker: PrivateMosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt_module, "ANSWER_S", 0.3)
    publisher = MqttPublisher(broker.url, "floor")
    async with at_work(publisher):
        await until(lambda: publisher.status.state is MqttState.ONLINE)
        broker.freeze()
        for seq in range(1, 60):
            publisher.offer(pressed(str(seq), seq))
        await until(lambda: publisher.status.state is MqttState.UNREACHABLE)
        assert publisher.status.waiting == 59
        broker.thaw()
        await until(lambda: publisher.status.state is MqttState.ONLINE and publisher.status.waiting == 0)


async def test_with_nobody_listening_the_oldest_events_are_dropped_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mqtt_module, "MOST_WAITING", 100)
    publisher = MqttPublisher(f"mqtt://127.0.0.1:{free_port()}", "floor")
    for seq in range(1, 151):
        publisher.offer(pressed("1", seq))
    assert (publisher.status.waiting, publisher.status.dropped) == (100, 50)
    assert publisher.status.state is MqttState.CONNECTING
    assert str(publisher.status) == "connecting; 100 events waiting; 50 events dropped"


async def test_pauses_grow_while_the_broker_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses, enough, real_sleep = list[float](), asyncio.Event(), asyncio.sleep

    async def at_once(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 8:
            enough.set()
        await real_sleep(0)

    publisher = MqttPublisher(f"mqtt://127.0.0.1:{free_port()}", "floor")
    monkeypatch.setattr(mqtt_module, "_pause", at_once)
    async with at_work(publisher):
        await asyncio.wait_for(enough.wait(), PATIENCE_S)
        assert publisher.status.state is MqttState.UNREACHABLE
        assert "refused" in str(publisher.status.reason)
    assert pauses[:8] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


async def test_an_agent_whose_name_is_no_topic_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    publisher = MqttPublisher("mqtt://127.0.0.1:1", "floor")
    published = list[str]()

    class Broker:
        async def publish(self, topic: str, *_: object, **__: object) -> None:
            published.append(topic)

    for agent in ("ana", "#", "ben/../+", "", "x\0"):
        publisher.offer(moved(agent, AgentState.READY))
    publishing = asyncio.create_task(publisher._publish(Broker()))  # type: ignore[arg-type]
    await until(lambda: publisher.status.waiting == 0)
    publishing.cancel()
    assert sorted(published) == ["floor/agents/ana"] + ["floor/events/agent_state_changed"] * 5


@pytest.mark.parametrize(
    "url", ["", "http://host", "mqtt://", "mqtt://host:x", "mqtt://host/topic", "host:1883"]
)
async def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="MQTT URL"):
        MqttPublisher(url, "floor")


@pytest.mark.parametrize("topic", ["", "#", "a/+", "/a", "a/", "a//b", "$SYS", "a b", "a\0", "é"])
async def test_topics_with_wildcards_or_odd_characters_are_refused(topic: str) -> None:
    with pytest.raises(ValueError, match="cannot be a topic"):
        MqttPublisher("mqtt://127.0.0.1", topic)
