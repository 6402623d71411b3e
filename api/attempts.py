"""One attempt's story: what was decided, what was heard of the line, what became of whoever answered."""

from typing import Annotated

from fastapi import APIRouter, Path
from sqlalchemy import select

from acd.ids import CallId
from api.call_schemas import CallStory, TimelineEntry
from api.campaign_report_schemas import AttemptStory, CampaignAttempt
from api.context import LATER, TOKEN, UNAUTHORISED, UNKNOWN, TheEngine, TheRecentEvents, unknown
from api.facts import iso, told
from api.ports import Engine
from api.recent import RecentEvents
from api.schemas import CALL_PATTERN
from api.story import joins, merged, story_of
from cti import schema
from cti.attempt_rows import one_attempt
from cti.attempts import AttemptRecord, attempt_after
from cti.codec import CodecError, decode
from cti.envelope import Envelope
from cti.store import StoreUnavailable
from dialer.events import AttemptPlaced, LinesDecided
from dialer.ids import AttemptId

STEP = 1_000
"""Messages of one step of the floor, at most, between a decision and the attempt it led to."""

router = APIRouter(prefix="/attempts", tags=["reports"], dependencies=[TOKEN], responses=UNAUTHORISED)

AttemptName = Annotated[
    str, Path(pattern=CALL_PATTERN, description="The attempt's id.", examples=["64f0c2a81b7d3-a17"])
]


@router.get(
    "/{attempt_id}",
    operation_id="get_attempt",
    summary="One attempt: what happened, and why",
    responses={**UNKNOWN, **LATER},
)
async def get_attempt(attempt_id: AttemptName, engine: TheEngine, recent: TheRecentEvents) -> AttemptStory:
    """A campaign's attempt, running or over: the decision to place lines that led to it, every fact that was
    told of it, and the call of whoever answered."""
    found = await _story(engine, recent, AttemptId(attempt_id))
    if found is None:
        raise unknown(engine, f"attempt {attempt_id}")
    return found


async def _story(engine: Engine, recent: RecentEvents, attempt_id: AttemptId) -> AttemptStory | None:
    away: StoreUnavailable | None = None
    record: AttemptRecord | None = None
    written: list[Envelope] = []
    call: CallStory | None = None
    try:
        async with engine.store.reading() as connection:
            record = await one_attempt(connection, attempt_id)
        written = await engine.store.timeline(CallId(attempt_id))
        call = await story_of(engine, recent, CallId(attempt_id))
    except StoreUnavailable as error:
        away = error
    tail = recent.of(CallId(attempt_id))
    envelopes = merged(written, tail)
    if record is None or record.ended_at is None:
        record = _now(record, envelopes)
    if record is None:
        if away is not None:
            raise away
        return None
    decided = await _decided(engine, envelopes) if away is None else []
    return AttemptStory(
        attempt=CampaignAttempt.of(record),
        timeline=[
            TimelineEntry(run=e.run, seq=e.seq, at=iso(e.at), event=told(e)) for e in (*decided, *envelopes)
        ],
        call=call,
        complete=tail.has_everything or (away is None and joins(written, tail)),
    )


def _now(written: AttemptRecord | None, envelopes: list[Envelope]) -> AttemptRecord | None:
    """The attempt as its events have it so far; where it was is in the row alone."""
    record = written
    for envelope in envelopes:
        record = attempt_after(record, envelope.message, envelope.at)
    return record


async def _decided(engine: Engine, envelopes: list[Envelope]) -> list[Envelope]:
    """The decision, of the same step, by which its line was placed; none for one an agent asked for."""
    placed = next((e for e in envelopes if isinstance(e.message, AttemptPlaced)), None)
    if placed is None:
        return []
    table = schema.events
    query = (
        select(table)
        .where(
            table.c.run == placed.run,
            table.c.seq < placed.seq,
            table.c.seq > placed.seq - STEP,
            table.c.type == LinesDecided.__name__,
            table.c.at == placed.at,
        )
        .order_by(table.c.seq.desc())
        .limit(20)
    )
    try:
        async with engine.store.reading() as connection:
            rows = (await connection.execute(query)).all()
    except StoreUnavailable:
        return []
    for row in rows:
        try:
            message = decode(row.body)
        except CodecError:
            continue
        if isinstance(message, LinesDecided) and message.campaign_id == placed.message.campaign_id:  # type: ignore[union-attr]
            return [Envelope(run=row.run, seq=row.seq, at=row.at, cause=row.cause, message=message)]
    return []
