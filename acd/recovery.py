"""Recovery is not replay: make the tables agree with what the world shows, call by call.

What changed here at or after an observation was asked for is newer than the observation and stays.
"""

from acd import agents, callback_attempts, callback_recovery, calls, journey, leaving, offers, transfers
from acd.agent import AgentState
from acd.agent_events import Because
from acd.call import Call, CallState, Outcome, Presence
from acd.classing import BEFORE_RESTART
from acd.events import LinkChanged
from acd.ids import QueueId
from acd.instant import Instant, Span, after
from acd.leaving import ORDER_SETTLES
from acd.link_signals import CallLocated, LinkLost, LinkRestored
from acd.observation import LiveCall, Observation, Place
from acd.offer import Offer
from acd.offer_signals import PhoneChanged
from acd.orders import CancelDial, RecallCaller, Standing
from acd.overflow_rules import Way
from acd.tables import Tables
from acd.timers import TimerKind


def link_lost(t: Tables, s: LinkLost, at: Instant) -> None:
    """Orders reach nobody: offer nothing until the link is back. Leases wait for the truth."""
    t.link_up = False
    t.tell(LinkChanged(up=False, reason=s.reason))


def link_restored(t: Tables, s: LinkRestored, at: Instant) -> None:
    """The link is back: believe the world, then go on serving."""
    pending, t.link_up = t.link_up, True  # a link that never broke may still carry orders
    t.tell(LinkChanged(up=True, reason=f"{len(s.seen.calls)} calls found"))
    observe(t, s.seen, at, orders_pending=pending)
    for offer in list(t.offers.values()):  # leases that ran out while nobody could tell
        if offer.expires_at <= at:
            t.timers.set(TimerKind.OFFER_LEASE, offer.offer_id, after(at, t.rules.offer_grace))
    for queue_id, line in t.in_queue.items():  # nobody was moved meanwhile
        if t.moves_callers(queue_id):
            t.to_consider.update(dict.fromkeys(line))
        else:
            t.to_consider.update((call_id, None) for call_id in line if t.moves(t.calls[call_id]))
    t.matching.everything_unsettled()  # whoever became free meanwhile was not matched


def observe(t: Tables, seen: Observation, at: Instant, *, orders_pending: bool) -> None:
    """Compare everything we believe with everything that was seen."""
    for agent_id in t.agents:
        agents.phone_changed(t, PhoneChanged(agent_id=agent_id, reachable=agent_id in seen.reachable), at)
    live = {call.call_id: call for call in seen.calls}
    for call in list(t.calls.values()):
        reconcile(t, call, live.get(call.call_id), seen.as_of, at, orders_pending=orders_pending)
    for found in seen.calls:
        if found.call_id not in t.calls and not _over(t, found, seen.as_of):
            adopt(t, found, at)


def located(t: Tables, s: CallLocated, at: Instant) -> None:
    """The answer about one call."""
    call = t.calls.get(s.call_id)
    if s.found is not None and s.found.call_id != s.call_id:
        return  # an answer to another question
    if call is not None:
        reconcile(t, call, s.found, s.as_of, at, orders_pending=True)
    elif s.found is not None and not _over(t, s.found, s.as_of):
        adopt(t, s.found, at)


def _over(t: Tables, found: LiveCall, as_of: Instant) -> bool:
    """Whether this call has ended and what was seen is only its channel going. Whoever is in the waiting room
    long after his end was cut off from his agent, and waits: nobody else would ever serve him.
    """
    ended_at = t.ended_calls.get(found.call_id)
    if ended_at is None:
        return False
    return found.place is not Place.WAITING or as_of <= after(ended_at, ORDER_SETTLES)


def reconcile(
    t: Tables, call: Call, found: LiveCall | None, as_of: Instant, at: Instant, *, orders_pending: bool
) -> None:
    """Make one known call agree with what was seen of it; None means its channel does not exist.

    ``orders_pending``: a fresh order to ring may still be on its way, so a caller seen waiting proves nothing
    yet. After the link was lost none is: it was carried out before, or never will be.
    """
    if call.touched >= as_of:
        return
    if call.presence is Presence.CALLBACK:
        if orders_pending and _just_ordered(t, call, as_of):
            return
        if found is None:
            callback_attempts.line_gone(t, call, at)
            return
        if not callback_recovery.agree(t, call, found, at):
            return
    if found is None:
        journey.gone(t, call, at, Outcome.LOST, Outcome.LOST)
        return
    _agree(t, call, found, as_of, at, orders_pending=orders_pending)


