"""A call: one caller's presence, from arrival to exactly one outcome."""

from dataclasses import dataclass, field
from enum import StrEnum

from acd.bar import Bar
from acd.brief import NOTHING, Brief
from acd.callback import Callback, CallbackState
from acd.customer import Customer, Party
from acd.ids import AgentId, CallId, CustomerId, OfferId, QueueId
from acd.instant import Instant, Span
from acd.ivr_stay import IvrStay
from acd.message import MessageKind
from acd.overflow_rules import SendAway
from acd.requirement import Requirement
from acd.transfer import Transfer


class CallState(StrEnum):
    """Where a caller is; always exactly one place."""

    ARRIVED = "arrived"
    IN_IVR = "in_ivr"
    WAITING = "waiting"
    OFFERED = "offered"
    CONNECTED = "connected"
    TRANSFERRED = "transferred"
    """Put through to somebody who is no agent, whether he has answered yet or not."""
    LEAVING = "leaving"
    """Out of the queues for good: on his way back to his flow, leaving a message, or being told something."""
    ENDED = "ended"


class CallClass(StrEnum):
    """How urgent a caller is; the rules say what each class is promised. Within a class the earliest start
    goes first."""

    VIP = "vip"
    RETURNING = "returning"
    """An earlier call of his went unanswered."""
    NORMAL = "normal"


UNKNOWN_CALLER = "unknown"
"""The number of a caller who shows none; nobody is recognised by it."""


class Outcome(StrEnum):
    """How a call ended. A closed set: every call ends in exactly one."""

    ANSWERED = "answered"
    """An agent talked with the caller."""
    ABANDONED = "abandoned"
    """The caller hung up while waiting or while an agent's phone rang."""
    LEFT_IVR = "left_ivr"
    """The caller hung up in the menu, or the menu on him because he answered nothing it asked."""
    SERVED_IN_IVR = "served_in_ivr"
    """The flow came to its own end."""
    TURNED_AWAY = "turned_away"
    """A queue did not take him or did not keep him, and none took him after that."""
    TRANSFERRED = "transferred"
    """Somebody who is no agent took the call that his flow had put through."""
    VOICEMAIL = "voicemail"
    """He was asked to leave a message."""
    FAX = "fax"
    """He was asked for a fax, and talked with nobody."""
    CALLBACK = "callback"
    """He is going to be called back: his place goes on under another call."""
    MISSED_CALLBACK = "missed_callback"
    """A callback that reached nobody, or whose time was over."""
    CANCELLED = "cancelled"
    """A callback that was taken back, or whose place the customer took over by calling in."""
    LOST = "lost"
    """The call was gone when the link came back; nobody saw how it ended."""


class Presence(StrEnum):
    """What there is of a caller."""

    CHANNEL = "channel"
    """He is on the line."""
    CALLBACK = "callback"
    """He has hung up and is going to be called back; at most a line towards him is being opened."""


_ARRIVED, _IVR, _WAITING, _OFFERED, _CONNECTED, _TRANSFERRED, _LEAVING, _ENDED = CallState

LEGAL_MOVES: dict[CallState, frozenset[CallState]] = {
    _ARRIVED: frozenset({_IVR, _WAITING, _CONNECTED, _TRANSFERRED, _LEAVING, _ENDED}),
    _IVR: frozenset({_IVR, _WAITING, _CONNECTED, _TRANSFERRED, _LEAVING, _ENDED}),
    _WAITING: frozenset({_WAITING, _OFFERED, _IVR, _CONNECTED, _LEAVING, _ENDED}),
    _OFFERED: frozenset({_CONNECTED, _WAITING, _ENDED}),
    _CONNECTED: frozenset({_ENDED, _WAITING, _IVR}),
    _TRANSFERRED: frozenset({_IVR, _ENDED}),
    _LEAVING: frozenset({_IVR, _CONNECTED, _ENDED}),
    _ENDED: frozenset(),
}
"""WAITING to CONNECTED without an offer: a late answer, or a conversation found after a restart.
WAITING to WAITING: he overflows to another queue.
CONNECTED to WAITING: the world shows the caller in the waiting room again.
CONNECTED to IN_IVR: the agent hung up, and his flow takes him back."""


