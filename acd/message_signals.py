"""Signals of what callers leave, and who deals with it."""

from dataclasses import dataclass

from acd.ids import CallId, CustomerId
from acd.instant import Instant, Span
from acd.message import Mailbox, MessageId, MessageKind, MessageState


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAsked:
    """A flow lets its caller leave something: from now on he may speak, or send."""

    call_id: CallId
    kind: MessageKind


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTakenIn:
    """Something a caller left is there, whole; maybe of a call that ended long ago."""

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
    """How many came; None for words."""
    size: int
    """Of its file, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageHandled:
    """Somebody listened to a message, dealt with it, or removed it."""

    call_id: CallId
    message_id: MessageId
    kind: MessageKind
    mailbox: Mailbox | None
    """Whom it is for; None for a recording."""
    caller: str
    customer_id: CustomerId | None
    state: MessageState
    by: str
