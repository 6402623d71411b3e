"""Callers for whom the right agent is not there: preferences, relaxation by time and at once."""

import pytest

from acd.agent import AgentState
from acd.call import CallState
from acd.commands import EnterIvr
from acd.decision import Verdict, WhyRelaxed
from acd.ids import AgentId, CallId, QueueId
from acd.instant import Instant, in_seconds, seconds
from acd.link_signals import LinkRestored
from acd.observation import LiveCall, Observation, Place
from acd.queue_events import CallQueued, RequirementRelaxed
from acd.remembered import AgentRemembered, AgentsRemembered
from acd.timers import TimerKind
from acd.views import queue_view
from tests.sim_floor import SimFloor, rules_of

AGENTS = {
    "ana": {"billing": 8, "lang.en": 9},
    "ben": {"billing": 4, "lang.en": 9},
    "cleo": {"sales": 8, "lang.en": 6},
}
STEPS = ((30.0, "lang.en >= 5 and billing >= 3"), (60.0, "lang.en >= 5"))


@pytest.fixture
def desk() -> SimFloor:
    """Ana is the expert, Ben takes billing calls after 30 s, Cleo after 60 s."""
    return SimFloor(rules_of(AGENTS, {"billing": "lang.en >= 5 and billing >= 5"}, relax={"billing": STEPS}))


def busy(desk: SimFloor, name: str) -> None:
    """Logged in, and not to be had."""
    desk.agents(name).ready()
    desk.agent(name).sets_not_ready()


def relaxations(desk: SimFloor) -> list[tuple[int, str]]:
    return [(e.step, e.because) for e in desk.events(RequirementRelaxed)]


def test_less_is_required_the_longer_a_caller_has_waited(desk: SimFloor) -> None:
    busy(desk, "ana")
    desk.agents("ben", "cleo").ready()
    desk.agent("ben").lets_it_ring()
    call = desk.caller("+331").enters("billing")
    desk.wait(seconds=29.9)
    assert call.agents_offered == []
    desk.wait(seconds=0.2)
    assert call.agents_offered == ["ben"]
    why = desk.why(call)
    assert why.requirement == "billing >= 3 and lang.en >= 5"
    assert {c.agent_id: (c.verdict, c.detail) for c in why.candidates}["cleo"] == (
        Verdict.LACKS_SKILL,
        "billing 0 < 3",
    )
    desk.wait(seconds=20)  # Ben did not answer; the time goes on from when the caller was first queued
    assert call.now.state is CallState.WAITING
    desk.wait(seconds=10)
    assert call.agents_offered == ["ben", "cleo"]
    assert relaxations(desk) == [(1, WhyRelaxed.WAITED), (2, WhyRelaxed.WAITED)]
    (queued,) = desk.events(CallQueued)
    at = [r.at - queued.queued_at for r in desk.world.heard if isinstance(r.output, RequirementRelaxed)]
    assert [in_seconds(span) for span in at] == [30, 60]


def test_a_phone_that_rings_goes_on_ringing_while_the_requirement_relaxes(desk: SimFloor) -> None:
    busy(desk, "ana")
    desk.agent("ana").answers_after(12)
    desk.agents("cleo").ready()
    call = desk.caller("+331").enters("billing")
    desk.wait(seconds=25)
    desk.agents("ana").ready()
    assert call.now.state is CallState.OFFERED
    desk.wait(seconds=10)
    assert (call.now.state, call.now.relaxed) == (CallState.OFFERED, 1)
    desk.wait(seconds=5)
    assert call.now.state is CallState.CONNECTED
    assert call.agents_offered == ["ana"]
    assert not desk.world.floor.tables.timers.is_set(TimerKind.RELAXATION, call.id)
    desk.wait(seconds=60)
    assert relaxations(desk) == [(1, WhyRelaxed.WAITED)]


