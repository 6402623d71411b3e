"""Queues closed by hand, as the database keeps them: until somebody reopens them, whatever restarts."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.door import Closure
from acd.ids import QueueId
from acd.instant import Instant
from acd.overflow_rules import AtClosing
from acd.queue_events import QueueDoorChanged
from acd.remembered import QueueRemembered
from cti import schema
from cti.envelope import Envelope
from cti.rows import storable, upsert

_FIELDS = ("because", "by", "since", "waiting")


async def project_closures(connection: AsyncConnection, envelopes: Iterable[Envelope]) -> None:
    """Bring the queues these envelopes tell of up to date; one that is not closed by hand has no reason."""
    after: dict[str, Closure | None] = {}
    for envelope in envelopes:
        if isinstance(envelope.message, QueueDoorChanged):
            after[envelope.message.queue_id] = envelope.message.closure
    if after:
        rows = [
            {
                "queue_id": storable(queue_id),
                "because": None if closure is None else storable(closure.because),
                "by": None if closure is None else storable(closure.by),
                "since": None if closure is None else storable(closure.since),
                "waiting": None if closure is None or closure.waiting is None else closure.waiting.value,
            }
            for queue_id, closure in sorted(after.items())
        ]
        await connection.execute(upsert(connection, schema.closures, _FIELDS), rows)


async def closures(connection: AsyncConnection) -> tuple[QueueRemembered, ...]:
    """The queues that are closed by hand, by name."""
    table = schema.closures
    rows = await connection.execute(
        select(table).where(table.c.because.is_not(None)).order_by(table.c.queue_id)
    )
    return tuple(
        QueueRemembered(
            queue_id=QueueId(row.queue_id),
            closure=Closure(
                because=row.because,
                by=row.by or "",
                since=Instant(row.since or 0),
                waiting=None if row.waiting is None else AtClosing(row.waiting),
            ),
        )
        for row in rows
    )
