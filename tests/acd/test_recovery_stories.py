"""The link comes and goes, the engine starts anew: the floor believes the world and nobody is lost."""

import pytest

from acd.agent import AgentState
from acd.call import CallClass, CallState, Outcome
from acd.call_events import CallStarted
from acd.call_signals import CallArrived, CallerHungUp, CallerWaiting
from acd.commands import EnterIvr, ForceAgentState, LogAgentOut, SetAgentReady
from acd.events import Refused
from acd.exits import QueueExit
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.instant import Instant, seconds
from acd.invariants import violations
from acd.link_signals import CallLocated, LinkRestored
from acd.observation import LiveCall, Observation, Place
from acd.offer_signals import AgentAnswered, OrderFailed, OrderUnconfirmed
from acd.orders import LocateCall, RecallCaller, RingAgent
from acd.reasons import EngineReason, NotReadyReason
from acd.remembered import AgentRemembered, AgentsRemembered
from tests.sim_floor import SimFloor


def test_nobody_is_offered_while_the_link_is_down_and_everybody_right_after(floor: SimFloor) -> None:
    floor.agents("ana", "ben").ready()
    floor.world.cut_link()
    call = floor.caller("+331").enters("support")
    floor.wait(seconds=60)
    assert call.agents_offered == []
    floor.world.mend_link()
    assert call.agents_offered == ["ana"]


def test_a_caller_who_left_while_the_link_was_down_is_booked_as_lost_not_as_abandoned(
    floor: SimFloor,
) -> None:
    call = floor.caller("+331").enters("support")
    floor.world.cut_link()
    call.hangs_up()
    floor.wait(seconds=5)
    floor.world.mend_link()
    assert call.outcome is Outcome.LOST


