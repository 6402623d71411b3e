"""What happens to callbacks: booked, due, offered, dialled, missed. Each ends exactly once.

A booked callback has no channel, and none is missed. When it is offered, a line of its name is ordered; from
then on it is *under way*, and whatever else was heard or not, the attempt is over when that line is gone. So
nobody is ever dialled twice for one decision: after doubt the world is asked whether the line exists.
"""

from dataclasses import replace

from acd import calls, dialling, offers, relaxation, wrapup
from acd.brief import NOTHING, Brief
from acd.call import Call, CallState, Outcome, Presence
from acd.callback import UNDER_WAY, WITHOUT_CHANNEL, Callback, CallbackOrder, CallbackState, DialFailure
from acd.callback_events import CallbackBooked, CallbackStateChanged, WhyCallback
from acd.callback_signals import CustomerAnswered, DialFailed, DialRefused
from acd.classing import BY_CALLBACK, classify
from acd.commands import CancelCallback
from acd.customer import Customer
from acd.events import Refused
from acd.ids import CallId, OfferId, QueueId
from acd.instant import Instant, Span, after, seconds
from acd.observation import LiveCall, Place
from acd.offer import Offer, OfferEnd
from acd.offer_signals import AgentAnswered, AgentRinging, OrderFailed, OrderUnconfirmed
from acd.orders import CancelDial, LocateCall, Standing
from acd.outside import refusal
from acd.remembered import CallbackRemembered, CallbacksRemembered
from acd.rules import QueueRules
from acd.tables import Tables
from acd.timers import TimerKind

ORDER_PAUSE = seconds(30)
"""How long a callback is left alone when its line could not be opened, or went without a word."""

SPOKEN = seconds(5)
"""How long an agent is told whom he is going to talk with before the customer's phone rings."""

# -- booking, waiting, giving up ------------------------------------------------------------------


def open_one(
    t: Tables,
    callback: Callback,
    kept: Standing | None,
    at: Instant,
    *,
    relaxed: int = 0,
    customer: Customer | None = None,
    brief: Brief = NOTHING,
    found: bool = False,
    since: Instant | None = None,
) -> Call:
    """A callback takes the place that was kept for it, at its step; without one, the end of the line, as it
    is now or will be at ``since``.
    """
    call = calls.start(t, callback.call_id, callback.number, "", at, found=found)
    call.callback, call.customer, call.class_because = callback, customer, BY_CALLBACK
    calls.take_brief(call, brief.for_callback())
    callback.since = at
    t.callbacks.add(callback)
    if kept is None:
        call_class, call.class_because = classify(t, call, None, at)
        boost = t.ledger.boost(call.party, at)
        kept = Standing(queue_id=callback.queue_id, call_class=call_class, queued_at=since or at, boost=boost)
    t.tell(
        CallbackBooked(
            call_id=callback.call_id,
            queue_id=callback.queue_id,
            number=callback.number,
            customer_id=callback.customer_id,
            from_call=callback.from_call,
            order=callback.order,
            call_class=kept.call_class,
            queued_at=kept.queued_at,
            boost=kept.boost,
            booked_at=callback.booked_at,
            not_before=callback.not_before,
            expires_at=callback.expires_at,
            brief=call.brief,
            asked_at=callback.asked_at,
        )
    )
    calls.enqueue(t, call, callback.queue_id, kept.call_class, kept.queued_at, kept.boost, at)
    relaxation.keep(t, call, relaxed)
    t.timers.cancel(TimerKind.LOCATE, call.call_id)
    return call


def doors_moved(t: Tables, at: Instant) -> None:
    """Queues opened, closed or got other rules: what that means for their callbacks."""
    queues, t.doors_moved = t.doors_moved, {}
    for callback in [one for one in t.callbacks if one.queue_id in queues]:
        call = t.calls.get(callback.call_id)
        if call is not None and callback.state in WITHOUT_CHANNEL:
            settle(t, call, at, WhyCallback.ITS_TIME)


def may_not_go(t: Tables, callback: Callback) -> str | None:
    """Why this callback may not be dialled as things stand, its own times apart; None when it may."""
    if callback.dial_for is not None:
        return refusal(t.rules.outside, callback.number)
    door = t.doors[callback.queue_id]
    if not door.is_open:
        return f"its queue is {door.why}"
    if t.rules.queues[callback.queue_id].callback is None:
        return "its queue does not call back any more"
    return refusal(t.rules.outside, callback.number)


