"""Overflow: whether a queue takes a caller, how long it keeps him, and where he goes instead.

A queue's steps are tried in order, at the door and while he waits; the first whose condition holds and whose
target takes him is taken. Who is turned away and meets no step goes back to his flow.
"""

from typing import assert_never

from acd import booking, calls, doors, estimate, leaving, staffing
from acd.call import Call, CallClass, CallState
from acd.events import Refused
from acd.exits import QueueExit
from acd.ids import CallId, QueueId
from acd.instant import Instant, Span, after, seconds
from acd.orders import Standing
from acd.overflow_rules import Action, OverflowStep, SendAway, ToQueue, Way
from acd.tables import Tables
from acd.timers import TimerKind

LOOK_AGAIN = seconds(5)
"""How often a waiting caller is looked at for whom a step's time has come, but not its other conditions."""

BACK_TO_FLOW = SendAway(way=Way.FLOW)


def knock(
    t: Tables,
    call: Call,
    queue_id: QueueId,
    call_class: CallClass,
    queued_at: Instant,
    boost: Span,
    at: Instant,
) -> bool:
    """His flow hands a caller to a queue; whether he waits now, in this queue or another."""
    call.been_in = ()
    why = refusal(t, queue_id, at)
    action = _action(t, call, queue_id, call_class, why, at)
    if action is None:
        calls.enqueue(t, call, queue_id, call_class, queued_at, boost, at)
        return True
    calls.turn_away(t, call, queue_id, _exit(action, why))
    match action:
        case ToQueue():
            call.been_in = (queue_id,)
            calls.enqueue(t, call, action.queue_id, call_class, queued_at, boost, at)
            return True
        case SendAway(way=Way.CALLBACK):
            place = Standing(queue_id=queue_id, call_class=call_class, queued_at=queued_at, boost=boost)
            booking.instead_of_joining(t, call, place, action.prompts, at)
        case SendAway(way=Way.FLOW):
            t.tell(Refused(reason=_in_words(t, queue_id, why)))
        case SendAway():
            leaving.send_away(t, call, queue_id, action, _exit(action, why), at)
        case _:
            assert_never(action)
    return False


def refusal(t: Tables, queue_id: QueueId, at: Instant) -> QueueExit | None:
    """Why the queue does not let anybody in now; None when it does."""
    if not t.doors[queue_id].is_open:
        return QueueExit.CLOSED
    if len(t.in_queue[queue_id]) - t.callbacks.count(queue_id) >= t.rules.queues[queue_id].capacity:
        return QueueExit.FULL
    if not staffing.lets_in(t, queue_id, at):
        return QueueExit.NO_AGENT
    return None


def _in_words(t: Tables, queue_id: QueueId, why: QueueExit | None) -> str:
    match why:
        case QueueExit.CLOSED:
            return f"queue {queue_id} is {t.doors[queue_id].why}"
        case QueueExit.FULL:
            return f"queue {queue_id} is full"
        case QueueExit.NO_AGENT:
            return f"nobody is there to serve queue {queue_id}"
        case _:
            return f"an overflow step of queue {queue_id} turns him away"


def due(t: Tables, name: str) -> None:
    """Something about this waiting caller may have come true."""
    t.to_consider[CallId(name)] = None


def consider(t: Tables, at: Instant) -> None:
    """Look at callers about whom something may have changed, after whoever could be served was matched."""
    while t.to_consider:
        call_ids, t.to_consider = tuple(t.to_consider), {}
        for call_id in call_ids:
            call = t.call_in_state(call_id, CallState.WAITING)
            if call is None or call.callback is not None:  # whom we call, or called, is not sent away
                continue
            if call.in_waiting_room and t.link_up and t.in_hand != call_id:
                _consider(t, call, at)


def _consider(t: Tables, call: Call, at: Instant) -> None:
    assert call.queue_id is not None
    why = must_leave(t, call, at)
    action = _action(t, call, call.queue_id, call.call_class, why, at)
    if action is None:
        _expect_next(t, call, at)
        return
    if isinstance(action, SendAway) and action.way is Way.CALLBACK:
        booking.instead_of_waiting(t, call, action.prompts, at)
        return
    queue_id, exit_ = call.queue_id, _exit(action, why)
    calls.end_visit(t, call, exit_, at)
    match action:
        case ToQueue():
            call.been_in = (*call.been_in, queue_id)
            calls.requeue(t, call, action.queue_id, at)
        case SendAway():
            call.queue_id, call.in_books, call.left_queue_at = None, False, at
            leaving.send_away(t, call, queue_id, action, exit_, at)
            leaving.order(t, call)
        case _:
            assert_never(action)


def must_leave(t: Tables, call: Call, at: Instant) -> QueueExit | None:
    """Why a waiting caller cannot stay; None when he can."""
    assert call.queue_id is not None
    if doors.sends_waiting_away(t, call.queue_id):
        return QueueExit.CLOSED
    if _is_impatient(call, at):
        return QueueExit.TIMED_OUT
    leaves_at = staffing.leaves_at(t, call)
    if leaves_at is not None and at >= leaves_at:
        return QueueExit.NO_AGENT
    most = t.rules.queues[call.queue_id].max_wait
    return QueueExit.TIMED_OUT if most is not None and at >= after(call.joined_at, most) else None