def _agree(
    t: Tables, call: Call, found: LiveCall, as_of: Instant, at: Instant, *, orders_pending: bool
) -> None:
    match found.place:
        case Place.IN_IVR:
            if call.state is CallState.ARRIVED:
                calls.move(t, call, CallState.IN_IVR, at)
            elif call.state is CallState.CONNECTED and call.brief.returns:
                calls.return_to_flow(t, call, at)
            elif call.state is CallState.TRANSFERRED:
                transfers.found_in_flow(t, call, as_of, at)
        case Place.TRANSFERRED:
            transfers.found(t, call, found, at)
        case Place.WAITING if call.state is CallState.LEAVING:
            leaving.found_waiting(t, call, as_of, at, orders_pending=orders_pending)
        case Place.LEAVING_MESSAGE | Place.FAREWELL if call.state is CallState.LEAVING:
            leaving.confirm(t, call, at)
        case Place.LEAVING_MESSAGE | Place.FAREWELL:
            _found_leaving(t, call, found, at)
        case Place.WAITING:
            if not (orders_pending and _just_ordered(t, call, as_of)):
                _found_waiting(t, call, found, at)
        case Place.RINGING:
            if call.state is CallState.WAITING and found.offer_id is not None:
                t.order(RecallCaller(call_id=call.call_id, offer_id=found.offer_id))
        case Place.TALKING:
            _found_talking(t, call, found, at)


def _just_ordered(t: Tables, call: Call, as_of: Instant) -> bool:
    offer = t.offers.get(call.offer_id) if call.offer_id is not None else None
    return offer is not None and as_of < after(offer.made_at, ORDER_SETTLES)


def _found_waiting(t: Tables, call: Call, found: LiveCall, at: Instant) -> None:
    queue = _queue(t, found)
    match call.state:
        case CallState.OFFERED:
            offers.withdraw_all(t, call, at)
            calls.move(t, call, CallState.WAITING, at)
            calls.enter_waiting_room(t, call, at)
        case CallState.WAITING if not call.in_waiting_room:
            calls.enter_waiting_room(t, call, at)
        case CallState.ARRIVED | CallState.IN_IVR if call.will_be_called:
            pass  # he hears the last of his good-bye
        case CallState.ARRIVED | CallState.IN_IVR if found.queue_id is not None and queue is not None:
            calls.take_brief(call, found.brief)
            _queue_again(t, call, queue, found, at)
            calls.enter_waiting_room(t, call, at)
        case CallState.CONNECTED if queue is not None:
            calls.leave_conversation(t, call, call.queue_id or queue, at)
        case _:
            pass


def _found_leaving(t: Tables, call: Call, found: LiveCall, at: Instant) -> None:
    """An earlier run sent him away."""
    if call.state in (CallState.ARRIVED, CallState.IN_IVR):
        leaving.found(
            t, call, Way.VOICEMAIL if found.place is Place.LEAVING_MESSAGE else Way.ANNOUNCEMENT, at
        )


def _found_talking(t: Tables, call: Call, found: LiveCall, at: Instant) -> None:
    agent = t.agents.get(found.agent_id) if found.agent_id is not None else None
    if call.state is CallState.CONNECTED or agent is None:
        return
    if call.state is CallState.OFFERED:
        for offer in (t.offers[offer_id] for offer_id in call.offer_ids):
            if offer.agent_id == agent.agent_id:
                offers.accept(t, offer, at)
    elif agent.state not in agents.BUSY:
        calls.connect(t, call, agent, found.offer_id, at, Because.FOUND_TALKING)


