"""Several phones ring for one caller: one winner, and the others keep their turn."""

import pytest

from acd.agent import AgentState
from acd.call import CallState, Outcome
from acd.call_events import CallConnected
from acd.explain import why_waiting
from acd.ids import AgentId, OfferId
from acd.link_signals import LinkRestored
from acd.observation import LiveCall, Place
from acd.offer import OfferEnd
from acd.offer_events import OfferEnded, OfferMade, RoutingDecided
from acd.offer_signals import AgentAnswered, OfferFailed, OrderFailed
from acd.orders import Phone, RecallCaller, RingAgent, RingAgents, StopRinging
from acd.reasons import EngineReason
from tests.sim_floor import OneCaller, SimFloor, StopsRinging, rules_of

READY, NOT_READY, LOGGED_OUT = AgentState.READY, AgentState.NOT_READY, AgentState.LOGGED_OUT
TALKING, OFFERED = AgentState.TALKING, AgentState.OFFERED


def house(*agents: str, most: int = 3) -> SimFloor:
    """Agents of one skill who are ready in this order, and a queue that rings several of them."""
    floor = SimFloor(rules_of({name: {"s": 5} for name in agents}, {"s": {"s": 1}}, ring_most=most))
    floor.agents(*agents).ready()
    return floor


def caller(floor: SimFloor, number: str = "+331") -> OneCaller:
    call = floor.caller(number).enters("s")
    floor.wait(seconds=0.1)
    return call


def ends(floor: SimFloor) -> list[tuple[str, OfferEnd]]:
    return [(e.agent_id, e.how) for e in floor.events(OfferEnded)]


def test_as_many_phones_ring_as_the_queue_says_and_the_first_who_answers_has_the_caller() -> None:
    floor = house("ana", "ben", "cleo", "dan")
    for name, after in (("ana", 5.0), ("ben", 2.0), ("cleo", 3.0)):
        floor.agent(name).answers_after(after)
    turns = {name: floor.agent(name).now.ready_since for name in ("ana", "cleo")}
    call = caller(floor)
    assert sorted(call.agents_offered) == ["ana", "ben", "cleo"]
    assert floor.agent("dan").state is READY
    (order,) = floor.events(RingAgents)
    assert [phone.agent_id for phone in order.phones] == ["ana", "ben", "cleo"]
    floor.wait(seconds=3)
    (told,) = floor.events(CallConnected)
    assert told.agent_id == "ben"
    won, lost = OfferEnd.ACCEPTED, OfferEnd.WITHDRAWN
    assert ends(floor) == [("ben", won), ("ana", lost), ("cleo", lost)]
    for name, turn in turns.items():
        assert (floor.agent(name).state, floor.agent(name).now.ready_since) == (READY, turn)
    call.hangs_up()
    floor.runs_dry()
    assert floor.everyone_ended_somewhere()


def test_every_phone_that_rings_has_its_reasons_on_record() -> None:
    floor = house("ana", "ben")
    caller(floor)
    first, along = floor.events(RoutingDecided)
    assert (first.agent_id, along.agent_id) == ("ana", "ben")
    assert along.because.startswith("his phone rings along")
    assert (along.rivals, along.rivals_unnamed) == ((), 0)


def test_phones_ring_along_only_when_nobody_else_waits_for_their_agents() -> None:
    floor = SimFloor(
        rules_of({name: {"s": 5} for name in ("ana", "ben", "cleo")}, {"s": {"s": 1}}, ring_most=3)
    )
    first, second = caller(floor), caller(floor, "+332")
    floor.world.cut_link()
    floor.agents("ana", "ben", "cleo").ready()
    floor.world.mend_link()  # all three are seen ready at once
    assert first.agents_offered == ["ana", "cleo"]
    assert second.agents_offered == ["ben"]


def test_who_rejects_is_out_and_the_others_ring_on() -> None:
    floor = house("ana", "ben")
    floor.agent("ana").rejects()
    floor.agent("ben").answers_after(3)
    call = caller(floor)
    floor.wait(seconds=1)
    assert (call.now.state, ends(floor)) == (CallState.OFFERED, [("ana", OfferEnd.REJECTED)])
    assert floor.agent("ana").now.reason == EngineReason.REJECTED
    floor.wait(seconds=3)
    assert floor.agent("ben").state is TALKING


def test_when_nobody_answers_all_of_them_are_deaf_and_the_caller_keeps_his_place() -> None:
    floor = house("ana", "ben", "cleo", most=2)
    for name in ("ana", "ben"):
        floor.agent(name).lets_it_ring()
    call = caller(floor)
    queued_at = call.now.queued_at
    floor.wait(seconds=16)
    assert [how for _, how in ends(floor)][:2] == [OfferEnd.NO_ANSWER] * 2
    assert call.agents_offered == ["ana", "ben", "cleo"]
    assert call.now.queued_at == queued_at
    assert {floor.agent(name).state for name in ("ana", "ben")} == {NOT_READY}


