"""What the API says of messages."""

from typing import Annotated, Literal, Self

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from acd.instant import in_seconds
from acd.message import MessageKind, MessageState
from api.facts import IsoTime, iso
from api.schemas import MOMENT, example
from cti.message_rows import MessageRecord

MESSAGE_PATTERN = "^[0-9A-Za-z._-]{1,240}$"
MAILBOX_PATTERN = "^[a-z0-9][a-z0-9_-]{0,63}$"
PERSON_PATTERN = r"^[^\x00-\x1f\x7f]{1,64}$"

MessageName = Annotated[
    str,
    Path(
        pattern=MESSAGE_PATTERN,
        description="The message's id.",
        examples=["0f3a9c2b71d4e865.claims.1772443800.42"],
    ),
]


class Message(BaseModel):
    """Something a caller left."""

    model_config = example(
        message_id="0f3a9c2b71d4e865.claims.1772443800.42",
        call_id="1772443800.42",
        kind="voicemail",
        mailbox="claims",
        caller="+33123456789",
        customer_id="c-1042",
        left_at=MOMENT % 0,
        length_s=12.4,
        pages=None,
        size=198444,
        state="new",
        since=MOMENT % 0,
        by=None,
    )

    message_id: str
    call_id: str = Field(description="The call it was left in; that call's story is at `/calls/{call_id}`.")
    kind: MessageKind
    mailbox: str | None = Field(description="Whom it is for: a queue, or a name a flow gives.")
    caller: str
    customer_id: str | None
    left_at: IsoTime
    length_s: float | None = Field(description="How long it takes to listen to; null for pages.")
    pages: int | None = Field(description="Null for words.")
    size: int = Field(description="Of its file, in bytes.")
    state: MessageState
    since: IsoTime = Field(description="Since when it is in that state.")
    by: str | None = Field(description="Who brought it there; null while it is new.")

    @classmethod
    def of(cls, record: MessageRecord) -> Self:
        """The message in a record."""
        return cls(
            message_id=record.message_id,
            call_id=record.call_id,
            kind=record.kind,
            mailbox=record.mailbox,
            caller=record.caller,
            customer_id=record.customer_id,
            left_at=iso(record.left_at),
            length_s=None if record.length_us is None else in_seconds(record.length_us),
            pages=record.pages,
            size=record.size,
            state=record.state,
            since=iso(record.since),
            by=record.by,
        )


class MessagePage(BaseModel):
    """Some messages, the latest first."""

    messages: list[Message]
    next: str | None = Field(description="Give it as `before` for the next page; null on the last one.")


class MessageMark(BaseModel):
    """How far somebody has come with a message."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"state": "done", "by": "ana"}]}
    )

    state: Literal["new", "heard", "done"]
    by: Annotated[str, StringConstraints(pattern=PERSON_PATTERN)] = Field(
        description="Who says so: an agent's id, or a name."
    )
