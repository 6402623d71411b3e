"""Overflow in words: what is going to become of a waiting caller if nobody takes him."""

from collections.abc import Iterator
from typing import assert_never

from acd import doors, staffing
from acd.call import Call
from acd.instant import Instant, after, in_seconds
from acd.overflow_rules import Action, OverflowStep, SendAway, ToQueue, Way
from acd.tables import Tables


def prospects(t: Tables, call: Call, at: Instant) -> tuple[str, ...]:
    """What limits a waiting caller's stay, in sentences; empty when nothing does."""
    return tuple(_prospects(t, call, at))


def _prospects(t: Tables, call: Call, at: Instant) -> Iterator[str]:
    assert call.queue_id is not None
    queue, door = t.rules.queues[call.queue_id], t.doors[call.queue_id]
    if not door.is_open:
        fate = "has to leave" if doors.sends_waiting_away(t, call.queue_id) else "stays until he is served"
        yield f"the queue is {door.why}; who waits {fate}"
    leaves_at = staffing.leaves_at(t, call)
    if leaves_at is not None:
        yield f"nobody is there to serve the queue; {_when(leaves_at, at)} he has to leave"
    if queue.max_wait is not None:
        limit = after(call.joined_at, queue.max_wait)
        yield f"{_when(limit, at)} he has waited for as long as the queue allows"
    for step in queue.overflow:
        if not step.reasons:
            yield _step(step, after(call.joined_at, step.waited), at)


def _step(step: OverflowStep, its_time: Instant, at: Instant) -> str:
    conditions = []
    if step.predicted:
        conditions.append(f"his estimated wait is at least {in_seconds(step.predicted):.0f} s")
    if step.length:
        conditions.append(f"at least {step.length} are ahead of him")
    if step.per_agent_permille:
        conditions.append(f"at least {step.per_agent_permille / 1000:g} are ahead of him per agent logged in")
    goes = f"{_when(its_time, at)} he {action_words(step.action)}"
    return f"{goes}, if {' and '.join(conditions)}" if conditions else goes


def action_words(action: Action) -> str:
    """What is done with a caller: ``goes to queue b``."""
    match action:
        case ToQueue():
            return f"goes to queue {action.queue_id}"
        case SendAway(way=Way.FLOW):
            return "goes back to his flow"
        case SendAway(way=Way.VOICEMAIL):
            return "may leave a message"
        case SendAway(way=Way.ANNOUNCEMENT):
            return "is told that he cannot be served"
        case SendAway(way=Way.HANG_UP):
            return "is hung up on"
        case SendAway():
            raise AssertionError(f"no words for {action.way}")
        case _:
            assert_never(action)


def _when(moment: Instant, at: Instant) -> str:
    return f"in {in_seconds(moment - at):.0f} s" if moment > at else "from now on"