@dataclass(slots=True, kw_only=True)
class Call:
    """A call's present. Changed only by :mod:`acd.calls` and :mod:`acd.offers`."""

    call_id: CallId
    caller: str
    """The caller's number as the trunk gave it, validated by the shell."""
    dialled: str
    arrived_at: Instant
    customer: Customer | None = None
    """Who he is; None while nobody has recognised him."""
    state: CallState = CallState.ARRIVED
    since: Instant = Instant(0)
    queue_id: QueueId | None = None
    requirement: Requirement = Requirement()
    """What is required of who takes the call, now."""
    brief: Brief = NOTHING
    """What his flow handed on with him."""
    own: Requirement | None = None
    """What he requires himself, whatever his queue does; None: nothing."""
    relaxed: int = 0
    """How many of his queue's relaxations are in force."""
    tier: int = 0
    """How many of his queue's later tiers of agents are open to him."""
    waits_for: AgentId | None = None
    """The only agent who will do, for a while; see :mod:`acd.preferred`."""
    waits_until: Instant = Instant(0)
    """Until when; means nothing while he waits for nobody in particular."""
    call_class: CallClass = CallClass.NORMAL
    queued_at: Instant = Instant(0)
    """When the caller first began to wait; survives failed offers and restarts."""
    joined_at: Instant = Instant(0)
    """When he came to the queue he is in; the limits of that queue count from here."""
    class_because: str = ""
    """Why he is of his class, in words."""
    waits_since: Instant | None = None
    """When he first began to wait in any queue: his place, should he come back from a menu."""
    left_queue_at: Instant = Instant(0)
    """When he last left a queue for a menu."""
    boost: Span = Span(0)
    """Waiting time he is credited with for an earlier unanswered call; fixed when he is queued."""
    arrival: int = 0
    """Counts calls: breaks ties between callers queued in the same microsecond."""
    touched: Instant = Instant(0)
    """When the world last told us something about this call; what was observed earlier is stale."""
    in_books: bool = False
    """Whether the queue's counters know this call; a conversation found after a restart is not theirs."""
    in_waiting_room: bool = False
    """Whether he can be offered: his channel is where an order can move it, hearing music in the dialplan; or
    he is a callback that is due."""
    searches: int = 0
    """How often we asked where he is since he left the waiting room."""
    stay: IvrStay | None = None
    """The flow that talks with him; None also for one who was met in a flow after a restart."""
    flow: str | None = None
    """The flow that talked with him last; None: none did."""
    flow_version: int = 0
    """The published version it is of; 0 when there was none."""
    flow_ended: bool = False
    leaving: SendAway | None = None
    """Where he is taken, on his way out of the queues."""
    told_position: int | None = None
    """The place he was last told."""
    told_minutes: int | None = None
    """The wait he was last told, in minutes."""
    been_in: tuple[QueueId, ...] = ()
    """The queues he has overflowed from since his flow handed him over; he goes back to none of them."""
    turned_away: bool = False
    """Whether the last queue he came to turned him away."""
    asked_for: MessageKind | None = None
    """What a flow of his asked him to leave last; None: nothing since he talked with anybody."""
    callback: Callback | None = None
    """What makes this call a callback; None for a caller who called."""
    we_called: bool = False
    """Whether it is we who called him, for a campaign."""
    dropped: bool = False
    """Whether nobody was there in time when he had answered."""
    will_be_called: bool = False
    """Whether he booked a callback, so that his hanging up is no loss."""
    offer_ids: tuple[OfferId, ...] = ()
    """His live offers: one, or several whose phones ring together."""
    agent_id: AgentId | None = None
    talk_offer_id: OfferId | None = None
    """The accepted offer, while talking."""
    transfer: Transfer | None = None
    """With whom he is, while he is put through to somebody who is no agent."""
    was_put_through: bool = False
    """Whether somebody who is no agent has answered him."""
    has_talked: bool = False
    """Whether he has had a conversation that is over; also when only his flow says so, after a restart."""
    talked_with: AgentId | None = None
    """With whom he talked last, if that is known."""
    talked_in: QueueId | None = None
    """For which queue."""
    offers_made: int = 0
    barred: dict[AgentId, Bar] = field(default_factory=dict)
    """Agents he is not offered to again, for a while; see :mod:`acd.bars`."""

    @property
    def offer_id(self) -> OfferId | None:
        """The first of his live offers."""
        return self.offer_ids[0] if self.offer_ids else None

    @property
    def party(self) -> Party:
        """Whom it is with."""
        return Party(caller=self.caller, customer_id=self.customer_id)

    @property
    def presence(self) -> Presence:
        """Whether there is a caller on the line."""
        if self.callback is None or self.callback.state is CallbackState.CONNECTED:
            return Presence.CHANNEL
        return Presence.CALLBACK

    @property
    def customer_id(self) -> CustomerId | None:
        """Which customer he is, when that is known."""
        return None if self.customer is None else self.customer.customer_id
