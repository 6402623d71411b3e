"""Visits to queues and spells of agents, as pure functions of the events: what figures are counted from."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from acd.agent import AgentState
from acd.agent_events import WrapUpEnded
from acd.call import CallClass, Outcome
from acd.call_events import CallConnected, CallEnded, ConversationEnded
from acd.exits import TURNED_AWAY, QueueExit
from acd.ids import AgentId, CallId, QueueId
from acd.instant import Instant, Span
from acd.queue_events import CallLeftQueue, CallQueued
from acd.reasons import NotReadyReason
from cti.envelope import Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRecord:
    """One visit to one queue, in one row. A call that goes on to another queue visits twice."""

    run: str
    seq: int
    """With ``run``: the event that began the visit, which is its name."""
    call_id: CallId
    queue_id: QueueId
    call_class: CallClass | None = None
    """None for who was not let in."""
    began_at: Instant
    """When he came to this queue: the visit is counted in the period this lies in."""
    queued_at: Instant
    """When he first began to wait, in whatever queue; waits are counted from here."""
    exit: QueueExit | None = None
    """None while he is here."""
    ended_at: Instant | None = None
    """When he left the line; for who was answered, when the conversation began."""
    waited_us: Span | None = None
    agent_id: AgentId | None = None
    talked_us: Span | None = None
    """None while they talk, and for who was not answered."""
    wrapped_us: Span | None = None
    """None while the agent wraps up, and where nothing was to be wrapped up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpellRecord:
    """For how long an agent was in one state."""

    run: str
    seq: int
    agent_id: AgentId
    state: AgentState
    reason: NotReadyReason | None
    since: Instant
    until: Instant | None = None
    """None while it lasts."""


VISIT_EVENTS = frozenset(
    {CallQueued, CallLeftQueue, CallConnected, ConversationEnded, CallEnded, WrapUpEnded}
)
"""The events that change what is known of a call's visits."""


def visits_after(visits: tuple[VisitRecord, ...], envelope: Envelope) -> tuple[VisitRecord, ...]:
    """A call's visits, in their order, once this has happened to the call."""
    message = envelope.message
    match message:
        case CallQueued():
            return _queued(visits, message, envelope)
        case CallLeftQueue():
            return _left(visits, message, envelope)
        case CallConnected(agent_id=agent_id):
            return _last(visits, _was_answered, lambda visit: {"agent_id": agent_id})
        case CallEnded(talked=talked) | ConversationEnded(talked=talked) if talked is not None:
            return _last(visits, _still_talks, lambda v: {"talked_us": _talked(v, talked, envelope.at)})
        case CallEnded(outcome=outcome):
            # Its line's end was told before; what is open still is a visit of a run that ended without it.
            end = QueueExit.ABANDONED if outcome is Outcome.ABANDONED else QueueExit.LOST
            return _last(visits, _is_open, lambda visit: _closed(visit, end, envelope.at))
        case WrapUpEnded(agent_id=agent_id, wrapped=wrapped):
            return _last(
                visits,
                lambda visit: _was_answered(visit) and visit.agent_id == agent_id,
                lambda visit: {"wrapped_us": Span((visit.wrapped_us or 0) + wrapped)},
            )
        case _:
            return visits


def _queued(
    visits: tuple[VisitRecord, ...], event: CallQueued, envelope: Envelope
) -> tuple[VisitRecord, ...]:
    if visits and _is_open(visits[-1]):
        if visits[-1].queue_id == event.queue_id:  # found waiting by a later run of the engine: he never left
            return (*visits[:-1], replace(visits[-1], call_class=event.call_class))
        visits = _last(visits, _is_open, lambda visit: _closed(visit, QueueExit.LOST, envelope.at))
    visit = VisitRecord(
        run=envelope.run,
        seq=envelope.seq,
        call_id=event.call_id,
        queue_id=event.queue_id,
        call_class=event.call_class,
        began_at=envelope.at,
        queued_at=event.queued_at,
    )
    return (*visits, visit)


def _left(
    visits: tuple[VisitRecord, ...], event: CallLeftQueue, envelope: Envelope
) -> tuple[VisitRecord, ...]:
    let_in = event.waited is not None or event.exit not in TURNED_AWAY
    if let_in and visits and visits[-1].queue_id == event.queue_id and _is_open(visits[-1]):
        return _last(visits, _is_open, lambda visit: _closed(visit, event.exit, envelope.at))
    waited = event.waited or Span(0)  # not let in; or the journal has a hole where he came
    visit = VisitRecord(
        run=envelope.run,
        seq=envelope.seq,
        call_id=event.call_id,
        queue_id=event.queue_id,
        began_at=envelope.at,
        queued_at=Instant(envelope.at - waited),
        exit=event.exit,
        ended_at=envelope.at,
        waited_us=waited,
    )
    return (*visits, visit)


def _is_open(visit: VisitRecord) -> bool:
    return visit.exit is None


def _was_answered(visit: VisitRecord) -> bool:
    return visit.exit is QueueExit.ANSWERED


def _still_talks(visit: VisitRecord) -> bool:
    return _was_answered(visit) and visit.talked_us is None


def _talked(visit: VisitRecord, told: Span, at: Instant) -> Span:
    # Found talking by a later run of the engine, which knows of the rest only.
    return Span(max(told, at - visit.ended_at)) if visit.ended_at is not None else told


def _closed(visit: VisitRecord, end: QueueExit, at: Instant) -> dict[str, Any]:
    return {"exit": end, "ended_at": at, "waited_us": Span(max(0, at - visit.queued_at))}


def _last(
    visits: tuple[VisitRecord, ...],
    which: Callable[[VisitRecord], bool],
    change: Callable[[VisitRecord], dict[str, Any]],
) -> tuple[VisitRecord, ...]:
    """The visits with the last one that is so changed; all as they are when none is so."""
    for at in range(len(visits) - 1, -1, -1):
        if which(visits[at]):
            return (*visits[:at], replace(visits[at], **change(visits[at])), *visits[at + 1 :])
    return visits
