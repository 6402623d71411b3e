"""A callback: a place in line without a line. Its call stands in the queue as the customer stood, and nobody
listens to music for it; when its turn comes, agent and customer are brought together by telephone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from acd.ids import CallId, CustomerId, QueueId
from acd.instant import Instant, Span, seconds


class CallbackOrder(StrEnum):
    """Whose telephone rings first."""

    AGENT_FIRST = "agent_first"
    """The agent's; when he has answered, the customer is dialled. Nobody is called by a silent line."""
    CUSTOMER_FIRST = "customer_first"
    """The customer's, while a ready agent is reserved; when he has answered, the agent's phone rings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRules:
    """How one queue calls back."""

    order: CallbackOrder = CallbackOrder.AGENT_FIRST
    delay: Span = seconds(30)
    """How long after the booking at the earliest: he must have put the receiver down."""
    dial_timeout: Span = seconds(30)
    """How long the customer's phone may ring."""
    attempts: int = 3
    """How often he is dialled at most."""
    retry_gap: Span = seconds(900)
    """How long after a failed attempt the next one may follow at the earliest."""
    expires_after: Span = seconds(24 * 3600)
    """How long after the booking, or the time asked for, it is given up; then we owe him an answer."""
    key: str | None = None
    """The key by which a waiting caller asks to be called back; None: there is none."""
    prompts: tuple[str, ...] = ()
    """What who waited and is let go hears; empty: nothing."""
    most: int = 1000
    """Callbacks the queue keeps at once; one more is refused."""
    ahead: Span = seconds(7 * 24 * 3600)
    """How far ahead a customer may ask to be called at a time of his own."""


class CallbackState(StrEnum):
    """Where a callback stands."""

    BOOKED = "booked"
    """It keeps its place, and its moment has not come: see ``not_before``."""
    DUE = "due"
    """It is offered to an agent as soon as it is its turn."""
    RINGING_AGENT = "ringing_agent"
    """Agent first: an agent's phone is being rung."""
    DIALLING = "dialling"
    """The customer is being dialled."""
    CONNECTED = "connected"
    """The customer is on the line; from here his call is like any other."""
    DONE = "done"
    """He talked with an agent."""
    FAILED = "failed"
    """All attempts came to nothing, or he hung up before an agent was there."""
    EXPIRED = "expired"
    """Its time was over before its turn came."""
    CANCELLED = "cancelled"
    """Taken back: by the customer, by an integrator, or because he called in himself."""


_BOOKED, _DUE, _RINGING, _DIALLING, _CONNECTED, _DONE, _FAILED, _EXPIRED, _CANCELLED = CallbackState

LEGAL_MOVES: dict[CallbackState, frozenset[CallbackState]] = {
    _BOOKED: frozenset({_DUE, _RINGING, _DIALLING, _CONNECTED, _EXPIRED, _CANCELLED, _FAILED}),
    _DUE: frozenset({_BOOKED, _RINGING, _DIALLING, _CONNECTED, _EXPIRED, _CANCELLED, _FAILED}),
    _RINGING: frozenset({_DUE, _BOOKED, _DIALLING, _CONNECTED, _EXPIRED, _CANCELLED, _FAILED}),
    _DIALLING: frozenset({_CONNECTED, _BOOKED, _DUE, _FAILED, _EXPIRED, _CANCELLED}),
    _CONNECTED: frozenset({_DONE, _FAILED}),
    _DONE: frozenset(),
    _FAILED: frozenset(),
    _EXPIRED: frozenset(),
    _CANCELLED: frozenset(),
}
"""BOOKED to RINGING_AGENT, DIALLING or CONNECTED: its line was found after a restart."""

WITHOUT_CHANNEL = frozenset({_BOOKED, _DUE})
"""There is nothing in the world for it: no channel of that name, and none is missed."""
UNDER_WAY = frozenset({_RINGING, _DIALLING})
"""A channel of its name was ordered; when that is gone, the attempt is over."""