def test_an_agent_who_answered_while_the_link_was_down_is_found_talking(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    floor.world.cut_link()
    floor.wait(seconds=60)  # the lease runs out and proves nothing
    floor.world.mend_link()
    assert call.now.state is CallState.CONNECTED
    assert floor.agent("ana").state is AgentState.TALKING
    call.hangs_up()
    floor.runs_dry()
    assert call.outcome is Outcome.ANSWERED
    assert floor.everyone_ended_somewhere()


def test_a_conversation_that_ended_while_the_link_was_down_sends_the_agent_to_wrap_up(
    floor: SimFloor,
) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    floor.wait(seconds=3)
    floor.world.cut_link()
    call.hangs_up()
    floor.world.mend_link()
    assert call.outcome is Outcome.ANSWERED
    assert floor.agent("ana").state is AgentState.WRAPPING_UP


def test_an_order_nobody_confirmed_is_not_given_again_before_the_truth_is_known(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    (ring,) = [r.output for r in floor.world.heard if isinstance(r.output, RingAgent)]
    outputs = floor.world.tell(OrderUnconfirmed(offer_id=ring.offer_id, detail="timed out"))
    assert [o for o in outputs if isinstance(o, RingAgent)] == []
    assert LocateCall(call_id=call.id) in outputs
    floor.runs_dry()  # located ringing for a stale offer: recalled, then offered again
    recalls = [r.output for r in floor.world.heard if isinstance(r.output, RecallCaller)]
    assert recalls == [RecallCaller(call_id=call.id, offer_id=ring.offer_id)]
    assert call.now.state is CallState.CONNECTED


def test_an_order_that_failed_leaves_the_agent_his_turn_and_asks_where_the_caller_is(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    turn = floor.agent("ana").now.ready_since
    call = floor.caller("+331").enters("support")
    (ring,) = [r.output for r in floor.world.heard if isinstance(r.output, RingAgent)]
    floor.world.tell(OrderFailed(offer_id=ring.offer_id, detail="no such channel"))
    assert floor.agent("ana").state is AgentState.READY
    assert floor.agent("ana").now.ready_since == turn
    floor.wait(seconds=10)
    assert call.now.state in (CallState.OFFERED, CallState.CONNECTED)


def test_the_lease_ends_an_offer_the_world_is_silent_about(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    floor.world.calls[call.id].token += 1  # the world forgets to go on ringing, and to say so
    floor.wait(seconds=17.9)
    assert floor.agent("ana").state is AgentState.OFFERED
    floor.wait(seconds=0.3)
    assert floor.agent("ana").now.reason == EngineReason.NO_ANSWER
    assert [r.output for r in floor.world.heard if isinstance(r.output, LocateCall)]


def test_a_hang_up_that_overtakes_the_flow_leaves_no_ghost(floor: SimFloor) -> None:
    floor.world.tell(CallerHungUp(call_id=CallId("c9")))
    floor.world.tell(CallArrived(call_id=CallId("c9"), caller="+331", dialled="8000"))
    assert floor.events(CallStarted) == []
    assert floor.world.floor.tables.calls == {}


def test_news_told_twice_changes_nothing(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    floor.wait(seconds=3)
    offer = call.now.talk_offer_id
    assert offer is not None
    before = len(floor.world.heard)
    floor.world.tell(AgentAnswered(offer_id=offer))
    floor.world.tell(CallerWaiting(call_id=call.id))
    floor.world.tell(CallArrived(call_id=call.id, caller="+331", dialled="8000"))
    assert len(floor.world.heard) == before
    assert call.now.state is CallState.CONNECTED


def test_an_audit_older_than_what_we_know_changes_nothing(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    seen = floor.world.observation()
    call = floor.caller("+331").enters("support")
    floor.wait(seconds=3)
    floor.world.tell(LinkRestored(seen=seen))
    assert call.now.state is CallState.CONNECTED


def live(call_id: str, place: Place, **more: object) -> LiveCall:
    return LiveCall(
        call_id=CallId(call_id),
        place=place,
        caller="+331",
        queue_id=QueueId("support"),
        **more,  # type: ignore[arg-type]
    )


def restarted(floor: SimFloor, *calls: LiveCall) -> None:
    """The engine starts and finds these calls in the world, both phones registered."""
    reachable = frozenset({AgentId("ana"), AgentId("ben")})
    floor.world.tell(LinkRestored(seen=Observation(as_of=floor.world.now, calls=calls, reachable=reachable)))


def test_after_a_restart_callers_keep_their_place_and_their_class(floor: SimFloor) -> None:
    t0 = floor.world.now
    restarted(
        floor,
        live("young", Place.WAITING, queued_at=Instant(t0 - seconds(10))),
        live("old", Place.WAITING, queued_at=Instant(t0 - seconds(90))),
        live("vip", Place.WAITING, queued_at=Instant(t0 - seconds(1)), call_class=CallClass.VIP),
    )
    served = []
    for name in ("ana", "ben"):
        floor.asks(SetAgentReady(agent_id=AgentId(name)))
        served.append(floor.agent(name).now.call_id)
    assert served == ["vip", "old"]


def test_after_a_restart_a_conversation_goes_on_and_its_agent_is_talking(floor: SimFloor) -> None:
    restarted(floor, live("c1", Place.TALKING, agent_id=AgentId("ana"), offer_id=OfferId("old-7")))
    assert floor.agent("ana").state is AgentState.TALKING
    assert floor.asks(SetAgentReady(agent_id=AgentId("ana"))) is None
    floor.world.tell(CallerHungUp(call_id=CallId("c1")))
    floor.runs_dry()
    assert floor.agent("ana").state is AgentState.READY


def test_after_a_restart_ringing_goes_on_and_may_still_be_answered(floor: SimFloor) -> None:
    restarted(floor, live("c1", Place.RINGING, agent_id=AgentId("ana"), offer_id=OfferId("old-7")))
    assert floor.agent("ana").state is AgentState.OFFERED
    floor.world.tell(AgentAnswered(offer_id=OfferId("old-7")))
    assert floor.agent("ana").state is AgentState.TALKING


def test_after_a_restart_an_agent_is_what_he_was(floor: SimFloor) -> None:
    fresh = SimFloor(floor.world.rules)
    fresh.world.cut_link()
    t = fresh.world.floor.tables
    for agent in t.agents.values():
        agent.phone_reachable = False
    fresh.world.tell(AgentRemembered(agent_id=AgentId("ana"), state=AgentState.TALKING, reason=None))
    fresh.world.tell(
        AgentRemembered(agent_id=AgentId("ben"), state=AgentState.NOT_READY, reason=NotReadyReason("lunch"))
    )
    assert fresh.agent("ana").now.reason == EngineReason.PHONE_UNREACHABLE
    fresh.world.mend_link()
    assert fresh.agent("ana").state is AgentState.READY
    assert fresh.agent("ben").now.reason == "lunch"


@pytest.mark.parametrize("logged_out", [True, False])
def test_what_an_agent_was_counts_less_than_what_has_been_said_since(
    floor: SimFloor, logged_out: bool
) -> None:
    """What earlier runs left is read while people work already, from rows that may be of this run, too."""
    floor.agents("ana").ready()
    if logged_out:
        floor.world.tell(
            ForceAgentState(
                agent_id=AgentId("ana"), state=AgentState.LOGGED_OUT, by="carol", because="the shift is over"
            )
        )
    else:
        floor.world.tell(LogAgentOut(agent_id=AgentId("ana")))
    was = AgentRemembered(agent_id=AgentId("ana"), state=AgentState.READY, reason=None)
    assert floor.world.tell(AgentsRemembered(agents=(was,))) == ()
    assert floor.agent("ana").state is AgentState.LOGGED_OUT


def test_a_waiting_caller_we_never_heard_of_is_looked_up_and_served(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    outputs = floor.world.tell(CallerWaiting(call_id=CallId("c1")))
    assert outputs == (LocateCall(call_id=CallId("c1")),)
    floor.world.tell(
        CallLocated(call_id=CallId("c1"), as_of=floor.world.now, found=live("c1", Place.WAITING))
    )
    assert floor.agent("ana").now.call_id == "c1"


def test_commands_about_strangers_are_refused_with_a_reason(floor: SimFloor) -> None:
    (refused,) = floor.world.tell(SetAgentReady(agent_id=AgentId("zoe")))
    assert refused == Refused(reason="there is no agent zoe")


def test_a_caller_who_turns_up_in_the_menu_is_in_no_queue_any_more(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    assert call.now.state is CallState.OFFERED
    turn = floor.agent("ana").now.ready_since
    floor.world.tell(EnterIvr(call_id=call.id, caller="+331", dialled="8000", flow="main"))
    assert call.now.state is CallState.IN_IVR
    assert floor.agent("ana").state is AgentState.READY
    assert floor.agent("ana").now.ready_since == turn
    stats = floor.world.floor.tables.stats[QueueId("support")]
    assert (stats.offered, stats.exits[QueueExit.LEFT_FOR_IVR], stats.unexplained(0)) == (1, 1, 0)


def test_who_is_met_talking_with_a_stranger_is_in_no_line(floor: SimFloor) -> None:
    """A conversation with somebody who is no agent of the rules: he has a queue, and nobody waits there."""
    seen = Observation(
        as_of=floor.world.now,
        calls=(
            LiveCall(call_id=CallId("met"), place=Place.TALKING, caller="+331", queue_id=QueueId("support")),
        ),
        reachable=frozenset(),
    )
    floor.world.tell(LinkRestored(seen=seen))
    floor.world.tell(CallerHungUp(call_id=CallId("met")))
    assert not violations(floor.world.floor.tables)
    assert floor.world.floor.tables.calls == {}
