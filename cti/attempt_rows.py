"""Campaigns' attempts as rows of the database, which the writer alone writes.

What the gate counts by, and notes before a telephone rings, stands in :mod:`cti.dial_attempts`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import Row, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.instant import Instant
from acd.ledger import WhyOwed
from cti import schema
from cti.attempts import ATTEMPT_MESSAGES, AttemptRecord, attempt_after
from cti.envelope import Envelope
from cti.rows import storable, upsert
from cti.wall_clock import wall_clock
from cti.whereabouts import whereabouts
from dialer.attempt import Party
from dialer.events import AttemptPlaced, TextEnded, TextOrdered
from dialer.ids import AttemptId

AT_ONCE = 400
"""Names in one statement: SQLite takes no more than some hundred, twice."""

_PERSONS = (Party.PERSON.value, Party.UNSURE.value)
_FIELDS = tuple(field.name for field in fields(AttemptRecord))


async def project_campaign_attempts(connection: AsyncConnection, envelopes: Iterable[Envelope]) -> None:
    """Bring the attempts these envelopes tell of up to date."""
    told: list[tuple[str, Any, Instant]] = [
        (str(storable(envelope.message.attempt_id)), envelope.message, envelope.at)  # type: ignore[union-attr]
        for envelope in envelopes
        if type(envelope.message) in ATTEMPT_MESSAGES
    ]
    if not told:
        return
    names = sorted({name for name, _, _ in told})
    before = await _known(connection, names)
    after: dict[str, AttemptRecord] = {}
    begun_blind: set[str] = set()
    for name, message, at in told:
        known = after.get(name) or before.get(name)
        changed = attempt_after(known, message, at)
        if changed is None or changed == known:
            continue
        if known is None and not isinstance(message, AttemptPlaced):
            begun_blind.add(name)
        after[name] = changed
    for name, at in (await noted(connection, sorted(begun_blind))).items():
        after[name] = replace(after[name], placed_at=at)  # the gate knows when it was dialled
    new = [name for name in after if name not in before]
    listed = await _zones_of_leads(connection, {str(after[name].lead_id) for name in new})
    for name in new:
        after[name] = _placed_in(after[name], listed.get(str(after[name].lead_id)))
    if after:
        statement = upsert(
            connection, schema.campaign_attempts, (name for name in _FIELDS if name != "attempt_id")
        )
        await connection.execute(statement, [_row(after[name]) for name in sorted(after)])


async def project_texts(connection: AsyncConnection, envelopes: Iterable[Envelope]) -> None:
    """Keep what texts were sent, or not."""
    table = schema.campaign_texts
    for envelope in envelopes:
        message: Any = envelope.message
        if not isinstance(message, TextOrdered | TextEnded):
            continue
        row: dict[str, Any] = {
            "text_id": storable(message.text_id),
            "campaign_id": storable(message.campaign_id),
            "lead_id": storable(message.lead_id),
        }
        if isinstance(message, TextOrdered):
            told = {
                "number": storable(message.number),
                "step": storable(message.step),
                "ordered_at": storable(envelope.at),
            }
        else:
            told = {"sent": message.sent, "why": storable(message.why), "ended_at": storable(envelope.at)}
        await connection.execute(upsert(connection, table, told), {**row, **told})


async def one_attempt(connection: AsyncConnection, attempt_id: AttemptId) -> AttemptRecord | None:
    """The attempt of that name."""
    table = schema.campaign_attempts
    query = select(table).where(table.c.attempt_id == storable(attempt_id))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else attempt_record(row)


async def _known(connection: AsyncConnection, names: list[str]) -> dict[str, AttemptRecord]:
    table = schema.campaign_attempts
    found: dict[str, AttemptRecord] = {}
    for start in range(0, len(names), AT_ONCE):
        some = names[start : start + AT_ONCE]
        for row in await connection.execute(select(table).where(table.c.attempt_id.in_(some))):
            found[row.attempt_id] = attempt_record(row)
    return found


async def _zones_of_leads(connection: AsyncConnection, leads: set[str]) -> dict[str, str]:
    """What lists say of where these are, as far as they say it."""
    table, names, found = schema.leads, sorted(map(storable, leads)), dict[str, str]()
    for start in range(0, len(names), AT_ONCE):
        query = select(table.c.lead_id, table.c.zone).where(
            table.c.lead_id.in_(names[start : start + AT_ONCE]), table.c.zone.is_not(None)
        )
        found |= {row.lead_id: row.zone for row in await connection.execute(query)}
    return found


def _placed_in(record: AttemptRecord, listed: str | None) -> AttemptRecord:
    """The record with what the clock of the called showed: kept, because lists and numbering plans change."""
    zones = (listed,) if listed is not None else whereabouts(record.number, None).zones
    if not zones:
        return record
    shown = wall_clock(record.placed_at, zones[0])
    return replace(record, zones=",".join(zones), local_hour=None if shown is None else shown.hour)


async def owed_to_whom_we_called(
    connection: AsyncConnection, calls: Sequence[str]
) -> dict[str, WhyOwed | None]:
    """What is owed to whom campaigns called, by calls of which nobody saw the end; no word of other calls.
    He wanted nothing of us: he is owed something when he answered, and neither an agent nor a flow of a
    campaign without agents was there for him."""
    table, found = schema.campaign_attempts, dict[str, WhyOwed | None]()
    for start in range(0, len(calls), AT_ONCE):
        query = select(
            table.c.attempt_id, table.c.party, table.c.connected_at, table.c.counted_at, table.c.abandoned
        ).where(table.c.attempt_id.in_(calls[start : start + AT_ONCE]))
        for row in await connection.execute(query):
            waited = row.party in _PERSONS and row.counted_at is None  # served ones are counted at once
            alone = row.connected_at is None and (waited or bool(row.abandoned))
            found[row.attempt_id] = WhyOwed.DROPPED if alone else None
    return found


async def noted(connection: AsyncConnection, names: list[str]) -> dict[str, Instant]:
    """When the gate let these out, of those it has a note of: by their own name, or as the call of an agent
    who wanted to talk."""
    table = schema.dial_attempts
    found: dict[str, Instant] = {}
    for start in range(0, len(names), AT_ONCE):
        some = names[start : start + AT_ONCE]
        query = (
            select(table.c.attempt_id, table.c.call_id, table.c.at)
            .where(or_(table.c.attempt_id.in_(some), table.c.call_id.in_(some)))
            .order_by(table.c.at.desc())
        )
        for row in await connection.execute(query):
            found[row.attempt_id if row.attempt_id in some else row.call_id] = Instant(row.at)
    return found


def _row(record: AttemptRecord) -> dict[str, Any]:
    return {name: storable(getattr(record, name)) for name in _FIELDS}


def attempt_record(row: Row[Any]) -> AttemptRecord:
    """The record in a row of ``campaign_attempts``."""
    values = dict(row._mapping)
    values["party"] = None if values["party"] is None else Party(values["party"])
    return AttemptRecord(**values)