def settle(t: Tables, call: Call, at: Instant, because: str) -> None:
    """Decide what a callback without a line does now: it is due, goes on waiting, or is given up."""
    callback = call.callback
    assert callback is not None
    assert call.state is CallState.WAITING
    t.timers.cancel(TimerKind.LOCATE, call.call_id)
    if callback.expires_at <= at:
        give_up(t, call, CallbackState.EXPIRED, at, WhyCallback.OUT_OF_TIME)
        return
    if callback.dial_for is not None and because != WhyCallback.ITS_TIME:  # it was tried
        give_up(t, call, CallbackState.FAILED, at, because)
        return
    wakes_at = callback.expires_at
    if may_not_go(t, callback) is not None:
        closed = not t.doors[callback.queue_id].is_open
        _stay_booked(t, call, at, WhyCallback.CLOSED if closed else WhyCallback.NOT_ALLOWED)
    elif callback.not_before > at:
        wakes_at = min(wakes_at, callback.not_before)
        _stay_booked(t, call, at, because)
    elif callback.state is not CallbackState.DUE:
        dialling.move(t, callback, CallbackState.DUE, at, because)
        calls.enter_waiting_room(t, call, at)
    t.timers.set(TimerKind.CALLBACK, call.call_id, wakes_at)


def _stay_booked(t: Tables, call: Call, at: Instant, because: str) -> None:
    assert call.callback is not None
    if call.callback.state is not CallbackState.BOOKED:
        dialling.move(t, call.callback, CallbackState.BOOKED, at, because)
    calls.leave_waiting_room(t, call)
    t.matching.index_call(call)


def moment_came(t: Tables, name: str, at: Instant) -> None:
    """Its deadline fell due: its moment has come, or its time is over."""
    settle(t, t.calls[CallId(name)], at, WhyCallback.ITS_TIME)


def give_up(t: Tables, call: Call, how: CallbackState, at: Instant, because: str) -> None:
    """It ends without a conversation; a live offer must have ended before."""
    assert call.callback is not None
    dialling.move(t, call.callback, how, at, because)
    cancelled = how is CallbackState.CANCELLED
    calls.end(t, call, Outcome.CANCELLED if cancelled else Outcome.MISSED_CALLBACK, at)


def cancel(t: Tables, c: CancelCallback, at: Instant) -> None:
    """Somebody takes it back."""
    call = t.calls.get(c.call_id)
    if call is None or call.callback is None:
        t.tell(Refused(reason=f"there is no open callback {c.call_id}"))
    elif call.presence is Presence.CHANNEL:
        t.tell(Refused(reason="the customer is on the line"))
    else:
        call_off(t, call, at, WhyCallback.ASKED)


def call_off(t: Tables, call: Call, at: Instant, because: str) -> None:
    """Take it back wherever it stands, and close its line if there may be one."""
    assert call.callback is not None
    under_way = call.callback.state in UNDER_WAY
    if call.state is CallState.OFFERED:
        _free_agent(t, call, at)
    give_up(t, call, CallbackState.CANCELLED, at, because)
    if under_way:
        t.order(CancelDial(call_id=call.call_id))


def take_over(t: Tables, call: Call, queue_id: QueueId, at: Instant) -> tuple[Standing, int] | None:
    """Who calls in while his callback waits in the same queue gets the place it kept, with its step.

    While he is being dialled it stays: one of the two ways leads to an agent, and the other then ends.
    """
    callback = t.callbacks.of(call.caller, call.customer_id)
    if callback is None or callback.queue_id != queue_id or callback.state is CallbackState.DIALLING:
        return None
    kept = t.calls[callback.call_id]
    if kept.presence is Presence.CHANNEL:
        return None
    place = dialling.standing(kept), kept.relaxed
    call_off(t, kept, at, WhyCallback.CALLED_IN)
    return place


# -- an attempt: an agent, then the customer, or the other way round --------------------------------------


