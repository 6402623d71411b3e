"""What callers and agents live through: offers, answers, silence, rejection, hang-ups."""

from acd.agent import AgentState
from acd.agent_events import AgentStateChanged
from acd.call import CallClass, CallState, Outcome
from acd.call_events import CallConnected
from acd.decision import RivalVerdict, Verdict
from acd.exits import QueueExit
from acd.ids import QueueId
from acd.instant import seconds
from acd.queue_events import CallLeftQueue, CallQueued
from acd.reasons import EngineReason
from tests.sim_floor import Rings, SimFloor, StopsRinging, rules_of


def test_caller_is_offered_again_when_the_first_agent_does_not_answer(floor: SimFloor) -> None:
    floor.agents("ana", "ben").ready()
    floor.agent("ana").lets_it_ring()
    call = floor.caller("+3312").enters("support")
    floor.wait(seconds=16)
    assert floor.told() == [Rings("ana"), StopsRinging("ana"), Rings("ben")]
    assert floor.agent("ana").state is AgentState.NOT_READY  # a deaf phone is not rung twice
    assert floor.agent("ana").now.reason == EngineReason.NO_ANSWER
    floor.wait(seconds=5)
    assert call.now.state is CallState.CONNECTED
    call.hangs_up()
    floor.runs_dry()
    assert call.outcome is Outcome.ANSWERED
    assert floor.everyone_ended_somewhere()


def test_the_agent_idle_longest_is_rung_first(floor: SimFloor) -> None:
    floor.agents("ben", "ana").ready()
    call = floor.caller("+3312").enters("support")
    assert call.agents_offered == ["ben"]


