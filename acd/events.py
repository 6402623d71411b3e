"""Events: facts of the domain, told to everyone who listens. ``Refused`` is the one answer among them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from acd.agent import AgentState
from acd.agent_rules import DwellThen
from acd.agent_state import QueueStanding
from acd.brief import NOTHING, Brief, Datum
from acd.call import CallClass, Outcome
from acd.callback import CallbackOrder, CallbackState, DialFailure
from acd.decision import Candidate, Rival, Score, WhyRelaxed
from acd.door import Closure
from acd.exits import QueueExit
from acd.ids import AgentId, CallId, CustomerId, OfferId, QueueId
from acd.instant import Instant, Span
from acd.ivr_exits import IvrExit
from acd.ledger import WhyOwed
from acd.message import Mailbox, MessageId, MessageKind, MessageState
from acd.offer import OfferEnd
from acd.overflow_rules import Way
from acd.reasons import NotReadyReason
from acd.transfer import TransferWay


class Because:
    """Short, stable words for why an agent's state changed."""

    ASKED: Final = "asked"
    ASKED_EARLIER: Final = "asked_while_busy"
    OFFER_MADE: Final = "offer_made"
    ANSWERED: Final = "answered"
    NO_ANSWER: Final = "no_answer"
    REJECTED: Final = "rejected"
    PAUSE_OVER: Final = "pause_over"
    OFFER_WITHDRAWN: Final = "offer_withdrawn"
    CALL_ENDED: Final = "call_ended"
    WRAP_UP_OVER: Final = "wrap_up_over"
    PHONE_UNREACHABLE: Final = "phone_unreachable"
    PHONE_BACK: Final = "phone_back"
    FOUND_TALKING: Final = "found_talking"
    FOUND_RINGING: Final = "found_ringing"
    REMEMBERED: Final = "remembered"
    PHONE_BUSY: Final = "phone_busy"
    NOT_RUNG: Final = "not_rung"
    OFFERS_NOT_TAKEN: Final = "offers_not_taken"
    WRAP_UP_DONE: Final = "wrap_up_done"
    DWELL_EXCEEDED: Final = "dwell_exceeded"
    FORCED: Final = "forced"


