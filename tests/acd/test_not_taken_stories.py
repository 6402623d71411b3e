"""Offers that are not taken: what becomes of the agent, and where the caller is not rung again."""

from collections.abc import Callable

import pytest

from acd.agent import AgentState
from acd.agent_events import AgentStateChanged, Because
from acd.agent_rules import FailurePolicy, FailureThen
from acd.decision import Verdict
from acd.explain import why_idle, why_waiting
from acd.instant import seconds
from acd.offer import NOT_TAKEN, OfferEnd
from acd.reasons import EngineReason, NotReadyReason
from tests.sim_floor import OneAgent, OneCaller, SimFloor, rules_of

READY, NOT_READY = AgentState.READY, AgentState.NOT_READY
STAYS = FailurePolicy(then=FailureThen.NEXT_AGENT)
ALL_STAY = dict.fromkeys(NOT_TAKEN, STAYS)


def house(*agents: str, rules: dict[str, object] | None = None, **queue: object) -> SimFloor:
    """Agents of one skill, one queue that needs it."""
    names = agents or ("ana",)
    return SimFloor(rules_of({name: {"s": 5} for name in names}, {"s": {"s": 1}}, rules=rules or {}, **queue))


def why(floor: SimFloor) -> str:
    """Why somebody moved, the last time somebody did."""
    return floor.events(AgentStateChanged)[-1].because


# -- offers that are not taken -------------------------------------------------------------------

Deaf = Callable[[OneAgent], None]
FAILS: dict[OfferEnd, tuple[Deaf, NotReadyReason]] = {
    OfferEnd.NO_ANSWER: (OneAgent.lets_it_ring, EngineReason.NO_ANSWER),
    OfferEnd.REJECTED: (OneAgent.rejects, EngineReason.REJECTED),
    OfferEnd.BUSY: (OneAgent.is_busy_elsewhere, EngineReason.PHONE_BUSY),
    OfferEnd.UNREACHABLE: (OneAgent.loses_his_phone_unnoticed, EngineReason.NOT_RUNG),
}


def offered(how: OfferEnd, policy: FailurePolicy, *, by_queue: bool = False) -> SimFloor:
    """Ana was offered a call and it ended so; Ben has it."""
    on_failure = {how: policy}
    queue: dict[str, object] = {"on_failure": on_failure} if by_queue else {}
    floor = house("ana", "ben", rules={} if by_queue else {"on_failure": on_failure}, **queue)
    floor.agents("ana", "ben").ready()
    FAILS[how][0](floor.agent("ana"))
    call = floor.caller("+331").enters("s")
    floor.wait(seconds=16)
    assert call.agents_offered == ["ana", "ben"]
    return floor


@pytest.mark.parametrize("how", FAILS)
@pytest.mark.parametrize("by_queue", [False, True])
def test_after_a_pause_he_comes_back_by_himself(how: OfferEnd, by_queue: bool) -> None:
    floor = offered(how, FailurePolicy(then=FailureThen.PAUSE), by_queue=by_queue)
    ana = floor.agent("ana")
    unreachable = how is OfferEnd.UNREACHABLE
    assert ana.now.reason == (EngineReason.PHONE_UNREACHABLE if unreachable else FAILS[how][1])
    floor.wait(seconds=3600)
    assert ana.state is NOT_READY
    ana.plugs_in()
    assert ana.sets_ready() is None
    assert ana.state is READY


@pytest.mark.parametrize("how", FAILS)
def test_after_a_while_alone_he_is_ready_again(how: OfferEnd) -> None:
    floor = offered(how, FailurePolicy(then=FailureThen.COOL_DOWN, cool_down=seconds(40)))
    ana = floor.agent("ana")
    assert (ana.now.reason, ana.now.until) == (FAILS[how][1], ana.now.since + seconds(40))
    floor.wait(seconds=41)
    assert (ana.state, ana.now.until) == (READY, None)


@pytest.mark.parametrize("how", FAILS)
def test_he_may_stay_ready_while_the_caller_goes_to_the_next_agent(how: OfferEnd) -> None:
    floor = offered(how, FailurePolicy(then=FailureThen.NEXT_AGENT))
    assert floor.agent("ana").state is READY


def test_what_happens_to_an_unheard_of_offer_is_a_policy_too() -> None:
    policy = FailurePolicy(then=FailureThen.COOL_DOWN, cool_down=seconds(5))
    floor = house("ana", "ben", rules={"on_failure": {OfferEnd.EXPIRED: policy}})
    assert OfferEnd.EXPIRED in NOT_TAKEN
    floor.agents("ana").ready()
    floor.agent("ana").lets_it_ring()
    floor.caller("+331").enters("s")
    floor.world.link_up = False  # its news does not come, and nobody says so
    floor.wait(seconds=18.5)
    assert floor.agent("ana").now.reason == EngineReason.NO_ANSWER
    floor.wait(seconds=5)
    assert floor.agent("ana").state is READY


def test_whoever_takes_no_offer_again_and_again_is_left_alone_until_he_says_so() -> None:
    floor = house("ana", rules={"on_failure": ALL_STAY, "pause_after_not_taken": 3})
    ana = floor.agent("ana")
    floor.agents("ana").ready()
    ana.rejects()
    for number in range(3):
        assert ana.state is READY
        call = floor.caller(f"+33{number}").enters("s")
        floor.wait(seconds=0.502)
        call.hangs_up()
    assert (ana.now.reason, why(floor)) == (EngineReason.OFFERS_NOT_TAKEN, Because.OFFERS_NOT_TAKEN)
    ana.takes_calls()
    ana.sets_ready()
    assert (ana.state, ana.now.not_taken) == (READY, 0)


