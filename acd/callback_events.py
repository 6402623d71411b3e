"""Events of callbacks: booked, kept, moved, and why."""

from dataclasses import dataclass
from typing import Final

from acd.brief import NOTHING, Brief
from acd.call import CallClass
from acd.callback import CallbackOrder, CallbackState, DialFailure
from acd.ids import CallId, CustomerId, QueueId
from acd.instant import Instant, Span


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
