"""The unanswered ledger over HTTP: callers we owe an answer."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.call_schemas import Unanswered
from api.context import TOKEN, UNAUTHORISED, TheEngine

MOST = 1_000

router = APIRouter(prefix="/unanswered", tags=["calls"], dependencies=[TOKEN], responses=UNAUTHORISED)


@router.get("", operation_id="list_unanswered", summary="Callers we owe an answer")
async def list_unanswered(
    engine: TheEngine,
    limit: Annotated[int, Query(ge=1, le=MOST, description="Callers at most, the latest ones.")] = 100,
) -> list[Unanswered]:
    """One open item for each caller whose latest contact came to nothing, the latest first. It closes by
    itself when a contact succeeds."""
    ledger, now = engine.runtime.tables.ledger, engine.runtime.clock.now()
    latest = ledger.items(now)[::-1][:limit]
    return [Unanswered.of(item, ledger.boost(item.party, now)) for item in latest]
