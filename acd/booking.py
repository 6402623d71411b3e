"""Booking a callback: who waits gives his place away and finds it kept; others get a new one."""

from dataclasses import dataclass, replace

from acd import calls, leaving
from acd.brief import NOTHING
from acd.call import Call, CallState, Presence
from acd.call_signals import CallerPressed
from acd.callback import WITHOUT_CHANNEL, Callback
from acd.callback_events import CallbackKept, WhyCallback
from acd.callbacks import call_off, open_one, settle
from acd.classing import classify
from acd.commands import BookCallback
from acd.dialling import standing
from acd.events import Refused
from acd.exits import QueueExit
from acd.ids import QueueId
from acd.instant import Instant, after, in_seconds, seconds
from acd.orders import Standing
from acd.outside import refusal
from acd.overflow_rules import SendAway, Way
from acd.tables import Tables

TOLERANCE = seconds(60)
"""A moment asked for that is over since no longer is now: clocks differ, and messages take their time."""
WITH_US = (CallState.ARRIVED, CallState.IN_IVR, CallState.WAITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How somebody wants to be called back."""

    number: str | None = None
    """None: the one he calls from."""
    moment: Instant | None = None
    """None: as soon as it is his turn."""
    by_flow: bool = False
    """The flow that talks with him while he waits takes him out of the waiting room."""


AS_USUAL = Wanted()


def book(t: Tables, c: BookCallback, at: Instant) -> None:
    """Somebody wants to be called back. Who is in his flow stays there and is told by it."""
    call = t.calls.get(c.call_id) if c.call_id is not None else None
    if c.call_id is not None and (call is None or call.presence is Presence.CALLBACK):
        t.tell(Refused(reason="the call is over"))
        return
    if call is not None and call.state not in WITH_US:
        t.tell(Refused(reason="he does not wait: an agent is on the way, or he is on his way out"))
        return
    waits = call is not None and call.state is CallState.WAITING
    queue_id = call.queue_id if call is not None and waits else c.queue_id
    why = refusal_of(t, call, queue_id, c.number) or _not_then(t, queue_id, c.not_before, at)
    moment = None if c.not_before is None else max(c.not_before, at)
    wanted = Wanted(number=c.number, moment=moment, by_flow=c.by_flow)
    if why is not None or queue_id is None:
        t.tell(Refused(reason=why or "a queue must be named"))
    elif call is not None and waits:
        instead_of_waiting(t, call, (), at, wanted)
    else:
        if call is not None:
            call.will_be_called, call.touched = True, at
        _keep(t, call, queue_id, wanted, None, 0, at)


def pressed(t: Tables, s: CallerPressed, at: Instant) -> None:
    """A waiting caller pressed a key: the one by which he is called back, or none that means anything."""
    call = t.call_in_state(s.call_id, CallState.WAITING)
    if call is None or call.callback is not None or call.queue_id is None:
        return
    rules = t.rules.queues[call.queue_id].callback
    if rules is not None and s.key == rules.key and refusal_of(t, call, call.queue_id, None) is None:
        instead_of_waiting(t, call, (), at)


def refusal_of(t: Tables, call: Call | None, queue_id: QueueId | None, number: str | None) -> str | None:
    """Why a queue does not call this caller, or this number, back; None when it does."""
    queue = t.rules.queues.get(queue_id) if queue_id is not None else None
    number = number or (call.caller if call is not None else "")
    if queue is None:
        return f"there is no queue {queue_id}" if queue_id else "a queue must be named"
    if queue.callback is None:
        return f"queue {queue.queue_id} does not call back"
    if (why := refusal(t.rules.outside, number)) is not None:
        return why
    known = t.callbacks.of(number, call.customer_id if call is not None else None)
    if known is None and t.callbacks.count(queue.queue_id) >= queue.callback.most:
        return f"queue {queue.queue_id} keeps {queue.callback.most} callbacks already"
    return None


def _not_then(t: Tables, queue_id: QueueId | None, moment: Instant | None, at: Instant) -> str | None:
    """Why a queue does not call back at that moment; None when it does."""
    if moment is None or queue_id is None:
        return None
    queue = t.rules.queues[queue_id]
    assert queue.callback is not None, "asked before"
    if after(moment, TOLERANCE) < at:
        return "that moment is over"
    if moment > after(at, queue.callback.ahead):
        hours = in_seconds(queue.callback.ahead) / 3600
        return f"queue {queue_id} calls back within {hours:.0f} h at the latest"
    if queue.hours is not None and not t.rules.calendars[queue.hours].open_at(moment):
        return f"queue {queue_id} is closed at that moment"
    return None


def instead_of_waiting(
    t: Tables, call: Call, prompts: tuple[str, ...], at: Instant, wanted: Wanted = AS_USUAL
) -> None:
    """His place is kept, he himself is told so and let go; ``prompts`` are what he hears, if not the queue's
    own words. It must have been asked before whether that can be.
    """
    assert call.queue_id is not None
    queue_id, place, step, movable = call.queue_id, standing(call), call.relaxed, call.in_waiting_room
    calls.end_visit(t, call, QueueExit.CALLBACK, at)
    call.queue_id, call.in_books = None, False
    instead_of_joining(t, call, place, prompts, at, wanted, step=step)
    if movable and t.in_hand != call.call_id and not wanted.by_flow:
        leaving.order(t, call)
    assert queue_id == place.queue_id


def instead_of_joining(
    t: Tables,
    call: Call,
    place: Standing,
    prompts: tuple[str, ...],
    at: Instant,
    wanted: Wanted = AS_USUAL,
    *,
    step: int = 0,
) -> None:
    """The same for one who is at the door, whose flow is told."""
    _tell(t, call, place.queue_id, prompts, at)
    _keep(t, call, place.queue_id, wanted, place, step, at)


def let_go(t: Tables, call: Call, at: Instant) -> None:
    """His place is kept already, and he waits all the same: he is told so, and let go."""
    queue_id, movable = call.queue_id, call.in_waiting_room
    assert queue_id is not None
    calls.end_visit(t, call, QueueExit.CALLBACK, at)
    call.queue_id, call.in_books = None, False
    _tell(t, call, queue_id, (), at)
    if movable:
        leaving.order(t, call)


def _tell(t: Tables, call: Call, queue_id: QueueId, prompts: tuple[str, ...], at: Instant) -> None:
    rules = t.rules.queues[queue_id].callback
    assert rules is not None
    words = prompts or rules.prompts
    farewell = SendAway(way=Way.ANNOUNCEMENT if words else Way.HANG_UP, prompts=words)
    call.will_be_called = True
    leaving.send_away(t, call, queue_id, farewell, QueueExit.CALLBACK, at)


def _keep(
    t: Tables,
    call: Call | None,
    queue_id: QueueId,
    wanted: Wanted,
    place: Standing | None,
    step: int,
    at: Instant,
) -> None:
    number = wanted.number or (call.caller if call is not None else "")
    customer = call.customer if call is not None else None
    if place is None and call is not None:
        place = _place_now(t, call, queue_id, at)
    brief = call.brief if call is not None else NOTHING
    while (known := t.callbacks.of(number, call.customer_id if call is not None else None)) is not None:
        earlier = t.calls[known.call_id]
        if wanted.moment is None or known.state not in WITHOUT_CHANNEL:
            t.tell(CallbackKept(call_id=known.call_id, from_call=call.call_id if call is not None else None))
            return
        if place is None and known.queue_id == queue_id:
            place, step = standing(earlier), earlier.relaxed
        brief = brief if call is not None else earlier.brief
        call_off(t, earlier, at, WhyCallback.REBOOKED)
    callback = _callback(t, call, queue_id, number, wanted.moment, at)
    if wanted.moment is not None and place is not None:
        place = _place_then(place, wanted.moment, at)
    new = open_one(t, callback, place, at, relaxed=step, customer=customer, brief=brief, since=wanted.moment)
    settle(t, new, at, WhyCallback.ITS_TIME)


def _place_then(place: Standing, moment: Instant, at: Instant) -> Standing:
    """What he has waited so far he keeps; until the moment he asked for he does not wait."""
    waited = max(0, at - place.queued_at)
    return replace(place, queued_at=Instant(moment - waited))


def _callback(
    t: Tables, call: Call | None, queue_id: QueueId, number: str, moment: Instant | None, at: Instant
) -> Callback:
    rules = t.rules.queues[queue_id].callback
    assert rules is not None
    return Callback(
        call_id=t.next_callback_id(),
        queue_id=queue_id,
        number=number,
        customer_id=call.customer_id if call is not None else None,
        from_call=call.call_id if call is not None else None,
        asked_at=at if call is not None and call.caller == number else None,
        order=rules.order,
        booked_at=at,
        not_before=max(moment or at, after(at, rules.delay)),
        expires_at=after(moment or at, rules.expires_after),
    )


def _place_now(t: Tables, call: Call, queue_id: QueueId, at: Instant) -> Standing:
    """The place he would get now, out of his flow."""
    call_class, _ = classify(t, call, None, at)
    since, kept = calls.place(t, call, at)
    boost = max(kept, t.ledger.boost(call.party, at))
    return Standing(queue_id=queue_id, call_class=call_class, queued_at=since, boost=boost)
