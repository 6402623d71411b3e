"""What becomes of callers whom a queue does not take, or does not keep: closed, full, unstaffed, too long."""

from datetime import UTC, datetime, timedelta

import pytest

from acd.call import CallClass, CallState, Outcome
from acd.call_events import CallEnded
from acd.commands import CloseQueue, EnqueueCall, ReopenQueue
from acd.events import Refused
from acd.exits import QueueExit
from acd.hours import Calendar, DaySpan
from acd.ids import QueueId
from acd.instant import Instant, after, seconds
from acd.link_signals import LinkRestored
from acd.observation import LiveCall, Observation, Place
from acd.orders import MoveCaller, NoteQueue, RingAgent
from acd.overflow_rules import (
    AtClosing,
    OverflowStep,
    SendAway,
    StaffedBy,
    StaffRules,
    ToQueue,
    Way,
    cycle,
)
from acd.queue_events import CallLeftQueue, CallQueued, CallSentAway, QueueDoorChanged
from acd.remembered import QueueRemembered, QueuesRemembered
from acd.rules import Rules
from acd.timers import TimerKind
from acd.views import queue_view
from cti.rules_document import RulesDocument
from cti.simulated_faults import NO_FAULTS, Faults
from tests.sim_floor import OneCaller, SimFloor, document_of, opens_with, rules_of

S, B = QueueId("s"), QueueId("b")
TO_B = ToQueue(queue_id=B)
VOICEMAIL = SendAway(way=Way.VOICEMAIL, prompts=("vm-intro",))
SORRY = SendAway(way=Way.ANNOUNCEMENT, prompts=("sorry", "goodbye"))
HANG_UP = SendAway(way=Way.HANG_UP)
TO_FLOW = SendAway(way=Way.FLOW)


def rules(*overflow: OverflowStep, **life: object) -> Rules:
    """Ana serves s, Ben b; the rules given are those of s."""
    return rules_of(
        {"ana": {"s": 5}, "ben": {"b": 5}},
        {"s": {"s": 1}, "b": {"b": 1}},
        life={"s": {"overflow": overflow, **life}},
    )


def floor_with(*overflow: OverflowStep, **life: object) -> SimFloor:
    return SimFloor(rules(*overflow, **life))


def exits(floor: SimFloor, queue: str = "s") -> dict[str, int]:
    """How visits ended, and that the books balance."""
    t = floor.world.floor.tables
    view = queue_view(t, QueueId(queue), floor.world.now)
    assert view.unexplained == 0
    return {exit_.value: n for exit_, n in view.exits.items() if n}


def ended(floor: SimFloor) -> list[str]:
    floor.runs_dry()
    assert floor.everyone_ended_somewhere()
    assert {*exits(floor, "s"), *exits(floor, "b")} <= {exit_.value for exit_ in QueueExit}
    return [e.outcome.value for e in floor.events(CallEnded)]


def when(reason: QueueExit, action: ToQueue | SendAway) -> OverflowStep:
    return OverflowStep(action=action, reasons=frozenset({reason}))


# -- on to another queue --------------------------------------------------------------------------------


def test_who_waited_for_long_goes_to_another_queue_and_keeps_his_start_class_and_credit() -> None:
    floor = floor_with(OverflowStep(action=TO_B, waited=seconds(30)))
    call = floor.caller("+331").enters("s", vip=True)
    since = call.now.queued_at
    floor.wait(seconds=29)
    assert call.now.queue_id == S
    floor.wait(seconds=2)
    assert (call.now.queue_id, call.now.queued_at, call.now.call_class) == (B, since, CallClass.VIP)
    assert call.now.in_waiting_room
    assert call.now.joined_at == after(call.now.queued_at, seconds(30)) or call.now.joined_at > since
    assert [o.queue_id for o in floor.events(NoteQueue)] == [B]
    floor.agents("ben").ready()
    floor.wait(seconds=0.1)
    assert call.agents_offered == ["ben"]
    floor.wait(seconds=5)
    call.hangs_up()
    assert (exits(floor), exits(floor, "b")) == ({"overflowed": 1}, {"answered": 1})
    assert ended(floor) == ["answered"]


def test_who_is_in_front_by_his_first_start_stays_in_front_in_the_other_queue() -> None:
    floor = floor_with(OverflowStep(action=TO_B, waited=seconds(30)))
    early = floor.caller("+331").enters("s")
    floor.wait(seconds=10)
    late = floor.caller("+332").enters("b")
    floor.wait(seconds=25)
    floor.agents("ben").ready()
    floor.wait(seconds=0.1)
    assert (early.agents_offered, late.agents_offered) == (["ben"], [])


