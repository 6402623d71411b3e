"""Events of what callers leave: voicemail, recordings, faxes."""

from dataclasses import dataclass

from acd.ids import CallId, CustomerId
from acd.instant import Instant, Span
from acd.message import Mailbox, MessageId, MessageKind, MessageState


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLeft:
    """A caller left something: it can be listened to, or looked at, from now on."""

    call_id: CallId
    message_id: MessageId
    kind: MessageKind
    mailbox: Mailbox | None
    """Whom it is for; None for a recording."""
    caller: str
    customer_id: CustomerId | None
    left_at: Instant
    length: Span | None
    """How long it takes to listen to; None for pages."""
    pages: int | None
    """None for words."""
    size: int
    """Of its file, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChanged:
    """Somebody has come further with a message, or removed it."""

    call_id: CallId
    message_id: MessageId
    kind: MessageKind
    mailbox: Mailbox | None
    """Whom it is for; None for a recording."""
    state: MessageState
    by: str
