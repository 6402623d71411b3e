"""Callbacks at a moment of the customer's own, in opening hours, and from an overflow."""

from dataclasses import replace

import pytest

from acd.agent import AgentState
from acd.call import CallClass, CallState, Outcome
from acd.call_signals import CallerPressed
from acd.callback import CallbackOrder, CallbackRules
from acd.commands import BookCallback
from acd.exits import QueueExit
from acd.hours import Calendar, DaySpan
from acd.ids import CallId, QueueId
from acd.instant import Instant, after, seconds
from acd.orders import MoveCaller
from acd.overflow_rules import AtClosing, OverflowStep, SendAway, Way
from acd.remembered import CallbackRemembered, CallbacksRemembered
from tests.acd.callback_house import AGENT_FIRST, BOOKED, CONNECTED, DIALLING, DUE, a_floor, booked, exits
from tests.sim_floor import OneCallback, SimFloor, rules_of


@pytest.fixture
def floor() -> SimFloor:
    return a_floor()


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
