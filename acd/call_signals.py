"""Signals of callers: here, known, waiting, put through, gone."""

from dataclasses import dataclass

from acd.callback import DialFailure
from acd.customer import Customer
from acd.ids import CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallArrived:
    """A caller's channel exists."""

    call_id: CallId
    caller: str
    dialled: str
    we_called: bool = False
    """Whether it is we who called him, for a campaign: what ``dialled`` names then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDropped:
    """We called him, he answered, and nobody was there in time; he may have hung up since."""

    call_id: CallId
    caller: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFound:
    """Who a caller is: the answer came after his flow had begun, or he was met after a restart."""

    call_id: CallId
    customer: Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerWaiting:
    """The caller's channel is in the waiting room and may be moved."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerLeaving:
    """The caller hears what he was sent away to hear."""

    call_id: CallId
    no_room: bool = False
    """He was to leave a message, and there is no room for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerPressed:
    """The caller pressed a key while he waited."""

    call_id: CallId
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferTaken:
    """Whoever the caller was put through to has answered."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferOver:
    """Whoever the caller was put through to has not answered, or has hung up."""

    call_id: CallId
    failure: DialFailure | None
    """None: he had answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerHungUp:
    """The caller's channel is gone."""

    call_id: CallId
