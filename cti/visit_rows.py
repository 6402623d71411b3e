"""Visits and spells as rows of the database."""

from collections.abc import Collection, Iterable
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.agent_events import AgentStateChanged
from acd.call import CallClass
from acd.exits import QueueExit
from acd.instant import Instant
from cti import schema
from cti.envelope import Envelope
from cti.rows import storable, upsert
from cti.visits import VISIT_EVENTS, SpellRecord, VisitRecord, visits_after

AT_ONCE = 500
"""Calls whose visits are looked up by one statement."""

_VISIT_FIELDS = tuple(field.name for field in fields(VisitRecord))
_SPELL_FIELDS = tuple(field.name for field in fields(SpellRecord))


async def project_visits(connection: AsyncConnection, envelopes: Iterable[Envelope]) -> None:
    """Bring the visits these envelopes tell of up to date."""
    happened = [
        (storable(envelope.message.call_id), envelope)  # type: ignore[union-attr]
        for envelope in envelopes
        if type(envelope.message) in VISIT_EVENTS
    ]
    if not happened:
        return
    table = schema.visits
    names = sorted({call_id for call_id, _ in happened})
    before: dict[str, tuple[VisitRecord, ...]] = {}
    for start in range(0, len(names), AT_ONCE):
        rows = await connection.execute(
            select(table)
            .where(table.c.call_id.in_(names[start : start + AT_ONCE]))
            .order_by(table.c.began_at, table.c.run, table.c.seq)
        )
        for row in rows:
            before[row.call_id] = (*before.get(row.call_id, ()), visit_record(row))
    after = dict(before)
    for call_id, envelope in happened:
        after[call_id] = visits_after(after.get(call_id, ()), envelope)
    changed = [
        visit for call_id, visits in after.items() for visit in visits if visit not in before.get(call_id, ())
    ]
    if changed:
        statement = upsert(connection, table, (n for n in _VISIT_FIELDS if n not in ("run", "seq")))
        await connection.execute(statement, [_row(visit, _VISIT_FIELDS) for visit in changed])


async def project_spells(connection: AsyncConnection, envelopes: Iterable[Envelope]) -> None:
    """End the spells these envelopes end, and begin those they begin."""
    table = schema.spells
    begun: dict[str, SpellRecord] = {}
    over: list[SpellRecord] = []
    for envelope in envelopes:
        event = envelope.message
        if not isinstance(event, AgentStateChanged):
            continue
        before = begun.get(event.agent_id)
        if before is None:
            await connection.execute(
                update(table)
                .where(table.c.agent_id == storable(event.agent_id), table.c.until.is_(None))
                .values(until=storable(envelope.at))
            )
        else:
            over.append(_until(before, envelope.at))
        begun[event.agent_id] = SpellRecord(
            run=envelope.run,
            seq=envelope.seq,
            agent_id=event.agent_id,
            state=event.now,
            reason=event.reason,
            since=envelope.at,
        )
    if begun:
        new = [_row(spell, _SPELL_FIELDS) for spell in (*over, *begun.values())]
        await connection.execute(table.insert(), new)


async def close_visits(connection: AsyncConnection, live: Collection[str], at: Instant) -> None:
    """Book visits of calls that are gone as lost: nobody saw how they ended. ``live`` calls go on."""
    table = schema.visits
    open_ones = await connection.execute(
        select(table).where(table.c.exit.is_(None), table.c.began_at <= at).order_by(table.c.began_at)
    )
    lost = [
        {**row._mapping, "exit": QueueExit.LOST, "ended_at": at, "waited_us": max(0, at - row.queued_at)}
        for row in open_ones
        if row.call_id not in live
    ]
    if lost:
        statement = upsert(connection, table, ("exit", "ended_at", "waited_us"))
        await connection.execute(statement, lost)


async def close_spells(connection: AsyncConnection, started_at: Instant) -> None:
    """End spells of earlier runs with the last thing these told: nobody knows what agents did afterwards."""
    spells, events = schema.spells, schema.events
    last = await connection.execute(
        select(events.c.at).where(events.c.at < started_at).order_by(events.c.at.desc()).limit(1)
    )
    ended_at = last.scalar_one_or_none()
    if ended_at is not None:
        await connection.execute(
            update(spells).where(spells.c.until.is_(None), spells.c.since < started_at).values(until=ended_at)
        )


def visit_record(row: Row[Any]) -> VisitRecord:
    """The record in a row of ``visits``."""
    values = dict(row._mapping)
    if values["call_class"] is not None:
        values["call_class"] = CallClass(values["call_class"])
    if values["exit"] is not None:
        values["exit"] = QueueExit(values["exit"])
    return VisitRecord(**values)


def _until(spell: SpellRecord, at: Instant) -> SpellRecord:
    return SpellRecord(
        run=spell.run,
        seq=spell.seq,
        agent_id=spell.agent_id,
        state=spell.state,
        reason=spell.reason,
        since=spell.since,
        until=at,
    )


def _row(record: VisitRecord | SpellRecord, names: Iterable[str]) -> dict[str, Any]:
    return {name: storable(getattr(record, name)) for name in names}
