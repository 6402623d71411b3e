"""What the database says about calls and agents, as pure functions of the events."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from acd.agent import AgentState
from acd.agent_events import AgentStateChanged
from acd.call import CallClass, Outcome
from acd.call_events import CallConnected, CallEnded, CallStarted, ConversationEnded, CustomerRecognised
from acd.exits import TURNED_AWAY
from acd.ids import AgentId, CallId, CustomerId, QueueId
from acd.instant import Instant, Span
from acd.ivr_events import IvrEntered, IvrNodeAnswered
from acd.offer_events import OfferMade
from acd.queue_events import CallLeftQueue, CallQueued, CallReassessed
from acd.reasons import NotReadyReason
from cti.messages import Input, Output

MOST_KEYS = 100
"""Keys remembered of one call; a caller may wander through a menu for long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call's history in one row."""

    call_id: CallId
    caller: str = "unknown"
    dialled: str = ""
    arrived_at: Instant
    found: bool = False
    """Not seen arriving, but met in the world after a restart or a lost link."""
    flow: str | None = None
    """The last flow that talked with the caller."""
    flow_version: int | None = None
    """The published version it is of; None when there was none."""
    menu_keys: str = ""
    """What he pressed, in order."""
    queue_id: QueueId | None = None
    """The last queue he came to."""
    call_class: CallClass | None = None
    queued_at: Instant | None = None
    offers_made: int = 0
    connected_at: Instant | None = None
    agent_id: AgentId | None = None
    """The agent he talked with."""
    ended_at: Instant | None = None
    """None while the call lives."""
    outcome: Outcome | None = None
    waited_us: Span | None = None
    """From first queued until he talked with an agent or left; None while he waits or when he never did."""
    talked_us: Span | None = None
    """With all agents together."""
    customer_id: CustomerId | None = None
    """Who he was, when that was known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRecord:
    """An agent's last known state."""

    agent_id: AgentId
    state: AgentState
    reason: NotReadyReason | None
    since: Instant
    until: Instant | None = None
    """When that state was to end by itself."""


def call_after(record: CallRecord | None, message: Input | Output, at: Instant) -> CallRecord | None:
    """The record of the message's call once this has happened at ``at``.

    ``record`` is what was known of that call, None for nothing: then the call is taken to have arrived now,
    so that a hole in the journal costs details, not calls. What is no event of a call's life changes nothing.
    """
    change = _CALL_CHANGES.get(type(message))
    if change is None:
        return record
    known = record or CallRecord(call_id=message.call_id, arrived_at=at)  # type: ignore[union-attr, arg-type]
    if isinstance(message, CallStarted):
        return _started(record, known, message)
    return replace(known, **change(known, message, at))


def agent_after(event: AgentStateChanged, at: Instant) -> AgentRecord:
    """The agent's record after ``event``."""
    since = at if event.since is None else event.since
    return AgentRecord(
        agent_id=event.agent_id, state=event.now, reason=event.reason, since=since, until=event.until
    )


Columns = dict[str, Any]


def _started(record: CallRecord | None, known: CallRecord, event: CallStarted) -> CallRecord:
    # Met again by a later run of the engine: it goes on, and its arrival is the one that was seen.
    return replace(
        known,
        caller=event.caller,
        dialled=event.dialled,
        found=known.found if record else event.found,
        ended_at=None,
        outcome=None,
    )


def _queued(known: CallRecord, event: CallQueued, at: Instant) -> Columns:
    return {
        "queue_id": event.queue_id,
        "call_class": event.call_class,
        "queued_at": event.queued_at,
        "waited_us": None,
    }


def _left_queue(known: CallRecord, event: CallLeftQueue, at: Instant) -> Columns:
    if event.waited is None and event.exit in TURNED_AWAY:  # he was not let in
        return {"queue_id": event.queue_id}
    return {"queue_id": event.queue_id, "waited_us": _since_queued(known, at)}


def _connected(known: CallRecord, event: CallConnected, at: Instant) -> Columns:
    if known.connected_at is not None:  # found talking by a later run of the engine: it began back then
        return {"agent_id": event.agent_id}
    return {
        "connected_at": at,
        "agent_id": event.agent_id,
        "queue_id": event.queue_id or known.queue_id,
        "waited_us": event.waited if event.queue_id is not None else None,
    }


def _talked(known: CallRecord, event: ConversationEnded, at: Instant) -> Columns:
    return {"talked_us": _with(known, event.talked, at)}


def _with(known: CallRecord, talked: Span, at: Instant) -> Span:
    """All conversations of the call, once one more has ended."""
    if known.talked_us is not None:
        return Span(known.talked_us + talked)
    # Found talking by a later run of the engine, which knows of the rest only.
    return talked if known.connected_at is None else Span(max(talked, at - known.connected_at))


def _ended(known: CallRecord, event: CallEnded, at: Instant) -> Columns:
    waited, talked = known.waited_us, known.talked_us
    if waited is None and known.connected_at is None:
        waited = _since_queued(known, at)
    if event.talked is not None:
        talked = _with(known, event.talked, at)
    return {
        "ended_at": at,
        "outcome": event.outcome,
        "queue_id": event.queue_id or known.queue_id,
        "agent_id": event.agent_id or known.agent_id,
        "talked_us": talked,
        "waited_us": waited,
    }


def _since_queued(known: CallRecord, at: Instant) -> Span | None:
    return None if known.queued_at is None else Span(max(0, at - known.queued_at))


_CALL_CHANGES: dict[type, Callable[[CallRecord, Any, Instant], Columns]] = {
    CallStarted: lambda known, event, at: {},
    IvrEntered: lambda known, event, at: {
        "flow": event.flow,
        "flow_version": event.flow_version or None,
        "caller": event.caller,
    },
    CustomerRecognised: lambda known, event, at: {"customer_id": event.customer_id},
    IvrNodeAnswered: lambda known, event, at: {
        "menu_keys": (known.menu_keys + (event.key or ""))[:MOST_KEYS]
    },
    CallQueued: _queued,
    CallReassessed: lambda known, event, at: {"call_class": event.call_class},
    CallLeftQueue: _left_queue,
    OfferMade: lambda known, event, at: {"offers_made": known.offers_made + 1},
    CallConnected: _connected,
    ConversationEnded: _talked,
    CallEnded: _ended,
}

CALL_EVENTS = frozenset(_CALL_CHANGES)
"""The events that change what is known of a call."""
