"""Who does not want to be called, from the journal: should the engine have ended before it could put him on
the house's list, since the database was away, whoever carries the journal into the database does.
"""

from collections.abc import Iterable
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from cti import schema
from cti.envelope import Envelope
from cti.rows import storable
from dialer.compliance.listing import ListKind
from dialer.signals import NumberListed

_LIST, _ADDED, _REMOVED = ListKind.INTERNAL.value, "added", "removed"


async def project_listed(connection: AsyncConnection, envelopes: Iterable[Envelope]) -> None:
    """Put on the house's list who was to stand there, unless he does; whom somebody has taken off since is
    left off."""
    for envelope in envelopes:
        signal = envelope.message
        if isinstance(signal, NumberListed) and signal.because and signal.campaign_id is None:
            await _put(connection, signal, envelope)


async def _put(connection: AsyncConnection, signal: NumberListed, envelope: Envelope) -> None:
    entries, changes, number = schema.dnc_entries, schema.dnc_changes, storable(signal.number)
    taken_off = select(changes.c.change_id).where(
        changes.c.number == number,
        changes.c.list == _LIST,
        changes.c.what == _REMOVED,
        changes.c.at >= envelope.at,
    )
    if (await connection.execute(taken_off.limit(1))).first() is not None:
        return
    said = {"at": envelope.at, "by": storable(signal.by), "reason": storable(signal.because)}
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {"number": number, "list": _LIST, **said}
    added = await connection.execute(insert(entries).values(row).on_conflict_do_nothing())
    if added.rowcount:
        change = {"change_id": uuid4().hex, "list": _LIST, "number": number, "what": _ADDED, "numbers": 1}
        await connection.execute(changes.insert(), [change | said])