def test_nobody_is_moved_while_a_phone_rings_for_him_and_he_is_moved_when_it_does_not_help() -> None:
    floor = floor_with(OverflowStep(action=TO_B, waited=seconds(5)))
    floor.agents("ana").ready()
    floor.agent("ana").lets_it_ring()
    call = floor.caller("+331").enters("s")
    floor.wait(seconds=10)
    assert (call.now.queue_id, call.now.state) == (S, CallState.OFFERED)
    floor.wait(seconds=6)
    assert call.now.queue_id == B


def test_a_ready_agent_comes_before_any_overflow() -> None:
    floor = floor_with(OverflowStep(action=TO_B, waited=seconds(5)))
    call = floor.caller("+331").enters("s")
    floor.wait(seconds=4.9)
    floor.agents("ana", "ben").ready()
    floor.wait(seconds=5)
    assert call.agents_offered == ["ana"]


def test_a_step_whose_queue_would_turn_him_away_is_passed_over_until_it_takes_him() -> None:
    floor = floor_with(OverflowStep(action=TO_B, waited=seconds(5)))
    floor.world.tell(CloseQueue(queue_id=B, because="training"))
    call = floor.caller("+331").enters("s")
    floor.wait(seconds=20)
    assert call.now.queue_id == S
    floor.world.tell(ReopenQueue(queue_id=B))
    floor.wait(seconds=5.1)
    assert call.now.queue_id == B


def test_the_first_step_that_holds_is_taken_and_others_follow_in_the_next_queue() -> None:
    chain = rules_of(
        {"ana": {"s": 5}, "ben": {"b": 5}},
        {"s": {"s": 1}, "b": {"b": 1}},
        life={
            "s": {"overflow": (OverflowStep(action=TO_B, waited=seconds(10)),)},
            "b": {"overflow": (OverflowStep(action=VOICEMAIL, waited=seconds(10)),)},
        },
    )
    floor = SimFloor(chain)
    call = floor.caller("+331").enters("s")
    floor.wait(seconds=15)
    assert call.now.queue_id == B  # his wait there has only begun
    floor.wait(seconds=6)
    assert call.now.state is CallState.LEAVING
    assert ended(floor) == ["voicemail"]
    assert (exits(floor), exits(floor, "b")) == ({"overflowed": 1}, {"voicemail": 1})


def test_overflow_at_the_door_by_length_and_by_ratio() -> None:
    floor = floor_with(OverflowStep(action=TO_B, length=2))
    calls = [floor.caller(f"+33{n}").enters("s") for n in range(3)]
    assert [c.now.queue_id for c in calls] == [S, S, B]
    floor = floor_with(OverflowStep(action=TO_B, per_agent_permille=2000))
    floor.agents("ana").ready()
    floor.agent("ana").sets_not_ready()
    calls = [floor.caller(f"+33{n}").enters("s") for n in range(3)]
    assert [c.now.queue_id for c in calls] == [S, S, B]
    assert exits(floor) == {"overflowed": 1}


def test_a_queue_that_is_long_sends_on_who_came_last_not_who_is_in_front() -> None:
    floor = floor_with(OverflowStep(action=TO_B, length=2, waited=seconds(10)))
    calls = [floor.caller(f"+33{n}").enters("s") for n in range(4)]
    floor.wait(seconds=30)
    assert [c.now.queue_id for c in calls] == [S, S, B, B]


def test_queues_that_overflow_in_a_circle_are_found() -> None:
    def to(queue: str) -> tuple[OverflowStep, ...]:
        return (OverflowStep(action=ToQueue(queue_id=QueueId(queue)), waited=seconds(1)),)

    steps = {QueueId(q): to(target) for q, target in {"a": "b", "b": "c", "c": "b"}.items()}
    assert cycle(steps) == ("b", "c", "b")
    assert cycle({QueueId("a"): to("a")}) == ("a", "a")
    assert cycle({QueueId("a"): to("b"), QueueId("b"): to("c"), QueueId("d"): to("b")}) == ()
    with pytest.raises(AssertionError, match="circle"):
        rules_of(
            {},
            {"a": "anybody", "b": "anybody"},
            life={"a": {"overflow": to("b")}, "b": {"overflow": to("a")}},
        )