def agent_rings(t: Tables, s: AgentRinging, at: Instant) -> None:
    """The agent's phone rings: if he does not answer, it is he who did not."""
    offer = t.offers.get(s.offer_id)
    callback = t.calls[offer.call_id].callback if offer is not None else None
    if callback is not None:
        callback.agent_rang = True
    offers.ringing(t, s, at)


def agent_answered(t: Tables, s: AgentAnswered, at: Instant) -> None:
    """Of a callback the agent alone is on the line: now dial the customer, if that is still right. Late he
    holds a line that is on its way out, and talks with nobody.
    """
    offer = t.offers.get(s.offer_id)
    callback = t.calls[offer.call_id].callback if offer is not None else None
    late = t.ended_offers.get(s.offer_id)
    if late is not None and (call := t.calls.get(late.call_id)) and call.presence is Presence.CALLBACK:
        t.order(LocateCall(call_id=call.call_id))
    elif offer is None or callback is None or callback.state not in UNDER_WAY:
        offers.answered(t, s, at)
    elif callback.state is CallbackState.RINGING_AGENT:
        _dial_for(t, t.calls[offer.call_id], callback, offer, at)


def _dial_for(t: Tables, call: Call, callback: Callback, offer: Offer, at: Instant) -> None:
    if may_not_go(t, callback) is not None:
        _leave_off(t, call, callback, at)
        return
    dialling.dial(t, call, callback, offer, at, WhyCallback.AGENT_ACCEPTED)
    call.touched = at
    _extend(t, offer, Span(SPOKEN + dialling.dial_timeout(t, call)), at)


def _extend(t: Tables, offer: Offer, span: Span, at: Instant) -> None:
    """The next telephone rings under the same offer: its lease runs on."""
    longer = replace(offer, expires_at=after(after(at, span), t.rules.offer_grace))
    t.offers[offer.offer_id] = longer
    t.timers.set(TimerKind.OFFER_LEASE, offer.offer_id, longer.expires_at)


def customer_answered(t: Tables, s: CustomerAnswered, at: Instant) -> None:
    """Agent first: they are talking. Customer first: he is on his way to the waiting room."""
    call = t.calls.get(s.call_id)
    if call is None or call.callback is None or call.presence is Presence.CHANNEL:
        return
    callback = call.callback
    if callback.state is not CallbackState.DIALLING:
        t.order(LocateCall(call_id=call.call_id))  # news of a line we do not know of
    elif callback.order is CallbackOrder.CUSTOMER_FIRST:
        dialling.move(t, callback, CallbackState.CONNECTED, at, WhyCallback.CUSTOMER_ANSWERED)
        call.touched = at
    elif call.offer_id is not None:
        dialling.move(t, callback, CallbackState.CONNECTED, at, WhyCallback.CUSTOMER_ANSWERED)
        offers.accept(t, t.offers[call.offer_id], at)
    else:
        t.order(LocateCall(call_id=call.call_id))  # with whom does he talk?


def line_waits(t: Tables, call: Call, at: Instant) -> None:
    """A callback's line is in the waiting room: the customer is there, and his agent's phone may ring."""
    callback = call.callback
    assert callback is not None
    if callback.state is CallbackState.DIALLING and callback.order is CallbackOrder.CUSTOMER_FIRST:
        dialling.move(t, callback, CallbackState.CONNECTED, at, WhyCallback.CUSTOMER_ANSWERED)
    if call.presence is Presence.CALLBACK:
        t.order(LocateCall(call_id=call.call_id))
    elif call.state is CallState.WAITING:
        calls.enter_waiting_room(t, call, at)
    elif call.state is CallState.OFFERED and not callback.rung:
        assert call.offer_id is not None
        assert call.queue_id is not None
        offer, ring_timeout = t.offers[call.offer_id], t.rules.queues[call.queue_id].ring_timeout
        callback.rung, call.touched = True, at
        dialling.ring(t, call, t.agents[offer.agent_id], offer, ring_timeout, at)
        _extend(t, offer, ring_timeout, at)


def dial_failed(t: Tables, s: DialFailed, at: Instant) -> None:
    """How the attempt failed; its line goes next, and with it the attempt is over."""
    call = t.calls.get(s.call_id)
    if call is not None and call.callback is not None and call.callback.state is CallbackState.DIALLING:
        call.callback.failure, call.touched = s.why, at