def adopt(t: Tables, found: LiveCall, at: Instant) -> None:
    """Take in a call we have never heard of: the engine was away when it came."""
    t.ended_calls.pop(found.call_id, None)
    if found.callback is not None and not found.we_called:
        _adopt_callback(t, found, at)
        return
    if found.callback is not None and found.place is not Place.TALKING:  # an agent asked; he may ask again
        t.order(CancelDial(call_id=found.call_id))
        return
    call = calls.start(
        t, found.call_id, found.caller, found.dialled, at, found=True, we_called=found.we_called
    )
    calls.take_brief(call, found.brief)
    queue = _queue(t, found)
    match found.place:
        case Place.WAITING if queue is not None:
            _queue_again(t, call, queue, found, at)
            calls.enter_waiting_room(t, call, at)
        case Place.RINGING if queue is not None:
            _queue_again(t, call, queue, found, at)
            _adopt_offers(t, call, found, at)
        case Place.TALKING:
            call.class_because = BEFORE_RESTART
            call.queue_id = found.queue_id if found.queue_id in t.rules.queues else None
            call.call_class, call.queued_at = found.call_class, _since(found, at)
            call.boost = _boost(t, found)
            _found_talking(t, call, found, at)
        case Place.LEAVING_MESSAGE | Place.FAREWELL:
            _found_leaving(t, call, found, at)
        case Place.TRANSFERRED:
            transfers.found(t, call, found, at)
        case _:
            calls.move(t, call, CallState.IN_IVR, at)
            if found.queued_at is not None:  # he came back from a queue
                call.waits_since, call.left_queue_at = _since(found, at), at
                call.boost = _boost(t, found)


def _adopt_callback(t: Tables, found: LiveCall, at: Instant) -> None:
    queue = _queue(t, found)
    assert queue is not None
    kept = Standing(
        queue_id=queue,
        call_class=found.call_class,
        queued_at=_since(found, at),
        boost=_boost(t, found),
        brief=found.brief,
    )
    call = callback_recovery.adopt(t, found, t.rules.queues[queue], kept, at)
    if call is not None and callback_recovery.agree(t, call, found, at):
        _agree(t, call, found, at, at, orders_pending=False)


def _queue(t: Tables, found: LiveCall) -> QueueId | None:
    """His queue; when the rules no longer know it, the first one, so that he is served by somebody."""
    if found.queue_id is not None and found.queue_id in t.rules.queues:
        return found.queue_id
    return next(iter(t.rules.queues), None)


def _since(found: LiveCall, at: Instant) -> Instant:
    """When he began to wait; never in the future, whatever a clock said in an earlier run."""
    return at if found.queued_at is None else min(found.queued_at, at)


def _queue_again(t: Tables, call: Call, queue: QueueId, found: LiveCall, at: Instant) -> None:
    """He waits, as he did in an earlier run: nobody asks at the door."""
    call.class_because = BEFORE_RESTART
    since = _since(found, at)
    joined = since if found.joined_at is None else max(since, min(found.joined_at, at))
    calls.enqueue(t, call, queue, found.call_class, since, _boost(t, found), at, joined)


def _boost(t: Tables, found: LiveCall) -> Span:
    """His credit, within what the rules give today."""
    return min(max(found.boost, Span(0)), t.rules.returning.boost)


def _adopt_offers(t: Tables, call: Call, found: LiveCall, at: Instant) -> None:
    """Take over the phones that ring for him; if one of them makes no sense, ring anew."""
    if found.offer_id is None:
        return
    rung = [(found.offer_id, found.agent_id), *((one.offer_id, one.agent_id) for one in found.also_ringing)]
    known = any(t.knows_offer(offer_id) for offer_id, _ in rung)
    theirs = [t.agents.get(agent_id) for _, agent_id in rung if agent_id is not None]
    free = [agent for agent in theirs if agent is not None and agent.state not in agents.BUSY]
    names = {agent.agent_id for agent in free}
    if known or len(names) < len(rung) or len({offer_id for offer_id, _ in rung}) < len(rung):
        t.order(RecallCaller(call_id=call.call_id, offer_id=found.offer_id))
        return
    assert call.queue_id is not None
    queue = t.rules.queues[call.queue_id]
    calls.leave_waiting_room(t, call)
    calls.move(t, call, CallState.OFFERED, at)
    for (offer_id, _), agent in zip(rung, free, strict=True):
        offer = Offer(
            offer_id=offer_id,
            call_id=call.call_id,
            agent_id=agent.agent_id,
            made_at=at,
            expires_at=after(after(at, queue.ring_timeout), t.rules.offer_grace),
        )
        offers.hold(t, call, offer)
        agents.move(t, agent, AgentState.OFFERED, at, Because.FOUND_RINGING)
        agent.offer_id, agent.call_id = offer_id, call.call_id
