"""Events of queues and of who waits in them: doors, visits, what is required, whom a caller waits for."""

from dataclasses import dataclass
from enum import StrEnum

from acd.brief import NOTHING, Brief
from acd.call import CallClass
from acd.decision import WhyRelaxed
from acd.door import Closure
from acd.exits import QueueExit
from acd.ids import AgentId, CallId, CustomerId, QueueId
from acd.instant import Instant, Span
from acd.overflow_rules import Way


@dataclass(frozen=True, slots=True, kw_only=True)
class CallQueued:
    """CSTA Queued: the caller began to wait. ``position`` counts from 1, whoever goes before him included."""

    call_id: CallId
    queue_id: QueueId
    call_class: CallClass
    queued_at: Instant
    position: int
    boost: Span = Span(0)
    """Waiting time credited for an earlier unanswered call."""
    class_because: str = ""
    """Why he is of this class; empty in records older than this field."""
    customer_id: CustomerId | None = None
    brief: Brief = NOTHING
    """What his flow handed on with him."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLeftQueue:
    """A visit to a queue ended, by ``exit``; also the visit of a caller who was not let in.

    There is one for every visit, so these and the callers still here are all who came.
    """

    call_id: CallId
    queue_id: QueueId
    exit: QueueExit = QueueExit.LEFT_FOR_IVR
    """Records older than this field told of no other."""
    waited: Span | None = None
    """From when he first began to wait, in whatever queue; None when he was not let in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnnounced:
    """A waiting caller is told his place and how long it may take; None is what he is not told."""

    call_id: CallId
    queue_id: QueueId
    position: int | None
    wait_minutes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSentAway:
    """A caller whom a queue did not take or keep is taken out of the queues; ``because`` is his exit."""

    call_id: CallId
    queue_id: QueueId
    way: Way
    prompts: tuple[str, ...]
    because: QueueExit


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDoorChanged:
    """A queue opened, closed, or is closed for another reason; all that decides about it."""

    queue_id: QueueId
    open: bool
    open_by_hours: bool
    holiday: str
    closure: Closure | None
    """By whom and why it is closed by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementRelaxed:
    """Less is required of who takes this call from now on. ``step`` counts the queue's relaxations from 1."""

    call_id: CallId
    queue_id: QueueId
    step: int
    requirement: str
    because: WhyRelaxed


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesAdopted:
    """From now on these rules decide, also about callers who wait already."""

    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReassessed:
    """New rules changed the class of a caller in a queue, or what is required of who takes him."""

    call_id: CallId
    queue_id: QueueId
    call_class: CallClass
    class_because: str
    step: int
    """How many relaxations are in force for him."""
    requirement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TierOpened:
    """The agents of one more tier may take this call. ``tier`` counts from 1, which is always open."""

    call_id: CallId
    queue_id: QueueId
    tier: int
    because: WhyRelaxed


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAwaited:
    """The caller waits for this agent of his, and for nobody else, at most until then."""

    call_id: CallId
    queue_id: QueueId
    agent_id: AgentId
    until: Instant


class WhyOpened(StrEnum):
    """Why a queue's reserve is needed."""

    FORETOLD = "foretold"
    """The wait foretold to a newcomer is too long."""
    WAITED = "waited"
    """No wait can be foretold, and somebody has waited for too long."""
    NOBODY_ELSE = "nobody_else"
    """Nobody else who could serve the queue is at work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveOpened:
    """The agents in reserve may take the queue's calls from now on."""

    queue_id: QueueId
    because: WhyOpened
    wait: Span
    """The wait foretold, or the longest so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveClosed:
    """They may not any more."""

    queue_id: QueueId
    wait: Span


class WhyNoLonger(StrEnum):
    """Why anybody will do for a caller who waited for one agent."""

    WAITED = "waited"
    """He has waited for as long as the rules say."""
    GONE = "gone"
    """The agent has logged out, or is not ready and will not be soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentNoLongerAwaited:
    """Anybody will do for this caller."""

    call_id: CallId
    queue_id: QueueId
    agent_id: AgentId
    because: WhyNoLonger