class DialFailure(StrEnum):
    """Why dialling a customer came to nothing."""

    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    """The carrier could not deliver the call."""
    REFUSED = "refused"
    """The dialplan does not let this number out."""
    CUT_OFF = "cut_off"
    """It ended before anybody said how: the agent hung up, an order got lost, the link was down."""


@dataclass(slots=True, kw_only=True)
class Callback:
    """What is known of a callback beyond its call. Changed only by :mod:`acd.dialling` and
    :mod:`acd.callbacks`."""

    call_id: CallId
    """Its own call's: the channel that will be ordered bears this name."""
    queue_id: QueueId
    number: str
    """Whom to dial."""
    customer_id: CustomerId | None
    from_call: CallId | None
    """The call it was booked in; None when an integrator booked it."""
    order: CallbackOrder
    booked_at: Instant
    expires_at: Instant
    not_before: Instant
    attempts: int = 0
    """How often the customer was dialled."""
    state: CallbackState = CallbackState.BOOKED
    since: Instant = Instant(0)
    failure: DialFailure | None = None
    """How the last attempt failed, once that is known."""
    agent_rang: bool = False
    """Agent first: whether the phone of the agent it is offered to was heard to ring."""
    reached: bool = False
    """Whether the customer was on the line."""
    asked_at: Instant | None = None
    """When the customer asked for it from this very number: what he had said before counts no more."""
    held: str = ""
    """Why the gate did not let its last order out; empty when it did."""
    barred: bool = False
    """Whether the gate said that waiting changes nothing."""
    dial_for: Span | None = None
    """An agent asked for it: the customer is dialled once, for so long, whatever the queue's rules are."""
    rung: bool = False
    """Customer first: whether the reserved agent's phone was ordered to ring since the customer answered."""


@dataclass(slots=True)
class CallbackBook:
    """All open callbacks, one for each customer and number."""

    _callbacks: dict[CallId, Callback] = field(default_factory=dict)
    _by_number: dict[str, CallId] = field(default_factory=dict)
    _by_customer: dict[CustomerId, CallId] = field(default_factory=dict)
    _in_queue: dict[QueueId, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._callbacks)

    def __iter__(self) -> Iterator[Callback]:
        """Every open callback, in the order of booking."""
        return iter(self._callbacks.values())

    def __contains__(self, call_id: object) -> bool:
        return call_id in self._callbacks

    def get(self, call_id: CallId) -> Callback | None:
        """The callback of that name, while it is open."""
        return self._callbacks.get(call_id)

    def of(self, number: str, customer_id: CustomerId | None) -> Callback | None:
        """The open callback of a number or a customer."""
        known = self._by_number.get(number)
        if known is None and customer_id is not None:
            known = self._by_customer.get(customer_id)
        return None if known is None else self._callbacks[known]

    def count(self, queue_id: QueueId) -> int:
        """How many places a queue keeps for customers who are not on the line."""
        return self._in_queue.get(queue_id, 0)

    def add(self, callback: Callback) -> None:
        """Keep one; its number and customer must have none yet."""
        assert self.of(callback.number, callback.customer_id) is None, f"two callbacks for {callback.number}"
        self._callbacks[callback.call_id] = callback
        self._by_number[callback.number] = callback.call_id
        if callback.customer_id is not None:
            self._by_customer[callback.customer_id] = callback.call_id
        self._in_queue[callback.queue_id] = self.count(callback.queue_id) + 1

    def remove(self, callback: Callback) -> None:
        """It is over."""
        del self._callbacks[callback.call_id]
        del self._by_number[callback.number]
        if callback.customer_id is not None:
            del self._by_customer[callback.customer_id]
        if not callback.reached:
            self._in_queue[callback.queue_id] -= 1

    def reached(self, callback: Callback) -> None:
        """The customer is on the line: from here he counts like every caller."""
        callback.reached = True
        self._in_queue[callback.queue_id] -= 1
