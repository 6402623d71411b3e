"""News that is late, double, contradictory or about strangers: nothing breaks and nobody is forgotten."""

import pytest

from acd.agent import AgentState
from acd.agent_events import PhoneReachabilityChanged
from acd.call import CallState, Outcome
from acd.call_events import CallConnected
from acd.call_signals import CallerHungUp, CallerWaiting
from acd.commands import EnterIvr
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.instant import Instant, after, seconds
from acd.ivr_signals import FlowFinished
from acd.link_signals import CallLocated, FloorObserved, LinkRestored
from acd.observation import LiveCall, Observation, Place
from acd.offer import OfferEnd
from acd.offer_events import OfferEnded
from acd.offer_signals import AgentAnswered, AgentHungUp, Failure, OfferFailed
from acd.orders import LocateCall, RecallCaller, RingAgent
from acd.queue_events import CallQueued
from acd.reasons import EngineReason, NotReadyReason
from acd.remembered import AgentRemembered
from acd.tables import REMEMBERED_ENDS
from tests.sim_floor import SimFloor, rules_of


def live(call_id: str, place: Place, queue: str | None = "support", **more: object) -> LiveCall:
    return LiveCall(
        call_id=CallId(call_id),
        place=place,
        caller="+331",
        queue_id=QueueId(queue) if queue is not None else None,
        **more,  # type: ignore[arg-type]
    )


def shown(floor: SimFloor, *calls: LiveCall, phones: tuple[str, ...] = ("ana", "ben")) -> Observation:
    """What an audit would show right now."""
    reachable = frozenset(AgentId(phone) for phone in phones)
    return Observation(as_of=after(floor.world.now, seconds(0.000001)), calls=calls, reachable=reachable)


def state_of(floor: SimFloor, call_id: str) -> CallState | None:
    call = floor.world.floor.tables.calls.get(CallId(call_id))
    return call.state if call is not None else None


def rings(floor: SimFloor) -> list[tuple[str, str]]:
    return [
        (r.output.call_id, r.output.agent_id) for r in floor.world.heard if isinstance(r.output, RingAgent)
    ]


# -- several at once -----------------------------------------------------------------------------


