"""Orders: what the ACD wants done in the world. Each carries a name the world will remember."""

from dataclasses import dataclass

from acd.brief import NOTHING, Brief
from acd.call import CallClass
from acd.callback import CallbackOrder
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.instant import Instant, Span
from acd.overflow_rules import Way


@dataclass(frozen=True, slots=True, kw_only=True)
class RingAgent:
    """Take the caller out of the waiting room and ring this agent's phone for him."""

    offer_id: OfferId
    call_id: CallId
    agent_id: AgentId
    ring_timeout: Span
    by_flow: bool = False
    """The caller is still with his flow, which was told of this offer in the same breath and rings the agent
    itself: nobody else must move him."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A place in line, as it goes with a channel so that the world remembers it."""

    queue_id: QueueId
    call_class: CallClass
    queued_at: Instant
    boost: Span
    brief: Brief = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """One of several phones that ring for a caller, under an offer of its own."""

    offer_id: OfferId
    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class RingAgents:
    """Take the caller out of the waiting room and ring these agents' phones for him, all at once: whoever
    answers first has him, and the others stop. What becomes of the order is told of the first offer.
    """

    call_id: CallId
    phones: tuple[Phone, ...]
    """Two at least."""
    ring_timeout: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRinging:
    """Stop one of several phones that ring for a caller; the others ring on."""

    call_id: CallId
    offer_id: OfferId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallCaller:
    """Bring the caller back to the waiting room, unless he is talking."""

    call_id: CallId
    offer_id: OfferId
    """The stale offer whose ringing is to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteQueue:
    """Note on a waiting caller's channel which queue he is in now, for whoever finds him there later."""

    call_id: CallId
    queue_id: QueueId
    joined_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """Tell a caller in the waiting room something; the next order that moves him interrupts it."""

    call_id: CallId
    position: int | None
    wait_minutes: int | None
    language: str = ""
    """What he is spoken to in; empty: English."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveCaller:
    """Take a caller out of the waiting room for good; :class:`acd.call_signals.CallerLeaving` confirms it."""

    call_id: CallId
    way: Way
    prompts: tuple[str, ...]
    language: str = ""
    """What he is spoken to in; empty: English."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocateCall:
    """Find out where this caller is; answered by :class:`acd.link_signals.CallLocated`."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class RingAgentForCallback:
    """Open a line of the callback's name and ring this agent's phone for it; nobody is dialled yet."""

    offer_id: OfferId
    call_id: CallId
    agent_id: AgentId
    number: str
    """Whom the callback is for: shown to the agent."""
    ring_timeout: Span
    standing: Standing
    asked_at: Instant | None = None
    """When he asked for it from this very number; None: he did not, or not from this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialCustomer:
    """Dial the customer. Agent first: on the line the agent is on. Customer first: on a new line of the
    callback's name, which goes to the waiting room when he answers."""

    offer_id: OfferId
    """Under which an agent waits for him."""
    call_id: CallId
    number: str
    dial_timeout: Span
    order: CallbackOrder
    standing: Standing
    asked_at: Instant | None = None
    """As in :class:`RingAgentForCallback`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelDial:
    """Close the line of a callback's name, unless the customer is on it."""

    call_id: CallId


Order = (
    RingAgent
    | RingAgents
    | StopRinging
    | RecallCaller
    | LocateCall
    | NoteQueue
    | MoveCaller
    | Announce
    | RingAgentForCallback
    | DialCustomer
    | CancelDial
)