# -- turned away ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "exit_", "outcome"),
    [
        (TO_B, "overflowed", None),
        (VOICEMAIL, "voicemail", "voicemail"),
        (SORRY, "closed", "turned_away"),
        (HANG_UP, "closed", "turned_away"),
        (TO_FLOW, "closed", "turned_away"),
    ],
)
def test_a_closed_queue_sends_newcomers_where_its_steps_say(
    action: ToQueue | SendAway, exit_: str, outcome: str | None
) -> None:
    floor = floor_with(when(QueueExit.CLOSED, action))
    floor.world.tell(CloseQueue(queue_id=S, because="fire alarm", by="Ada"))
    call = floor.caller("+331").enters("s")
    assert exits(floor) == {exit_: 1}
    if outcome is None:
        assert call.now.queue_id == B
    elif action is TO_FLOW:
        assert call.refused == "queue s is closed by Ada: fire alarm"
        call.hangs_up()
        assert ended(floor) == [outcome]
    else:
        (away,) = floor.events(CallSentAway)
        assert (away.way, away.prompts) == (action.way, action.prompts)  # type: ignore[union-attr]
        assert floor.events(MoveCaller) == []  # the answer to his flow says it
        assert call.now.state is CallState.LEAVING
        assert ended(floor) == [outcome]


def test_a_closed_queue_without_steps_sends_newcomers_back_to_their_flow() -> None:
    floor = floor_with()
    floor.world.tell(CloseQueue(queue_id=S, because="fire alarm"))
    call = floor.caller("+331").enters("s")
    assert call.refused == "queue s is closed: fire alarm"
    floor.world.tell(ReopenQueue(queue_id=S))
    call.enters("s")
    call.hangs_up()
    assert ended(floor) == ["abandoned"]
    assert exits(floor) == {"closed": 1, "abandoned": 1}


@pytest.mark.parametrize(
    ("action", "exit_", "outcome"),
    [
        (VOICEMAIL, "voicemail", "voicemail"),
        (SORRY, "timed_out", "turned_away"),
        (TO_FLOW, "timed_out", "turned_away"),
        (None, "timed_out", "turned_away"),
    ],
)
def test_nobody_waits_for_longer_than_the_queue_allows(
    action: SendAway | None, exit_: str, outcome: str
) -> None:
    steps = (when(QueueExit.TIMED_OUT, action),) if action is not None else ()
    floor = floor_with(*steps, max_wait=seconds(60))
    call = floor.caller("+331").enters("s")
    floor.wait(seconds=59)
    assert call.now.state is CallState.WAITING
    floor.wait(seconds=2)
    assert [o.way for o in floor.events(MoveCaller)] == [action.way if action else Way.FLOW]
    assert ended(floor) == [outcome]
    assert exits(floor) == {exit_: 1}
    assert ("+331" in {i.caller for i in floor.world.floor.tables.ledger.items(floor.world.now)}) is True


def test_steps_for_no_reason_have_exits_of_their_own() -> None:
    for action, exit_ in ((SORRY, "announcement"), (HANG_UP, "dismissed"), (TO_FLOW, "left_for_ivr")):
        floor = floor_with(OverflowStep(action=action, waited=seconds(5)))
        floor.caller("+331").enters("s")
        floor.wait(seconds=6)
        assert exits(floor) == {exit_: 1}
        assert ended(floor) == ["turned_away"]


def test_an_order_that_gets_lost_is_given_again_once_it_is_known_where_he_is() -> None:
    floor = floor_with(max_wait=seconds(10))
    call = floor.caller("+331").enters("s")
    floor.wait(seconds=9)
    floor.world.faults = Faults(lost=1.0)
    floor.wait(seconds=2)
    assert call.now.state is CallState.LEAVING
    floor.world.faults = NO_FAULTS
    floor.wait(seconds=10)
    assert len(floor.events(MoveCaller)) == 2
    assert ended(floor) == ["turned_away"]


def test_nobody_is_moved_while_the_link_is_down() -> None:
    floor = floor_with(OverflowStep(action=TO_B, waited=seconds(5)))
    call = floor.caller("+331").enters("s")
    floor.world.cut_link()
    floor.wait(seconds=30)
    assert call.now.queue_id == S
    floor.world.mend_link()
    assert call.now.queue_id == B


def test_a_caller_found_in_his_message_is_left_there() -> None:
    floor = floor_with()
    for n, place in enumerate((Place.LEAVING_MESSAGE, Place.FAREWELL)):
        found = LiveCall(call_id=floor.caller(f"+33{n}").id, place=place)
        seen = Observation(as_of=floor.world.now, calls=(found,), reachable=frozenset())
        floor.world.floor.tables.calls.clear()
        floor.world.tell(LinkRestored(seen=seen))
        assert floor.world.floor.tables.calls[found.call_id].state is CallState.LEAVING


# -- staff ----------------------------------------------------------------------------------------------


