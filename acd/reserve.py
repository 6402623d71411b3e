"""A queue's reserve: agents who take its calls only while the wait there is too long.

It opens when the wait foretold to a newcomer passes the threshold; while no wait can be foretold, when
somebody has waited for longer; and when nobody else who could serve the queue is at work. It closes when none
waits any more, or the figure has fallen below half of the threshold, so that it does not flutter.
"""

from acd import estimate
from acd.call import CallClass
from acd.ids import QueueId
from acd.instant import Instant, Span, after, seconds
from acd.queue_events import ReserveClosed, ReserveOpened, WhyOpened
from acd.tables import Tables
from acd.teams import Reserve
from acd.timers import TimerKind

LOOK_EVERY = seconds(1)
"""How often the wait is looked at while somebody waits."""


def look(t: Tables, queue_id: QueueId, at: Instant) -> None:
    """Open or close the queue's reserve by how long one waits there now, and look again soon."""
    queue, m = t.rules.queues[queue_id], t.matching
    if queue.reserve is None:
        return
    callers = len(t.in_queue[queue_id])
    why, wait = _why(t, queue_id, queue.reserve, at)
    if why is not None and callers and not m.reserve_is_open(queue_id):
        m.open_reserve(queue_id)
        t.tell(ReserveOpened(queue_id=queue_id, because=why, wait=wait))
    elif m.reserve_is_open(queue_id) and (not callers or (why is None and wait * 2 < queue.reserve.above)):
        m.close_reserve(queue_id)
        t.tell(ReserveClosed(queue_id=queue_id, wait=wait))
    if callers:
        t.timers.set(TimerKind.RESERVE, queue_id, after(at, LOOK_EVERY))
    else:
        t.timers.cancel(TimerKind.RESERVE, queue_id)


def due(t: Tables, name: str, at: Instant) -> None:
    """It is time to look again."""
    look(t, QueueId(name), at)


def adopt(t: Tables, were_open: tuple[QueueId, ...], at: Instant, *, changed: bool) -> None:
    """New rules: a reserve that was open and is still there stays open. Unless something ``changed``, the
    next look comes when it would have come."""
    for queue_id in were_open:
        if queue_id in t.rules.queues and t.rules.queues[queue_id].reserve is not None:
            t.matching.open_reserve(queue_id)
        else:
            t.tell(ReserveClosed(queue_id=queue_id, wait=Span(0)))
    if not changed:
        return
    for timer in tuple(t.timers):
        if timer.kind is TimerKind.RESERVE:
            t.timers.cancel(timer.kind, timer.name)
    for queue_id in t.rules.queues:
        look(t, queue_id, at)


def _why(t: Tables, queue_id: QueueId, rule: Reserve, at: Instant) -> tuple[WhyOpened | None, Span]:
    """Why the reserve is needed, if it is, and the wait that says so."""
    foretold = estimate.for_newcomer(t, queue_id, CallClass.NORMAL, at)
    if foretold is not None:
        why, wait = WhyOpened.FORETOLD, foretold.wait
    else:
        queued = (t.calls[call_id].queued_at for call_id in t.in_queue[queue_id])
        why, wait = WhyOpened.WAITED, Span(at - min(queued, default=at))
    if wait > rule.above:
        return why, wait
    return (None if t.matching.demands[queue_id][-1].regulars_at_work() else WhyOpened.NOBODY_ELSE), wait