def test_an_answered_call_is_a_new_beginning() -> None:
    floor = house("ana", rules={"on_failure": ALL_STAY, "pause_after_not_taken": 2}, wrap_up=seconds(0))
    ana = floor.agent("ana")
    floor.agents("ana").ready()
    for number in range(6):
        if number % 2:
            ana.takes_calls()
        else:
            ana.rejects()
        call = floor.caller(f"+33{number}").enters("s")
        floor.wait(seconds=3 if number % 2 else 0.502)
        call.hangs_up()
    assert ana.state is READY


def test_a_break_chosen_while_the_phone_rang_goes_before_any_policy() -> None:
    floor = house("ana")
    floor.agents("ana").ready()
    floor.agent("ana").lets_it_ring()
    floor.caller("+331").enters("s")
    floor.agent("ana").sets_not_ready("lunch")
    floor.wait(seconds=16)
    assert floor.agent("ana").now.reason == "lunch"


# -- never twice in a row ------------------------------------------------------------------------


def rings_in_vain(*agents: str, how: OfferEnd = OfferEnd.NO_ANSWER) -> tuple[SimFloor, OneCaller]:
    """A caller who was offered to Ana in vain; she is ready all the same."""
    floor = house(*agents, rules={"on_failure": ALL_STAY})
    floor.agents(*(agents or ("ana",))).ready()
    FAILS[how][0](floor.agent("ana"))
    call = floor.caller("+331").enters("s")
    floor.wait(seconds=15.1 if how is OfferEnd.NO_ANSWER else 0.6)
    assert floor.agent("ana").state is READY
    return floor, call


def test_the_same_deaf_phone_is_never_rung_twice_in_a_row_for_a_caller() -> None:
    floor, call = rings_in_vain()
    floor.wait(seconds=3600)
    assert call.agents_offered == ["ana"]
    why = why_waiting(floor.world.floor.tables, call.now, floor.world.now)
    assert why is not None
    assert why.candidates[0].verdict is Verdict.RANG_IN_VAIN
    assert "1 agents who could take him are ready, but have just not taken him" in why.because
    idle = why_idle(floor.world.floor.tables, floor.agent("ana").now, floor.world.now)
    assert "saying ready again shows that he is there" in idle.because
    call.hangs_up()
    floor.runs_dry()
    assert floor.everyone_ended_somewhere()


def test_a_word_of_his_shows_that_he_is_there() -> None:
    floor, call = rings_in_vain()
    floor.wait(seconds=5)
    floor.agent("ana").answers_after(1)
    assert floor.agent("ana").sets_ready() is None
    assert call.agents_offered == ["ana", "ana"]


def test_a_phone_that_registers_again_is_rung_again() -> None:
    floor, call = rings_in_vain()
    floor.agent("ana").answers_after(1)
    floor.agent("ana").unplugs()
    floor.agent("ana").plugs_in()
    floor.wait(seconds=0.1)
    assert call.agents_offered == ["ana", "ana"]


def test_an_answered_call_shows_that_he_is_there() -> None:
    floor, call = rings_in_vain()
    floor.agent("ana").answers_after(1)
    other = floor.caller("+332").enters("s")
    floor.wait(seconds=3)
    assert other.agents_offered == ["ana"]  # who was not offered to him yet is not kept from him
    other.hangs_up()
    floor.wait(seconds=11)
    assert call.agents_offered == ["ana", "ana"]


def test_after_another_phone_was_rung_the_first_may_be_rung_again_once_its_time_is_over() -> None:
    floor = house("ana", "ben", rules={"on_failure": ALL_STAY})
    floor.agents("ana", "ben").ready()
    floor.agent("ana").lets_it_ring()
    floor.agent("ben").lets_it_ring()
    call = floor.caller("+331").enters("s")
    floor.wait(seconds=15.1)
    assert call.agents_offered == ["ana", "ben"]
    floor.wait(seconds=29)
    assert call.agents_offered == ["ana", "ben"]
    floor.wait(seconds=1.1)
    assert call.agents_offered == ["ana", "ben", "ana"]  # half a minute after he did not answer
    floor.wait(seconds=15.1)
    assert call.agents_offered == ["ana", "ben", "ana", "ben"]


@pytest.mark.parametrize("how", [OfferEnd.REJECTED, OfferEnd.BUSY])
def test_who_rejected_a_caller_is_offered_others_at_once_and_him_after_a_while(how: OfferEnd) -> None:
    floor, call = rings_in_vain(how=how)
    floor.agent("ana").takes_calls()
    floor.agent("ana").sets_ready()  # he was there all the time: that changes nothing
    assert call.agents_offered == ["ana"]
    floor.wait(seconds=25)
    assert call.agents_offered == ["ana"]
    floor.wait(seconds=5)
    assert call.agents_offered == ["ana", "ana"]


def test_a_caller_whom_nobody_ready_took_does_not_keep_others_from_them() -> None:
    floor, call = rings_in_vain("ana", "ben")
    floor.agent("ben").sets_not_ready()
    floor.wait(seconds=60)
    first = floor.caller("+332").enters("s")
    assert (call.agents_offered[-1], first.agents_offered) == ("ben", ["ana"])
