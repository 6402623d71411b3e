"""Events of agents: their states and why, their wrap-up, their queues, their phones."""

from dataclasses import dataclass
from typing import Final

from acd.agent import AgentState
from acd.agent_rules import DwellThen
from acd.agent_state import QueueStanding
from acd.ids import AgentId, CallId, QueueId
from acd.instant import Instant, Span
from acd.reasons import NotReadyReason


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
