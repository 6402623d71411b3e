"""How long the floor believes, when it asks, and whose word is newer."""

from acd.agent import AgentState
from acd.agent_events import AgentStateChanged
from acd.call import CallClass, CallState, Outcome
from acd.call_signals import CallerWaiting
from acd.commands import EnterIvr
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.instant import Instant, after, in_seconds, seconds
from acd.link_signals import CallLocated, FloorObserved, LinkRestored
from acd.observation import LiveCall, Observation, Place
from acd.offer_events import OfferEnded
from acd.offer_signals import AgentRinging, OrderFailed, OrderUnconfirmed
from acd.orders import LocateCall
from acd.reasons import EngineReason, NotReadyReason
from acd.remembered import AgentRemembered
from acd.tables import REMEMBERED_ENDS
from tests.sim_floor import OneCaller, SimFloor

PHONES = frozenset({AgentId("ana"), AgentId("ben")})


def seen(call: OneCaller, place: Place, as_of: Instant, **more: object) -> Observation:
    shown = LiveCall(call_id=call.id, place=place, caller="+331", queue_id=QueueId("support"), **more)  # type: ignore[arg-type]
    return Observation(as_of=as_of, calls=(shown,), reachable=PHONES)


def nobody(as_of: Instant) -> Observation:
    return Observation(as_of=as_of, calls=(), reachable=PHONES)


def searches(floor: SimFloor) -> list[float]:
    """When callers were asked for, in seconds of the story."""
    start = floor.world.heard[0].at
    return [in_seconds(r.at - start) for r in floor.world.heard if isinstance(r.output, LocateCall)]


# -- searching -----------------------------------------------------------------------------------


def test_a_caller_on_his_way_for_long_is_asked_for_ever_more_rarely_and_never_given_up(
    floor: SimFloor,
) -> None:
    call = floor.caller("+331")
    floor.world.enters(call.sim, "support")
    call.sim.place = Place.IN_IVR  # his channel hangs between the menu and the waiting room
    floor.world._plans.clear()
    floor.wait(seconds=500)
    gaps = [round(b - a) for a, b in zip([0.0, *searches(floor)], searches(floor), strict=False)]
    assert gaps == [3, 6, 12, 24, 48, 96, 96, 96, 96]


def test_a_search_begins_anew_once_he_was_seen(floor: SimFloor) -> None:
    call = floor.caller("+331")
    floor.world.enters(call.sim, "support")
    floor.agents("ana").ready()
    call.sim.place = Place.IN_IVR
    floor.world._plans.clear()
    floor.wait(seconds=60)
    asked = len(searches(floor))
    call.sim.place = Place.WAITING
    floor.world.tell(CallerWaiting(call_id=call.id))
    offer = call.now.offer_id
    assert offer is not None
    floor.agent("ana").sets_not_ready()
    floor.world.tell(OrderFailed(offer_id=offer, detail="no"))
    floor.world._plans.clear()
    floor.wait(seconds=3.1)
    assert len(searches(floor)) == asked + 1


