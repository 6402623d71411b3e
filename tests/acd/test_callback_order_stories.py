"""Callbacks that dial the customer first; and what a cut or a restart does to one under way."""

from dataclasses import replace

import pytest

from acd.agent import AgentState
from acd.call import CallClass, CallState, Outcome, Presence
from acd.call_events import CallConnected
from acd.callback import CallbackOrder, CallbackRules, DialFailure
from acd.ids import CallId, QueueId
from acd.instant import Instant, seconds
from acd.orders import DialCustomer
from acd.remembered import CallbackRemembered, CallbacksRemembered
from tests.acd.callback_house import (
    BOOKED,
    CONNECTED,
    CUSTOMER_FIRST,
    DIALLING,
    DONE,
    DUE,
    FAILED,
    a_floor,
    booked,
)
from tests.sim_floor import OneCallback, SimFloor


@pytest.fixture
def floor() -> SimFloor:
    return a_floor()


@pytest.fixture
def customer_first() -> SimFloor:
    return a_floor(CUSTOMER_FIRST)


# -- customer first ----------------------------------------------------------------------------------


def test_customer_first_dials_while_an_agent_is_reserved_and_rings_him_then(
    customer_first: SimFloor,
) -> None:
    floor = customer_first
    callback = booked(floor)
    floor.wait(seconds=31)
    floor.agents("ana").ready()
    assert callback.now.state is DIALLING
    assert floor.agent("ana").state is AgentState.OFFERED
    floor.wait(seconds=2.5)
    assert callback.now.state is CONNECTED
    assert callback.call.presence is Presence.CHANNEL
    floor.wait(seconds=2)
    assert [e.agent_id for e in floor.events(CallConnected)] == ["ana"]
    assert callback.agents_offered == ["ana"]
    floor.world.hangs_up(floor.world.calls[callback.id])
    floor.runs_dry()
    assert callback.outcome is Outcome.ANSWERED
    assert floor.everyone_ended_somewhere()


def test_customer_first_who_has_answered_is_offered_to_the_next_agent_like_anybody(
    customer_first: SimFloor,
) -> None:
    floor = customer_first
    floor.agent("ana").rejects()
    callback = booked(floor)
    floor.wait(seconds=31)
    floor.agents("ana", "ben").ready()
    floor.wait(seconds=10)
    assert callback.agents_offered == ["ana", "ben"]
    assert floor.customer("+33123").dialled == 1
    assert callback.call.state is CallState.CONNECTED


def test_customer_first_without_an_answer_gives_the_agent_his_turn_back(customer_first: SimFloor) -> None:
    floor = customer_first
    floor.customer("+33123").is_busy()
    callback = booked(floor)
    floor.wait(seconds=31)
    floor.agents("ana").ready()
    turn = floor.agent("ana").now.ready_since
    floor.wait(seconds=5)
    assert floor.agent("ana").state is AgentState.READY
    assert floor.agent("ana").now.ready_since == turn
    assert callback.now.failure is DialFailure.BUSY


def test_customer_first_who_hangs_up_before_an_agent_is_there_was_abandoned(
    customer_first: SimFloor,
) -> None:
    floor = customer_first
    floor.agent("ana").lets_it_ring()
    callback = booked(floor)
    floor.wait(seconds=31)
    floor.agents("ana").ready()
    floor.wait(seconds=4)
    floor.world.hangs_up(floor.world.calls[callback.id])
    floor.wait(seconds=1)
    assert callback.outcome is Outcome.ABANDONED
    assert callback.states[-1] is FAILED


# -- the link and restarts -------------------------------------------------------------------------------


def test_nobody_misses_a_booked_callback_because_it_has_no_channel(floor: SimFloor) -> None:
    callback = booked(floor)
    floor.world.audit()
    floor.world.cut_link()
    floor.wait(seconds=100)
    floor.world.mend_link()
    floor.world.audit()
    assert callback.now.state is DUE
    assert callback.outcome is None


@pytest.mark.parametrize("order", list(CallbackOrder))
@pytest.mark.parametrize("cut_after", [0.0005, 0.5, 1.5, 2.5, 3.5])
def test_the_link_breaks_in_the_middle_and_he_is_dialled_once_at_most(
    order: CallbackOrder, cut_after: float
) -> None:
    floor = a_floor(CallbackRules(order=order))
    callback = booked(floor)
    floor.wait(seconds=31)
    floor.agents("ana").ready()
    floor.wait(seconds=cut_after)
    floor.world.cut_link()
    floor.wait(seconds=10)
    floor.world.mend_link()
    floor.wait(seconds=20)
    ordered = [r for r in floor.world.heard if isinstance(r.output, DialCustomer)]
    assert floor.customer("+33123").dialled <= len(ordered)
    assert floor.customer("+33123").dialled <= callback.now.attempts <= 1 or callback.now.state is CONNECTED
    floor.wait(seconds=1000)
    assert callback.now.state is CONNECTED
    assert callback.now.attempts <= 2


def test_an_order_nobody_confirmed_is_not_given_again_before_the_line_is_known_to_be_gone() -> None:
    floor = a_floor()
    callback = booked(floor)
    floor.wait(seconds=31)
    floor.world.faults = type(floor.world.faults)(unconfirmed=1.0)
    floor.agents("ana").ready()
    floor.wait(seconds=2)
    floor.world.faults = type(floor.world.faults)()
    floor.wait(seconds=60)
    assert callback.now.state is CONNECTED
    assert floor.customer("+33123").dialled == 1


def test_a_remembered_callback_stands_where_it_stood_and_a_dialled_one_asks_first() -> None:
    floor = a_floor()
    now = floor.world.now
    one = CallbackRemembered(
        call_id=CallId("cb-old-1"),
        queue_id=QueueId("support"),
        number="+33101",
        customer_id=None,
        from_call=None,
        order=CallbackOrder.AGENT_FIRST,
        call_class=CallClass.VIP,
        queued_at=Instant(now - seconds(500)),
        boost=seconds(0),
        booked_at=Instant(now - seconds(400)),
        expires_at=Instant(now + seconds(4000)),
        not_before=Instant(now - seconds(300)),
        attempts=0,
        state=DUE,
    )
    dialled = replace(one, call_id=CallId("cb-old-2"), number="+33102", attempts=1, state=DIALLING)
    talked = replace(one, call_id=CallId("cb-old-3"), number="+33103", attempts=1, state=CONNECTED)
    floor.world.tell(CallbacksRemembered(callbacks=(one, dialled, talked)))
    first, second = floor.callback("+33101"), floor.callback("+33102")
    assert (first.now.state, first.call.queued_at, first.call.call_class) == (
        DUE,
        one.queued_at,
        CallClass.VIP,
    )
    assert second.now.state is DIALLING
    floor.wait(seconds=1)
    assert second.now.state is BOOKED  # there is no such line: the attempt is over, and counted
    assert (second.now.attempts, second.now.failure) == (1, DialFailure.CUT_OFF)
    assert OneCallback(floor, talked.call_id).states == [DONE]
    floor.agents("ana").ready()
    floor.wait(seconds=20)
    assert floor.customer("+33101").dialled == 1
