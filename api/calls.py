"""Calls over HTTP: those that live, those that were, and one call's story."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query

from acd import views
from acd.call import Outcome
from acd.ids import CallId, CustomerId, QueueId
from acd.instant import Instant
from api.call_schemas import Call, CallPage, CallStory, LiveCall
from api.context import LATER, TOKEN, UNAUTHORISED, UNKNOWN, TheEngine, TheRecentEvents, unknown
from api.schemas import CUSTOMER_PATTERN, NAME_PATTERN, CallName
from api.story import story_of
from cti.projections import CallRecord

MOST_ON_A_PAGE = 200

_CURSOR = re.compile(r"([0-9]{1,18}) (.{1,150})", re.DOTALL)

router = APIRouter(prefix="/calls", tags=["calls"], dependencies=[TOKEN], responses=UNAUTHORISED)


@router.get("", operation_id="list_live_calls", summary="Live calls")
async def list_live_calls(engine: TheEngine) -> list[LiveCall]:
    """Every call that is not over, the earliest arrival first."""
    return [LiveCall.of(view) for view in views.call_views(engine.runtime.tables, engine.runtime.clock.now())]


@router.get("/history", operation_id="list_past_calls", summary="History, page by page", responses=LATER)
async def list_past_calls(
    engine: TheEngine,
    limit: Annotated[int, Query(ge=1, le=MOST_ON_A_PAGE, description="Calls on a page.")] = 50,
    before: Annotated[
        str | None, Query(max_length=400, description="`next` of the page before this one.")
    ] = None,
    queue: Annotated[
        str | None, Query(pattern=NAME_PATTERN, description="Only calls that waited here last.")
    ] = None,
    outcome: Annotated[Outcome | None, Query(description="Only calls that ended so.")] = None,
    customer: Annotated[
        str | None, Query(pattern=CUSTOMER_PATTERN, description="Only calls of this customer.")
    ] = None,
) -> CallPage:
    """All calls of the database, the latest arrivals first. It is written a moment behind the present;
    calls still alive are in it without an end."""
    records = await engine.store.calls(
        limit + 1,
        before=None if before is None else _position(before),
        queue=None if queue is None else QueueId(queue),
        outcome=outcome,
        customer=None if customer is None else CustomerId(customer),
    )
    page = records[:limit]
    return CallPage(
        calls=[Call.of(record) for record in page],
        next=_cursor(page[-1]) if len(records) > limit else None,
    )


@router.get(
    "/{call_id}",
    operation_id="get_call",
    summary="One call: where it is, what happened, and why",
    responses={**UNKNOWN, **LATER},
)
async def get_call(call_id: CallName, engine: TheEngine, recent: TheRecentEvents) -> CallStory:
    """A live or an ended call with its timeline and its routing decisions."""
    story = await story_of(engine, recent, CallId(call_id))
    if story is None:
        raise unknown(engine, f"call {call_id}")
    return story


def _cursor(record: CallRecord) -> str:
    return urlsafe_b64encode(f"{record.arrived_at} {record.call_id}".encode()).decode().rstrip("=")


def _position(cursor: str) -> tuple[Instant, CallId]:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        match = _CURSOR.fullmatch(urlsafe_b64decode(padded).decode())
    except ValueError:
        match = None
    if match is None:
        raise HTTPException(422, "before: must be `next` of an earlier page")
    return Instant(int(match[1])), CallId(match[2])
