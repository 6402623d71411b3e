"""Telling waiting callers their place and how long it may take; never while a phone rings for one.

An announcement is played where the next order can interrupt it at once, so it delays no offer.
"""

from dataclasses import dataclass

from acd import estimate
from acd.call import Call, CallState, Presence
from acd.commands import TellPlace
from acd.events import Refused
from acd.ids import CallId
from acd.instant import Instant, Span, after, seconds
from acd.orders import Announce
from acd.queue_events import CallAnnounced
from acd.tables import Tables
from acd.timers import TimerKind

MINUTE = seconds(60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What there is to say: something new, or nothing at all."""

    position: int | None
    wait_minutes: int | None


def begin(t: Tables, call: Call, at: Instant) -> None:
    """He came to a queue: expect to tell him something, if it does."""
    assert call.queue_id is not None
    rules = t.rules.queues[call.queue_id].announce
    call.told_position = call.told_minutes = None
    if rules is not None:
        t.timers.set(TimerKind.ANNOUNCE, call.call_id, after(at, rules.first))


def stop(t: Tables, call: Call) -> None:
    """He left it."""
    assert call.queue_id is not None
    if t.rules.queues[call.queue_id].announce is not None:
        t.timers.cancel(TimerKind.ANNOUNCE, call.call_id)


def adopt(t: Tables, call: Call, at: Instant) -> None:
    """The rules changed: what he was told he stays told."""
    assert call.queue_id is not None
    rules = t.rules.queues[call.queue_id].announce
    if rules is None:
        t.timers.cancel(TimerKind.ANNOUNCE, call.call_id)
    elif not t.timers.is_set(TimerKind.ANNOUNCE, call.call_id):
        t.timers.set(TimerKind.ANNOUNCE, call.call_id, after(at, rules.first))


def due(t: Tables, name: str, at: Instant) -> None:
    """Tell him, if he is there to hear it and there is something new."""
    call = t.calls[CallId(name)]
    assert call.queue_id is not None
    rules = t.rules.queues[call.queue_id].announce
    assert rules is not None
    t.timers.set(TimerKind.ANNOUNCE, call.call_id, after(at, rules.every))
    if call.state is not CallState.WAITING or not call.in_waiting_room or not t.link_up:
        return
    if call.callback is not None:  # he does not hold the line
        return
    if call.presence is Presence.CALLBACK:
        return
    new = something_new(t, call, at)
    if new is not None:
        _told(t, call, new, at)
        t.order(
            Announce(
                call_id=call.call_id,
                position=new.position,
                wait_minutes=new.wait_minutes,
                language=call.brief.language,
            )
        )


def tell_place(t: Tables, c: TellPlace, at: Instant) -> None:
    """A flow asks what to tell a waiting caller: his place, and his wait unless it grew."""
    call = t.call_in_state(c.call_id, CallState.WAITING)
    if call is None or call.queue_id is None or call.presence is Presence.CALLBACK:
        t.tell(Refused(reason="he does not wait"))
        return
    position = t.in_queue[call.queue_id].position(call.call_id, at)
    _told(t, call, Announcement(position=position, wait_minutes=_not_longer(t, call, at)), at)


def _told(t: Tables, call: Call, new: Announcement, at: Instant) -> None:
    assert call.queue_id is not None
    call.told_position, call.told_minutes = new.position, new.wait_minutes or call.told_minutes
    if new.wait_minutes is not None:
        estimate.announce(t, call, at)
    t.tell(
        CallAnnounced(
            call_id=call.call_id,
            queue_id=call.queue_id,
            position=new.position,
            wait_minutes=new.wait_minutes,
        )
    )


def something_new(t: Tables, call: Call, at: Instant) -> Announcement | None:
    """His place if it changed, his wait if it got shorter; when either is news, both are told, but never a
    wait that grew.
    """
    assert call.queue_id is not None
    rules = t.rules.queues[call.queue_id].announce
    assert rules is not None
    position = t.in_queue[call.queue_id].position(call.call_id, at) if rules.position else None
    minutes = _not_longer(t, call, at) if rules.wait else None
    shorter = minutes is not None and minutes != call.told_minutes
    if position == call.told_position and not shorter:
        return None
    return Announcement(position=position, wait_minutes=minutes)


def _not_longer(t: Tables, call: Call, at: Instant) -> int | None:
    """His estimated wait in whole minutes, rounded up; None while nobody knows, or he was told less."""
    estimated = estimate.for_call(t, call, at)
    minutes = None if estimated is None else whole_minutes(estimated.wait)
    if minutes is not None and call.told_minutes is not None and minutes > call.told_minutes:
        return None
    return minutes


def whole_minutes(wait: Span) -> int:
    """Minutes begun, at least one."""
    return max(1, -(-wait // MINUTE))