class WhyCallback:
    """Short, stable words for why a callback moved."""

    ITS_TIME: Final = "its_time"
    CLOSED: Final = "closed"
    NOT_ALLOWED: Final = "not_allowed"
    OFFERED: Final = "offered"
    AGENT_ACCEPTED: Final = "agent_accepted"
    AGENT_NOT_THERE: Final = "agent_not_there"
    ORDER_FAILED: Final = "order_failed"
    CUSTOMER_ANSWERED: Final = "customer_answered"
    NOT_REACHED: Final = "not_reached"
    OUT_OF_ATTEMPTS: Final = "out_of_attempts"
    OUT_OF_TIME: Final = "out_of_time"
    ASKED: Final = "asked"
    CALLED_IN: Final = "called_in"
    DUPLICATE: Final = "duplicate"
    REBOOKED: Final = "rebooked"
    TALKED: Final = "talked"
    HUNG_UP: Final = "hung_up"
    FOUND: Final = "found"
    REMEMBERED: Final = "remembered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A command was refused; nothing changed. Becomes HTTP 409."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted:
    """A caller arrived. ``found``: not seen arriving, but met in the world after a restart or a lost link."""

    call_id: CallId
    caller: str
    dialled: str
    found: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IvrEntered:
    """The caller is talking with a flow. ``caller`` is his number; until here it may have been unknown."""

    call_id: CallId
    flow: str
    flow_version: int = 0
    """The published version that the flow is of; 0 while there is none."""
    caller: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatmentEntered:
    """A flow begins to talk with a caller who waits in a queue, and goes on waiting."""

    call_id: CallId
    flow: str
    flow_version: int = 0
    """The published version that the flow is of; 0 while there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLeftIvr:
    """A stay in a flow ended, by ``exit``; there is one for every :class:`IvrEntered` and every
    :class:`TreatmentEntered`."""

    call_id: CallId
    flow: str
    exit: IvrExit
    spent: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecognised:
    """It is known who the caller is; told again only when that changes."""

    call_id: CallId
    customer_id: CustomerId
    segment: str | None
    caller: str = ""
    """His number: what was owed to it alone is owed to him. Empty in records older than this field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IvrNodeEntered:
    """The caller came to a node of a flow. ``flow`` is a sub-flow's name inside one."""

    call_id: CallId
    flow: str
    node: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IvrNodeAnswered:
    """A node learned something: at a menu, once per try."""

    call_id: CallId
    flow: str
    node: str
    kind: str
    key: str | None
    """What the caller pressed; None: silence, or more than one key, or nothing was asked."""
    result: str | None
    """What came of it in a few words, never what he typed."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingDecided:
    """Why this caller got this agent. Follows every offer."""

    offer_id: OfferId
    call_id: CallId
    agent_id: AgentId
    queue_id: QueueId
    because: str
    score: Score
    """The caller's, at the moment of the decision."""
    candidates: tuple[Candidate, ...]
    candidates_unnamed: int
    """Agents not named one by one."""
    rivals: tuple[Rival, ...]
    rivals_unnamed: int
    requirement: str = ""
    """What was required of the agent at that moment; empty in records older than this field."""
    rules_version: int = 0
    """By which version of the rules; 0 when nobody numbered them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMade:
    """CSTA Delivered: the call is reserved with the agent until ``expires_at``."""

    offer_id: OfferId
    call_id: CallId
    agent_id: AgentId
    queue_id: QueueId
    expires_at: Instant
    customer_id: CustomerId | None = None
    data: tuple[Datum, ...] = ()
    """What the caller's flow learnt, for the agent's screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRang:
    """The agent's phone is ringing for this offer."""

    offer_id: OfferId
    call_id: CallId
    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded:
    """The reservation is over."""

    offer_id: OfferId
    call_id: CallId
    agent_id: AgentId
    how: OfferEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class CallConnected:
    """CSTA Established: caller and agent are talking. ``waited`` counts from first queued."""

    call_id: CallId
    agent_id: AgentId
    queue_id: QueueId | None
    waited: Span
    customer_id: CustomerId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationEnded:
    """A conversation is over and the caller still here: he goes back to his flow, or waits again."""

    call_id: CallId
    agent_id: AgentId
    queue_id: QueueId | None
    talked: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferBegun:
    """A caller is put through to somebody who is no agent: his phone is rung."""

    call_id: CallId
    way: TransferWay
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAnswered:
    """He answered."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferEnded:
    """It is over: the call goes on in its flow, or is over with it."""

    call_id: CallId
    way: TransferWay
    number: str
    talked: Span | None
    """None when nobody answered."""
    failure: DialFailure | None
    """Why nobody answered, if that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswered:
    """A caller said how he was served. ``agent_id`` and ``queue_id``: with whom he had talked, and for which
    queue, when this run of the engine knows it."""

    call_id: CallId
    flow: str
    node: str
    question: str
    grade: int | None
    """None when he said it in words."""
    least: int
    most: int
    comment: str | None
    """The name of what he said."""
    agent_id: AgentId | None
    queue_id: QueueId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded:
    """CSTA Connection Cleared: the call is over, with exactly one outcome."""

    call_id: CallId
    queue_id: QueueId | None
    agent_id: AgentId | None
    outcome: Outcome
    talked: Span | None
    """None unless it ended an agent's conversation with the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpEnded:
    """The agent has finished his work after a call, or was taken from it. ``wrapped``: how long it took."""

    call_id: CallId
    agent_id: AgentId
    queue_id: QueueId | None
    wrapped: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStateChanged:
    """An agent moved; ``because`` is one of :class:`Because`."""

    agent_id: AgentId
    was: AgentState
    now: AgentState
    reason: NotReadyReason | None
    because: str
    until: Instant | None = None
    """When the state ends by itself: a wrap-up, or a while he is left alone."""
    since: Instant | None = None
    """When it began, if that was in an earlier run of the engine; None: now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStateChosen:
    """What an agent will be after what he is doing; None for what comes of its own accord."""

    agent_id: AgentId
    state: AgentState | None
    reason: NotReadyReason | None
    by: str | None = None
    """Who decided it over his head; None when it is his own wish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStandingChanged:
    """An agent paused, left or took up one queue."""

    agent_id: AgentId
    queue_id: QueueId
    standing: QueueStanding
    reason: NotReadyReason | None
    since: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentForced:
    """A supervisor set an agent's state, for the record; the change itself is told as any other."""

    agent_id: AgentId
    state: AgentState
    reason: NotReadyReason | None
    by: str
    because: str
    """In the supervisor's words."""
    afterwards: bool
    """Whether it waits for the end of what the agent is doing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpExtended:
    """An agent asked for more time after a conversation."""

    agent_id: AgentId
    until: Instant
    extensions_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DwellExceeded:
    """An agent has been in a state for longer than the rules let pass without a word."""

    agent_id: AgentId
    state: AgentState
    reason: NotReadyReason | None
    lasted: Span
    then: DwellThen


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneReachabilityChanged:
    """An agent's phone registered or vanished."""

    agent_id: AgentId
    reachable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UnansweredOpened:
    """A caller's contact came to nothing: his next call is recognised until one succeeds."""

    call_id: CallId
    caller: str
    why: WhyOwed
    attempts: int
    customer_id: CustomerId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnansweredClosed:
    """A contact with a caller we owed an answer succeeded."""

    call_id: CallId
    caller: str
    attempts: int
    customer_id: CustomerId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackBooked:
    """A place in line is kept for somebody who will be called back, under a call of its own."""

    call_id: CallId
    queue_id: QueueId
    number: str
    customer_id: CustomerId | None
    from_call: CallId | None
    """The call it was booked in; None when an integrator booked it."""
    order: CallbackOrder
    call_class: CallClass
    queued_at: Instant
    boost: Span
    booked_at: Instant
    not_before: Instant
    expires_at: Instant
    brief: Brief = NOTHING
    asked_at: Instant | None = None
    """When the customer asked for it, from the number that will be dialled; None: he did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackKept:
    """Somebody booked who had a callback already: the earlier place is kept."""

    call_id: CallId
    """The callback that stands."""
    from_call: CallId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackStateChanged:
    """A callback moved; ``because`` is one of :class:`WhyCallback`."""

    call_id: CallId
    was: CallbackState
    now: CallbackState
    because: str
    attempts: int
    """How often the customer has been dialled."""
    not_before: Instant
    failure: DialFailure | None = None
    """How dialling failed, when it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLeft:
    """A caller left something: it can be listened to, or looked at, from now on."""

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
    """None for words."""
    size: int
    """Of its file, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChanged:
    """Somebody has come further with a message, or removed it."""

    call_id: CallId
    message_id: MessageId
    kind: MessageKind
    mailbox: Mailbox | None
    """Whom it is for; None for a recording."""
    state: MessageState
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChanged:
    """The link to the PBX came or went; while it is away nobody is offered anything."""

    up: bool
    reason: str


Event = (
    Refused
    | CallStarted
    | IvrEntered
    | TreatmentEntered
    | CallLeftIvr
    | CustomerRecognised
    | IvrNodeEntered
    | IvrNodeAnswered
    | CallQueued
    | CallLeftQueue
    | CallAnnounced
    | CallSentAway
    | QueueDoorChanged
    | RequirementRelaxed
    | TierOpened
    | ReserveOpened
    | ReserveClosed
    | AgentAwaited
    | AgentNoLongerAwaited
    | RulesAdopted
    | CallReassessed
    | RoutingDecided
    | OfferMade
    | AgentRang
    | OfferEnded
    | CallConnected
    | ConversationEnded
    | SurveyAnswered
    | TransferBegun
    | TransferAnswered
    | TransferEnded
    | CallEnded
    | WrapUpEnded
    | AgentStateChanged
    | NextStateChosen
    | AgentForced
    | QueueStandingChanged
    | WrapUpExtended
    | DwellExceeded
    | PhoneReachabilityChanged
    | UnansweredOpened
    | UnansweredClosed
    | CallbackBooked
    | CallbackKept
    | CallbackStateChanged
    | MessageLeft
    | MessageChanged
    | LinkChanged
)
