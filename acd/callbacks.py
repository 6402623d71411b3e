"""What happens to callbacks that wait: booked, due, given up, taken back, taken over. Each ends exactly once.

A booked callback has no channel, and none is missed. An attempt at one: :mod:`acd.callback_attempts`.
"""

from acd import calls, dialling, offers, relaxation
from acd.brief import NOTHING, Brief
from acd.call import Call, CallState, Outcome, Presence
from acd.callback import UNDER_WAY, WITHOUT_CHANNEL, Callback, CallbackState
from acd.callback_events import CallbackBooked, WhyCallback
from acd.classing import BY_CALLBACK, classify
from acd.commands import CancelCallback
from acd.customer import Customer
from acd.events import Refused
from acd.ids import CallId, QueueId
from acd.instant import Instant
from acd.orders import CancelDial, Standing
from acd.outside import refusal
from acd.tables import Tables
from acd.timers import TimerKind


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
        free_agent(t, call, at)
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


def free_agent(t: Tables, call: Call, at: Instant) -> None:
    """The agent is wanted no more, through no fault of his; the line is on its way out."""
    assert call.offer_id is not None
    offers.withdraw(t, t.offers[call.offer_id], at)
    calls.move(t, call, CallState.WAITING, at)
    calls.search(t, call, at)