def test_when_the_caller_hangs_up_nobody_is_rung_into_silence() -> None:
    floor = house("ana", "ben")
    call = caller(floor)
    call.hangs_up()
    assert call.outcome is Outcome.ABANDONED
    assert ends(floor) == [("ana", OfferEnd.WITHDRAWN), ("ben", OfferEnd.WITHDRAWN)]
    assert (floor.agent("ana").state, floor.agent("ben").state) == (READY, READY)
    assert floor.told()[-2:] == [StopsRinging("ana"), StopsRinging("ben")]


def test_two_who_answer_at_the_same_moment_are_one_winner_and_one_who_is_free() -> None:
    floor = house("ana", "ben")
    caller(floor)
    first, second = (phone.offer_id for phone in floor.events(RingAgents)[0].phones)
    floor.world.tell(AgentAnswered(offer_id=second))
    floor.world.tell(AgentAnswered(offer_id=first))
    assert [told.agent_id for told in floor.events(CallConnected)] == ["ben"]
    assert (floor.agent("ana").state, floor.agent("ben").state) == (READY, TALKING)


def test_one_of_several_is_logged_out_by_force_and_the_others_ring_on() -> None:
    floor = house("ana", "ben")
    floor.agent("ben").answers_after(4)
    call = caller(floor)
    assert floor.agent("ana").is_forced(LOGGED_OUT) is None
    (stop,) = floor.events(StopRinging)
    assert stop.offer_id == floor.events(OfferMade)[0].offer_id
    assert not floor.events(RecallCaller)
    assert (call.now.state, floor.agent("ana").state) == (CallState.OFFERED, LOGGED_OUT)
    floor.wait(seconds=5)
    assert floor.agent("ben").state is TALKING


def test_an_order_that_came_to_nothing_frees_everybody() -> None:
    floor = house("ana", "ben")
    call = caller(floor)
    floor.world.tell(OrderFailed(offer_id=floor.events(RingAgents)[0].phones[0].offer_id, detail="no"))
    assert (call.now.state, floor.agent("ana").state) == (CallState.WAITING, READY)
    assert [how for _, how in ends(floor)] == [OfferEnd.WITHDRAWN] * 2


def test_one_ready_agent_is_rung_as_always() -> None:
    floor = house("ana")
    caller(floor)
    assert [ring.agent_id for ring in floor.events(RingAgent)] == ["ana"]
    assert not floor.events(RingAgents)


def test_why_he_waits_names_every_phone_that_rings() -> None:
    floor = house("ana", "ben")
    call = caller(floor)
    why = why_waiting(floor.world.floor.tables, call.now, floor.world.now)
    assert why is not None
    assert why.because == "the phones of ana, ben are being rung for him"


@pytest.mark.parametrize("strange", [False, True])
def test_after_a_restart_ringing_goes_on_unless_it_makes_no_sense(strange: bool) -> None:
    floor = house("ana", "ben")
    caller(floor)
    (seen,) = floor.world.observation().calls
    assert seen.place is Place.RINGING
    fresh = SimFloor(floor.world.rules)
    fresh.world.calls = floor.world.calls
    if strange:
        ghost = (Phone(offer_id=OfferId("x-9"), agent_id=AgentId("zoe")),)
        (call,) = fresh.world.calls.values()
        call.rung = (*call.rung, *ghost)
    fresh.world.tell(LinkRestored(seen=fresh.world.observation()))
    assert bool(fresh.events(RecallCaller)) == strange
    states = {fresh.agent(name).state for name in ("ana", "ben")}
    assert (states == {OFFERED}) == (not strange)
    if not strange:
        fresh.world.tell(AgentAnswered(offer_id=seen.also_ringing[0].offer_id))
        assert fresh.agent("ben").state is TALKING
        assert fresh.agent("ana").now.offer_id is None


def test_a_winner_found_talking_after_the_link_was_away_has_won() -> None:
    floor = house("ana", "ben")
    floor.agent("ben").answers_after(2)
    floor.agent("ana").lets_it_ring()
    caller(floor)
    floor.wait(seconds=1)
    floor.world.cut_link()
    floor.wait(seconds=5)
    floor.world.mend_link()
    assert (floor.agent("ana").state, floor.agent("ben").state) == (READY, TALKING)
    assert dict(ends(floor)) == {"ben": OfferEnd.ACCEPTED, "ana": OfferEnd.WITHDRAWN}


def test_late_and_double_news_of_losers_changes_nothing() -> None:
    floor = house("ana", "ben")
    floor.agent("ben").answers_after(1)
    caller(floor)
    lost = floor.events(RingAgents)[0].phones[0].offer_id
    floor.wait(seconds=2)
    for _ in range(2):
        floor.world.tell(OfferFailed(offer_id=lost, why=_cancelled()))
    assert len(ends(floor)) == 2


def _cancelled() -> object:
    from acd.offer_signals import Failure

    return Failure.CANCELLED


def test_shown_by_the_world_a_call_names_every_phone() -> None:
    floor = house("ana", "ben")
    caller(floor)
    (seen,) = floor.world.observation().calls
    assert isinstance(seen, LiveCall)
    assert [phone.agent_id for phone in seen.also_ringing] == ["ben"]
