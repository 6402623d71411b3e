"""Queues over HTTP: their live figures."""

from fastapi import APIRouter, HTTPException

from acd import views
from acd.commands import CloseQueue, ReopenQueue
from acd.ids import QueueId
from acd.overflow_rules import AtClosing
from api.commanding import command
from api.context import LATER, REFUSED, TOKEN, UNAUTHORISED, UNKNOWN, TheEngine
from api.ports import Engine
from api.queue_schemas import CloseRequest, Queue, ReopenRequest
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
    return _queue(engine, QueueId(queue_id))


@router.post(
    "/{queue_id}/close",
    operation_id="close_queue",
    summary="Close a queue at once",
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def close_queue(queue_id: QueueName, request: CloseRequest, engine: TheEngine) -> Queue:
    """Whatever its hours, until somebody reopens it; a restart does not. Newcomers are turned away."""
    _queue(engine, QueueId(queue_id))
    waiting = None if request.waiting is None else AtClosing(request.waiting)
    close = CloseQueue(queue_id=QueueId(queue_id), because=request.because, by=request.by, waiting=waiting)
    await command(engine, close, "queue")
    return _queue(engine, QueueId(queue_id))


@router.post(
    "/{queue_id}/reopen",
    operation_id="reopen_queue",
    summary="Leave a queue to its hours again",
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def reopen_queue(queue_id: QueueName, request: ReopenRequest, engine: TheEngine) -> Queue:
    """Refused when nobody closed it by hand. By its hours it may still be closed: see `door`."""
    _queue(engine, QueueId(queue_id))
    await command(engine, ReopenQueue(queue_id=QueueId(queue_id), by=request.by), "queue")
    return _queue(engine, QueueId(queue_id))


def _queue(engine: Engine, queue_id: QueueId) -> Queue:
    runtime = engine.runtime
    if queue_id not in runtime.tables.stats:
        raise HTTPException(404, f"there is no queue {queue_id}")
    return Queue.of(views.queue_view(runtime.tables, queue_id, runtime.clock.now()))