def test_without_anybody_logged_in_nobody_joins_after_a_moment_of_grace() -> None:
    staff = StaffRules(staffed_by=StaffedBy.LOGGED_IN, grace=seconds(30), lets_in=False)
    floor = floor_with(staff=staff)
    assert floor.caller("+331").enters("s").refused is None
    floor.wait(seconds=31)
    assert floor.caller("+332").enters("s").refused == "nobody is there to serve queue s"
    floor.agents("ana").ready()
    floor.agent("ana").sets_not_ready()  # on a break, yet logged in
    assert floor.caller("+333").enters("s").refused is None


def test_with_everybody_on_a_break_who_waits_leaves_after_a_moment_of_grace() -> None:
    staff = StaffRules(staffed_by=StaffedBy.AT_WORK, grace=seconds(30), keeps=False)
    floor = floor_with(when(QueueExit.NO_AGENT, VOICEMAIL), staff=staff)
    floor.agents("ana").ready()
    first = floor.caller("+331").enters("s")
    floor.wait(seconds=3)
    call = floor.caller("+332").enters("s")
    assert call.now.state is CallState.WAITING
    floor.agent("ana").sets_not_ready()
    first.hangs_up()
    floor.wait(seconds=15)
    assert call.now.state is CallState.WAITING
    floor.agent("ana").sets_ready()
    floor.agent("ana").sets_not_ready()  # after this call
    floor.wait(seconds=1)
    assert floor.agent("ana").state is not None
    call.hangs_up()
    floor.wait(seconds=60)
    later = floor.caller("+333").enters("s")
    floor.wait(seconds=29)
    assert later.now.state is CallState.WAITING  # a newcomer has his grace too
    floor.wait(seconds=2)
    assert later.now.state is CallState.LEAVING
    assert exits(floor)["voicemail"] == 1


# -- hours and closing by hand --------------------------------------------------------------------------


def instant(text: str) -> Instant:
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return Instant((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))


def with_hours(**life: object) -> SimFloor:
    """The world begins at 13:46:40 UTC; s closes at 14:00 and opens at 9."""
    office = Calendar(name="office", zone="UTC", week=((DaySpan(9 * 60, 14 * 60),),) * 7)
    return SimFloor(
        rules_of(
            {"ana": {"s": 5}, "ben": {"b": 5}},
            {"s": {"s": 1}, "b": {"b": 1}},
            life={"s": {"hours": "office", **life}},
            calendars={"office": office},
        )
    )


def test_a_queue_closes_at_its_time_and_those_who_wait_stay() -> None:
    floor = with_hours()
    call = floor.caller("+331").enters("s")
    floor.wait(seconds=14 * 60)
    (changed,) = floor.events(QueueDoorChanged)
    assert (changed.open, changed.open_by_hours, changed.closure) == (False, False, None)
    assert call.now.state is CallState.WAITING
    assert floor.caller("+332").enters("s").refused == "queue s is closed by its hours"
    floor.agents("ana").ready()
    floor.wait(seconds=5)
    assert call.now.state is CallState.CONNECTED
    call.hangs_up()
    floor.wait(seconds=19 * 3600)
    assert [e.open for e in floor.events(QueueDoorChanged)] == [False, True]
    assert floor.caller("+333").enters("s").refused is None


def test_a_queue_closes_at_its_time_and_those_who_wait_leave_when_it_says_so() -> None:
    floor = with_hours(at_closing=AtClosing.LEAVE, overflow=(when(QueueExit.CLOSED, SORRY),))
    call = floor.caller("+331").enters("s")
    floor.wait(seconds=13 * 60)
    assert call.now.state is CallState.WAITING
    floor.wait(seconds=60)
    assert call.outcome is Outcome.TURNED_AWAY
    assert exits(floor) == {"closed": 1}


def test_closing_by_hand_sends_those_who_wait_away_when_asked_to_and_lasts_until_reopened() -> None:
    floor = floor_with()
    waiting = floor.caller("+331").enters("s")
    rung = floor.caller("+332").enters("s")
    floor.agents("ana").ready()
    floor.agent("ana").lets_it_ring()
    floor.wait(seconds=0.1)
    assert waiting.now.state is CallState.OFFERED
    floor.world.tell(CloseQueue(queue_id=S, because="fire alarm", by="Ada", waiting=AtClosing.LEAVE))
    assert rung.now.state is CallState.LEAVING
    assert waiting.now.state is CallState.OFFERED  # his phone call may still come about
    floor.wait(seconds=16)
    assert waiting.now.state is not CallState.WAITING
    assert ended(floor) == ["turned_away", "turned_away"]
    assert exits(floor) == {"closed": 2}
    floor.world.tell(ReopenQueue(queue_id=S))
    again = floor.world.tell(ReopenQueue(queue_id=S))
    assert again == (Refused(reason="queue s was not closed by hand: it is open by its hours"),)


