"""A requirement relaxes step by step while a caller waits, and never tightens again.

A step is taken when its time has come, counted from when the caller first began to wait; or at once, when no
agent who is logged in could take him as things stand and one could after a later step. The tiers of agents
who are asked later (:mod:`acd.tiers`) go along with it.
"""

from acd import tiers
from acd.call import Call
from acd.decision import WhyRelaxed
from acd.ids import CallId, QueueId
from acd.instant import Instant, after
from acd.queue_events import RequirementRelaxed
from acd.requirement import Requirement
from acd.tables import Tables
from acd.timers import TimerKind


def begin(t: Tables, call: Call, queue_id: QueueId) -> None:
    """What the queue requires of who takes this caller; in the queue he is in already, he keeps his step."""
    if call.queue_id != queue_id:
        call.relaxed = 0
    tiers.begin(t, call, queue_id)
    call.requirement = required(t, call, queue_id)


def required(t: Tables, call: Call, queue_id: QueueId) -> Requirement:
    """What is required of who takes him there at his step: what the queue does, and what he does himself."""
    need = t.rules.queues[queue_id].steps[call.relaxed]
    return need if call.own is None else need.both(call.own)


def catch_up(t: Tables, call: Call, at: Instant) -> None:
    """Take the steps whose time has come, and expect the next one."""
    tiers.catch_up(t, call, at)
    due = steps_due(t, call, at)
    if due > call.relaxed:
        _relax(t, call, due, WhyRelaxed.WAITED)
    else:
        _expect_next(t, call)


def steps_due(t: Tables, call: Call, at: Instant) -> int:
    """How many steps his queue's rules give to who has waited for as long as he has."""
    assert call.queue_id is not None
    return sum(after(call.queued_at, step.after) <= at for step in t.rules.queues[call.queue_id].relax)


def due(t: Tables, name: str, at: Instant) -> None:
    """The next step's deadline fell due. A phone that rings for him meanwhile goes on ringing."""
    catch_up(t, t.calls[CallId(name)], at)


def keep(t: Tables, call: Call, step: int) -> None:
    """He takes a place where less was required already."""
    assert call.queue_id is not None
    step = min(step, len(t.rules.queues[call.queue_id].relax))
    if step > call.relaxed:
        _relax(t, call, step, WhyRelaxed.KEPT)


def stop(t: Tables, call: Call) -> None:
    """He no longer waits."""
    tiers.stop(t, call)
    t.timers.cancel(TimerKind.RELAXATION, call.call_id)


def unless_somebody_could(t: Tables, call: Call) -> None:
    """Go at once to the first step that somebody who is logged in meets, whatever his tier; if nobody meets
    any, nothing is won by asking for less, and he goes on waiting for those who were meant for him.
    """
    now, *later = [tiers[-1] for tiers in t.matching.steps_of(call)[call.relaxed :]]
    wider = None if now.has_staff() else next((demand for demand in later if demand.has_staff()), None)
    if wider is not None:
        _relax(t, call, wider.step, WhyRelaxed.NOBODY_COULD)
    else:
        tiers.unless_somebody_works(t, call)


def recheck(t: Tables) -> None:
    """Callers whom nobody could take, since the first or the last of a kind came or left."""
    queues = tuple(t.matching.recheck)
    t.matching.recheck.clear()
    for demand in (demand for queue_id in queues for demand in t.matching.demands_of(queue_id)):
        if demand.waiting and not (demand.has_staff() and demand.has_anybody_at_work()):
            for call_id in demand.waiting.some(len(demand.waiting)):
                unless_somebody_could(t, t.calls[call_id])


def _relax(t: Tables, call: Call, step: int, because: WhyRelaxed) -> None:
    assert call.queue_id is not None
    call.relaxed = step
    call.requirement = required(t, call, call.queue_id)
    t.matching.index_call(call)
    t.tell(
        RequirementRelaxed(
            call_id=call.call_id,
            queue_id=call.queue_id,
            step=step,
            requirement=call.requirement.text,
            because=because,
        )
    )
    _expect_next(t, call)
    tiers.unless_somebody_works(t, call)


def next_step(t: Tables, call: Call) -> Instant | None:
    """When his requirement relaxes next by itself; None when it never does."""
    if call.queue_id is None:
        return None
    relax = t.rules.queues[call.queue_id].relax
    return after(call.queued_at, relax[call.relaxed].after) if call.relaxed < len(relax) else None


def _expect_next(t: Tables, call: Call) -> None:
    at = next_step(t, call)
    if at is None:
        t.timers.cancel(TimerKind.RELAXATION, call.call_id)
    else:
        t.timers.set(TimerKind.RELAXATION, call.call_id, at)
