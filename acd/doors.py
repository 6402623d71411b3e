"""Opening and closing queues: by their hours at their time, by hand at once."""

from acd.commands import CloseQueue, ReopenQueue
from acd.door import Closure, Door
from acd.events import Refused
from acd.hours import HORIZON_DAYS
from acd.ids import QueueId
from acd.instant import Instant, after, seconds
from acd.overflow_rules import AtClosing
from acd.queue_events import QueueDoorChanged
from acd.remembered import QueuesRemembered
from acd.tables import Tables
from acd.timers import TimerKind

LOOK_AGAIN = seconds(HORIZON_DAYS * 24 * 3600 // 2)
"""Hours without a change in sight are looked at again after so long: a day of a later year may be special."""


def begin(t: Tables, at: Instant) -> None:
    """Look at every queue's hours; at the start, and when the rules changed."""
    for gone in [queue_id for queue_id in t.doors if queue_id not in t.rules.queues]:
        del t.doors[gone]
        t.timers.cancel(TimerKind.HOURS, gone)
    for queue_id in t.rules.queues:
        known = queue_id in t.doors
        door = t.doors.setdefault(queue_id, Door())
        was_open = door.is_open
        _look(t, queue_id, door, at)
        if known and door.is_open is not was_open:
            _changed(t, queue_id, door)


def due(t: Tables, name: str, at: Instant) -> None:
    """It is time to open or close."""
    queue_id = QueueId(name)
    door = t.doors[queue_id]
    was_open = door.is_open
    was_open_by_hours = door.open_by_hours
    _look(t, queue_id, door, at)
    if door.open_by_hours is not was_open_by_hours:
        _changed(t, queue_id, door, newly_closed=was_open and not door.is_open)


def _look(t: Tables, queue_id: QueueId, door: Door, at: Instant) -> None:
    name = t.rules.queues[queue_id].hours
    if name is None:
        door.open_by_hours, door.holiday, door.changes_at = True, "", None
        t.timers.cancel(TimerKind.HOURS, queue_id)
        return
    calendar = t.rules.calendars[name]
    door.open_by_hours, door.holiday = calendar.open_at(at), calendar.holiday_at(at)
    door.changes_at = calendar.next_change(at)
    t.timers.set(TimerKind.HOURS, queue_id, door.changes_at or after(at, LOOK_AGAIN))


def close(t: Tables, c: CloseQueue, at: Instant) -> None:
    """Close a queue at once, whatever its hours; closing it again replaces the reason."""
    door = t.doors.get(c.queue_id)
    if door is None:
        t.tell(Refused(reason=f"there is no queue {c.queue_id}"))
        return
    door.closure = Closure(because=c.because, by=c.by, since=at, waiting=c.waiting)
    _changed(t, c.queue_id, door)


def reopen(t: Tables, c: ReopenQueue, at: Instant) -> None:
    """Leave the queue to its hours again."""
    door = t.doors.get(c.queue_id)
    if door is None:
        t.tell(Refused(reason=f"there is no queue {c.queue_id}"))
    elif door.closure is None:
        t.tell(Refused(reason=f"queue {c.queue_id} was not closed by hand: it is {door.why}"))
    else:
        door.closure = None
        _changed(t, c.queue_id, door)


def remembered(t: Tables, s: QueuesRemembered, at: Instant) -> None:
    """Queues that were closed by hand when the engine last ran; what was said since is newer."""
    for one in s.queues:
        door = t.doors.get(one.queue_id)
        if door is not None and door.closure is None:
            door.closure = one.closure
            _changed(t, one.queue_id, door)


def sends_waiting_away(t: Tables, queue_id: QueueId) -> bool:
    """Whether callers who wait in this queue have to leave because it is closed."""
    door = t.doors[queue_id]
    if door.is_open:
        return False
    asked = door.closure.waiting if door.closure is not None else None
    return (asked or t.rules.queues[queue_id].at_closing) is not AtClosing.SERVE


def drains(t: Tables, queue_id: QueueId) -> bool:
    """Whether those who have to leave a closed queue are called back."""
    closure = t.doors[queue_id].closure
    asked = closure.waiting if closure is not None else None
    return (asked or t.rules.queues[queue_id].at_closing) is AtClosing.CALLBACKS


def _changed(t: Tables, queue_id: QueueId, door: Door, *, newly_closed: bool = True) -> None:
    t.tell(
        QueueDoorChanged(
            queue_id=queue_id,
            open=door.is_open,
            open_by_hours=door.open_by_hours,
            holiday=door.holiday,
            closure=door.closure,
        )
    )
    t.doors_moved[queue_id] = None
    if newly_closed and sends_waiting_away(t, queue_id):
        t.to_consider.update(dict.fromkeys(t.in_queue[queue_id]))
