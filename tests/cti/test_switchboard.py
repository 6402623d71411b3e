"""The engine as a flow sees it: entering, being queued or turned away, and an engine that is not there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime

import pytest

from acd.call import CallState, Outcome
from acd.call_events import CallEnded
from acd.call_signals import CallerHungUp
from acd.callback import CallbackRules
from acd.customer import Customer
from acd.events import Refused
from acd.ids import AgentId, CallId, CustomerId, QueueId
from acd.instant import after, seconds
from acd.ivr_events import IvrNodeAnswered, IvrNodeEntered
from acd.link_signals import LinkRestored
from acd.observation import LiveCall, Observation, Place
from cti.clock import Clock
from cti.floor import Floor
from cti.messages import Output
from cti.recognition import Recognition
from cti.runtime import EngineStopped, InboxFull, Runtime
from cti.switchboard import EngineSwitchboard, StillTalking
from ivr.notes import NodeAnswered, NodeEntered
from ivr.port import Enqueued, QueueClosed, Switchboard
from ivr.utterance import TimeOfDay
from tests.sim_floor import rules_of

CALL = {"call_id": "1.1", "caller": "+3399", "dialled": "8000", "flow": "main", "flow_version": 3}


class Desk:
    """A runtime, its switchboard, and what the floor said."""

    def __init__(self, inbox_limit: int = 100) -> None:
        rules = rules_of(
            agents={"ana": {"support": 8}}, queues={"support": {"support": 5}}, vips=("+3399",), capacity=1
        )
        self.said: list[Output] = []
        self.runtime = Runtime(
            Floor(rules), Clock(), "run", carry_out=lambda order: None, inbox_limit=inbox_limit
        )
        self.runtime.listen(lambda step: self.said.extend(e.message for e in step))
        self.switchboard: Switchboard = EngineSwitchboard(self.runtime)

    def said_of(self, kind: type) -> list[Output]:
        return [message for message in self.said if isinstance(message, kind)]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    running = asyncio.create_task(desk.runtime.run())
    yield desk
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_a_callers_way_through_the_menu_into_a_queue(desk: Desk) -> None:
    assert await desk.switchboard.call_entered_ivr(**CALL)
    at: dict[str, str] = {"flow": "main", "node": "main", "kind": "menu"}
    desk.switchboard.note(
        call_id="1.1", notes=[NodeEntered(**at), NodeAnswered(**at, key="2", result="x" * 99)]
    )
    queued = await desk.switchboard.enqueue(call_id="1.1", queue="support", priority=None)
    call = desk.runtime.tables.calls[CallId("1.1")]
    assert queued == Enqueued(
        queue="support", call_class="vip", since=str(call.queued_at), boost="0"
    )  # vip by his number
    assert (call.caller, call.dialled, call.state) == ("+3399", "8000", CallState.WAITING)
    name = CallId("1.1")
    assert desk.said_of(IvrNodeEntered) == [IvrNodeEntered(call_id=name, **at)]
    assert desk.said_of(IvrNodeAnswered) == [IvrNodeAnswered(call_id=name, **at, key="2", result="x" * 64)]


async def test_the_flow_may_say_how_urgent_he_is(desk: Desk) -> None:
    await desk.switchboard.call_entered_ivr(**CALL)
    queued = await desk.switchboard.enqueue(call_id="1.1", queue="support", priority="normal")
    assert isinstance(queued, Enqueued)
    assert queued.call_class == "normal"


async def test_a_full_and_an_unknown_queue_are_closed_for_a_reason(desk: Desk) -> None:
    await desk.switchboard.call_entered_ivr(**CALL)
    await desk.switchboard.enqueue(call_id="1.1", queue="support", priority=None)
    await desk.switchboard.call_entered_ivr(**CALL | {"call_id": "1.2"})
    full = await desk.switchboard.enqueue(call_id="1.2", queue="support", priority=None)
    unknown = await desk.switchboard.enqueue(call_id="1.2", queue="nowhere", priority=None)
    assert full == QueueClosed(reason="queue support is full")
    assert unknown == QueueClosed(reason="there is no queue nowhere")


async def test_who_hung_up_before_his_flow_began_or_queued_is_gone(desk: Desk) -> None:
    desk.runtime.post(CallerHungUp(call_id=CallId("1.1")))
    assert not await desk.switchboard.call_entered_ivr(**CALL)
    assert await desk.switchboard.call_entered_ivr(**CALL | {"call_id": "1.2"})
    desk.runtime.post(CallerHungUp(call_id=CallId("1.2")))
    closed = await desk.switchboard.enqueue(call_id="1.2", queue="support", priority=None)
    assert isinstance(closed, QueueClosed)
    assert desk.runtime.tables.calls == {}


async def test_a_flow_that_ends_by_itself_has_served_its_caller(desk: Desk) -> None:
    await desk.switchboard.call_entered_ivr(**CALL)
    await desk.switchboard.flow_finished(call_id="1.1")
    desk.runtime.post(CallerHungUp(call_id=CallId("1.1")))
    assert not await desk.switchboard.call_entered_ivr(**CALL)
    [ended] = desk.said_of(CallEnded)
    assert isinstance(ended, CallEnded)
    assert ended.outcome is Outcome.SERVED_IN_IVR


async def test_a_caller_who_talks_cannot_enter_a_flow(desk: Desk) -> None:
    talking = LiveCall(call_id=CallId("1.1"), place=Place.TALKING, agent_id=AgentId("ana"))
    seen = Observation(
        as_of=desk.runtime.clock.now(), calls=(talking,), reachable=frozenset({AgentId("ana")})
    )
    desk.runtime.post(LinkRestored(seen=seen))
    with pytest.raises(StillTalking):
        await desk.switchboard.call_entered_ivr(**CALL)
    assert [r.reason for r in desk.said_of(Refused) if isinstance(r, Refused)]


async def test_a_caller_back_in_his_flow_is_in_no_queue(desk: Desk) -> None:
    await desk.switchboard.call_entered_ivr(**CALL)
    await desk.switchboard.enqueue(call_id="1.1", queue="support", priority=None)
    assert await desk.switchboard.call_entered_ivr(**CALL)
    assert len(desk.runtime.tables.in_queue[QueueId("support")]) == 0


async def test_an_engine_too_far_behind_takes_nobody_in() -> None:
    desk = Desk(inbox_limit=0)
    with pytest.raises(InboxFull):
        await desk.switchboard.call_entered_ivr(**CALL)
    assert isinstance(
        await desk.switchboard.enqueue(call_id="1.1", queue="support", priority=None), QueueClosed
    )


async def test_an_engine_that_ended_makes_nobody_wait(desk: Desk) -> None:
    other = Desk()
    running = asyncio.create_task(other.runtime.run())
    await other.switchboard.call_entered_ivr(**CALL)
    running.cancel()
    asking = asyncio.create_task(other.switchboard.enqueue(call_id="1.1", queue="support", priority=None))
    await asyncio.wait({running, asking})
    assert isinstance(asking.exception(), EngineStopped)  # the dialplan keeps him in music
    with pytest.raises(EngineStopped):
        await other.switchboard.call_entered_ivr(**CALL)


class OneCustomer:
    """A directory that knows one number."""

    async def find(self, number: str) -> Customer | None:
        return Customer(customer_id=CustomerId("mia"), segment="gold") if number == "+3399" else None

    async def close(self) -> None:
        pass


async def test_who_is_calling_is_known_from_the_beginning_of_his_flow(desk: Desk) -> None:
    recognition = Recognition(OneCustomer(), desk.runtime.post)
    switchboard = EngineSwitchboard(desk.runtime, recognition)
    for call_id, caller in (("1.1", "+3399"), ("1.2", "+331")):
        met = await switchboard.call_entered_ivr(**CALL | {"call_id": call_id, "caller": caller})
        assert met is not None
        assert (met.customer is not None) is (caller == "+3399")
    known = [call.customer_id for call in desk.runtime.tables.calls.values()]
    assert known == ["mia", None]
    await recognition.close()


async def test_a_callback_is_booked_for_the_time_a_caller_names() -> None:
    rules = rules_of(
        {"ana": {"support": 8}}, {"support": {"support": 5}}, outside=("+33",), callback=CallbackRules()
    )
    runtime = Runtime(Floor(rules), Clock(), "run", carry_out=lambda order: None, inbox_limit=100)
    switchboard: Switchboard = EngineSwitchboard(runtime)
    running = asyncio.create_task(runtime.run())
    assert await switchboard.call_entered_ivr(**CALL)
    book = {"call_id": "1.1", "queue": "support"}
    assert "must begin with +33" in (await switchboard.book_callback(**book, number="+4912345") or "")
    assert await switchboard.book_callback(**book, number="+33123", at=3600) is None
    (callback,) = runtime.tables.callbacks
    assert callback.number == "+33123"
    assert abs(callback.not_before - after(callback.booked_at, seconds(3600))) < seconds(1)
    assert await switchboard.book_callback(**book, number="+33123", at=0) is None
    noon = TimeOfDay(hour=12, minute=0)
    assert await switchboard.book_callback(**book, number="+33123", at=noon) is None
    (callback,) = runtime.tables.callbacks
    assert datetime.fromtimestamp(callback.not_before / 1_000_000).hour == 12
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
