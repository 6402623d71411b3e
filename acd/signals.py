"""Signals: what happened in the world. Never refused; late, double or unknown ones are part of life."""

from acd.call_signals import (
    CallArrived,
    CallDropped,
    CallerHungUp,
    CallerLeaving,
    CallerPressed,
    CallerWaiting,
    CustomerFound,
    TransferOver,
    TransferTaken,
)
from acd.callback_signals import CustomerAnswered, DialFailed, DialRefused
from acd.ivr_signals import CallerJudged, FlowFinished, NodeAnswered, NodeEntered
from acd.link_signals import CallLocated, FloorObserved, LinkLost, LinkRestored
from acd.message_signals import MessageAsked, MessageHandled, MessageTakenIn
from acd.offer_signals import (
    AgentAnswered,
    AgentHungUp,
    AgentRinging,
    OfferFailed,
    OrderFailed,
    OrderUnconfirmed,
    PhoneChanged,
)
from acd.remembered import (
    AgentRemembered,
    AgentsRemembered,
    CallbacksRemembered,
    QueuesRemembered,
    UnansweredRemembered,
)

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
