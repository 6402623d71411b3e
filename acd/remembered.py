"""Signals of what earlier runs of the engine left open, told at the start from the store."""

from dataclasses import dataclass

from acd.agent import AgentState
from acd.agent_state import QueueStanding
from acd.brief import NOTHING, Brief
from acd.call import CallClass
from acd.callback import CallbackOrder, CallbackState
from acd.door import Closure
from acd.ids import AgentId, CallId, CustomerId, QueueId
from acd.instant import Instant, Span
from acd.ledger import OpenItem
from acd.reasons import NotReadyReason


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRemembered:
    """A callback that was open when the engine last ran."""

    call_id: CallId
    queue_id: QueueId
    number: str
    customer_id: CustomerId | None
    from_call: CallId | None
    order: CallbackOrder
    call_class: CallClass
    queued_at: Instant
    boost: Span
    booked_at: Instant
    expires_at: Instant
    not_before: Instant
    attempts: int
    state: CallbackState
    brief: Brief = NOTHING
    asked_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbacksRemembered:
    """Callbacks of earlier runs, from the store, at start."""

    callbacks: tuple[CallbackRemembered, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnansweredRemembered:
    """Callers whose last contact, in an earlier run, came to nothing; from the store, at start."""

    items: tuple[OpenItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AwayFromQueue:
    """A queue an agent had paused or left."""

    queue_id: QueueId
    standing: QueueStanding
    reason: NotReadyReason | None
    since: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRemembered:
    """The state an agent had when the engine last ran, from the store."""

    agent_id: AgentId
    state: AgentState
    reason: NotReadyReason | None
    until: Instant | None = None
    """When that state was to end by itself."""
    since: Instant | None = None
    """When it began."""
    away_from: tuple[AwayFromQueue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentsRemembered:
    """The same of everybody, at start: in one breath, so that no caller is judged by half of a team."""

    agents: tuple[AgentRemembered, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRemembered:
    """A queue that was closed by hand when the engine last ran, from the store."""

    queue_id: QueueId
    closure: Closure


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuesRemembered:
    """All of them, at start."""

    queues: tuple[QueueRemembered, ...]
