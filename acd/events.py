"""Events: facts of the domain, told to everyone who listens. ``Refused`` is the one answer among them."""

from dataclasses import dataclass

from acd.agent_events import (
    AgentForced,
    AgentStateChanged,
    DwellExceeded,
    NextStateChosen,
    PhoneReachabilityChanged,
    QueueStandingChanged,
    WrapUpEnded,
    WrapUpExtended,
)
from acd.call_events import (
    CallConnected,
    CallEnded,
    CallStarted,
    ConversationEnded,
    CustomerRecognised,
    TransferAnswered,
    TransferBegun,
    TransferEnded,
    UnansweredClosed,
    UnansweredOpened,
)
from acd.callback_events import CallbackBooked, CallbackKept, CallbackStateChanged
from acd.ivr_events import (
    CallLeftIvr,
    IvrEntered,
    IvrNodeAnswered,
    IvrNodeEntered,
    SurveyAnswered,
    TreatmentEntered,
)
from acd.message_events import MessageChanged, MessageLeft
from acd.offer_events import AgentRang, OfferEnded, OfferMade, RoutingDecided
from acd.queue_events import (
    AgentAwaited,
    AgentNoLongerAwaited,
    CallAnnounced,
    CallLeftQueue,
    CallQueued,
    CallReassessed,
    CallSentAway,
    QueueDoorChanged,
    RequirementRelaxed,
    ReserveClosed,
    ReserveOpened,
    RulesAdopted,
    TierOpened,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A command was refused; nothing changed. Becomes HTTP 409."""

    reason: str


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
