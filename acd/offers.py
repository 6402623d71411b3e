"""What happens to offers: made, accepted, failed, expired; each ends exactly once."""

from acd import agents, bars, dialling, failures, preferred
from acd.agent import Agent, AgentState
from acd.agent_events import Because
from acd.call import Call, CallState
from acd.calls import connect, end_conversation, leave_waiting_room, move, return_to_flow, search
from acd.ids import OfferId
from acd.instant import Instant
from acd.offer import Offer, OfferEnd
from acd.offer_events import AgentRang, OfferEnded, OfferMade, RoutingDecided
from acd.offer_signals import (
    AgentAnswered,
    AgentHungUp,
    AgentRinging,
    Failure,
    OfferFailed,
    OrderFailed,
    OrderUnconfirmed,
)
from acd.orders import LocateCall, Phone, RecallCaller, RingAgents, StopRinging
from acd.policy import another, explain_agents, explain_rivals, score_of
from acd.priority import within_class
from acd.rules import QueueRules
from acd.tables import Tables
from acd.timers import TimerKind


def make(t: Tables, call: Call, agent: Agent, at: Instant, because: str) -> None:
    """Reserve the call with the agent and have his phone rung; tell why."""
    assert call.queue_id is not None
    queue = t.rules.queues[call.queue_id]
    decided = _decided(t, call, agent, at, because) if t.explains else None
    alone = call.waits_for is not None or call.call_id == t.in_hand or call.callback is not None
    preferred.stop(t, call)
    leave_waiting_room(t, call)
    move(t, call, CallState.OFFERED, at)
    bars.offered_to(t, call, agent, at)
    offer = _reserve(t, call, agent, queue, at, decided)
    if queue.ring_most > 1 and not alone:  # whoever waited for his own agent is not given to others
        t.to_ring[call.call_id] = None
    else:
        dialling.ring(t, call, agent, offer, queue.ring_timeout, at)


def ring_more(t: Tables, at: Instant) -> None:
    """Everybody had his turn: whoever is ready still may ring along for callers whose queue rings several.
    Whose wait is counted from first gets them first. Then the phones are ordered to ring.
    """
    calls = [t.calls[call_id] for call_id in t.to_ring]
    t.to_ring.clear()
    for call in sorted(calls, key=within_class):
        assert call.queue_id is not None
        queue = t.rules.queues[call.queue_id]
        while len(call.offer_ids) < queue.ring_most and (agent := another(t, call, at)) is not None:
            decided = _decided(t, call, agent, at, RINGS_ALONG, in_line=False) if t.explains else None
            bars.offered_to(t, call, agent, at)
            _reserve(t, call, agent, queue, at, decided)
        held = [t.offers[offer_id] for offer_id in call.offer_ids]
        if len(held) > 1:
            phones = tuple(Phone(offer_id=offer.offer_id, agent_id=offer.agent_id) for offer in held)
            t.order(RingAgents(call_id=call.call_id, phones=phones, ring_timeout=queue.ring_timeout))
        else:
            dialling.ring(t, call, t.agents[held[0].agent_id], held[0], queue.ring_timeout, at)


RINGS_ALONG = "his phone rings along: nobody else was waiting for him, and the queue rings several"


def _reserve(
    t: Tables, call: Call, agent: Agent, queue: QueueRules, at: Instant, decided: RoutingDecided | None
) -> Offer:
    """Reserve a call that is being offered with one agent, and tell."""
    assert agent.offer_id is None
    offer = Offer(
        offer_id=decided.offer_id if decided is not None else t.next_offer_id(),
        call_id=call.call_id,
        agent_id=agent.agent_id,
        made_at=at,
        expires_at=dialling.lasts_until(t, call, queue.ring_timeout, at),
    )
    hold(t, call, offer)
    call.offers_made += 1
    t.chosen_last[queue.queue_id] = agent.agent_id
    t.tell(
        OfferMade(
            offer_id=offer.offer_id,
            call_id=call.call_id,
            agent_id=agent.agent_id,
            queue_id=queue.queue_id,
            expires_at=offer.expires_at,
            customer_id=call.customer_id,
            data=call.brief.data,
        )
    )
    agents.move(t, agent, AgentState.OFFERED, at, Because.OFFER_MADE)
    agent.offer_id, agent.call_id = offer.offer_id, call.call_id
    if decided is not None:
        t.tell(decided)
    return offer