def test_a_caller_who_was_not_answered_goes_back_to_the_head_of_the_line(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    floor.agent("ana").lets_it_ring()
    first = floor.caller("+331").enters("support")
    second = floor.caller("+332").enters("support")
    floor.wait(seconds=16)
    floor.agents("ben").ready()
    assert first.agents_offered == ["ana", "ben"]
    assert second.agents_offered == []


def test_a_vip_who_waits_together_with_others_is_answered_first(floor: SimFloor) -> None:
    normal = floor.caller("+331").enters("support")
    vip = floor.caller("+3399").enters("support")
    assert vip.now.call_class is CallClass.VIP
    floor.agents("ana").ready()
    assert (vip.agents_offered, normal.agents_offered) == (["ana"], [])
    assert floor.why(vip).rivals[0].verdict is RivalVerdict.LOWER_SCORE


def test_an_agent_without_the_skill_is_never_rung_however_long_the_caller_waits(floor: SimFloor) -> None:
    floor.agents("ben").ready()
    call = floor.caller("+331").enters("sales")
    floor.wait(seconds=600)
    assert call.agents_offered == []
    floor.agents("ana").ready()
    assert call.agents_offered == ["ana"]
    why = {c.agent_id: (c.verdict, c.detail) for c in floor.why(call).candidates}
    assert why["ana"][0] is Verdict.CHOSEN
    assert why["ben"] == (Verdict.LACKS_SKILL, "sales 0 < 3")


def test_an_agent_who_rejects_is_left_alone_for_a_while_and_then_ready_again(floor: SimFloor) -> None:
    floor.agents("ana", "ben").ready()
    floor.agent("ana").rejects()
    call = floor.caller("+331").enters("support")
    floor.wait(seconds=1)
    assert call.agents_offered == ["ana", "ben"]
    assert floor.agent("ana").now.reason == EngineReason.REJECTED
    floor.wait(seconds=11)
    assert floor.agent("ana").state is AgentState.READY


def test_a_caller_who_hangs_up_while_the_phone_rings_frees_the_agent_who_keeps_his_turn(
    floor: SimFloor,
) -> None:
    floor.agents("ana", "ben").ready()
    ready_since = floor.agent("ana").now.ready_since
    call = floor.caller("+331").enters("support")
    assert floor.agent("ana").state is AgentState.OFFERED
    call.hangs_up()
    assert call.outcome is Outcome.ABANDONED
    assert floor.agent("ana").state is AgentState.READY
    assert floor.agent("ana").now.ready_since == ready_since
    following = floor.caller("+332").enters("support")
    assert following.agents_offered == ["ana"]


def test_a_caller_who_hangs_up_while_waiting_has_abandoned(floor: SimFloor) -> None:
    call = floor.caller("+331").enters("support")
    floor.wait(seconds=30)
    call.hangs_up()
    floor.runs_dry()
    assert call.outcome is Outcome.ABANDONED
    assert floor.everyone_ended_somewhere()


def test_wrap_up_lasts_as_long_as_the_queue_says_and_then_the_agent_is_ready(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    floor.wait(seconds=3)
    call.hangs_up()
    assert floor.agent("ana").state is AgentState.WRAPPING_UP
    waiting = floor.caller("+332").enters("support")
    floor.wait(seconds=9.9)
    assert waiting.agents_offered == []
    floor.wait(seconds=0.2)
    assert waiting.agents_offered == ["ana"]


def test_an_agent_may_end_his_wrap_up_early(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    floor.wait(seconds=3)
    call.hangs_up()
    assert floor.agent("ana").sets_ready() is None
    assert floor.agent("ana").state is AgentState.READY


def test_a_break_asked_for_while_talking_begins_after_the_call(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    floor.wait(seconds=3)
    assert floor.agent("ana").sets_not_ready() is None
    assert floor.agent("ana").state is AgentState.TALKING
    call.hangs_up()
    floor.wait(seconds=11)
    assert floor.agent("ana").now.reason == "break"


def test_when_the_agent_hangs_up_the_call_has_ended_answered(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    floor.agent("ana").talks_for(20)
    call = floor.caller("+331").enters("support")
    floor.wait(seconds=25)
    assert call.outcome is Outcome.ANSWERED
    floor.runs_dry()
    assert floor.everyone_ended_somewhere()


def test_nobody_becomes_ready_with_a_phone_that_is_not_registered(floor: SimFloor) -> None:
    floor.agent("ana").unplugs()
    refusal = floor.agent("ana").sets_ready()
    assert refusal == "the phone of ana is not registered"
    assert floor.agent("ana").state is AgentState.LOGGED_OUT


def test_a_phone_that_vanishes_takes_its_agent_out_and_brings_him_back(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    floor.agent("ana").unplugs()
    assert floor.agent("ana").now.reason == EngineReason.PHONE_UNREACHABLE
    call = floor.caller("+331").enters("support")
    assert call.agents_offered == []
    floor.agent("ana").plugs_in()
    floor.wait(seconds=0.1)
    assert call.agents_offered == ["ana"]


def test_a_full_queue_refuses_one_more_caller_and_says_so() -> None:
    floor = SimFloor(rules_of({"ana": {"s": 5}}, {"s": {"s": 1}}, capacity=2))
    taken = [floor.caller(f"+33{n}").enters("s") for n in range(2)]
    late = floor.caller("+339").enters("s")
    assert [c.refused for c in taken] == [None, None]
    assert late.refused == "queue s is full"
    stats = floor.world.floor.tables.stats[QueueId("s")]
    assert (stats.offered, stats.turned_away, stats.exits[QueueExit.FULL]) == (3, 1, 1)
    assert floor.events(CallLeftQueue) == [
        CallLeftQueue(call_id=late.id, queue_id=QueueId("s"), exit=QueueExit.FULL, waited=None)
    ]
    late.hangs_up()
    assert late.outcome is Outcome.TURNED_AWAY
    assert "+339" in {item.caller for item in floor.world.floor.tables.ledger.items(floor.world.now)}


def test_who_was_turned_away_once_and_then_taken_in_was_not_turned_away() -> None:
    floor = SimFloor(rules_of({"ana": {"s": 5}}, {"s": {"s": 1}}, capacity=1))
    first = floor.caller("+331").enters("s")
    late = floor.caller("+332").enters("s")
    first.hangs_up()
    late.enters("s")
    late.hangs_up()
    assert late.outcome is Outcome.ABANDONED
    told = [(e.call_id, e.exit) for e in floor.events(CallLeftQueue)]
    assert told == [
        (late.id, QueueExit.FULL),
        (first.id, QueueExit.ABANDONED),
        (late.id, QueueExit.ABANDONED),
    ]
    stats = floor.world.floor.tables.stats[QueueId("s")]
    assert (stats.offered, stats.unexplained(0)) == (3, 0)


def test_callers_are_told_their_true_position(floor: SimFloor) -> None:
    for number in ("+331", "+332", "+3399"):
        floor.caller(number).enters("support")
    assert [q.position for q in floor.events(CallQueued)] == [1, 2, 1]


def test_the_wait_counts_from_first_queued_across_failed_offers(floor: SimFloor) -> None:
    floor.agents("ana", "ben").ready()
    floor.agent("ana").lets_it_ring()
    floor.caller("+331").enters("support")
    floor.wait(seconds=20)
    (connected,) = floor.events(CallConnected)
    assert seconds(16) < connected.waited < seconds(16.1)


def test_nobody_skips_a_state(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    floor.caller("+331").enters("support")
    floor.wait(seconds=3)
    moves = [(e.was, e.now) for e in floor.events(AgentStateChanged) if e.agent_id == "ana"]
    assert moves == [
        (AgentState.LOGGED_OUT, AgentState.READY),
        (AgentState.READY, AgentState.OFFERED),
        (AgentState.OFFERED, AgentState.TALKING),
    ]
