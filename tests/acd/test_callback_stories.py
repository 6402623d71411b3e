"""Callbacks keep the place: booked, offered in their turn, dialled, missed; each ends exactly once."""

import pytest

from acd.agent import AgentState
from acd.call import CallClass, CallState, Outcome, Presence
from acd.call_events import CallConnected, UnansweredClosed, UnansweredOpened
from acd.callback import DialFailure
from acd.callback_events import CallbackKept
from acd.commands import BookCallback
from acd.exits import QueueExit
from acd.ids import QueueId
from acd.ledger import WhyOwed
from acd.offer import OfferEnd
from acd.offer_events import OfferEnded, OfferMade
from acd.offer_signals import AgentAnswered
from acd.orders import CancelDial, MoveCaller
from tests.acd.callback_house import (
    BOOKED,
    CONNECTED,
    DIALLING,
    DONE,
    DUE,
    EXPIRED,
    FAILED,
    RINGING,
    a_floor,
    booked,
    exits,
)
from tests.sim_floor import SimFloor


@pytest.fixture
def floor() -> SimFloor:
    return a_floor()


# -- the place ---------------------------------------------------------------------------------------


def test_who_books_and_hangs_up_keeps_his_place_among_those_who_stay(floor: SimFloor) -> None:
    first = floor.caller("+33123").enters("support")
    floor.wait(seconds=60)
    floor.caller("+33200").enters("support")
    callback = first.books_and_hangs_up()
    assert first.outcome is Outcome.CALLBACK
    assert callback.call.queued_at == first.sim.queued_at
    assert callback.call.presence is Presence.CALLBACK
    line = floor.world.floor.tables.in_queue[QueueId("support")]
    assert line.position(callback.id, floor.world.now) == 1
    assert exits(floor) == {QueueExit.CALLBACK: 1}


def test_an_agent_is_rung_first_and_then_the_customer_is_dialled(floor: SimFloor) -> None:
    callback = booked(floor)
    floor.wait(seconds=31)
    floor.agent("ana").answers_after(1)
    floor.agents("ana").ready()
    floor.wait(seconds=0.5)
    assert callback.now.state is RINGING
    assert floor.customer("+33123").dialled == 0
    floor.wait(seconds=1)
    assert callback.now.state is DIALLING
    floor.wait(seconds=3)
    assert callback.now.state is CONNECTED
    assert callback.call.state is CallState.CONNECTED
    assert floor.agent("ana").state is AgentState.TALKING
    floor.world.hangs_up(floor.world.calls[callback.id])
    floor.runs_dry()
    assert callback.states == [DUE, RINGING, DIALLING, CONNECTED, DONE]
    assert callback.outcome is Outcome.ANSWERED
    assert exits(floor) == {QueueExit.CALLBACK: 1, QueueExit.CALLED_BACK: 1}
    assert floor.everyone_ended_somewhere()


