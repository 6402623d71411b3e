"""What agents and supervisors live through between calls: wrap-up, what comes next, too long, by force."""

import pytest

from acd.agent import AgentState
from acd.agent_events import (
    AgentForced,
    AgentStateChanged,
    Because,
    DwellExceeded,
    NextStateChosen,
    WrapUpExtended,
)
from acd.agent_rules import DwellRule, DwellThen, ReasonRules
from acd.call import CallState
from acd.instant import seconds
from acd.reasons import NotReadyReason
from tests.sim_floor import OneCaller, Rings, SimFloor, StopsRinging, rules_of

READY, NOT_READY, LOGGED_OUT = AgentState.READY, AgentState.NOT_READY, AgentState.LOGGED_OUT
TALKING, WRAPPING_UP, OFFERED = AgentState.TALKING, AgentState.WRAPPING_UP, AgentState.OFFERED


def house(*agents: str, rules: dict[str, object] | None = None, **queue: object) -> SimFloor:
    """Agents of one skill, one queue that needs it."""
    names = agents or ("ana",)
    return SimFloor(rules_of({name: {"s": 5} for name in names}, {"s": {"s": 1}}, rules=rules or {}, **queue))


def talked(floor: SimFloor, name: str = "ana", number: str = "+331") -> OneCaller:
    """A conversation that has just ended."""
    floor.agents(name).ready()
    call = floor.caller(number).enters("s")
    floor.wait(seconds=3)
    assert floor.agent(name).state is TALKING
    call.hangs_up()
    return call


def why(floor: SimFloor) -> str:
    """Why somebody moved, the last time somebody did."""
    return floor.events(AgentStateChanged)[-1].because


# -- wrap-up -------------------------------------------------------------------------------------


def test_a_manual_wrap_up_lasts_until_the_agent_says_that_he_is_done() -> None:
    floor = house(wrap_up=seconds(300), wrap_up_manual=True)
    talked(floor)
    floor.wait(seconds=200)
    assert floor.agent("ana").state is WRAPPING_UP
    assert floor.agent("ana").is_done() is None
    assert (floor.agent("ana").state, why(floor)) == (READY, Because.WRAP_UP_DONE)
    assert floor.agent("ana").is_done() == "ana is not wrapping up"
    assert not floor.events(DwellExceeded)


def test_a_manual_wrap_up_has_an_end_all_the_same_and_everybody_is_told() -> None:
    floor = house(wrap_up=seconds(300), wrap_up_manual=True)
    talked(floor)
    floor.wait(seconds=301)
    assert (floor.agent("ana").state, why(floor)) == (READY, Because.WRAP_UP_OVER)
    (told,) = floor.events(DwellExceeded)
    assert (told.state, told.lasted, told.then) == (WRAPPING_UP, seconds(300), DwellThen.RELEASE)
    floor.runs_dry()
    assert floor.everyone_ended_somewhere()


def test_an_agent_gets_more_time_as_often_as_his_queue_gives_it() -> None:
    floor = house(wrap_up=seconds(10), wrap_up_extension=seconds(20), wrap_up_extensions=2)
    ana = floor.agent("ana")
    assert ana.needs_more_time() == "ana is not wrapping up"
    talked(floor)
    assert (ana.needs_more_time(), ana.needs_more_time()) == (None, None)
    assert ana.needs_more_time() == "ana gets no more time after this conversation"
    assert [told.extensions_left for told in floor.events(WrapUpExtended)] == [1, 0]
    floor.wait(seconds=49.9)
    assert ana.state is WRAPPING_UP
    floor.wait(seconds=0.2)
    assert ana.state is READY


def test_who_gets_no_more_time_by_the_rules_is_told_so() -> None:
    floor = house(wrap_up=seconds(10))
    talked(floor)
    assert floor.agent("ana").needs_more_time() == "ana gets no more time after this conversation"


# -- after this call -----------------------------------------------------------------------------


def test_a_break_after_this_call_can_be_chosen_while_wrapping_up_and_wrap_up_goes_on() -> None:
    floor = house()
    talked(floor)
    assert floor.agent("ana").chooses_next(NOT_READY, "break") is None
    assert floor.agent("ana").state is WRAPPING_UP
    floor.wait(seconds=11)
    assert (floor.agent("ana").state, floor.agent("ana").now.reason) == (NOT_READY, "break")


