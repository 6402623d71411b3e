"""What callers left, as rows of the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.ids import CallId, CustomerId
from acd.instant import Instant, Span
from acd.message import Mailbox, MessageId, MessageKind, MessageState
from acd.message_events import MessageLeft
from cti import schema
from cti.envelope import Envelope
from cti.rows import storable


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecord:
    """One message, and how far somebody has come with it."""

    message_id: MessageId
    call_id: CallId
    kind: MessageKind
    mailbox: Mailbox | None
    """None for a recording."""
    caller: str
    customer_id: CustomerId | None
    left_at: Instant
    length_us: Span | None
    """How long it takes to listen to; None for pages."""
    pages: int | None
    """None for words."""
    size: int
    """Of its file, in bytes."""
    state: MessageState
    since: Instant
    """Since when it is in that state."""
    by: str | None
    """Who brought it there; None while it is new."""


async def project_messages(connection: AsyncConnection, envelopes: Iterable[Envelope]) -> None:
    """Keep the messages these envelopes tell of. What becomes of one is written where it is decided, by
    :class:`cti.message_store.MessageStore`, not here."""
    left = [envelope.message for envelope in envelopes if isinstance(envelope.message, MessageLeft)]
    if not left:
        return
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(schema.messages).on_conflict_do_nothing()  # told again after a crash: known
    for message in left:
        row = {
            "message_id": storable(message.message_id),
            "call_id": storable(message.call_id),
            "kind": message.kind.value,
            "mailbox": storable(message.mailbox),
            "caller": storable(message.caller),
            "customer_id": storable(message.customer_id),
            "left_at": storable(message.left_at),
            "length_us": storable(message.length),
            "pages": storable(message.pages),
            "size": storable(message.size),
            "state": MessageState.NEW.value,
            "since": storable(message.left_at),
            "by": None,
        }
        await connection.execute(statement, row)


def message_record(row: Row[Any]) -> MessageRecord:
    """The record in a row of ``messages``."""
    values = dict(row._mapping)
    values["kind"] = MessageKind(values["kind"])
    values["state"] = MessageState(values["state"])
    return MessageRecord(**values)