def test_callers_found_together_are_served_in_line_whatever_order_they_were_seen_in(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    t0 = floor.world.now
    young = live("young", Place.WAITING, queued_at=Instant(t0 - seconds(5)))
    old = live("old", Place.WAITING, queued_at=Instant(t0 - seconds(50)))
    floor.world.tell(FloorObserved(seen=shown(floor, young, old)))
    assert rings(floor) == [("old", "ana")]


def test_a_caller_found_waiting_goes_to_whoever_is_idle_longest_not_to_whoever_he_was_offered_to() -> None:
    floor = SimFloor(rules_of({"ana": {"s": 5}, "ben": {"s": 5}}, {"s": {"s": 1}}))
    floor.agents("ben", "ana").ready()
    for name in ("ana", "ben"):
        floor.agent(name).lets_it_ring()
    first = floor.caller("+331").enters("s")
    second = floor.caller("+332").enters("s")
    assert rings(floor) == [(first.id, "ben"), (second.id, "ana")]
    first.hangs_up()  # Ben keeps his turn, and it is the older one
    floor.wait(seconds=3)
    seen = LiveCall(call_id=second.id, place=Place.WAITING, queue_id=QueueId("s"))
    floor.world.tell(FloorObserved(seen=shown(floor, seen)))
    assert rings(floor)[-1] == (second.id, "ben")


def test_of_agents_whose_phones_come_back_together_the_lesser_name_is_rung(floor: SimFloor) -> None:
    floor.agents("ben", "ana").ready()
    floor.world.tell(FloorObserved(seen=shown(floor, phones=())))
    floor.wait(seconds=1)
    floor.world.tell(FloorObserved(seen=shown(floor, live("c1", Place.WAITING))))
    assert rings(floor) == [("c1", "ana")]


# -- agents --------------------------------------------------------------------------------------


def test_who_ends_his_wrap_up_by_hand_has_changed_his_mind_about_the_break(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    first = floor.caller("+331").enters("support")
    floor.wait(seconds=3)
    floor.agent("ana").sets_not_ready()
    first.hangs_up()
    floor.agent("ana").sets_ready()
    second = floor.caller("+332").enters("support")
    floor.wait(seconds=3)
    second.hangs_up()
    floor.wait(seconds=11)
    assert floor.agent("ana").state is AgentState.READY


def test_who_is_found_talking_during_his_break_goes_back_to_it(floor: SimFloor) -> None:
    floor.agent("ana").sets_not_ready(NotReadyReason("lunch"))
    floor.world.tell(FloorObserved(seen=shown(floor, live("c1", Place.TALKING, agent_id=AgentId("ana")))))
    assert floor.agent("ana").state is AgentState.TALKING
    floor.world.tell(CallerHungUp(call_id=CallId("c1")))
    floor.wait(seconds=11)
    assert floor.agent("ana").now.reason == "lunch"


def test_who_logged_out_and_is_then_heard_talking_is_logged_out_afterwards(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    offer = call.now.offer_id
    assert offer is not None
    floor.agent("ana").logs_out()
    floor.world.tell(OfferFailed(offer_id=offer, why=Failure.NO_ANSWER))
    assert floor.agent("ana").state is AgentState.LOGGED_OUT
    floor.world.tell(AgentAnswered(offer_id=offer))
    assert floor.agent("ana").state is AgentState.TALKING
    call.hangs_up()
    floor.wait(seconds=11)
    assert floor.agent("ana").state is AgentState.LOGGED_OUT


def test_the_turn_of_an_agent_found_ringing_begins_when_he_is_found(floor: SimFloor) -> None:
    floor.agents("ben").ready()
    floor.wait(seconds=5)
    ringing = live("c1", Place.RINGING, agent_id=AgentId("ana"), offer_id=OfferId("old-1"))
    floor.world.tell(FloorObserved(seen=shown(floor, ringing)))
    found_at = floor.agent("ana").now.since
    floor.wait(seconds=2)
    floor.world.tell(CallerHungUp(call_id=CallId("c1")))
    assert (floor.agent("ana").state, floor.agent("ana").now.ready_since) == (AgentState.READY, found_at)
    assert floor.caller("+332").enters("support").agents_offered == ["ben"]


def test_who_is_remembered_without_a_phone_is_ready_when_it_is_there_already(floor: SimFloor) -> None:
    gone = EngineReason.PHONE_UNREACHABLE
    floor.world.tell(AgentRemembered(agent_id=AgentId("ana"), state=AgentState.NOT_READY, reason=gone))
    assert floor.agent("ana").state is AgentState.READY


def test_a_phone_that_could_not_be_rung_is_told_to_be_gone_and_comes_back_with_an_audit(
    floor: SimFloor,
) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    offer = call.now.offer_id
    assert offer is not None
    floor.world.tell(OfferFailed(offer_id=offer, why=Failure.UNREACHABLE))
    last = floor.events(PhoneReachabilityChanged)[-1]
    assert last == PhoneReachabilityChanged(agent_id=AgentId("ana"), reachable=False)
    assert floor.agent("ana").now.reason == EngineReason.PHONE_UNREACHABLE
    floor.world.tell(FloorObserved(seen=floor.world.observation()))
    assert floor.agent("ana").state is AgentState.READY


def test_a_phone_that_goes_while_it_rings_costs_the_agent_his_readiness_afterwards(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    floor.world.phones[AgentId("ana")].registered = False
    floor.agent("ana").unplugs()
    assert floor.agent("ana").state is AgentState.OFFERED
    call.hangs_up()
    assert floor.agent("ana").now.reason == EngineReason.PHONE_UNREACHABLE


# -- offers --------------------------------------------------------------------------------------


def test_an_offer_that_rings_for_two_callers_is_believed_once_and_the_other_recalled(floor: SimFloor) -> None:
    both = (
        live("c1", Place.RINGING, agent_id=AgentId("ana"), offer_id=OfferId("old-1")),
        live("c2", Place.RINGING, agent_id=AgentId("ben"), offer_id=OfferId("old-1")),
    )
    floor.world.tell(LinkRestored(seen=shown(floor, *both)))
    assert (state_of(floor, "c1"), state_of(floor, "c2")) == (CallState.OFFERED, CallState.WAITING)
    orders = [r.output for r in floor.world.heard if isinstance(r.output, RecallCaller)]
    assert orders == [RecallCaller(call_id=CallId("c2"), offer_id=OfferId("old-1"))]


def test_a_new_offer_never_gets_the_name_of_one_found(floor: SimFloor) -> None:
    found = live("c1", Place.RINGING, agent_id=AgentId("ana"), offer_id=OfferId("sim-1"))
    floor.world.tell(FloorObserved(seen=shown(floor, found)))
    floor.agents("ben").ready()
    call = floor.caller("+332").enters("support")
    assert call.now.offer_id == "sim-2"


def test_two_conversations_under_one_offer_end_one_by_one(floor: SimFloor) -> None:
    both = (
        live("c1", Place.TALKING, agent_id=AgentId("ana"), offer_id=OfferId("old-1")),
        live("c2", Place.TALKING, agent_id=AgentId("ben"), offer_id=OfferId("old-1")),
    )
    floor.world.tell(LinkRestored(seen=shown(floor, *both)))
    floor.world.tell(AgentHungUp(offer_id=OfferId("old-1")))
    assert (state_of(floor, "c1"), state_of(floor, "c2")) == (None, CallState.CONNECTED)
    floor.world.tell(CallerHungUp(call_id=CallId("c2")))
    floor.runs_dry()
    assert floor.everyone_ended_somewhere()


def test_an_agent_seen_talking_twice_is_believed_once_until_the_first_has_gone(floor: SimFloor) -> None:
    both = tuple(live(c, Place.TALKING, agent_id=AgentId("ana")) for c in ("c1", "c2"))
    floor.world.tell(LinkRestored(seen=shown(floor, *both)))
    assert (state_of(floor, "c1"), state_of(floor, "c2")) == (CallState.CONNECTED, CallState.ARRIVED)
    floor.world.tell(CallerHungUp(call_id=CallId("c1")))
    floor.wait(seconds=1)
    floor.world.tell(FloorObserved(seen=shown(floor, both[1])))
    assert state_of(floor, "c2") is CallState.CONNECTED


def test_an_answer_is_not_believed_against_a_caller_seen_back_in_the_waiting_room(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    offer = call.now.offer_id
    assert offer is not None
    floor.world.tell(OfferFailed(offer_id=offer, why=Failure.REJECTED))
    floor.world.tell(CallerWaiting(call_id=call.id))
    assert floor.world.tell(AgentAnswered(offer_id=offer)) == (LocateCall(call_id=call.id),)
    assert call.now.state is CallState.WAITING


def test_an_answer_after_the_lease_is_believed_while_the_caller_is_nowhere_else(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    offer = call.now.offer_id
    assert offer is not None
    floor.world.tell(OfferFailed(offer_id=offer, why=Failure.CANCELLED))
    floor.agent("ana").sets_not_ready()
    floor.world.tell(AgentAnswered(offer_id=offer))
    assert call.now.state is CallState.CONNECTED
    floor.world.tell(AgentHungUp(offer_id=offer))
    assert call.outcome is Outcome.ANSWERED


def test_a_link_restored_that_never_broke_does_not_ring_twice(floor: SimFloor) -> None:
    floor.agents("ana", "ben").ready()
    call = floor.caller("+331").enters("support")
    seen = LiveCall(call_id=call.id, place=Place.WAITING, queue_id=QueueId("support"))
    for _ in range(2):
        floor.world.tell(LinkRestored(seen=shown(floor, seen)))
    assert rings(floor) == [(call.id, "ana")]


def test_an_offer_found_undone_after_a_broken_link_is_made_again(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    floor.world.cut_link()
    floor.world.link_up = True
    seen = LiveCall(call_id=call.id, place=Place.WAITING, queue_id=QueueId("support"))
    floor.world.tell(LinkRestored(seen=shown(floor, seen)))
    assert rings(floor) == [(call.id, "ana"), (call.id, "ana")]
    assert [e.how for e in floor.events(OfferEnded)] == [OfferEnd.WITHDRAWN]


# -- callers -------------------------------------------------------------------------------------


def test_a_caller_seen_waiting_although_he_talked_is_served_again_in_his_place(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    since = call.now.queued_at
    floor.wait(seconds=3)
    assert call.now.state is CallState.CONNECTED
    later = floor.caller("+332").enters("support")
    seen = LiveCall(call_id=call.id, place=Place.WAITING, queue_id=QueueId("support"))
    other = LiveCall(call_id=later.id, place=Place.WAITING, queue_id=QueueId("support"))
    floor.world.tell(FloorObserved(seen=shown(floor, seen, other)))
    assert (call.now.state, call.now.queued_at) == (CallState.WAITING, since)
    assert floor.agent("ana").state is AgentState.WRAPPING_UP
    floor.wait(seconds=10.5)
    assert call.agents_offered == ["ana", "ana"]
    stats = floor.world.floor.tables.stats[QueueId("support")]
    assert (stats.offered, stats.answered, stats.finished, stats.unexplained(2)) == (3, 1, 1, 0)


@pytest.mark.parametrize(("secs", "place", "served"), [
    (1.9, Place.WAITING, False),
    (2.1, Place.WAITING, True),
    (2.1, Place.TALKING, False),
])  # fmt: skip
def test_a_caller_cut_off_from_his_agent_is_not_left_in_music_for_ever(
    floor: SimFloor, secs: float, place: Place, served: bool
) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    floor.wait(seconds=3)
    offer = call.now.talk_offer_id
    assert offer is not None
    floor.world.tell(AgentHungUp(offer_id=offer))
    floor.wait(seconds=secs)
    seen = LiveCall(call_id=call.id, place=place, queue_id=QueueId("support"))
    floor.world.tell(FloorObserved(seen=shown(floor, seen)))
    assert state_of(floor, call.id) is (CallState.WAITING if served else None)


def test_who_began_to_wait_in_the_future_waits_from_now(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    tomorrow = Instant(floor.world.now + seconds(86_400))
    floor.world.tell(FloorObserved(seen=shown(floor, live("c1", Place.WAITING, queued_at=tomorrow))))
    (queued,) = floor.events(CallQueued)
    assert queued.queued_at == floor.world.now
    offer = floor.world.floor.tables.calls[CallId("c1")].offer_id
    assert offer is not None
    floor.world.tell(AgentAnswered(offer_id=offer))
    (connected,) = floor.events(CallConnected)
    assert connected.waited == 0


def test_a_caller_who_turns_up_waiting_out_of_his_menu_is_looked_up_and_queued(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    enters = EnterIvr(call_id=CallId("c1"), caller="+331", dialled="8000", flow="main")
    floor.world.tell(enters)
    assert floor.world.tell(CallerWaiting(call_id=CallId("c1"))) == (LocateCall(call_id=CallId("c1")),)
    seen = shown(floor, live("c1", Place.WAITING))
    floor.world.tell(CallLocated(call_id=CallId("c1"), as_of=seen.as_of, found=seen.calls[0]))
    assert rings(floor) == [("c1", "ana")]


def test_an_answer_to_another_question_is_no_answer(floor: SimFloor) -> None:
    floor.world.tell(EnterIvr(call_id=CallId("c1"), caller="+331", dialled="8000", flow="main"))
    floor.world.tell(CallerHungUp(call_id=CallId("c2")))
    for about in ("c1", "c2", "c3"):
        other = live("c2" if about == "c1" else "c1", Place.WAITING)
        as_of = after(floor.world.now, seconds(10))
        assert floor.world.tell(CallLocated(call_id=CallId(about), as_of=as_of, found=other)) == ()
    assert state_of(floor, "c1") is CallState.IN_IVR


def test_a_flow_that_begins_again_has_not_served_the_caller_yet(floor: SimFloor) -> None:
    call = floor.caller("+331")
    floor.world.tell(FlowFinished(call_id=call.id))
    floor.world.tell(EnterIvr(call_id=call.id, caller="+331", dialled="8000", flow="main"))
    call.hangs_up()
    assert call.outcome is Outcome.LEFT_IVR


def test_the_flows_own_end_has_served_the_caller(floor: SimFloor) -> None:
    call = floor.caller("+331")
    floor.wait(seconds=1)
    floor.world.tell(FlowFinished(call_id=call.id))
    call.hangs_up()
    assert call.outcome is Outcome.SERVED_IN_IVR


def test_a_caller_of_a_queue_that_is_no_more_is_served_by_the_first_one(floor: SimFloor) -> None:
    floor.world.tell(FloorObserved(seen=shown(floor, live("c1", Place.WAITING, "abolished"))))
    assert floor.world.floor.tables.calls[CallId("c1")].queue_id == "support"


def test_without_any_queue_whoever_is_found_waiting_is_just_here() -> None:
    floor = SimFloor(rules_of({"ana": {}}, {}))
    for place in (Place.WAITING, Place.RINGING):
        floor.world.tell(FloorObserved(seen=shown(floor, live(place, place), phones=("ana",))))
        assert state_of(floor, place) is CallState.IN_IVR
        floor.wait(seconds=1)
        floor.world.tell(FloorObserved(seen=shown(floor, live(place, place), phones=("ana",))))
        assert state_of(floor, place) is CallState.IN_IVR
        floor.world.tell(CallerHungUp(call_id=CallId(place)))


# -- nothing grows -------------------------------------------------------------------------------


def test_news_told_a_thousand_times_takes_no_room(floor: SimFloor) -> None:
    call = floor.caller("+331").enters("support")
    for _ in range(1000):
        floor.world.tell(CallerWaiting(call_id=call.id))
        floor.world.tell(LinkRestored(seen=floor.world.observation()))
    t = floor.world.floor.tables
    assert all(demand.waiting.is_trim for demand in t.matching.all_demands())
    assert (len(t.matching.unsettled), len(t.timers)) == (0, 0)


def test_only_so_many_ended_calls_are_remembered(floor: SimFloor) -> None:
    floor.world.record, floor.world.after_step = False, None
    for number in range(REMEMBERED_ENDS + 5):
        floor.world.tell(CallerHungUp(call_id=CallId(f"c{number}")))
    ended = floor.world.floor.tables.ended_calls
    assert len(ended) == REMEMBERED_ENDS
    assert next(iter(ended)) == "c5"