def hold(t: Tables, call: Call, offer: Offer) -> None:
    """Note a live offer of a call, and when it ends if nobody says how."""
    t.offers[offer.offer_id] = offer
    t.timers.set(TimerKind.OFFER_LEASE, offer.offer_id, offer.expires_at)
    call.offer_ids = (*call.offer_ids, offer.offer_id)


def _decided(
    t: Tables, call: Call, agent: Agent, at: Instant, because: str, *, in_line: bool = True
) -> RoutingDecided:
    """Why he got the call; asked before the agent leaves the index, and the call, unless it has already."""
    assert call.queue_id is not None
    candidates, candidates_unnamed = explain_agents(t, call, agent, at)
    rivals, rivals_unnamed = explain_rivals(t, call, agent, at, in_line=in_line)
    return RoutingDecided(
        offer_id=t.next_offer_id(),
        call_id=call.call_id,
        agent_id=agent.agent_id,
        queue_id=call.queue_id,
        because=because,
        score=score_of(t, call, at),
        candidates=candidates,
        candidates_unnamed=candidates_unnamed,
        rivals=rivals,
        rivals_unnamed=rivals_unnamed,
        requirement=call.requirement.text,
        rules_version=t.rules_version,
    )


def end(t: Tables, offer: Offer, how: OfferEnd) -> None:
    """Close an offer; asserts that it was open."""
    del t.offers[offer.offer_id]
    t.timers.cancel(TimerKind.OFFER_LEASE, offer.offer_id)
    t.remember_offer(offer)
    call = t.calls[offer.call_id]
    call.offer_ids = tuple(offer_id for offer_id in call.offer_ids if offer_id != offer.offer_id)
    t.tell(OfferEnded(offer_id=offer.offer_id, call_id=offer.call_id, agent_id=offer.agent_id, how=how))


def withdraw(t: Tables, offer: Offer, at: Instant) -> None:
    """End an offer through no fault of the agent: he keeps his turn. The call is left to who asks."""
    end(t, offer, OfferEnd.WITHDRAWN)
    agents.release(t, t.agents[offer.agent_id], at, Because.OFFER_WITHDRAWN, keep_turn=True)


def withdraw_all(t: Tables, call: Call, at: Instant) -> None:
    """The same for every phone that rings for a caller."""
    for offer_id in call.offer_ids:
        withdraw(t, t.offers[offer_id], at)


def give_up(t: Tables, offer: Offer, at: Instant) -> None:
    """Stop ringing the agent's phone; if no other rings for him, the caller goes back to his place."""
    withdraw(t, offer, at)
    if _unless_others_ring(t, offer, at):
        t.order(RecallCaller(call_id=offer.call_id, offer_id=offer.offer_id))
    else:
        t.order(StopRinging(call_id=offer.call_id, offer_id=offer.offer_id))


def _not_taken(t: Tables, offer: Offer, how: OfferEnd, at: Instant) -> bool:
    """The agent did not take it: he by the rules' policy, the caller back to his place if nobody else's phone
    rings for him. Whether that is so.
    """
    call = t.calls[offer.call_id]
    assert call.queue_id is not None
    end(t, offer, how)
    policy = t.rules.failure_policy(call.queue_id, how)
    bars.put(t, call, t.agents[offer.agent_id], how, policy.not_again, at)
    failures.follow(t, t.agents[offer.agent_id], call.queue_id, how, at)
    return _unless_others_ring(t, offer, at)