def test_a_requirement_that_nobody_logged_in_could_ever_meet_relaxes_at_once(desk: SimFloor) -> None:
    desk.agents("cleo").ready()
    call = desk.caller("+331").enters("billing")
    assert call.agents_offered == ["cleo"]
    assert relaxations(desk) == [(2, WhyRelaxed.NOBODY_COULD)]
    assert desk.why(call).requirement == "lang.en >= 5"


def test_an_expert_on_a_break_can_come_back_so_his_callers_wait_for_him(desk: SimFloor) -> None:
    busy(desk, "ana")
    desk.agents("cleo").ready()
    call = desk.caller("+331").enters("billing")
    desk.wait(seconds=20)
    assert (call.agents_offered, relaxations(desk)) == ([], [])


def test_when_the_last_who_could_logs_out_his_callers_are_relaxed_at_once(desk: SimFloor) -> None:
    busy(desk, "ana")
    desk.agents("cleo").ready()
    desk.agent("cleo").lets_it_ring()
    first, second = (desk.caller(number).enters("billing") for number in ("+331", "+332"))
    desk.wait(seconds=5)
    desk.agent("ana").logs_out()
    assert (first.agents_offered, second.agents_offered) == (["cleo"], [])
    assert relaxations(desk) == [(2, WhyRelaxed.NOBODY_COULD)] * 2
    desk.agents("ana").ready()  # who was relaxed stays relaxed, and is served by her as well
    assert second.agents_offered == ["ana"]
    assert second.now.relaxed == 2


def test_while_nobody_at_all_is_logged_in_nothing_is_won_by_asking_for_less(desk: SimFloor) -> None:
    call = desk.caller("+331").enters("billing")
    desk.wait(seconds=10)
    assert relaxations(desk) == []
    desk.agents("ana").ready()
    assert call.agents_offered == ["ana"]


def test_the_first_who_logs_in_serves_callers_nobody_else_could(desk: SimFloor) -> None:
    call = desk.caller("+331").enters("billing")
    desk.wait(seconds=10)
    desk.agents("ben").ready()
    assert call.agents_offered == ["ben"]
    assert relaxations(desk) == [(1, WhyRelaxed.NOBODY_COULD)]


def test_whoever_is_rung_for_a_caller_whom_nobody_else_could_take_may_log_out(desk: SimFloor) -> None:
    desk.agents("ana").ready()
    desk.agent("ana").lets_it_ring()
    desk.agents("cleo").ready()
    call = desk.caller("+331").enters("billing")
    assert call.agents_offered == ["ana"]
    desk.agent("ana").logs_out()  # when he is free
    desk.wait(seconds=16)
    assert desk.agent("ana").state is AgentState.LOGGED_OUT
    assert call.agents_offered == ["ana", "cleo"]


def test_a_restart_counts_the_wait_from_its_beginning(desk: SimFloor) -> None:
    busy(desk, "ana")
    now = desk.world.now
    seen = Observation(
        as_of=Instant(now - 1),
        calls=tuple(
            LiveCall(
                call_id=CallId(name),
                place=Place.WAITING,
                queue_id=QueueId("billing"),
                queued_at=Instant(now - seconds(waited)),
            )
            for name, waited in (("long", 40), ("longer", 100), ("short", 10))
        ),
        reachable=frozenset(map(AgentId, AGENTS)),
    )
    desk.world.tell(LinkRestored(seen=seen))
    calls = desk.world.floor.tables.calls
    assert {name: call.relaxed for name, call in calls.items()} == {"long": 1, "longer": 2, "short": 0}
    timers = desk.world.floor.tables.timers
    assert [timers.is_set(TimerKind.RELAXATION, name) for name in calls] == [True, False, True]


def test_after_a_restart_callers_are_not_judged_by_half_of_the_team(desk: SimFloor) -> None:
    call = desk.caller("+331").enters("billing")
    known = tuple(
        AgentRemembered(agent_id=AgentId(name), state=AgentState.READY, reason=None)
        for name in ("cleo", "ana")
    )
    desk.world.tell(AgentsRemembered(agents=known))
    assert relaxations(desk) == []
    assert call.agents_offered == ["ana"]