def test_nobody_is_asked_for_while_the_link_is_down(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    offer = call.now.offer_id
    assert offer is not None
    floor.world.cut_link()
    floor.world.tell(OrderUnconfirmed(offer_id=offer, detail="cut"))
    floor.wait(seconds=100)
    assert searches(floor) == []
    assert call.now.state is CallState.WAITING


def test_an_ended_caller_is_not_asked_for(floor: SimFloor) -> None:
    call = floor.caller("+331").enters("support")
    call.hangs_up()
    assert floor.world.tell(CallerWaiting(call_id=call.id)) == ()


# -- leases and the link -------------------------------------------------------------------------


def test_an_agent_who_gets_ready_while_the_link_is_down_is_rung_when_it_is_back(floor: SimFloor) -> None:
    call = floor.caller("+331").enters("support")
    floor.world.cut_link()
    floor.agents("ana").ready()
    floor.wait(seconds=10)
    assert call.agents_offered == []
    floor.world.mend_link()
    assert call.agents_offered == ["ana"]


def test_a_lease_that_runs_out_while_the_link_is_down_proves_nothing(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    floor.world.cut_link()
    floor.wait(seconds=60)
    assert (call.now.state, floor.agent("ana").state) == (CallState.OFFERED, AgentState.OFFERED)
    assert floor.events(OfferEnded) == []


def test_ringing_found_after_its_lease_has_a_moment_left_and_no_more(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    call.sim.token += 1  # the world goes on ringing and says nothing
    floor.world.cut_link()
    floor.wait(seconds=60)
    floor.world.mend_link()
    assert floor.agent("ana").state is AgentState.OFFERED
    floor.wait(seconds=2.9)
    assert floor.agent("ana").state is AgentState.OFFERED
    floor.wait(seconds=0.2)
    assert floor.agent("ana").now.reason == EngineReason.NO_ANSWER


def test_only_so_many_ended_offers_are_remembered(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    floor.world.record, floor.world.after_step = False, None
    t = floor.world.floor.tables
    for _ in range(REMEMBERED_ENDS + 5):
        offer = t.calls[call.id].offer_id
        assert offer is not None
        floor.world.tell(OrderFailed(offer_id=offer, detail="no"))
        floor.world.tell(CallerWaiting(call_id=call.id))
    assert len(t.ended_offers) == REMEMBERED_ENDS
    assert next(iter(t.ended_offers)) == "sim-6"


# -- whose word is newer -------------------------------------------------------------------------


def test_what_was_seen_in_the_instant_of_the_last_news_is_not_newer_than_it(floor: SimFloor) -> None:
    call = floor.caller("+331").enters("support")
    touched = call.now.touched
    floor.world.tell(FloorObserved(seen=nobody(touched)))
    assert call.now.state is CallState.WAITING
    floor.world.tell(FloorObserved(seen=nobody(after(touched, seconds(0.000001)))))
    assert call.outcome is Outcome.LOST


def test_every_step_of_a_call_is_news_of_it(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    before = Instant(floor.world.now)
    floor.wait(seconds=3)  # answered in the meantime
    floor.world.tell(FloorObserved(seen=nobody(before)))
    assert call.now.state is CallState.CONNECTED
    floor.wait(seconds=1)
    menu = EnterIvr(call_id=CallId("c9"), caller="+339", dialled="8000", flow="main")
    floor.world.tell(menu)
    early = Instant(floor.world.now - seconds(0.5))
    floor.world.tell(CallLocated(call_id=CallId("c9"), as_of=early, found=None))
    floor.wait(seconds=1)
    then = floor.world.now
    floor.world.tell(menu)  # begins anew, after the caller was looked for
    floor.world.tell(CallLocated(call_id=CallId("c9"), as_of=then, found=None))
    assert floor.world.floor.tables.calls[CallId("c9")].state is CallState.IN_IVR


def test_a_fresh_order_may_not_show_yet_but_a_stale_one_is_undone(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    offer, made_at = call.now.offer_id, call.now.since
    floor.world.tell(FloorObserved(seen=seen(call, Place.WAITING, after(made_at, seconds(1.9)))))
    assert call.now.offer_id == offer
    floor.world.tell(FloorObserved(seen=seen(call, Place.WAITING, after(made_at, seconds(2)))))
    assert call.now.offer_id != offer


def test_an_arrived_caller_seen_in_the_menu_is_in_it(floor: SimFloor) -> None:
    call = floor.caller("+331")
    floor.wait(seconds=1)
    assert call.now.state is CallState.ARRIVED
    floor.world.tell(FloorObserved(seen=seen(call, Place.IN_IVR, floor.world.now)))
    assert call.now.state is CallState.IN_IVR


def test_a_caller_seen_talking_with_another_agent_than_he_is_offered_to_is_not_given_to_either(
    floor: SimFloor,
) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    with_ben = seen(call, Place.TALKING, after(floor.world.now, seconds(1)), agent_id=AgentId("ben"))
    floor.world.tell(FloorObserved(seen=with_ben))
    assert (call.now.state, floor.agent("ana").state) == (CallState.OFFERED, AgentState.OFFERED)


def test_a_conversation_found_keeps_its_class_if_the_caller_comes_back_to_wait(floor: SimFloor) -> None:
    call = OneCaller(floor, floor.world.arrives("+331", call_id=CallId("c1")))
    floor.world._plans.clear()  # nobody reported him
    talk = {"agent_id": AgentId("ana"), "offer_id": OfferId("old-1"), "call_class": CallClass.VIP}
    floor.world.tell(LinkRestored(seen=seen(call, Place.TALKING, floor.world.now, **talk)))
    floor.wait(seconds=5)
    floor.world.tell(FloorObserved(seen=seen(call, Place.WAITING, floor.world.now)))
    assert (call.now.state, call.now.call_class) == (CallState.WAITING, CallClass.VIP)


# -- what agents ask for -------------------------------------------------------------------------


def test_who_takes_back_his_break_while_talking_is_ready_afterwards(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    call = floor.caller("+331").enters("support")
    floor.wait(seconds=3)
    floor.agent("ana").sets_not_ready()
    assert floor.agent("ana").sets_ready() is None
    call.hangs_up()
    floor.wait(seconds=11)
    assert floor.agent("ana").state is AgentState.READY


def test_asking_for_what_is_already_so_changes_nothing_and_for_another_reason_does(floor: SimFloor) -> None:
    agent = floor.agent("ana")
    agent.sets_not_ready(NotReadyReason("lunch"))
    agent.sets_not_ready(NotReadyReason("lunch"))
    agent.sets_not_ready(NotReadyReason("meeting"))
    agent.sets_ready()
    agent.sets_ready()
    agent.logs_out()
    agent.logs_out()
    told = [(e.now, e.reason) for e in floor.events(AgentStateChanged)]
    assert told == [
        (AgentState.NOT_READY, NotReadyReason("lunch")),
        (AgentState.NOT_READY, NotReadyReason("meeting")),
        (AgentState.READY, None),
        (AgentState.LOGGED_OUT, None),
    ]


def test_who_was_logged_out_stays_so_and_who_acts_before_he_is_remembered_is_what_he_says(
    floor: SimFloor,
) -> None:
    out = AgentRemembered(agent_id=AgentId("ana"), state=AgentState.LOGGED_OUT, reason=None)
    assert floor.world.tell(out) == ()
    floor.agents("ben").ready()
    lunch = NotReadyReason("lunch")
    floor.world.tell(AgentRemembered(agent_id=AgentId("ben"), state=AgentState.NOT_READY, reason=lunch))
    assert (floor.agent("ana").state, floor.agent("ben").state) == (AgentState.LOGGED_OUT, AgentState.READY)


def test_news_of_strangers_is_no_news(floor: SimFloor) -> None:
    assert floor.world.tell(AgentRinging(offer_id=OfferId("nobody's"))) == ()
    zoe = AgentRemembered(agent_id=AgentId("zoe"), state=AgentState.READY, reason=None)
    assert floor.world.tell(zoe) == ()