def lease_over(t: Tables, name: str, at: Instant) -> None:
    """Nobody said how it went. Not the agent's fault while the customer's phone was the one to ring."""
    offer = t.offers.get(OfferId(name))
    callback = t.calls[offer.call_id].callback if offer is not None else None
    if offer is None or callback is None or not t.link_up:
        offers.lease_over(t, name, at)
        return
    call = t.calls[offer.call_id]
    if callback.state is CallbackState.RINGING_AGENT and not callback.agent_rang:
        _not_before(callback, after(at, ORDER_PAUSE))
        _leave_off(t, call, callback, at)
    elif callback.state is CallbackState.RINGING_AGENT:
        offers.lease_over(t, name, at)
        t.order(CancelDial(call_id=call.call_id))
    elif callback.state is CallbackState.DIALLING:
        _leave_off(t, call, callback, at)
    elif callback.order is CallbackOrder.CUSTOMER_FIRST and not callback.rung:
        _free_agent(t, call, at)
        t.order(LocateCall(call_id=call.call_id))
    else:
        offers.lease_over(t, name, at)


def order_failed(t: Tables, s: OrderFailed, at: Instant) -> None:
    """No phone was rung: not at once again, for whatever stood in the way may still be there."""
    offer = t.offers.get(s.offer_id)
    callback = t.calls[offer.call_id].callback if offer is not None else None
    if offer is None or callback is None or callback.state not in UNDER_WAY:
        offers.order_failed(t, s, at)
        return
    call = t.calls[offer.call_id]
    if callback.state is CallbackState.DIALLING:
        callback.attempts -= 1
        if callback.order is CallbackOrder.AGENT_FIRST:  # he is on the line, or was a moment ago
            _leave_off(t, call, callback, at)
            return
    _free_agent(t, call, at)
    _not_before(callback, after(at, ORDER_PAUSE))
    settle(t, call, at, WhyCallback.ORDER_FAILED)


def dial_refused(t: Tables, s: DialRefused, at: Instant) -> None:
    """The gate did not let the order out. It is asked again when it may say otherwise, and not before; where
    waiting changes nothing, the callback is over. Nobody was dialled: it is no attempt.
    """
    offer = t.offers.get(s.offer_id)
    callback = t.calls[offer.call_id].callback if offer is not None else None
    if offer is None or callback is None or callback.state not in UNDER_WAY:
        return
    call = t.calls[offer.call_id]
    callback.held, callback.barred = s.why, s.not_before is None
    if s.not_before is not None:
        _not_before(callback, s.not_before)
    if callback.state is CallbackState.DIALLING:
        callback.attempts -= 1
        if callback.order is CallbackOrder.AGENT_FIRST:  # he is on the line, or was a moment ago
            callback.failure = DialFailure.REFUSED
            _leave_off(t, call, callback, at)
            return
    _free_agent(t, call, at)
    if callback.barred:
        callback.failure = DialFailure.REFUSED
        give_up(t, call, CallbackState.FAILED, at, WhyCallback.NOT_ALLOWED)
    else:
        settle(t, call, at, WhyCallback.NOT_ALLOWED)


def order_unconfirmed(t: Tables, s: OrderUnconfirmed, at: Instant) -> None:
    """Never dial again blindly: close the line, and go on only when it is known that there is none."""
    offer = t.offers.get(s.offer_id)
    callback = t.calls[offer.call_id].callback if offer is not None else None
    if offer is None or callback is None or callback.state not in UNDER_WAY:
        offers.order_unconfirmed(t, s, at)
        return
    call = t.calls[offer.call_id]
    _leave_off(t, call, callback, at)
    if t.link_up:
        t.order(LocateCall(call_id=call.call_id))


def line_gone(t: Tables, call: Call, at: Instant) -> None:
    """There is no line of its name: whatever was under way is over."""
    callback = call.callback
    assert callback is not None
    if callback.state is CallbackState.RINGING_AGENT:
        if call.state is CallState.OFFERED:  # nobody said why: not at once again
            _free_agent(t, call, at)
            _not_before(callback, after(at, ORDER_PAUSE))
        settle(t, call, at, WhyCallback.AGENT_NOT_THERE)
    elif callback.state is CallbackState.DIALLING:
        if call.state is CallState.OFFERED:
            _end_attempt(t, call, callback, at)
        _missed(t, call, callback, at)