def test_a_queue_closed_by_hand_is_closed_after_a_restart_too() -> None:
    floor = floor_with()
    floor.world.tell(CloseQueue(queue_id=S, because="fire alarm", by="Ada"))
    (changed,) = floor.events(QueueDoorChanged)
    assert changed.closure is not None
    later = floor_with()
    later.world.tell(QueuesRemembered(queues=(QueueRemembered(queue_id=S, closure=changed.closure),)))
    assert later.caller("+331").enters("s").refused == "queue s is closed by Ada: fire alarm"


def test_strangers_cannot_be_closed() -> None:
    floor = floor_with()
    no = (Refused(reason="there is no queue x"),)
    assert floor.world.tell(CloseQueue(queue_id=QueueId("x"), because="why")) == no
    assert floor.world.tell(ReopenQueue(queue_id=QueueId("x"))) == no


def test_who_comes_back_from_his_flow_may_overflow_to_the_same_queue_again() -> None:
    floor = floor_with(OverflowStep(action=TO_B, waited=seconds(5)))
    call: OneCaller = floor.caller("+331").enters("s")
    floor.wait(seconds=6)
    call.enters("s")
    floor.wait(seconds=6)
    assert call.now.queue_id == B
    told = [e.queue_id for e in floor.events(CallQueued)]
    assert told == [S, B, S, B]
    assert [e.exit.value for e in floor.events(CallLeftQueue)] == ["overflowed", "left_for_ivr", "overflowed"]
    assert floor.events(RingAgent) == []
    assert floor.world.tell(EnqueueCall(call_id=call.id, queue_id=S)) != ()


# -- new rules while calls wait ----------------------------------------------------------------------------


def documented(**more: object) -> RulesDocument:
    return document_of(
        {"ana": {"ss": 5}, "ben": {"bb": 5}},
        {"ss": {"requires": {"ss": 1}, **more}, "bb": {"requires": {"bb": 1}}},
        calendars={
            "open": {"zone": "UTC", "week": {"mon-sun": ["00:00-24:00"]}},
            "shut": {"zone": "UTC", "week": {}},
        },
    )


def test_new_limits_apply_to_callers_who_wait_already() -> None:
    floor = opens_with(documented())
    call = floor.caller("+331").enters("ss")
    floor.wait(seconds=50)
    assert floor.adopts(documented(max_wait_s=60)) is None
    floor.wait(seconds=9)
    assert call.now.state is CallState.WAITING
    floor.wait(seconds=2)
    assert exits(floor, "ss") == {"timed_out": 1}
    later = floor.caller("+332").enters("ss")
    floor.adopts(documented(overflow=[{"waited_s": 5, "queue": "bb"}]), version=2)
    floor.wait(seconds=100)
    assert later.now.queue_id == "bb"
    assert ended_after(floor, later) == ["turned_away", "abandoned"]


def test_new_hours_close_a_queue_at_once_and_old_ones_open_it_again() -> None:
    floor = opens_with(documented(hours="open", announce={"first_s": 5}))
    stays = floor.caller("+331").enters("ss")
    floor.adopts(documented(hours="shut"))
    assert stays.now.state is CallState.WAITING
    assert floor.caller("+332").enters("ss").refused == "queue ss is closed by its hours"
    floor.adopts(documented(hours="shut", at_closing="leave"), version=2)
    assert stays.now.state is CallState.LEAVING
    floor.adopts(documented(), version=3)
    assert floor.caller("+333").enters("ss").refused is None
    assert [e.open for e in floor.events(QueueDoorChanged)] == [False, True]
    assert TimerKind.HOURS not in {timer.kind for timer in floor.world.floor.tables.timers}


def test_a_queue_closed_by_hand_stays_closed_under_new_rules() -> None:
    floor = opens_with(documented())
    floor.world.tell(CloseQueue(queue_id=QueueId("ss"), because="fire alarm"))
    floor.adopts(documented(hours="open"))
    assert floor.caller("+331").enters("ss").refused == "queue ss is closed: fire alarm"


def ended_after(floor: SimFloor, caller: OneCaller) -> list[str]:
    caller.hangs_up()
    floor.runs_dry()
    assert floor.everyone_ended_somewhere()
    return [e.outcome.value for e in floor.events(CallEnded)]
