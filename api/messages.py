"""What callers left, over HTTP: listed, fetched, marked, deleted."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from starlette.responses import FileResponse

from acd.ids import CallId, CustomerId
from acd.instant import Instant
from acd.message import Mailbox, MessageId, MessageKind, MessageState
from api.context import LATER, REFUSED, TOKEN, UNAUTHORISED, UNKNOWN, TheEngine
from api.message_schemas import (
    MAILBOX_PATTERN,
    PERSON_PATTERN,
    Message,
    MessageMark,
    MessageName,
    MessagePage,
)
from api.schemas import CALL_PATTERN, CUSTOMER_PATTERN
from cti.media_place import MediaPlaceError

MOST_ON_A_PAGE = 200
_TYPES = {
    MessageKind.VOICEMAIL: "audio/wav",
    MessageKind.RECORDING: "audio/wav",
    MessageKind.FAX: "image/tiff",
}

router = APIRouter(
    prefix="/messages", tags=["messages"], dependencies=[TOKEN], responses={**UNAUTHORISED, **LATER}
)


@router.get("", operation_id="list_messages", summary="Messages, page by page")
async def list_messages(
    engine: TheEngine,
    kind: Annotated[MessageKind | None, Query(description="Only of this kind.")] = None,
    mailbox: Annotated[
        str | None, Query(pattern=MAILBOX_PATTERN, description="Only for this mailbox.")
    ] = None,
    state: Annotated[MessageState | None, Query(description="Only in this state.")] = None,
    customer_id: Annotated[
        str | None, Query(pattern=CUSTOMER_PATTERN, description="Only of this customer.")
    ] = None,
    call_id: Annotated[str | None, Query(pattern=CALL_PATTERN, description="Only of this call.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ON_A_PAGE, description="Messages on a page.")] = 50,
    before: Annotated[
        str | None,
        Query(pattern=r"^[0-9]{1,16}~[0-9A-Za-z._-]{1,240}$", description="`next` of the page before."),
    ] = None,
) -> MessagePage:
    """What callers left, the latest first."""
    at, _, name = (before or "").partition("~")
    records = await engine.keeper.index.page(
        limit + 1,
        before=(Instant(int(at)), MessageId(name)) if before is not None else None,
        kind=kind,
        mailbox=None if mailbox is None else Mailbox(mailbox),
        state=state,
        customer=None if customer_id is None else CustomerId(customer_id),
        call=None if call_id is None else CallId(call_id),
    )
    page = records[:limit]
    last = f"{page[-1].left_at}~{page[-1].message_id}" if len(records) > limit else None
    return MessagePage(messages=[Message.of(record) for record in page], next=last)


@router.get("/{message_id}", operation_id="get_message", summary="One message", responses=UNKNOWN)
async def get_message(message_id: MessageName, engine: TheEngine) -> Message:
    """One message; what was said in it is at `/messages/{message_id}/file`."""
    record = await engine.keeper.index.get(MessageId(message_id))
    if record is None:
        raise _unknown(message_id)
    return Message.of(record)


@router.get(
    "/{message_id}/file",
    operation_id="get_message_file",
    summary="What was said, or sent",
    response_class=FileResponse,
    responses={
        **UNKNOWN,
        200: {
            "content": {"audio/wav": {}, "image/tiff": {}},
            "description": "Sound (WAV, 8 kHz), or a fax's pages (TIFF)",
        },
    },
)
async def get_message_file(message_id: MessageName, engine: TheEngine) -> FileResponse:
    """The file, for a player or a viewer; parts of it can be asked for (`Range`). The state stays."""
    record = await engine.keeper.index.get(MessageId(message_id))
    if record is None:
        raise _unknown(message_id)
    try:
        path = engine.keeper.file(record)
        found = path.stat()
    except (MediaPlaceError, OSError):
        raise HTTPException(404, f"the file of message {message_id} is not there") from None
    return FileResponse(path, media_type=_TYPES[record.kind], filename=path.name, stat_result=found)


@router.put(
    "/{message_id}/state", operation_id="mark_message", summary="Say how far one has come", responses=UNKNOWN
)
async def mark_message(message_id: MessageName, mark: MessageMark, engine: TheEngine) -> Message:
    """Listened to, dealt with, or new again. Whose voicemail is done is owed no answer for it any more."""
    record = await engine.keeper.mark(MessageId(message_id), MessageState(mark.state), mark.by)
    if record is None:
        raise _unknown(message_id)
    return Message.of(record)


@router.delete(
    "/{message_id}",
    operation_id="delete_message",
    summary="Delete a message and its file",
    responses={**UNKNOWN, **REFUSED},
)
async def delete_message(
    message_id: MessageName,
    engine: TheEngine,
    by: Annotated[str, Query(pattern=PERSON_PATTERN, description="Who says so: an agent's id, or a name.")],
) -> Message:
    """For good. Refused when the file cannot be removed."""
    try:
        record = await engine.keeper.delete(MessageId(message_id), by)
    except (MediaPlaceError, OSError) as error:
        raise HTTPException(409, f"its file cannot be removed: {error}") from None
    if record is None:
        raise _unknown(message_id)
    return Message.of(record)


def _unknown(message_id: str) -> HTTPException:
    return HTTPException(404, f"there is no message {message_id}")