def test_done_with_wrap_up_leads_to_what_was_chosen_while_ready_changes_ones_mind() -> None:
    floor = house()
    talked(floor)
    floor.agent("ana").chooses_next(LOGGED_OUT)
    floor.agent("ana").is_done()
    assert floor.agent("ana").state is LOGGED_OUT
    talked(floor, number="+332")
    floor.agent("ana").chooses_next(LOGGED_OUT)
    floor.agent("ana").sets_ready()
    assert floor.agent("ana").state is READY


def test_ready_after_this_call_undoes_a_break_that_was_chosen_before() -> None:
    """An agent wanted to be available and ended offline: never again."""
    floor = house()
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("s")
    floor.wait(seconds=3)
    floor.agent("ana").sets_not_ready("lunch")
    floor.agent("ana").chooses_next(READY)
    assert [(n.state, n.reason) for n in floor.events(NextStateChosen)] == [
        (NOT_READY, "lunch"),
        (READY, None),
    ]
    call.hangs_up()
    floor.wait(seconds=11)
    assert floor.agent("ana").state is READY


def test_a_choice_can_be_taken_back() -> None:
    floor = house()
    talked(floor)
    floor.agent("ana").chooses_next(LOGGED_OUT)
    floor.agent("ana").chooses_next(None)
    floor.wait(seconds=11)
    assert floor.agent("ana").state is READY


@pytest.mark.parametrize(
    ("state", "reason", "refusal"),
    [
        (TALKING, None, "nobody can be made talking"),
        (NOT_READY, None, "not ready always has a reason"),
        (NOT_READY, "no_answer", "no_answer is a reason only the engine gives"),
        (READY, "break", "a reason goes with not ready only"),
    ],
)
def test_what_cannot_come_next_is_refused(state: AgentState, reason: str | None, refusal: str) -> None:
    floor = house()
    talked(floor)
    assert floor.agent("ana").chooses_next(state, reason) == refusal
    assert floor.agent("ana").now.next_state is None


def test_who_is_not_busy_has_no_next_state() -> None:
    floor = house()
    assert floor.agent("ana").chooses_next(READY) == "ana is not busy: set his state"


# -- reasons and how long ------------------------------------------------------------------------


def test_a_reason_is_one_of_the_rules() -> None:
    floor = house(rules={"reasons": {NotReadyReason("prayer"): ReasonRules(label="Prayer")}})
    assert floor.agent("ana").sets_not_ready("break") == "break is no reason here; there are prayer"
    assert floor.agent("ana").sets_not_ready("prayer") is None
    assert floor.agent("ana").now.reason == "prayer"


def test_a_break_that_lasts_too_long_is_told_and_seen() -> None:
    limited = ReasonRules(label="Break", dwell=DwellRule(most=seconds(900)))
    floor = house(rules={"reasons": {NotReadyReason("break"): limited}})
    floor.agent("ana").sets_not_ready("break")
    floor.wait(seconds=899)
    assert not floor.agent("ana").now.dwells_too_long
    floor.wait(seconds=2)
    (told,) = floor.events(DwellExceeded)
    assert (told.reason, told.lasted, told.then) == ("break", seconds(900), DwellThen.FLAG)
    assert floor.agent("ana").state is NOT_READY
    assert floor.agent("ana").now.dwells_too_long
    floor.agent("ana").sets_ready()
    assert not floor.agent("ana").now.dwells_too_long


def test_whoever_forgot_to_log_out_is_logged_out_by_rule() -> None:
    dwell = {NOT_READY: DwellRule(most=seconds(3600), then=DwellThen.LOG_OUT)}
    floor = house(rules={"dwell": dwell})
    floor.agent("ana").sets_not_ready("meeting")
    floor.wait(seconds=3601)
    assert (floor.agent("ana").state, why(floor)) == (LOGGED_OUT, Because.DWELL_EXCEEDED)
    floor.runs_dry()
    assert floor.everyone_ended_somewhere()


