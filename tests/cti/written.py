"""What is put into a journal in these tests, and what a database then has of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from acd.call_events import CallStarted
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.instant import Instant
from acd.offer_events import OfferMade
from cti.envelope import Envelope
from cti.writer import Writer
from cti.writer_process import WriterProcess

PATIENCE_S = 30


def arrival(seq: int, run: str = "run1") -> Envelope:
    message = CallStarted(call_id=CallId(f"{run}-{seq}"), caller="+3312", dialled="8000")
    return Envelope(run=run, seq=seq, at=Instant(seq), cause=None, message=message)


def offer(seq: int, call_id: str, run: str = "run1") -> Envelope:
    """An event that must be counted once, and only once."""
    message = OfferMade(
        offer_id=OfferId(f"{run}-o{seq}"),
        call_id=CallId(call_id),
        agent_id=AgentId("ana"),
        queue_id=QueueId("sales"),
        expires_at=Instant(0),
    )
    return Envelope(run=run, seq=seq, at=Instant(seq), cause=None, message=message)


async def stored(url: str, run: str = "run1") -> list[int]:
    """The numbers in the database, in the order they were written."""
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        query = text("SELECT seq FROM events WHERE run = :run ORDER BY seq")
        numbers = list((await connection.execute(query, {"run": run})).scalars())
    await engine.dispose()
    return numbers


async def until(condition: Callable[[], bool]) -> None:
    """Let the writer work until this is so."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def at_work(writer: Writer | WriterProcess) -> AsyncIterator[asyncio.Task[None]]:
    """The writer's task; cancelled at the end."""
    task = asyncio.create_task(writer.run())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
