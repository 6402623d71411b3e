"""An attempt at a callback: an agent's phone, then the customer's, or the other way round.

When a callback is offered, a line of its name is ordered; from then on it is *under way*, and whatever else
was heard or not, the attempt is over when that line is gone. So nobody is ever dialled twice for one
decision: after doubt the world is asked whether the line exists.
"""

from dataclasses import replace

from acd import calls, dialling, offers, wrapup
from acd.call import Call, CallState, Presence
from acd.callback import UNDER_WAY, Callback, CallbackOrder, CallbackState, DialFailure
from acd.callback_events import WhyCallback
from acd.callback_signals import CustomerAnswered, DialFailed, DialRefused
from acd.callbacks import free_agent, give_up, may_not_go, settle
from acd.ids import OfferId
from acd.instant import Instant, Span, after, seconds
from acd.offer import Offer, OfferEnd
from acd.offer_signals import AgentAnswered, AgentRinging, OrderFailed, OrderUnconfirmed
from acd.orders import CancelDial, LocateCall
from acd.tables import Tables
from acd.timers import TimerKind

ORDER_PAUSE = seconds(30)
"""How long a callback is left alone when its line could not be opened, or went without a word."""

SPOKEN = seconds(5)
"""How long an agent is told whom he is going to talk with before the customer's phone rings."""


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
        dial_for(t, t.calls[offer.call_id], callback, offer, at)


def dial_for(t: Tables, call: Call, callback: Callback, offer: Offer, at: Instant) -> None:
    """The agent has accepted: the customer's phone rings now, unless it may not any more."""
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
        free_agent(t, call, at)
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
    free_agent(t, call, at)
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
    free_agent(t, call, at)
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
            free_agent(t, call, at)
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


def _end_attempt(t: Tables, call: Call, callback: Callback, at: Instant) -> None:
    """The customer was not reached. An agent who had accepted has his wrap-up, a reserved one his turn."""
    assert call.offer_id is not None
    if callback.order is CallbackOrder.CUSTOMER_FIRST:
        free_agent(t, call, at)
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
        free_agent(t, call, at)
    t.order(CancelDial(call_id=call.call_id))
