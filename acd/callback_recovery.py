"""Callbacks after a restart or a doubt: what the world shows of them, and what the store remembers."""

from acd import booking, calls, dialling
from acd.call import Call, CallState
from acd.callback import UNDER_WAY, WITHOUT_CHANNEL, Callback, CallbackOrder, CallbackState
from acd.callback_attempts import dial_for
from acd.callback_events import CallbackStateChanged, WhyCallback
from acd.callbacks import call_off, open_one, settle
from acd.customer import Customer
from acd.instant import Instant, Span, after
from acd.observation import LiveCall, Place
from acd.orders import CancelDial, LocateCall, Standing
from acd.remembered import CallbackRemembered, CallbacksRemembered
from acd.rules import QueueRules
from acd.tables import Tables
from acd.timers import TimerKind


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
            dial_for(t, call, callback, t.offers[call.offer_id], at)
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
            _settle_with_who_booked(t, one, at)


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


def _settle_with_who_booked(t: Tables, one: CallbackRemembered, at: Instant) -> None:
    """He may have booked it while he waited, and not have been told before the engine was killed: he waits
    still. He is told now, or, when an agent has him, the callback is taken back: never both."""
    new, caller = t.calls.get(one.call_id), t.calls.get(one.from_call) if one.from_call is not None else None
    if new is None or new.callback is None or caller is None or caller.callback is not None:
        return
    if new.callback.state not in WITHOUT_CHANNEL or caller.queue_id != one.queue_id:
        return  # what is under way goes on; and who waits elsewhere does so for another matter
    if caller.joined_at > one.booked_at:
        return  # he booked it in his flow, and came to the queue afterwards
    why_not = booking.refusal_of(t, caller, one.queue_id, one.number)
    if caller.state is CallState.WAITING and why_not is None:
        booking.let_go(t, caller, at)
    else:
        call_off(t, new, at, WhyCallback.CALLED_IN)
