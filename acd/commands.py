"""Commands: what people and flows ask of the ACD. A command may be refused, with a reason, as data."""

from dataclasses import dataclass

from acd.agent import AgentState
from acd.agent_state import QueueStanding
from acd.brief import NOTHING, Brief
from acd.call import CallClass
from acd.callback import DialFailure
from acd.customer import Customer
from acd.ids import AgentId, CallId, QueueId
from acd.instant import Instant, Span
from acd.overflow_rules import AtClosing
from acd.reasons import NotReadyReason
from acd.transfer import TransferWay


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterIvr:
    """A flow wants to talk with this caller. Refused when the call is already over."""

    call_id: CallId
    caller: str
    dialled: str
    flow: str
    flow_version: int = 0
    """The published version that the flow is of; 0 while there is none. A call keeps it."""
    customer: Customer | None = None
    """Who he is, when that was known in time."""
    returns: bool = False
    """His agent has hung up and the flow takes him back; this may be the first news of it."""
    failure: DialFailure | None = None
    """Why nobody answered whom he was put through to; likewise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnqueueCall:
    """A flow hands its caller to a queue. Refused when the queue is unknown or full, or the call over."""

    call_id: CallId
    queue_id: QueueId
    call_class: CallClass | None = None
    """None leaves it to the rules (VIP by the caller's number)."""
    in_hand: bool = False
    """The flow can connect him by itself: whoever is offered him at once rings by the flow's own doing
    (:attr:`acd.orders.RingAgent.by_flow`), which saves the way through the waiting room."""
    brief: Brief = NOTHING
    """What goes with him. Refused when it makes no sense or is too much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCall:
    """A flow puts its caller through to somebody who is no agent. Refused when the number may not be called,
    or the call is over."""

    call_id: CallId
    way: TransferWay
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAgentReady:
    """CSTA Set Agent State, ready. Logs the agent in if need be; while busy it takes effect afterwards."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAgentNotReady:
    """CSTA Set Agent State, not ready, with a reason; while busy it takes effect afterwards."""

    agent_id: AgentId
    reason: NotReadyReason


@dataclass(frozen=True, slots=True, kw_only=True)
class LogAgentOut:
    """CSTA Set Agent State, logged off; while busy it takes effect afterwards."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseNextState:
    """What an agent will be after his conversation and its wrap-up; ``state`` None takes a choice back.

    Refused when he is neither busy nor wrapping up.
    """

    agent_id: AgentId
    state: AgentState | None
    reason: NotReadyReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndWrapUp:
    """An agent is done with his after-call work. Refused when he is not wrapping up."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendWrapUp:
    """An agent needs more time for his after-call work. Refused when the queue gives no more."""

    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ForceAgentState:
    """A supervisor sets an agent's state, whatever it is; see :mod:`acd.force` for what that means when."""

    agent_id: AgentId
    state: AgentState
    """Ready, not ready or logged out."""
    reason: NotReadyReason | None = None
    by: str
    """The supervisor."""
    because: str
    """Why, in his words."""
    now: bool = False
    """Without wrap-up. A conversation goes on in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptRules:
    """Decide by these rules from now on. Refused, whole, while somebody is in a queue that they take away,
    and when they cannot be read.

    The floor reads the document for its cores; as text it stands in the journal, so that a replay changes its
    rules when the engine did.
    """

    version: int
    document: str
    """The rules document as JSON; see :mod:`cti.rules_document`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseQueue:
    """Close a queue at once, whatever its hours, until somebody reopens it. Refused for an unknown queue."""

    queue_id: QueueId
    because: str
    by: str = ""
    """Who says so, in his own words; nobody checks it."""
    waiting: AtClosing | None = None
    """What becomes of those who wait; None leaves it to the queue's rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenQueue:
    """Leave a queue to its hours again. Refused when it was not closed by hand."""

    queue_id: QueueId
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookCallback:
    """Keep a place in line for somebody who will be called back.

    Refused when the queue does not call back or keeps as many callbacks as it may, when the number may not be
    dialled, when the queue is closed at the moment asked for or that is too far ahead, or when the caller is
    over or being served. A customer has one callback: the earlier is kept, unless he asks for a moment.
    """

    queue_id: QueueId | None = None
    """None: the queue he waits in."""
    call_id: CallId | None = None
    """The caller who books, whose place it keeps; None for an integrator."""
    number: str | None = None
    """Whom to dial; None: the number the caller calls from."""
    not_before: Instant | None = None
    """The moment at which he wants to be called; None: as soon as it is his turn."""
    by_flow: bool = False
    """He is told so by the flow that talks with him while he waits, and takes him out of the waiting room:
    nobody else moves him, unless it does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellPlace:
    """A flow that talks with a waiting caller tells him his place and his wait, and
    :class:`acd.queue_events.CallAnnounced` says which. Refused when he does not wait any more."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelCallback:
    """Take a callback back. Refused when there is none of that name, or the customer is on the line."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class SetQueueStanding:
    """An agent pauses, leaves or takes up one queue, and goes on in the others. Refused when he does not have
    the skills it requires."""

    agent_id: AgentId
    queue_id: QueueId
    standing: QueueStanding
    reason: NotReadyReason | None = None
    """Why he pauses it, if he says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialForAgent:
    """An agent wants to talk with somebody: his own phone is rung, and when he has answered that number is
    dialled, once. Refused when he is not ready or does not serve the queue, when the number may not be
    dialled, or somebody is calling it already.
    """

    call_id: CallId
    """The name its line shall have."""
    agent_id: AgentId
    queue_id: QueueId
    """For which queue he talks then."""
    number: str
    ring_for: Span
    """How long that telephone may ring."""


Command = (
    EnterIvr
    | EnqueueCall
    | TransferCall
    | SetAgentReady
    | SetAgentNotReady
    | LogAgentOut
    | ChooseNextState
    | EndWrapUp
    | ExtendWrapUp
    | ForceAgentState
    | SetQueueStanding
    | CloseQueue
    | ReopenQueue
    | BookCallback
    | TellPlace
    | CancelCallback
    | DialForAgent
)
