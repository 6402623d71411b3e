"""Why is this caller still waiting, why is this agent idle: asked at any moment, answered truly."""

from acd.agent import AgentState
from acd.call import CallState
from acd.decision import Verdict
from acd.explain import WhyIdle, WhyWaiting, why_idle, why_waiting
from acd.ids import AgentId
from acd.reasons import NotReadyReason
from tests.sim_floor import OneCaller, SimFloor, rules_of


def waits(floor: SimFloor, call: OneCaller) -> WhyWaiting:
    why = why_waiting(floor.world.floor.tables, call.now, floor.world.now)
    assert why is not None
    return why


def idles(floor: SimFloor, agent: str) -> WhyIdle:
    t = floor.world.floor.tables
    return why_idle(t, t.agents[AgentId(agent)], floor.world.now)


def test_nobody_with_the_skills_is_logged_in(floor: SimFloor) -> None:
    floor.agents("ben").ready()
    call = floor.caller("+331").enters("sales")
    why = waits(floor, call)
    assert why.because == "none of the 1 agents with the skills he needs is logged in"
    assert [(c.agent_id, c.verdict) for c in why.candidates] == [
        ("ana", Verdict.LOGGED_OUT),
        ("ben", Verdict.LACKS_SKILL),
    ]
    assert (why.position, why.ahead, why.candidates_unnamed) == (1, (), 0)


def test_everybody_who_could_take_him_is_busy_or_away(floor: SimFloor) -> None:
    floor.agents("ana", "ben").ready()
    floor.agent("ben").sets_not_ready(NotReadyReason("lunch"))
    floor.caller("+330").enters("support")
    floor.wait(seconds=3)
    first = floor.caller("+331").enters("support")
    vip = floor.caller("+3399").enters("support")
    why = waits(floor, first)
    assert why.because == "of the 2 agents logged in who could take him, 1 are busy and 1 not ready"
    assert [(c.agent_id, c.detail) for c in why.candidates] == [("ana", "talking"), ("ben", "lunch")]
    assert [(a.call_id, a.detail) for a in why.ahead] == [(vip.id, "3.00 (vip: 0.0 s + 60.0 s / 20.0 s)")]
    assert waits(floor, vip).ahead == ()


def test_a_phone_that_rings_a_link_that_is_down_and_a_caller_on_his_way(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    assert waits(floor, call).because == "the phone of ana is being rung for him"
    assert idles(floor, "ana").because == f"his phone is being rung for call {call.id} for 0 s"
    floor.agent("ana").lets_it_ring()
    floor.world.cut_link()
    waiting = floor.caller("+332").enters("support")
    assert "the link to the PBX is down" in waits(floor, waiting).because
    fresh = SimFloor(floor.world.rules)
    late = fresh.world.arrives("+333")
    fresh.wait(seconds=0.1)
    fresh.world.enters(late, "support")
    on_his_way = why_waiting(
        fresh.world.floor.tables, fresh.world.floor.tables.calls[late.call_id], fresh.world.now
    )
    assert on_his_way is not None
    assert on_his_way.because == "he is on his way to the waiting room"


def test_whoever_does_not_wait_is_not_asked_why(floor: SimFloor) -> None:
    call = floor.caller("+331")
    floor.wait(seconds=0.1)
    assert call.now.state is CallState.ARRIVED
    assert why_waiting(floor.world.floor.tables, call.now, floor.world.now) is None


def test_a_ready_agent_is_idle_because_nobody_waits_whom_he_could_take(floor: SimFloor) -> None:
    floor.agents("ben").ready()
    assert idles(floor, "ben").because == "nobody is waiting whom he could take"
    floor.caller("+331").enters("sales")
    why = idles(floor, "ben")
    assert why.because == "nobody is waiting whom he could take; 1 wait where he lacks a skill"
    assert [(q.queue_id, q.waiting, q.lacks) for q in why.queues] == [
        ("support", 0, None),
        ("sales", 1, "sales 0 < 3"),
    ]


def test_every_other_state_says_what_it_is() -> None:
    floor = SimFloor(rules_of({"ana": {"s": 5}, "ben": {}}, {"s": {"s": 1}}))
    assert idles(floor, "ana").because == "he is logged out"
    floor.agents("ben").ready()
    assert idles(floor, "ben").because == "he lacks a skill for every queue"
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("s")
    floor.wait(seconds=3)
    assert idles(floor, "ana").because == f"he is talking in call {call.id} for 2 s"
    call.hangs_up()
    assert idles(floor, "ana").because == "he is wrapping up for 0 s"
    floor.agent("ana").sets_not_ready()
    floor.wait(seconds=5)
    why = idles(floor, "ana")
    assert (why.because, why.state) == ("he is not ready for 5 s: break", AgentState.NOT_READY)
    floor.world.cut_link()
    floor.agent("ben").sets_ready()
    assert "link" in idles(floor, "ben").because
