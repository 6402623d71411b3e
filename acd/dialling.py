"""The moves of a callback, and what is ordered when it is offered to an agent."""

from acd.agent import Agent
from acd.call import Call, Outcome
from acd.callback import LEGAL_MOVES, Callback, CallbackOrder, CallbackState
from acd.callback_events import CallbackStateChanged, WhyCallback
from acd.instant import Instant, Span, after
from acd.offer import Offer
from acd.orders import DialCustomer, RingAgent, RingAgentForCallback, Standing
from acd.tables import Tables
from acd.timers import TimerKind

OVER = frozenset({CallbackState.DONE, CallbackState.FAILED, CallbackState.EXPIRED, CallbackState.CANCELLED})


def move(t: Tables, callback: Callback, now: CallbackState, at: Instant, because: str) -> None:
    """Move a callback, once, and say so."""
    was = callback.state
    assert now in LEGAL_MOVES[was], f"{callback.call_id}: {was} -> {now}"
    callback.state, callback.since = now, at
    if now not in (CallbackState.BOOKED, CallbackState.DUE):
        t.timers.cancel(TimerKind.CALLBACK, callback.call_id)
    if now is CallbackState.CONNECTED:
        t.callbacks.reached(callback)
    t.tell(
        CallbackStateChanged(
            call_id=callback.call_id,
            was=was,
            now=now,
            because=because,
            attempts=callback.attempts,
            not_before=callback.not_before,
            failure=callback.failure,
        )
    )


def standing(call: Call) -> Standing:
    """His place in line, to go with a channel."""
    assert call.queue_id is not None
    return Standing(
        queue_id=call.queue_id,
        call_class=call.call_class,
        queued_at=call.queued_at,
        boost=call.boost,
        brief=call.brief,
    )


def ring(t: Tables, call: Call, agent: Agent, offer: Offer, ring_timeout: Span, at: Instant) -> None:
    """Have this offer's phone rung: the agent's, or the customer's when he is to answer first."""
    callback = call.callback
    if callback is None or callback.state is CallbackState.CONNECTED:
        t.order(
            RingAgent(
                offer_id=offer.offer_id,
                call_id=call.call_id,
                agent_id=agent.agent_id,
                ring_timeout=ring_timeout,
                by_flow=call.call_id == t.in_hand,
            )
        )
    elif callback.order is CallbackOrder.AGENT_FIRST:
        callback.failure, callback.agent_rang, callback.held = None, False, ""
        move(t, callback, CallbackState.RINGING_AGENT, at, WhyCallback.OFFERED)
        t.order(
            RingAgentForCallback(
                offer_id=offer.offer_id,
                call_id=call.call_id,
                agent_id=agent.agent_id,
                number=callback.number,
                ring_timeout=ring_timeout,
                standing=standing(call),
                asked_at=callback.asked_at,
            )
        )
    else:
        dial(t, call, callback, offer, at, WhyCallback.OFFERED)


def lasts_until(t: Tables, call: Call, ring_timeout: Span, at: Instant) -> Instant:
    """When the lease of an offer of this call ends, from the first phone that rings for it."""
    callback = call.callback
    customer_first = (
        callback is not None
        and callback.state is not CallbackState.CONNECTED
        and callback.order is CallbackOrder.CUSTOMER_FIRST
    )
    span = dial_timeout(t, call) if customer_first else ring_timeout
    return after(after(at, span), t.rules.offer_grace)


def dial(t: Tables, call: Call, callback: Callback, offer: Offer, at: Instant, because: str) -> None:
    """Dial the customer, an agent waiting for him or reserved; it counts as an attempt from here on."""
    callback.attempts += 1
    callback.failure, callback.held = None, ""
    move(t, callback, CallbackState.DIALLING, at, because)
    t.order(
        DialCustomer(
            offer_id=offer.offer_id,
            call_id=call.call_id,
            number=callback.number,
            dial_timeout=dial_timeout(t, call),
            order=callback.order,
            standing=standing(call),
            asked_at=callback.asked_at,
        )
    )


def ended(t: Tables, callback: Callback, outcome: Outcome, at: Instant) -> None:
    """Its call is over: so is the callback, if it was not before."""
    if callback.state not in OVER:
        done = outcome is Outcome.ANSWERED
        now = CallbackState.DONE if done else CallbackState.FAILED
        move(t, callback, now, at, WhyCallback.TALKED if done else WhyCallback.HUNG_UP)
    t.callbacks.remove(callback)


def dial_timeout(t: Tables, call: Call) -> Span:
    """How long the customer's phone may ring."""
    assert call.queue_id is not None
    if call.callback is not None and call.callback.dial_for is not None:
        return call.callback.dial_for
    rules = t.rules.queues[call.queue_id].callback
    return rules.dial_timeout if rules is not None else t.rules.queues[call.queue_id].ring_timeout