def _unless_others_ring(t: Tables, offer: Offer, at: Instant) -> bool:
    """The caller is on his way back to the waiting room, his place in line untouched; whether he is."""
    call = t.calls[offer.call_id]
    if call.offer_ids:
        return False
    move(t, call, CallState.WAITING, at)
    search(t, call, at)
    return True


def ringing(t: Tables, s: AgentRinging, at: Instant) -> None:
    """The phone rings: worth telling, changes nothing."""
    offer = t.offers.get(s.offer_id)
    if offer is not None:
        t.tell(AgentRang(offer_id=offer.offer_id, call_id=offer.call_id, agent_id=offer.agent_id))


def answered(t: Tables, s: AgentAnswered, at: Instant) -> None:
    """Caller and agent are talking. Late news is believed too, when nobody else has the call by now; but not
    against the caller's own channel, seen back in the waiting room since.
    """
    offer = t.offers.get(s.offer_id)
    if offer is not None:
        accept(t, offer, at)
        return
    late = t.ended_offers.get(s.offer_id)
    if late is None or late.call_id not in t.calls or s.offer_id in t.talking:
        return
    call, agent = t.calls[late.call_id], t.agents[late.agent_id]
    between = call.state is CallState.WAITING and not call.in_waiting_room
    if between and agent.state not in agents.BUSY:
        connect(t, call, agent, s.offer_id, at, Because.ANSWERED)
    else:
        t.order(LocateCall(call_id=call.call_id))


def accept(t: Tables, offer: Offer, at: Instant) -> None:
    """A live offer was answered."""
    call, agent = t.calls[offer.call_id], t.agents[offer.agent_id]
    end(t, offer, OfferEnd.ACCEPTED)
    withdraw_all(t, call, at)
    connect(t, call, agent, offer.offer_id, at, Because.ANSWERED)


def failed(t: Tables, s: OfferFailed, at: Instant) -> None:
    """Ringing came to nothing: the agent by the reason's policy, the caller back to his place in line."""
    offer = t.offers.get(s.offer_id)
    if offer is None:
        return
    if s.why is Failure.CANCELLED:
        withdraw(t, offer, at)
        _unless_others_ring(t, offer, at)
    else:
        _not_taken(t, offer, _ENDS[s.why], at)


_ENDS = {
    Failure.NO_ANSWER: OfferEnd.NO_ANSWER,
    Failure.REJECTED: OfferEnd.REJECTED,
    Failure.BUSY: OfferEnd.BUSY,
    Failure.UNREACHABLE: OfferEnd.UNREACHABLE,
}


def lease_over(t: Tables, name: str, at: Instant) -> None:
    """Nobody said how the ringing went. While the link is down nobody can: truth comes back with it."""
    offer = t.offers.get(OfferId(name))
    if offer is None or not t.link_up:
        return
    if _not_taken(t, offer, OfferEnd.EXPIRED, at):
        t.order(LocateCall(call_id=offer.call_id))


def order_failed(t: Tables, s: OrderFailed, at: Instant) -> None:
    """No phone was rung; the caller is where he was or gone, which is asked after a moment."""
    offer = t.offers.get(s.offer_id)
    if offer is not None:
        withdraw_all(t, t.calls[offer.call_id], at)
        _unless_others_ring(t, offer, at)


def order_unconfirmed(t: Tables, s: OrderUnconfirmed, at: Instant) -> None:
    """Never order again blindly: nobody is offered this caller until it is known where he is."""
    offer = t.offers.get(s.offer_id)
    if offer is not None:
        withdraw_all(t, t.calls[offer.call_id], at)
        _unless_others_ring(t, offer, at)
        if t.link_up:
            t.order(LocateCall(call_id=offer.call_id))


def agent_hung_up(t: Tables, s: AgentHungUp, at: Instant) -> None:
    """The agent's leg is gone. While ringing that is no news; while talking it ends the conversation."""
    call_id = t.talking.get(s.offer_id)
    if call_id is None:
        return
    call = t.calls[call_id]
    if call.brief.returns:
        return_to_flow(t, call, at)
    else:
        end_conversation(t, call, at)
