"""Callers' ways through flows as rows of the database."""

from collections.abc import Collection, Iterable
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.instant import Instant
from acd.ivr_exits import IvrExit
from cti import schema
from cti.envelope import Envelope
from cti.ivr_path import PATH_EVENTS, NodeVisitRecord, Path, StayRecord, path_after
from cti.rows import storable, upsert

AT_ONCE = 500
"""Calls whose ways are looked up by one statement."""

_STAY_FIELDS = tuple(field.name for field in fields(StayRecord))
_VISIT_FIELDS = tuple(field.name for field in fields(NodeVisitRecord))
_NAME = ("run", "seq")


async def project_ways(connection: AsyncConnection, envelopes: Iterable[Envelope]) -> None:
    """Bring the ways these envelopes tell of up to date."""
    happened = [
        (storable(envelope.message.call_id), envelope)  # type: ignore[union-attr]
        for envelope in envelopes
        if type(envelope.message) in PATH_EVENTS
    ]
    if not happened:
        return
    paths = await _paths(connection, sorted({call_id for call_id, _ in happened}))
    stays: dict[tuple[str, int], StayRecord] = {}
    visits: dict[tuple[str, int], NodeVisitRecord] = {}
    for call_id, envelope in happened:
        paths[call_id], changes = path_after(paths.get(call_id, Path()), envelope)
        stays |= {(stay.run, stay.seq): stay for stay in changes.stays}
        visits |= {(visit.run, visit.seq): visit for visit in changes.visits}
    await _write(connection, stays.values(), visits.values())


async def close_ways(connection: AsyncConnection, live: Collection[str], at: Instant) -> None:
    """End the stays that were open when the engine stopped: of calls that are gone nobody saw how, the others
    were broken off, for who carries out flows stopped with it."""
    for table, record_of in ((schema.ivr_stays, stay_record), (schema.ivr_visits, node_visit_record)):
        begun = table.c.began_at if table is schema.ivr_stays else table.c.entered_at
        ended = table.c.ended_at if table is schema.ivr_stays else table.c.left_at
        rows = await connection.execute(select(table).where(ended.is_(None), begun <= at).order_by(begun))
        closed = [_given_up(record_of(row), live, at) for row in rows]
        stays = [record for record in closed if isinstance(record, StayRecord)]
        visits = [record for record in closed if isinstance(record, NodeVisitRecord)]
        await _write(connection, stays, visits)


def _given_up(
    record: StayRecord | NodeVisitRecord, live: Collection[str], at: Instant
) -> StayRecord | NodeVisitRecord:
    exit_ = IvrExit.BROKEN_OFF if record.call_id in live else IvrExit.LOST
    if isinstance(record, StayRecord):
        return replace(record, ended_at=at, exit=exit_)
    return replace(record, left_at=at, exit=exit_)


async def _paths(connection: AsyncConnection, names: list[str]) -> dict[str, Path]:
    """How far the ways of these calls have come."""
    stays, visits = schema.ivr_stays, schema.ivr_visits
    paths: dict[str, Path] = {}
    for start in range(0, len(names), AT_ONCE):
        some = names[start : start + AT_ONCE]
        for row in await connection.execute(
            select(stays).where(stays.c.call_id.in_(some)).order_by(stays.c.call_id, stays.c.number)
        ):
            paths[row.call_id] = Path(stay_record(row))
    unseen = (path.stay for path in paths.values() if path.stay is not None and path.stay.spent_us is None)
    last = [(stay.run, stay.seq) for stay in unseen]
    for start in range(0, len(last), AT_ONCE):
        # Only the last visit of a stay has not led on to another.
        runs, seqs = zip(*last[start : start + AT_ONCE], strict=True)
        wanted = visits.c.stay_run.in_(set(runs)), visits.c.stay_seq.in_(set(seqs))
        for row in await connection.execute(select(visits).where(*wanted, visits.c.next_node.is_(None))):
            stay = paths.get(row.call_id, Path()).stay
            if stay is not None and (stay.run, stay.seq) == (row.stay_run, row.stay_seq):
                paths[row.call_id] = Path(stay, node_visit_record(row))
    return paths


async def _write(
    connection: AsyncConnection, stays: Iterable[StayRecord], visits: Iterable[NodeVisitRecord]
) -> None:
    if rows := [_row(stay, _STAY_FIELDS) for stay in stays]:
        columns = (name for name in _STAY_FIELDS if name not in _NAME)
        await connection.execute(upsert(connection, schema.ivr_stays, columns), rows)
    if rows := [_row(visit, _VISIT_FIELDS) for visit in visits]:
        columns = (name for name in _VISIT_FIELDS if name not in _NAME)
        await connection.execute(upsert(connection, schema.ivr_visits, columns), rows)


def stay_record(row: Row[Any]) -> StayRecord:
    """The record in a row of ``ivr_stays``."""
    return StayRecord(**_values(row))


def node_visit_record(row: Row[Any]) -> NodeVisitRecord:
    """The record in a row of ``ivr_visits``."""
    return NodeVisitRecord(**_values(row))


def _values(row: Row[Any]) -> dict[str, Any]:
    values = dict(row._mapping)
    if values["exit"] is not None:
        values["exit"] = IvrExit(values["exit"])
    return values


def _row(record: StayRecord | NodeVisitRecord, names: Iterable[str]) -> dict[str, Any]:
    return {name: storable(getattr(record, name)) for name in names}
