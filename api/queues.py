"""Queues over HTTP: their live figures."""

from fastapi import APIRouter, HTTPException

from acd import views
from acd.ids import QueueId
from api.context import TOKEN, UNAUTHORISED, UNKNOWN, TheEngine
from api.queue_schemas import Queue
from api.schemas import QueueName

router = APIRouter(prefix="/queues", tags=["queues"], dependencies=[TOKEN], responses=UNAUTHORISED)


@router.get("", operation_id="list_queues", summary="All queues' live figures")
async def list_queues(engine: TheEngine) -> list[Queue]:
    """Every queue, in the configuration's order."""
    runtime = engine.runtime
    return [Queue.of(view) for view in views.queue_views(runtime.tables, runtime.clock.now())]


@router.get("/{queue_id}", operation_id="get_queue", summary="One queue's live figures", responses=UNKNOWN)
async def get_queue(queue_id: QueueName, engine: TheEngine) -> Queue:
    """One queue, now."""
    runtime = engine.runtime
    if queue_id not in runtime.tables.stats:
        raise HTTPException(404, f"there is no queue {queue_id}")
    return Queue.of(views.queue_view(runtime.tables, QueueId(queue_id), runtime.clock.now()))