def test_wrap_up_ends_by_rule_however_much_more_time_was_asked_for() -> None:
    dwell = {WRAPPING_UP: DwellRule(most=seconds(25), then=DwellThen.RELEASE)}
    floor = house(wrap_up=seconds(10), wrap_up_extensions=5, rules={"dwell": dwell})
    talked(floor)
    floor.agent("ana").needs_more_time()
    floor.wait(seconds=25.1)
    assert (floor.agent("ana").state, why(floor)) == (READY, Because.DWELL_EXCEEDED)


def test_a_long_conversation_is_told_and_never_cut() -> None:
    floor = house(rules={"dwell": {TALKING: DwellRule(most=seconds(60))}})
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("s")
    floor.wait(seconds=120)
    assert [told.state for told in floor.events(DwellExceeded)] == [TALKING]
    assert (call.now.state, floor.agent("ana").now.dwells_too_long) == (CallState.CONNECTED, True)


# -- by force ------------------------------------------------------------------------------------


def test_a_supervisor_logs_an_idle_agent_out_at_once_and_it_is_on_record() -> None:
    floor = house()
    floor.agents("ana").ready()
    assert floor.agent("ana").is_forced(LOGGED_OUT) is None
    assert (floor.agent("ana").state, why(floor)) == (LOGGED_OUT, Because.FORCED)
    (record,) = floor.events(AgentForced)
    assert (record.by, record.because, record.afterwards) == ("carol", "shift change", False)


def test_a_forced_log_out_while_the_phone_rings_gives_the_caller_to_the_next_agent() -> None:
    floor = house("ana", "ben")
    floor.agents("ana", "ben").ready()
    floor.agent("ana").lets_it_ring()
    call = floor.caller("+331").enters("s")
    floor.wait(seconds=2)
    assert floor.agent("ana").is_forced(LOGGED_OUT) is None
    assert floor.agent("ana").state is LOGGED_OUT
    floor.wait(seconds=0.5)
    assert floor.told() == [Rings("ana"), StopsRinging("ana"), Rings("ben")]
    assert call.agents_offered == ["ana", "ben"]
    call.hangs_up()
    floor.runs_dry()
    assert floor.everyone_ended_somewhere()


@pytest.mark.parametrize(("now", "wraps_up"), [(False, True), (True, False)])
def test_whoever_talks_talks_on_and_obeys_afterwards(now: bool, wraps_up: bool) -> None:
    floor = house()
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("s")
    floor.wait(seconds=3)
    assert floor.agent("ana").is_forced(LOGGED_OUT, now=now) is None
    assert (floor.agent("ana").state, call.now.state) == (TALKING, CallState.CONNECTED)
    refusal = "carol has decided that ana will be logged_out then"
    assert floor.agent("ana").sets_ready() == refusal
    assert floor.agent("ana").chooses_next(READY) == refusal
    assert floor.agent("ana").sets_not_ready() == refusal
    call.hangs_up()
    assert (floor.agent("ana").state is WRAPPING_UP) == wraps_up
    floor.wait(seconds=11)
    assert (floor.agent("ana").state, why(floor)) == (LOGGED_OUT, Because.FORCED)


def test_a_wrap_up_is_cut_short_by_force_only_when_it_is_meant_to_be() -> None:
    floor = house("ana", "ben", wrap_up=seconds(60))
    talked(floor, "ana")
    talked(floor, "ben", "+332")
    floor.agent("ana").is_forced(NOT_READY, "meeting")
    floor.agent("ben").is_forced(NOT_READY, "meeting", now=True)
    assert (floor.agent("ana").state, floor.agent("ben").state) == (WRAPPING_UP, NOT_READY)
    floor.agent("ana").sets_ready()  # he may hurry, and must obey
    assert floor.agent("ana").state is NOT_READY


def test_a_supervisor_may_bring_somebody_back_but_not_without_his_phone() -> None:
    floor = house()
    floor.agent("ana").sets_not_ready("lunch")
    floor.agent("ana").unplugs()
    assert floor.agent("ana").is_forced(READY) == "the phone of ana is not registered"
    assert not floor.events(AgentForced)
    floor.agent("ana").plugs_in()
    assert floor.agent("ana").is_forced(READY) is None
    assert floor.agent("ana").state is READY