def _is_impatient(call: Call, at: Instant) -> bool:
    """Whether he has waited here for as long as his flow has him wait."""
    return bool(call.brief.patience) and at >= after(call.joined_at, call.brief.patience)


def _exit(action: ToQueue | SendAway, why: QueueExit | None) -> QueueExit:
    """Where he is taken decides first, then why."""
    match action:
        case ToQueue():
            return QueueExit.OVERFLOWED
        case SendAway(way=Way.VOICEMAIL):
            return QueueExit.VOICEMAIL
        case SendAway(way=Way.CALLBACK):
            return QueueExit.CALLBACK
        case SendAway() if why is not None:
            return why
        case SendAway(way=Way.ANNOUNCEMENT):
            return QueueExit.ANNOUNCEMENT
        case SendAway(way=Way.HANG_UP):
            return QueueExit.DISMISSED
        case _:
            return QueueExit.LEFT_FOR_IVR


def _action(
    t: Tables, call: Call, queue_id: QueueId, call_class: CallClass, why: QueueExit | None, at: Instant
) -> Action | None:
    """What is done with him; None when he may join, or stay."""
    drained = call.state is CallState.WAITING and why is QueueExit.CLOSED and doors.drains(t, queue_id)
    if drained and booking.refusal_of(t, call, queue_id, None) is None:
        return SendAway(way=Way.CALLBACK)
    if call.state is CallState.WAITING and _is_impatient(call, at):
        return BACK_TO_FLOW
    step = _step(t, call, queue_id, call_class, why, at)
    if step is not None:
        return step.action
    return None if why is None or drained else BACK_TO_FLOW


def _step(
    t: Tables, call: Call, queue_id: QueueId, call_class: CallClass, why: QueueExit | None, at: Instant
) -> OverflowStep | None:
    """The first step of the queue whose condition holds and whose target takes him."""
    for step in t.rules.queues[queue_id].overflow:
        if _holds(t, call, queue_id, call_class, step, why, at) and _takes(t, call, queue_id, step, at):
            return step
    return None


def _holds(
    t: Tables,
    call: Call,
    queue_id: QueueId,
    call_class: CallClass,
    step: OverflowStep,
    why: QueueExit | None,
    at: Instant,
) -> bool:
    waits = call.state is CallState.WAITING
    if step.reasons and why not in step.reasons:
        return False
    if step.waited and (not waits or at < after(call.joined_at, step.waited)):
        return False
    if not step.changes_with_the_floor:
        return True
    if step.predicted and not _predicted(t, call, queue_id, call_class, step.predicted, at):
        return False
    if not (step.length or step.per_agent_permille):
        return True
    line = t.in_queue[queue_id]
    ahead = line.position(call.call_id, at) - 1 if waits else len(line)
    if ahead < step.length:
        return False
    agents = staffing.logged_in(t, queue_id) if step.per_agent_permille else 0
    return ahead > 0 and ahead * 1000 >= step.per_agent_permille * agents


def _predicted(
    t: Tables, call: Call, queue_id: QueueId, call_class: CallClass, wait: Span, at: Instant
) -> bool:
    if call.state is CallState.WAITING:
        estimated = estimate.for_call(t, call, at)
    else:
        estimated = estimate.for_newcomer(t, queue_id, call_class, at)
    return estimated is not None and estimated.by_now >= wait


def _takes(t: Tables, call: Call, queue_id: QueueId, step: OverflowStep, at: Instant) -> bool:
    """Nobody goes in a circle, whatever the rules were before, nor to where he would be turned away."""
    match step.action:
        case ToQueue(queue_id=target):
            fresh = target != queue_id and target not in call.been_in
            return fresh and target in t.rules.queues and refusal(t, target, at) is None
        case SendAway(way=Way.CALLBACK):
            return booking.refusal_of(t, call, queue_id, None) is None
        case SendAway():
            return True
        case _:
            assert_never(step.action)


def next_look(t: Tables, call: Call, at: Instant) -> Instant | None:
    """When something about a waiting caller may come true next; None when nothing will by itself."""
    assert call.queue_id is not None
    queue = t.rules.queues[call.queue_id]
    moments: list[Instant | None] = [staffing.leaves_at(t, call)]
    if call.brief.patience:
        moments.append(after(call.joined_at, call.brief.patience))
    if queue.max_wait is not None:
        moments.append(after(call.joined_at, queue.max_wait))
    for step in queue.overflow:
        if not step.reasons:  # its time is still to come; or others have to do something for it to be taken
            its_time = after(call.joined_at, step.waited)
            moments.append(its_time if its_time > at else after(at, LOOK_AGAIN))
    return min((moment for moment in moments if moment is not None and moment > at), default=None)


def _expect_next(t: Tables, call: Call, at: Instant) -> None:
    moment = next_look(t, call, at)
    if moment is None:
        t.timers.cancel(TimerKind.OVERFLOW, call.call_id)
    else:
        t.timers.set(TimerKind.OVERFLOW, call.call_id, moment)
