"""Who booked a callback while he waited, and was not told before the engine was killed: one or the other."""

from dataclasses import replace

import pytest

from acd.agent import AgentState
from acd.call import CallClass, CallState, Outcome
from acd.callback import CallbackOrder, CallbackRules, CallbackState
from acd.callback_events import CallbackStateChanged, WhyCallback
from acd.exits import QueueExit
from acd.ids import CallId, QueueId
from acd.instant import Instant, after, seconds
from acd.remembered import CallbackRemembered, CallbacksRemembered
from tests.sim_floor import OneCallback, OneCaller, SimFloor, rules_of

BOOKED = CallbackRules()


def a_floor(callback: CallbackRules | None = BOOKED) -> SimFloor:
    return SimFloor(
        rules_of(
            {"ana": {"support": 8}},
            {"support": {"support": 5}, "sales": {"support": 3}},
            outside=("+33",),
            callback=callback,
        )
    )


def remembers(floor: SimFloor, caller: OneCaller, **otherwise: object) -> OneCallback:
    """The database tells of the callback that this caller had booked before the engine was killed; he was
    found in the waiting room."""
    call = floor.world.floor.tables.calls[caller.id]
    one = CallbackRemembered(
        call_id=CallId("cb-old-1"),
        queue_id=QueueId("support"),
        number="+33101",
        customer_id=None,
        from_call=caller.id,
        order=CallbackOrder.AGENT_FIRST,
        call_class=CallClass.NORMAL,
        queued_at=call.queued_at,
        boost=seconds(0),
        booked_at=floor.world.now,
        expires_at=after(floor.world.now, seconds(4000)),
        not_before=after(floor.world.now, seconds(30)),
        attempts=0,
        state=CallbackState.BOOKED,
    )
    floor.world.tell(CallbacksRemembered(callbacks=(replace(one, **otherwise),)))  # type: ignore[arg-type]
    return OneCallback(floor, one.call_id)


def waiting(floor: SimFloor, queue: str = "support") -> OneCaller:
    caller = floor.caller("+33101").enters(queue)
    floor.wait(seconds=40)
    assert caller.now.state is CallState.WAITING
    return caller


def test_who_still_waits_is_told_that_he_is_called_back_and_let_go() -> None:
    floor = a_floor()
    caller = waiting(floor)
    since = caller.now.queued_at
    callback = remembers(floor, caller)
    assert caller.now.state is CallState.LEAVING
    floor.runs_until_gone(caller)
    assert caller.outcome is Outcome.CALLBACK
    assert callback.call.queued_at == since, "his place is kept"
    exits = floor.world.floor.tables.stats[QueueId("support")].exits
    assert exits[QueueExit.CALLBACK] == 1
    floor.customer("+33101").answers_after(3)
    floor.customer("+33101").talks_for(20)
    floor.agent("ana").answers_after(1)
    floor.agents("ana").ready()
    floor.runs_dry()
    assert floor.customer("+33101").dialled == 1
    assert floor.everyone_ended_somewhere()


@pytest.mark.parametrize("answered", [True, False])
def test_whom_an_agent_has_by_then_is_not_called_back_too(answered: bool) -> None:
    floor = a_floor()
    caller = waiting(floor)
    if answered:
        floor.agent("ana").answers_after(0.1)
        floor.agent("ana").talks_for(60)
    else:
        floor.agent("ana").lets_it_ring()
    floor.agents("ana").ready()
    floor.wait(seconds=1)
    assert floor.agent("ana").state is (AgentState.TALKING if answered else AgentState.OFFERED)
    callback = remembers(floor, caller)
    assert callback.states == [CallbackState.CANCELLED]
    (told,) = [e for e in floor.events(CallbackStateChanged) if e.now is CallbackState.CANCELLED]
    assert told.because == WhyCallback.CALLED_IN
    floor.wait(seconds=90)
    assert floor.customer("+33101").dialled == 0
    assert caller.outcome is Outcome.ANSWERED if answered else caller.now.state is CallState.WAITING


def test_who_cannot_be_called_back_any_more_goes_on_waiting() -> None:
    floor = a_floor(callback=None)
    caller = waiting(floor)
    callback = remembers(floor, caller)
    assert caller.now.state is CallState.WAITING
    assert callback.states == [CallbackState.CANCELLED]


def test_who_had_booked_in_his_menu_and_waits_for_something_else_does_so() -> None:
    floor = a_floor()
    caller = waiting(floor, "sales")
    joined = caller.now.joined_at
    callback = remembers(floor, caller, booked_at=Instant(joined - seconds(10)))
    assert caller.now.state is CallState.WAITING
    assert callback.now.state is CallbackState.BOOKED
    elsewhere = remembers(floor, caller, call_id=CallId("cb-old-2"), number="+33102", customer_id=None)
    assert caller.now.state is CallState.WAITING, "that one is of another queue than his"
    assert elsewhere is not None


def test_who_is_gone_or_in_his_menu_again_is_called_back() -> None:
    floor = a_floor()
    caller = waiting(floor)
    caller.hangs_up()
    floor.wait(seconds=1)
    call = floor.world.floor.tables.calls
    assert caller.id not in call
    one = floor.caller("+33102")
    floor.wait(seconds=1)
    callback = remembers(floor, one, number="+33102")
    assert callback.now.state is CallbackState.BOOKED


def test_a_line_that_is_under_way_goes_on() -> None:
    floor = a_floor()
    caller = waiting(floor)
    remembers(floor, caller, state=CallbackState.DIALLING, attempts=1)
    assert caller.now.state is CallState.WAITING
