"""Callbacks keep the place: booked, offered in their turn, dialled, missed; each ends exactly once."""

from dataclasses import replace

import pytest

from acd.agent import AgentState
from acd.call import CallClass, CallState, Outcome, Presence
from acd.call_events import CallConnected, UnansweredClosed, UnansweredOpened
from acd.call_signals import CallerPressed
from acd.callback import CallbackOrder, CallbackRules, CallbackState, DialFailure
from acd.callback_events import CallbackKept
from acd.callback_view import callback_view
from acd.commands import BookCallback, CancelCallback
from acd.exits import QueueExit
from acd.hours import Calendar, DaySpan
from acd.ids import CallId, QueueId
from acd.instant import Instant, after, seconds
from acd.ledger import WhyOwed
from acd.offer import OfferEnd
from acd.offer_events import OfferEnded, OfferMade
from acd.offer_signals import AgentAnswered
from acd.orders import CancelDial, DialCustomer, MoveCaller
from acd.overflow_rules import AtClosing, OverflowStep, SendAway, Way
from acd.remembered import CallbackRemembered, CallbacksRemembered
from tests.sim_floor import OneCallback, SimFloor, rules_of

BOOKED, DUE, RINGING, DIALLING, CONNECTED, DONE, FAILED, EXPIRED, CANCELLED = CallbackState
AGENT_FIRST = CallbackRules()
CUSTOMER_FIRST = CallbackRules(order=CallbackOrder.CUSTOMER_FIRST)


def a_floor(callback: CallbackRules | None = AGENT_FIRST, outside: tuple[str, ...] = ("+33",)) -> SimFloor:
    return SimFloor(
        rules_of(
            {"ana": {"support": 8, "sales": 5}, "ben": {"support": 8}},
            {"support": {"support": 5}, "sales": {"sales": 3}},
            vips=("+3399",),
            outside=outside,
            callback=callback,
        )
    )


@pytest.fixture
def floor() -> SimFloor:
    return a_floor()


@pytest.fixture
def customer_first() -> SimFloor:
    return a_floor(CUSTOMER_FIRST)


def booked(floor: SimFloor, number: str = "+33123") -> OneCallback:
    return floor.caller(number).enters("support").books_and_hangs_up()


def exits(floor: SimFloor, queue: str = "support") -> dict[QueueExit, int]:
    return {e: n for e, n in floor.world.floor.tables.stats[QueueId(queue)].exits.items() if n}


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


# -- who may be called ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "outside", "why"),
    [
        ("+33123", (), "no outside calls are allowed"),
        ("+49123", ("+33",), "numbers must begin with +33"),
        ("unknown", ("+33",), "no number that could be called"),
        ("+33\r\nAction: Originate", ("+33",), "no number that could be called"),
        ("+33123", ("+33",), None),
    ],
)
def test_every_way_of_dialling_passes_one_gate(
    number: str, outside: tuple[str, ...], why: str | None
) -> None:
    floor = a_floor(outside=outside)
    refused = floor.asks(BookCallback(queue_id=QueueId("support"), number=number))
    assert refused is None if why is None else why in (refused or "")


def test_a_queue_that_does_not_call_back_says_so(floor: SimFloor) -> None:
    silent = a_floor(callback=None)
    caller = silent.caller("+33123").enters("support")
    assert caller.books() == "queue support does not call back"
    assert caller.now.state is CallState.WAITING
    assert floor.asks(BookCallback(queue_id=QueueId("nope"), number="+33123")) == "there is no queue nope"
    assert floor.asks(CancelCallback(call_id=CallId("cb-1"))) is not None


def test_a_queue_keeps_so_many_callbacks_and_no_more() -> None:
    floor = a_floor(CallbackRules(most=1))
    booked(floor)
    assert "keeps 1 callbacks" in (floor.caller("+33200").enters("support").books() or "")


def test_an_integrator_books_one_at_the_end_of_the_line(floor: SimFloor) -> None:
    floor.caller("+33200").enters("support")
    floor.wait(seconds=10)
    assert floor.asks(BookCallback(queue_id=QueueId("support"), number="+33123")) is None
    callback = floor.callback("+33123")
    assert callback.call.queued_at == floor.world.now
    assert callback.now.from_call is None


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


# -- at a moment of his own -----------------------------------------------------------------------------


def in_s(floor: SimFloor, secs: float) -> Instant:
    return after(floor.world.now, seconds(secs))