def test_a_caller_who_goes_back_to_the_menu_begins_anew(desk: SimFloor) -> None:
    desk.agents("cleo").ready()
    desk.agent("cleo").lets_it_ring()
    call = desk.caller("+331").enters("billing")
    assert call.now.relaxed == 2
    desk.world.tell(EnterIvr(call_id=call.id, caller="+331", dialled="8000", flow="main"))
    assert not desk.world.floor.tables.timers.is_set(TimerKind.RELAXATION, call.id)
    busy(desk, "ana")
    call.enters("billing")
    assert call.now.relaxed == 0


def test_a_caller_cut_off_from_his_agent_keeps_what_was_relaxed_for_him(desk: SimFloor) -> None:
    desk.agents("cleo").ready()
    call = desk.caller("+331").enters("billing")
    desk.wait(seconds=3)
    assert call.now.state is CallState.CONNECTED
    busy(desk, "ana")
    back = LiveCall(call_id=call.id, place=Place.WAITING, queue_id=QueueId("billing"))
    reachable = frozenset(map(AgentId, AGENTS))
    desk.world.tell(LinkRestored(seen=Observation(as_of=desk.world.now, calls=(back,), reachable=reachable)))
    assert (call.now.state, call.now.relaxed) == (CallState.WAITING, 2)


def test_a_queue_tells_what_it_requires_and_how_many_it_relaxed_for(desk: SimFloor) -> None:
    desk.agents("cleo").ready()
    desk.agent("cleo").lets_it_ring()
    desk.caller("+331").enters("billing")
    view = queue_view(desk.world.floor.tables, QueueId("billing"), desk.world.now)
    assert (view.requires, view.prefers, view.relaxed) == ("billing >= 5 and lang.en >= 5", None, 1)
    assert [(step.after_s, step.requires) for step in view.relax] == [
        (30.0, "billing >= 3 and lang.en >= 5"),
        (60.0, "lang.en >= 5"),
    ]
    assert view.agents_logged_in == 0  # nobody who meets what is required at first


def experts_first() -> SimFloor:
    agents = {"ana": {"s": 3}, "ben": {"s": 9}, "cleo": {"s": 8}}
    return SimFloor(rules_of(agents, {"q": "s >= 2"}, prefers={"q": "s >= 8"}))


def test_of_the_ready_agents_the_preferred_are_chosen_first_and_among_them_the_longest_idle() -> None:
    floor = experts_first()
    floor.agents("ana", "cleo", "ben").ready()
    calls = [floor.caller(f"+33{n}").enters("q") for n in range(3)]
    assert [call.agents_offered for call in calls] == [["cleo"], ["ben"], ["ana"]]
    why = {c.agent_id: (c.verdict, c.detail.split(" s")[-1]) for c in floor.why(calls[0]).candidates}
    assert why == {
        "cleo": (Verdict.CHOSEN, ", longest of the preferred agents who are ready"),
        "ben": (Verdict.IDLE_LESS_LONG, ""),
        "ana": (Verdict.NOT_PREFERRED, " 3 < 8"),
    }
    assert (
        floor.why(calls[2])
        .candidates[0]
        .detail.endswith("longest of the ready agents who suit, none of them preferred")
    )


def test_a_preference_never_keeps_a_caller_waiting() -> None:
    floor = experts_first()
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("q")
    assert call.agents_offered == ["ana"]


def test_a_preference_holds_at_every_step() -> None:
    steps = {"q": ((5.0, "lang.en >= 5 or billing >= 9"),)}
    floor = SimFloor(rules_of(AGENTS, {"q": "billing >= 9"}, relax=steps, prefers={"q": "sales"}))
    floor.agents("ana", "ben", "cleo").ready()
    call = floor.caller("+331").enters("q")
    assert call.agents_offered == ["cleo"]  # relaxed at once: nobody has billing 9
    assert floor.why(call).candidates[0].detail.endswith("longest of the preferred agents who are ready")