def _missed(t: Tables, call: Call, callback: Callback, at: Instant) -> None:
    callback.failure = callback.failure or DialFailure.CUT_OFF
    rules = t.rules.queues[callback.queue_id].callback
    if callback.barred:
        give_up(t, call, CallbackState.FAILED, at, WhyCallback.NOT_ALLOWED)
    elif callback.dial_for is not None:
        give_up(t, call, CallbackState.FAILED, at, WhyCallback.NOT_REACHED)
    elif rules is None or callback.attempts >= rules.attempts:
        give_up(t, call, CallbackState.FAILED, at, WhyCallback.OUT_OF_ATTEMPTS)
    else:
        _not_before(callback, after(at, rules.retry_gap))
        settle(t, call, at, WhyCallback.NOT_REACHED)


def _not_before(callback: Callback, moment: Instant) -> None:
    callback.not_before = max(callback.not_before, moment)


def _free_agent(t: Tables, call: Call, at: Instant) -> None:
    """The agent is wanted no more, through no fault of his; the line is on its way out."""
    assert call.offer_id is not None
    offers.withdraw(t, t.offers[call.offer_id], at)
    calls.move(t, call, CallState.WAITING, at)
    calls.search(t, call, at)


def _end_attempt(t: Tables, call: Call, callback: Callback, at: Instant) -> None:
    """The customer was not reached. An agent who had accepted has his wrap-up, a reserved one his turn."""
    assert call.offer_id is not None
    if callback.order is CallbackOrder.CUSTOMER_FIRST:
        _free_agent(t, call, at)
        return
    offer = t.offers[call.offer_id]
    offers.end(t, offer, OfferEnd.NOT_REACHED)
    wrapup.begin(t, t.agents[offer.agent_id], call, at)
    calls.move(t, call, CallState.WAITING, at)
    calls.search(t, call, at)


def let_go(t: Tables, offer: Offer, at: Instant) -> None:
    """The agent is taken away from what is offered to him. Nobody is dialled for an agent who is gone."""
    call = t.calls[offer.call_id]
    if call.callback is not None and call.callback.state in UNDER_WAY:
        _leave_off(t, call, call.callback, at)
    else:
        offers.give_up(t, offer, at)


def _leave_off(t: Tables, call: Call, callback: Callback, at: Instant) -> None:
    """Let go of the agent and close the line; when it is gone, :func:`line_gone` does the rest."""
    if callback.state is CallbackState.DIALLING:
        _end_attempt(t, call, callback, at)
    else:
        _free_agent(t, call, at)
    t.order(CancelDial(call_id=call.call_id))


# -- what the world shows ----------------------------------------------------------------------------


def agree(t: Tables, call: Call, found: LiveCall, at: Instant) -> bool:
    """Make a callback without a customer on the line agree with its line as it was seen. True: he is on the
    line, and the rest is as for every caller.
    """
    callback = call.callback
    assert callback is not None
    match found.place:
        case Place.TALKING:
            _found(t, call, CallbackState.CONNECTED, at)
            return True
        case Place.WAITING if callback.order is CallbackOrder.CUSTOMER_FIRST:
            _found(t, call, CallbackState.CONNECTED, at)
            return True
        case Place.DIALLING if callback.state is CallbackState.RINGING_AGENT and call.offer_id is not None:
            _dial_for(t, call, callback, t.offers[call.offer_id], at)
        case Place.DIALLING if callback.state in WITHOUT_CHANNEL:
            callback.attempts = max(callback.attempts, 1)
            _found(t, call, CallbackState.DIALLING, at)
            calls.search(t, call, at)
        case Place.RINGING if callback.state in WITHOUT_CHANNEL:
            _found(t, call, CallbackState.RINGING_AGENT, at)
            calls.search(t, call, at)
            t.order(CancelDial(call_id=call.call_id))
        case Place.RINGING | Place.DIALLING | Place.WAITING if (
            call.state is CallState.WAITING and callback.state is CallbackState.RINGING_AGENT
        ):
            t.order(CancelDial(call_id=call.call_id))
        case _:
            pass
    return False