def test_who_names_a_moment_is_called_then_and_has_waited_for_as_long_as_he_did(floor: SimFloor) -> None:
    caller = floor.caller("+33123").enters("support")
    floor.wait(seconds=60)
    asked = floor.world.now
    assert caller.books(at=in_s(floor, 3600)) is None
    caller.hangs_up()
    callback = floor.callback("+33123")
    assert callback.call.queued_at == caller.sim.queued_at + seconds(3600)
    floor.agents("ana").ready()
    floor.wait(seconds=3590)
    assert (callback.now.state, floor.customer("+33123").dialled) == (BOOKED, 0)
    floor.wait(seconds=12)
    assert callback.now.not_before == after(asked, seconds(3600))
    assert callback.now.state in (DIALLING, CONNECTED)
    floor.wait(seconds=5)
    floor.world.hangs_up(floor.world.calls[callback.id])
    floor.runs_dry()
    assert floor.everyone_ended_somewhere()


def test_until_his_moment_he_stands_in_nobodys_way(floor: SimFloor) -> None:
    assert (
        floor.asks(BookCallback(queue_id=QueueId("support"), number="+33123", not_before=in_s(floor, 3600)))
        is None
    )
    callback = floor.callback("+33123")
    floor.wait(seconds=3500)
    later = floor.caller("+33200").enters("support")
    line = floor.world.floor.tables.in_queue[QueueId("support")]
    assert line.position(later.id, floor.world.now) == 1
    floor.wait(seconds=101)
    floor.agents("ana").ready()
    assert (later.agents_offered, callback.agents_offered) == (["ana"], [])


