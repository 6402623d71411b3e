"""What the world shows when it is asked: every call, and where each is."""

from dataclasses import dataclass
from enum import StrEnum

from acd.brief import NOTHING, Brief
from acd.call import CallClass
from acd.callback import CallbackOrder
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.instant import Instant, Span
from acd.orders import Phone
from acd.transfer import Transfer


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