def _found(t: Tables, call: Call, state: CallbackState, at: Instant) -> None:
    assert call.callback is not None
    without_channel = call.callback.state in WITHOUT_CHANNEL
    dialling.move(t, call.callback, state, at, WhyCallback.FOUND)
    if without_channel:
        calls.leave_waiting_room(t, call)
        t.matching.index_call(call)
        if state is CallbackState.CONNECTED:
            calls.search(t, call, at)


def adopt(t: Tables, found: LiveCall, queue: QueueRules, standing: Standing, at: Instant) -> Call | None:
    """Take in a callback's line before we were told of the callback: the engine has just begun.

    None when there is another callback for that number: then the line is closed.
    """
    assert found.callback is not None
    if queue.callback is None or t.callbacks.of(found.caller, None) is not None:
        t.order(CancelDial(call_id=found.call_id))
        return None
    callback = Callback(
        call_id=found.call_id,
        queue_id=queue.queue_id,
        number=found.caller,
        customer_id=None,
        from_call=None,
        order=found.callback,
        booked_at=at,
        expires_at=after(at, queue.callback.expires_after),
        not_before=at,
    )
    call = open_one(t, callback, standing, at, brief=standing.brief, found=True)
    t.timers.set(TimerKind.CALLBACK, call.call_id, callback.expires_at)
    return call


def remembered(t: Tables, s: CallbacksRemembered, at: Instant) -> None:
    """Give callbacks of earlier runs their places back. Comes once the world has been met, so that a line
    that exists is known already.
    """
    for one in s.callbacks:
        call = t.calls.get(one.call_id)
        if call is not None and call.callback is not None:
            _learn(call.callback, one)
        elif call is None and one.call_id not in t.ended_calls:
            _restore(t, one, at)


def _learn(callback: Callback, one: CallbackRemembered) -> None:
    callback.booked_at, callback.expires_at = one.booked_at, one.expires_at
    callback.from_call, callback.asked_at = one.from_call, one.asked_at
    callback.attempts = max(callback.attempts, one.attempts)


def _restore(t: Tables, one: CallbackRemembered, at: Instant) -> None:
    callback = Callback(
        call_id=one.call_id,
        queue_id=one.queue_id,
        number=one.number,
        customer_id=one.customer_id,
        from_call=one.from_call,
        asked_at=one.asked_at,
        order=one.order,
        booked_at=min(one.booked_at, at),
        expires_at=one.expires_at,
        not_before=one.not_before,
        attempts=one.attempts,
    )
    while (newer := t.callbacks.of(one.number, one.customer_id)) is not None:
        if newer.state is CallbackState.CONNECTED:
            _tell_ended(t, one, CallbackState.CANCELLED, WhyCallback.DUPLICATE)
            return
        call_off(t, t.calls[newer.call_id], at, WhyCallback.DUPLICATE)
    if one.state is CallbackState.CONNECTED:  # its line would have been found
        _tell_ended(t, one, CallbackState.DONE, WhyCallback.FOUND)
        return
    if one.queue_id not in t.rules.queues:  # so that somebody serves him
        callback.queue_id = next(iter(t.rules.queues))
    standing = Standing(
        queue_id=callback.queue_id,
        call_class=one.call_class,
        queued_at=min(one.queued_at, max(one.not_before, at)),
        boost=min(max(one.boost, Span(0)), t.rules.returning.boost),
    )
    customer = Customer(customer_id=one.customer_id) if one.customer_id is not None else None
    call = open_one(t, callback, standing, at, customer=customer, brief=one.brief, found=True)
    if one.state in UNDER_WAY:
        dialling.move(t, callback, one.state, at, WhyCallback.REMEMBERED)
        calls.search(t, call, at)
        if t.link_up:
            t.order(LocateCall(call_id=call.call_id))
    else:
        settle(t, call, at, WhyCallback.REMEMBERED)


def _tell_ended(t: Tables, one: CallbackRemembered, now: CallbackState, because: str) -> None:
    t.tell(
        CallbackStateChanged(
            call_id=one.call_id,
            was=one.state,
            now=now,
            because=because,
            attempts=one.attempts,
            not_before=one.not_before,
        )
    )