def test_a_moment_while_the_queue_is_closed_too_late_or_over_is_refused() -> None:
    week = tuple((DaySpan(opens=8 * 60, closes=20 * 60),) for _ in range(7))
    rules = a_floor().world.floor.tables.rules
    queues = {name: replace(queue, hours="day") for name, queue in rules.queues.items()}
    calendars = {"day": Calendar(name="day", zone="UTC", week=week)}
    floor = SimFloor(replace(rules, queues=queues, calendars=calendars))
    day = seconds(24 * 3600)
    midnight = Instant(floor.world.now // day * day)

    def asks(moment: float) -> str | None:
        wanted = after(midnight, seconds(moment * 3600))
        return floor.asks(BookCallback(queue_id=QueueId("support"), number="+33123", not_before=wanted))

    assert asks(24 + 21) == "queue support is closed at that moment"
    assert asks(-1) == "that moment is over"
    assert asks(24 * 9 + 9) == "queue support calls back within 168 h at the latest"
    assert asks(24 * 2 + 9) is None
    assert floor.callback("+33123").now.expires_at == after(midnight, seconds((24 * 3 + 9) * 3600))


def test_who_names_a_moment_later_on_is_called_then_instead(floor: SimFloor) -> None:
    first = booked(floor)
    since = first.call.queued_at
    floor.wait(seconds=60)
    again = floor.caller("+33123")
    floor.wait(seconds=0.1)
    moment = in_s(floor, 600)
    assert again.books(queue="support", at=moment) is None
    again.hangs_up()
    second = floor.callback("+33123")
    assert (first.outcome, len(floor.world.floor.tables.callbacks)) == (Outcome.CANCELLED, 1)
    assert second.now.not_before == moment
    assert second.call.queued_at <= moment
    assert second.call.queued_at >= since


def test_who_calls_in_before_his_moment_waits_from_now_on(floor: SimFloor) -> None:
    book = BookCallback(queue_id=QueueId("support"), number="+33123", not_before=in_s(floor, 3600))
    assert floor.asks(book) is None
    again = floor.caller("+33123").enters("support")
    assert again.now.queued_at <= floor.world.now
    assert floor.callback("+33123").outcome is Outcome.CANCELLED


def test_a_moment_asked_for_is_kept_over_a_restart(floor: SimFloor) -> None:
    moment = in_s(floor, 3600)
    kept = CallbackRemembered(
        call_id=CallId("cb-earlier"),
        queue_id=QueueId("support"),
        number="+33123",
        customer_id=None,
        from_call=None,
        order=CallbackOrder.AGENT_FIRST,
        state=BOOKED,
        call_class=CallClass.NORMAL,
        queued_at=moment,
        boost=seconds(0),
        booked_at=floor.world.now,
        expires_at=after(moment, seconds(3600)),
        not_before=moment,
        attempts=0,
    )
    floor.world.tell(CallbacksRemembered(callbacks=(kept,)))
    floor.agents("ana").ready()
    floor.wait(seconds=3599)
    callback = OneCallback(floor, CallId("cb-earlier"))
    assert (callback.now.state, callback.call.queued_at) == (BOOKED, moment)
    floor.wait(seconds=2)
    assert callback.agents_offered == ["ana"]


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


# -- hours, overflow, capacity ------------------------------------------------------------------------

NINE_TO_FIVE = Calendar(name="day", zone="UTC", week=((DaySpan(9 * 60, 17 * 60),),) * 7)
DAY = seconds(24 * 3600)


def a_day(overflow: tuple[OverflowStep, ...] = (), at_closing: AtClosing = AtClosing.CALLBACKS) -> SimFloor:
    """It is a minute to five."""
    floor = SimFloor(
        rules_of(
            {"ana": {"support": 8}, "ben": {"support": 8}},
            {"support": {"support": 5}},
            outside=("+33",),
            callback=CallbackRules(prompts=("vm-goodbye",), expires_after=seconds(48 * 3600)),
            hours="day",
            at_closing=at_closing,
            overflow=overflow,
            calendars={"day": NINE_TO_FIVE},
        )
    )
    now = floor.world.now % DAY
    floor.wait(seconds=((17 * 3600 - 60) * 1_000_000 - now) % DAY / 1_000_000)
    return floor


def test_at_closing_those_who_wait_are_called_back_when_it_opens_their_places_kept() -> None:
    floor = a_day()
    first, second = (floor.caller(f"+33{n}").enters("support") for n in (101, 102))
    nameless = floor.caller("unknown").enters("support")
    since = first.now.queued_at
    floor.wait(seconds=61)
    assert exits(floor) == {QueueExit.CALLBACK: 2}
    assert nameless.now.state is CallState.WAITING  # nobody could call him: he is served
    moved = [r.output for r in floor.world.heard if isinstance(r.output, MoveCaller)]
    assert [m.prompts for m in moved] == [("vm-goodbye",)] * 2
    floor.runs_until_gone(first, second)
    assert (first.outcome, second.outcome) == (Outcome.CALLBACK, Outcome.CALLBACK)
    floor.agents("ana").ready()
    floor.wait(seconds=15 * 3600)
    callbacks = [floor.callback(f"+33{n}") for n in (101, 102)]
    assert [c.now.state for c in callbacks] == [BOOKED, BOOKED]
    assert callbacks[0].call.queued_at == since
    nameless.hangs_up()
    floor.wait(seconds=3600 + 30)
    assert callbacks[0].agents_offered == ["ana"]
    assert callbacks[1].now.state is DUE


def test_a_queue_that_closes_in_the_middle_of_an_attempt_dials_nobody_any_more() -> None:
    floor = a_day()
    callback = floor.caller("+33101").enters("support").books_and_hangs_up()
    floor.wait(seconds=40)
    floor.agent("ana").answers_after(14)
    floor.wait(seconds=10)
    floor.agents("ana").ready()
    floor.wait(seconds=30)
    assert floor.customer("+33101").dialled == 0
    assert callback.now.state is BOOKED
    assert callback.now.attempts == 0
    assert floor.agent("ana").state is AgentState.READY


def test_an_overflow_step_books_a_callback_at_the_door_and_while_he_waits() -> None:
    step = OverflowStep(action=SendAway(way=Way.CALLBACK), waited=seconds(30))
    closed = OverflowStep(action=SendAway(way=Way.CALLBACK), reasons=frozenset({QueueExit.CLOSED}))
    floor = a_day(overflow=(step, closed))
    waits = floor.caller("+33101").enters("support")
    floor.wait(seconds=31)
    assert exits(floor) == {QueueExit.CALLBACK: 1}
    floor.wait(seconds=60)
    late = floor.caller("+33102")
    floor.world.enters(late.sim, "support")
    assert exits(floor) == {QueueExit.CALLBACK: 2}
    floor.runs_until_gone(waits, late)
    assert (waits.outcome, late.outcome) == (Outcome.CALLBACK, Outcome.CALLBACK)
    assert len(floor.world.floor.tables.callbacks) == 2


def test_a_callback_takes_no_place_from_those_on_the_line() -> None:
    floor = SimFloor(
        rules_of({"ana": {"s": 5}}, {"q": {"s": 5}}, outside=("+33",), callback=AGENT_FIRST, capacity=1)
    )
    assert floor.caller("+33101").enters("q").books() is None
    assert floor.caller("+33102").enters("q").refused is None
    assert floor.caller("+33103").enters("q").refused is not None


def test_a_key_pressed_while_waiting_books_one_if_it_is_the_queues() -> None:
    floor = a_floor(CallbackRules(key="1", prompts=("vm-goodbye",)))
    caller = floor.caller("+33101").enters("support")
    floor.world.report(CallerPressed(call_id=caller.id, key="2"))
    floor.wait(seconds=1)
    assert caller.now.state is CallState.WAITING
    floor.world.report(CallerPressed(call_id=caller.id, key="1"))
    floor.wait(seconds=1)
    assert floor.callback("+33101").call.queued_at == caller.now.waits_since
    nameless = floor.caller("unknown").enters("support")
    floor.world.report(CallerPressed(call_id=nameless.id, key="1"))
    floor.wait(seconds=1)
    assert nameless.now.state is CallState.WAITING


def test_new_rules_that_no_longer_call_back_hold_callbacks_until_they_do_again(floor: SimFloor) -> None:
    callback = booked(floor)
    rules = floor.world.floor.tables.rules
    without = {q: replace(queue, callback=None) for q, queue in rules.queues.items()}
    acd = floor.world.floor._acd
    floor.wait(seconds=31)
    acd.adopt(replace(rules, queues=without), 2, floor.world.now)
    assert callback.now.state is BOOKED
    acd.adopt(rules, 3, floor.world.now)
    assert callback.now.state is DUE


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


# -- the gate ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rules", [AGENT_FIRST, CUSTOMER_FIRST])
def test_what_the_gate_does_not_let_out_waits_until_it_may_and_takes_no_attempt(rules: CallbackRules) -> None:
    floor = a_floor(rules)
    callback = booked(floor)
    until = after(floor.world.now, seconds(3600))
    floor.world.barred["+33123"] = until
    floor.agents("ana").ready()
    floor.wait(seconds=60)
    assert callback.now.state is BOOKED
    assert (callback.now.not_before, callback.now.attempts) == (until, 0)
    view = callback_view(floor.world.floor.tables, callback.now, floor.world.now)
    assert view.why.endswith(": barred")
    assert floor.agent("ana").state is AgentState.READY
    assert len(callback.agents_offered) == 1, "not again and again"
    floor.world.barred.clear()
    floor.agent("ana").answers_after(1)
    floor.wait(seconds=3600)
    assert floor.customer("+33123").dialled == 1


@pytest.mark.parametrize("rules", [AGENT_FIRST, CUSTOMER_FIRST])
def test_what_the_gate_will_never_let_out_is_over_at_once_and_owed(rules: CallbackRules) -> None:
    floor = a_floor(rules)
    callback = booked(floor)
    floor.world.barred["+33123"] = None
    floor.agents("ana").ready()
    floor.wait(seconds=60)
    assert callback.states[-1] is FAILED
    assert callback.outcome is Outcome.MISSED_CALLBACK
    assert floor.customer("+33123").dialled == 0
    assert floor.agent("ana").state is AgentState.READY
    assert [opened.why for opened in floor.events(UnansweredOpened)] == [WhyOwed.MISSED_CALLBACK]
    assert floor.everyone_ended_somewhere()


@pytest.mark.parametrize("for_good", [True, False])
def test_who_is_put_on_a_list_while_the_agents_phone_rings_is_not_dialled(for_good: bool) -> None:
    floor = a_floor()
    callback = booked(floor)
    floor.agent("ana").answers_after(5)
    floor.agents("ana").ready()
    floor.wait(seconds=33)
    assert callback.now.state is RINGING
    floor.world.barred["+33123"] = None if for_good else after(floor.world.now, seconds(7200))
    floor.wait(seconds=60)
    assert floor.customer("+33123").dialled == 0
    assert callback.states[-1] is (FAILED if for_good else BOOKED)
    assert floor.agent("ana").state is not AgentState.TALKING
    if not for_good:
        assert callback.now.attempts == 0
        floor.world.barred.clear()
        floor.wait(seconds=8000)
        assert floor.customer("+33123").dialled == 1


def test_who_asks_from_the_number_that_is_dialled_has_asked_himself(floor: SimFloor) -> None:
    callback = booked(floor)
    asked_at = callback.now.asked_at
    assert asked_at == callback.now.booked_at
    other = floor.caller("+33200").enters("support")
    floor.asks(BookCallback(call_id=other.sim.call_id, number="+33201"))
    assert floor.callback("+33201").now.asked_at is None
    floor.asks(BookCallback(queue_id=QueueId("support"), number="+33202"))
    assert floor.callback("+33202").now.asked_at is None
    floor.agents("ana", "ben").ready()
    floor.wait(seconds=40)
    dialled = {order.number: order.asked_at for order in floor.events(DialCustomer)}
    assert dialled["+33123"] == asked_at
