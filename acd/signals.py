"""Signals: what happened in the world. Never refused; late, double or unknown ones are part of life."""

from dataclasses import dataclass
from enum import StrEnum

from acd.agent import AgentState
from acd.agent_state import QueueStanding
from acd.brief import NOTHING, Brief
from acd.call import CallClass
from acd.callback import CallbackOrder, CallbackState, DialFailure
from acd.customer import Customer
from acd.door import Closure
from acd.ids import AgentId, CallId, CustomerId, OfferId, QueueId
from acd.instant import Instant, Span
from acd.ledger import OpenItem
from acd.message import Mailbox, MessageId, MessageKind, MessageState
from acd.orders import Phone
from acd.reasons import NotReadyReason
from acd.transfer import Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class CallArrived:
    """A caller's channel exists."""

    call_id: CallId
    caller: str
    dialled: str
    we_called: bool = False
    """Whether it is we who called him, for a campaign: what ``dialled`` names then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDropped:
    """We called him, he answered, and nobody was there in time; he may have hung up since."""

    call_id: CallId
    caller: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFound:
    """Who a caller is: the answer came after his flow had begun, or he was met after a restart."""

    call_id: CallId
    customer: Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeEntered:
    """The caller came to a node of a flow, or of a sub-flow of it."""

    call_id: CallId
    flow: str
    node: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAnswered:
    """A node learned something of the caller, or for him: once per try of a menu."""

    call_id: CallId
    flow: str
    node: str
    kind: str
    key: str | None
    """What he pressed; None: silence, or more than one key, or nothing was asked."""
    result: str | None
    """What came of it in a few words, never what he typed."""
    answered: bool | None = None
    """Whether it is his answer; False when it is not and no try is left; None for anything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowFinished:
    """The flow itself is about to hang up: the caller was served in the IVR."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerWaiting:
    """The caller's channel is in the waiting room and may be moved."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerLeaving:
    """The caller hears what he was sent away to hear."""

    call_id: CallId
    no_room: bool = False
    """He was to leave a message, and there is no room for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAsked:
    """A flow lets its caller leave something: from now on he may speak, or send."""

    call_id: CallId
    kind: MessageKind


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTakenIn:
    """Something a caller left is there, whole; maybe of a call that ended long ago."""

    call_id: CallId
    message_id: MessageId
    kind: MessageKind
    mailbox: Mailbox | None
    """Whom it is for; None for a recording."""
    caller: str
    customer_id: CustomerId | None
    left_at: Instant
    length: Span | None
    """How long it takes to listen to; None for pages."""
    pages: int | None
    """How many came; None for words."""
    size: int
    """Of its file, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageHandled:
    """Somebody listened to a message, dealt with it, or removed it."""

    call_id: CallId
    message_id: MessageId
    kind: MessageKind
    mailbox: Mailbox | None
    """Whom it is for; None for a recording."""
    caller: str
    customer_id: CustomerId | None
    state: MessageState
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerPressed:
    """The caller pressed a key while he waited."""

    call_id: CallId
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerJudged:
    """The caller answered a question of a survey."""

    call_id: CallId
    flow: str
    node: str
    question: str
    grade: int | None
    """None when he said it in words."""
    least: int
    """The least grade there was to give; with no grade asked for, it is ``most``."""
    most: int
    comment: str | None = None
    """The name under which what he said is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferTaken:
    """Whoever the caller was put through to has answered."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferOver:
    """Whoever the caller was put through to has not answered, or has hung up."""

    call_id: CallId
    failure: DialFailure | None
    """None: he had answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerHungUp:
    """The caller's channel is gone."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRinging:
    """The agent's phone is being rung for this offer."""

    offer_id: OfferId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAnswered:
    """The agent answered this offer's call."""

    offer_id: OfferId


class Failure(StrEnum):
    """Why ringing an agent came to nothing."""

    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"
    """Somebody other than the agent ended the ringing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFailed:
    """Ringing ended without an answer."""

    offer_id: OfferId
    why: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentHungUp:
    """The agent's leg of this offer's call is gone."""

    offer_id: OfferId


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneChanged:
    """An agent's phone registered or vanished."""

    agent_id: AgentId
    reachable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFailed:
    """The world refused to ring the agent: nothing was done."""

    offer_id: OfferId
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DialRefused:
    """The gate did not let an order for a callback out: nobody was rung."""

    offer_id: OfferId
    why: str
    """In words, for people."""
    not_before: Instant | None
    """When it may be asked again; None: waiting changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUnconfirmed:
    """The order to ring was sent and nobody knows what became of it."""

    offer_id: OfferId
    detail: str


class Place(StrEnum):
    """Where Asterisk says a caller is."""

    IN_IVR = "in_ivr"
    WAITING = "waiting"
    RINGING = "ringing"
    DIALLING = "dialling"
    """A callback's line is open, nobody rings for it, and the customer is not on it yet."""
    TALKING = "talking"
    TRANSFERRED = "transferred"
    """Put through to somebody who is no agent, or his phone rings."""
    LEAVING_MESSAGE = "leaving_message"
    FAREWELL = "farewell"
    """Being told something, to be hung up on then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCall:
    """One call as the world shows it."""

    call_id: CallId
    place: Place
    caller: str = "unknown"
    dialled: str = ""
    queue_id: QueueId | None = None
    call_class: CallClass = CallClass.NORMAL
    queued_at: Instant | None = None
    joined_at: Instant | None = None
    """When he came to his queue; None when he overflowed from no other."""
    boost: Span = Span(0)
    offer_id: OfferId | None = None
    agent_id: AgentId | None = None
    callback: CallbackOrder | None = None
    """Set when this is a callback's line."""
    also_ringing: tuple[Phone, ...] = ()
    """Further phones that ring for him."""
    brief: Brief = NOTHING
    """What goes with him."""
    transfer: Transfer | None = None
    """With whom he is, when he is put through; ``answered_at`` is when that was seen."""
    we_called: bool = False
    """As in :class:`CallArrived`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What the world showed when asked at ``as_of``. What changed here at or after that is newer than it."""

    as_of: Instant
    calls: tuple[LiveCall, ...]
    reachable: frozenset[AgentId]
    """Agents whose phones are registered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLost:
    """Orders reach nobody and events no longer arrive."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRestored:
    """The link is back, and this is what is true."""

    seen: Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorObserved:
    """A routine audit of what is true."""

    seen: Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLocated:
    """The answer to :class:`acd.orders.LocateCall`; ``found`` is None when no such channel exists."""

    call_id: CallId
    as_of: Instant
    found: LiveCall | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAnswered:
    """The customer of this callback has answered his phone."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class DialFailed:
    """Dialling the customer of this callback came to nothing; its line is about to go."""

    call_id: CallId
    why: DialFailure


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


Signal = (
    CallArrived
    | CallDropped
    | CustomerFound
    | NodeEntered
    | NodeAnswered
    | FlowFinished
    | CallerWaiting
    | CallerLeaving
    | CallerHungUp
    | AgentRinging
    | AgentAnswered
    | OfferFailed
    | AgentHungUp
    | PhoneChanged
    | OrderFailed
    | DialRefused
    | OrderUnconfirmed
    | LinkLost
    | LinkRestored
    | FloorObserved
    | CallLocated
    | AgentRemembered
    | UnansweredRemembered
    | AgentsRemembered
    | QueuesRemembered
    | CustomerAnswered
    | DialFailed
    | CallbacksRemembered
    | CallerPressed
    | CallerJudged
    | TransferTaken
    | TransferOver
    | MessageAsked
    | MessageTakenIn
    | MessageHandled
)
