"""The simulated world's calls: the truth about each."""

from dataclasses import dataclass

from acd.brief import NOTHING, Brief
from acd.call import CallClass
from acd.callback import CallbackOrder
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.instant import Instant, Span
from acd.observation import Place
from acd.orders import (
    Phone,
)
from acd.transfer import Transfer


@dataclass(slots=True)
class SimCall:
    """The truth about a caller's channel."""

    call_id: CallId
    caller: str
    dialled: str = "8000"
    place: Place | None = None
    queue_id: QueueId | None = None
    call_class: CallClass = CallClass.NORMAL
    queued_at: Instant | None = None
    joined_at: Instant | None = None
    boost: Span = Span(0)
    brief: Brief = NOTHING
    offer_id: OfferId | None = None
    agent_id: AgentId | None = None
    rung: tuple[Phone, ...] = ()
    """The phones that ring for him, by our order."""
    talks: Span | None = None
    transfer: Transfer | None = None
    callback: CallbackOrder | None = None
    """Set on a line that was opened for a callback."""
    reached: bool = False
    """Of such a line: whether the customer is on it."""
    we_called: bool = False
    """Whether a campaign called him."""
    token: int = 0
    """Grows with every change, so that what was planned for an earlier moment does not happen."""