def test_nobody_is_dialled_while_he_still_holds_the_receiver(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    waiting = floor.caller("+33123")
    floor.wait(seconds=0.1)
    assert waiting.books(queue="support") is None
    callback = floor.callback("+33123")
    floor.wait(seconds=29)
    assert callback.now.state is BOOKED
    waiting.hangs_up()
    floor.wait(seconds=2)
    assert callback.now.state is not BOOKED
    assert waiting.outcome is Outcome.CALLBACK


def test_a_callback_does_not_jump_ahead_of_who_began_to_wait_before(floor: SimFloor) -> None:
    earlier = floor.caller("+33200").enters("support")
    floor.wait(seconds=5)
    callback = booked(floor)
    later = floor.caller("+33300").enters("support")
    floor.wait(seconds=31)
    floor.agents("ana", "ben").ready()
    floor.wait(seconds=1)
    assert earlier.agents_offered == ["ana"]
    assert callback.agents_offered == ["ben"]
    assert later.agents_offered == []


def test_never_more_callbacks_are_under_way_than_agents_are_there_for(floor: SimFloor) -> None:
    callbacks = [booked(floor, f"+33{number}") for number in range(100, 110)]
    floor.wait(seconds=60)
    for name in ("ana", "ben"):
        floor.agent(name).lets_it_ring()
    floor.agents("ana", "ben").ready()
    floor.wait(seconds=1)
    states = [callback.now.state for callback in callbacks]
    assert states == [RINGING, RINGING] + [DUE] * 8


def test_class_and_credit_go_with_the_place(floor: SimFloor) -> None:
    floor.caller("+33123").enters("support").hangs_up()  # now we owe him an answer
    callback = booked(floor)
    assert callback.call.call_class is CallClass.RETURNING
    assert callback.call.boost > 0
    vip = booked(floor, "+3399")
    assert vip.call.call_class is CallClass.VIP


# -- what goes wrong -----------------------------------------------------------------------------------


def test_an_agent_who_rejects_is_no_failed_attempt(floor: SimFloor) -> None:
    callback = booked(floor)
    floor.wait(seconds=31)
    floor.agent("ana").rejects()
    floor.agents("ana", "ben").ready()
    floor.wait(seconds=5)
    assert callback.agents_offered == ["ana", "ben"]
    assert callback.now.attempts == 1  # Ben's
    assert callback.states[:5] == [DUE, RINGING, DUE, RINGING, DIALLING]


def test_a_customer_who_does_not_answer_is_tried_again_after_the_gap_and_then_we_owe_him(
    floor: SimFloor,
) -> None:
    floor.customer("+33123").lets_it_ring()
    callback = booked(floor)
    floor.agents("ana").ready()
    floor.wait(seconds=31 + 1 + 30 + 3)
    assert callback.now.state is BOOKED
    assert callback.now.failure is DialFailure.NO_ANSWER
    assert floor.agent("ana").state is AgentState.WRAPPING_UP  # he did work, and has his wrap-up
    floor.wait(seconds=890)
    assert floor.customer("+33123").dialled == 1
    floor.wait(seconds=2000)
    assert floor.customer("+33123").dialled == 3
    assert callback.outcome is Outcome.MISSED_CALLBACK
    assert callback.states[-1] is FAILED
    assert [e.why for e in floor.events(UnansweredOpened)] == [WhyOwed.MISSED_CALLBACK]
    assert exits(floor)[QueueExit.CALLBACK_MISSED] == 1
    ends = [e.how for e in floor.events(OfferEnded)]
    assert ends == [OfferEnd.NOT_REACHED] * 3
    assert floor.everyone_ended_somewhere()


def test_what_an_agent_asked_for_while_a_customer_was_dialled_in_vain_is_kept(floor: SimFloor) -> None:
    floor.customer("+33123").is_busy()
    booked(floor)
    floor.agents("ana").ready()
    floor.wait(seconds=32.1)
    assert floor.agent("ana").sets_not_ready() is None
    floor.wait(seconds=60)
    assert floor.agent("ana").state is AgentState.NOT_READY


def test_an_agent_who_is_forced_away_while_his_phone_rings_for_a_callback_talks_with_nobody(
    floor: SimFloor,
) -> None:
    callback = booked(floor)
    floor.wait(seconds=31)
    floor.agent("ana").lets_it_ring()
    floor.agents("ana").ready()
    offer = floor.events(OfferMade)[-1].offer_id
    assert floor.agent("ana").is_forced(AgentState.NOT_READY, "break") is None
    floor.world.tell(AgentAnswered(offer_id=offer))  # he had the receiver in his hand
    assert floor.events(CallConnected) == []
    floor.wait(seconds=1)
    assert (callback.now.state, callback.id in floor.world.calls) == (DUE, False)
    assert floor.agent("ana").state is AgentState.NOT_READY
    floor.agents("ben").ready()
    assert callback.agents_offered == ["ana", "ben"]


def test_an_agent_who_is_forced_away_while_his_customer_is_dialled_ends_the_attempt(floor: SimFloor) -> None:
    floor.customer("+33123").lets_it_ring()
    callback = booked(floor)
    floor.wait(seconds=31)
    floor.agents("ana").ready()
    floor.wait(seconds=3)
    assert callback.now.state is DIALLING
    assert floor.agent("ana").is_forced(AgentState.NOT_READY, "break", now=True) is None
    floor.wait(seconds=1)
    assert (callback.now.state, callback.now.attempts) == (BOOKED, 1)
    assert callback.id not in floor.world.calls
    assert floor.agent("ana").state is AgentState.NOT_READY


def test_an_agent_who_hangs_up_while_the_customer_is_dialled_ends_the_attempt(floor: SimFloor) -> None:
    callback = booked(floor)
    floor.agents("ana").ready()
    floor.wait(seconds=31.5)
    assert callback.now.state is DIALLING
    floor.world.vanish(floor.world.calls[callback.id])  # the line goes with the agent
    floor.wait(seconds=1)
    assert (callback.now.state, callback.now.attempts) == (BOOKED, 1)
    assert callback.now.failure is DialFailure.CUT_OFF


def test_a_callback_whose_time_is_over_is_given_up_and_owed(floor: SimFloor) -> None:
    callback = booked(floor)
    floor.wait(seconds=24 * 3600 + 1)
    assert callback.states == [DUE, EXPIRED]
    assert callback.outcome is Outcome.MISSED_CALLBACK
    assert len(floor.events(UnansweredOpened)) == 1
    assert floor.everyone_ended_somewhere()


def test_a_callback_that_succeeds_closes_what_we_owed(floor: SimFloor) -> None:
    floor.caller("+33123").enters("support").hangs_up()
    callback = booked(floor)
    assert floor.events(UnansweredClosed) == []  # a promise is no answer yet
    floor.agents("ana").ready()
    floor.wait(seconds=40)
    assert callback.now.state is CONNECTED
    assert len(floor.events(UnansweredClosed)) == 1


# -- one for each customer --------------------------------------------------------------------------------


def test_who_books_twice_has_one_callback_and_the_earlier_place(floor: SimFloor) -> None:
    first = booked(floor)
    floor.wait(seconds=10)
    again = floor.caller("+33123")
    floor.wait(seconds=0.1)
    assert again.books(queue="sales") is None
    again.hangs_up()
    assert again.outcome is Outcome.CALLBACK
    assert [e.call_id for e in floor.events(CallbackKept)] == [first.id]
    assert len(floor.world.floor.tables.callbacks) == 1


def test_who_calls_in_takes_the_place_of_his_callback_over(floor: SimFloor) -> None:
    callback = booked(floor)
    since = callback.call.queued_at
    floor.wait(seconds=300)
    other = floor.caller("+33200").enters("support")
    again = floor.caller("+33123").enters("support")
    assert again.now.queued_at == since
    assert callback.outcome is Outcome.CANCELLED
    floor.agents("ana").ready()
    assert (again.agents_offered, other.agents_offered) == (["ana"], [])
    assert exits(floor)[QueueExit.CALLBACK_CANCELLED] == 1


def test_who_stays_after_booking_finds_the_place_he_gave_away(floor: SimFloor) -> None:
    caller = floor.caller("+33123").enters("support")
    since = caller.now.queued_at
    floor.wait(seconds=60)
    assert caller.books() is None
    caller.goes_back_to_the_menu()
    caller.enters("sales")
    assert caller.now.queued_at > since  # the place is his callback's
    caller.goes_back_to_the_menu()
    caller.enters("support")
    assert caller.now.queued_at == since


def test_who_has_waited_for_longer_than_his_callback_keeps_his_own_place(floor: SimFloor) -> None:
    caller = floor.caller("+33123").enters("sales")
    since = caller.now.queued_at
    floor.wait(seconds=60)
    assert floor.asks(BookCallback(queue_id=QueueId("support"), number="+33123")) is None
    callback = floor.callback("+33123")
    caller.goes_back_to_the_menu()
    caller.enters("support")
    assert callback.outcome is Outcome.CANCELLED
    assert caller.now.queued_at == since


def test_who_calls_in_while_an_agents_phone_rings_for_him_is_not_called_back_too(floor: SimFloor) -> None:
    floor.agent("ana").lets_it_ring()
    callback = booked(floor)
    floor.wait(seconds=31)
    floor.agents("ana").ready()
    floor.wait(seconds=2)
    assert callback.now.state is RINGING
    again = floor.caller("+33123").enters("support")
    floor.wait(seconds=1)
    assert callback.outcome is Outcome.CANCELLED
    assert [r.output.call_id for r in floor.world.heard if isinstance(r.output, CancelDial)] == [callback.id]
    assert again.agents_offered == ["ana"]
    assert floor.customer("+33123").dialled == 0


def test_a_callback_is_taken_back_at_any_time_before_the_customer_is_there(floor: SimFloor) -> None:
    callback = booked(floor)
    assert callback.is_cancelled() is None
    assert callback.outcome is Outcome.CANCELLED
    assert callback.is_cancelled() is not None
    dialled = booked(floor, "+33124")
    floor.agents("ana").ready()
    floor.wait(seconds=32)
    assert dialled.now.state is DIALLING
    assert dialled.is_cancelled() is None
    floor.wait(seconds=1)
    assert floor.agent("ana").state is AgentState.READY
    assert floor.asks(BookCallback(queue_id=QueueId("support"), number="+33125")) is None
    talking = floor.callback("+33125")
    floor.wait(seconds=40)
    assert talking.now.state is CONNECTED
    assert talking.is_cancelled() == "the customer is on the line"


# -- by the flow that talks with him while he waits ----------------------------------------------------


def test_a_flow_that_talks_with_who_waits_books_and_takes_him_out(floor: SimFloor) -> None:
    caller = floor.caller("+33123").enters("support")
    floor.wait(seconds=60)
    assert caller.books(by_flow=True) is None
    assert caller.now.state is CallState.LEAVING
    caller.goes_back_to_the_menu()
    assert (caller.now.state, caller.now.in_waiting_room) == (CallState.IN_IVR, False)
    floor.wait(seconds=30)  # it tells him so in its own words
    assert floor.events(MoveCaller) == []
    caller.hangs_up()
    assert caller.outcome is Outcome.CALLBACK
    assert floor.callback("+33123").call.queued_at == caller.sim.queued_at
    assert exits(floor) == {QueueExit.CALLBACK: 1}


def test_should_the_flow_break_he_is_told_by_the_queue(floor: SimFloor) -> None:
    caller = floor.caller("+33123").enters("support")
    assert caller.books(by_flow=True) is None
    floor.wait(seconds=60)
    assert [o.call_id for o in floor.events(MoveCaller)] == [caller.id]
    floor.runs_until_gone(caller)
    assert caller.outcome is Outcome.CALLBACK
