"""Events of a call's life: here, known, talking, put through, over; and what its caller is owed since."""

from dataclasses import dataclass

from acd.call import Outcome
from acd.callback import DialFailure
from acd.ids import AgentId, CallId, CustomerId, QueueId
from acd.instant import Span
from acd.ledger import WhyOwed
from acd.transfer import TransferWay


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted:
    """A caller arrived. ``found``: not seen arriving, but met in the world after a restart or a lost link."""

    call_id: CallId
    caller: str
    dialled: str
    found: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecognised:
    """It is known who the caller is; told again only when that changes."""

    call_id: CallId
    customer_id: CustomerId
    segment: str | None
    caller: str = ""
    """His number: what was owed to it alone is owed to him. Empty in records older than this field."""


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
class CallEnded:
    """CSTA Connection Cleared: the call is over, with exactly one outcome."""

    call_id: CallId
    queue_id: QueueId | None
    agent_id: AgentId | None
    outcome: Outcome
    talked: Span | None
    """None unless it ended an agent's conversation with the caller."""


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
