"""Envelopes and records as rows of the database, and the way back."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

from sqlalchemy import Row, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.agent_events import AgentStateChanged, QueueStandingChanged
from acd.call import CallClass, Outcome
from cti import schema
from cti.codec import encode
from cti.envelope import Envelope
from cti.projections import CALL_EVENTS, AgentRecord, CallRecord, agent_after, call_after

_CALL_FIELDS = tuple(field.name for field in fields(CallRecord))
_AGENT_FIELDS = tuple(field.name for field in fields(AgentRecord))
_MOST = 2**63 - 1


def upsert(connection: AsyncConnection, table: Table, columns: Iterable[str]) -> Any:
    """An insert that sets ``columns`` where the row is there already."""
    return _upsert(connection.dialect.name, table, tuple(columns))


@cache
def _upsert(dialect: str, table: Table, columns: tuple[str, ...]) -> Any:
    """Made once: putting a statement together takes longer than carrying it out."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(table)
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: statement.excluded[name] for name in columns},
    )


async def not_yet_stored(connection: AsyncConnection, envelopes: Sequence[Envelope]) -> list[Envelope]:
    """A run's messages come in order, so what is beyond the last one stored is new."""
    table = schema.events
    last: dict[str, int] = {}
    for run in dict.fromkeys(envelope.run for envelope in envelopes):
        found = await connection.execute(select(func.max(table.c.seq)).where(table.c.run == run))
        last[run] = found.scalar_one() or 0
    new = []
    for envelope in envelopes:
        if envelope.seq > last[envelope.run]:
            last[envelope.run] = envelope.seq
            new.append(envelope)
    return new


async def project_calls(connection: AsyncConnection, envelopes: Iterable[Envelope]) -> None:
    """Bring the calls these envelopes tell of up to date."""
    happened = [
        (storable(envelope.message.call_id), envelope)  # type: ignore[union-attr]
        for envelope in envelopes
        if type(envelope.message) in CALL_EVENTS
    ]
    if not happened:
        return
    table = schema.calls
    names = sorted({call_id for call_id, _ in happened})
    rows = await connection.execute(select(table).where(table.c.call_id.in_(names)))
    before: dict[str, CallRecord] = {row.call_id: call_record(row) for row in rows}
    after: dict[str, CallRecord] = {}
    for call_id, envelope in happened:
        known = after.get(call_id) or before.get(call_id)
        changed = call_after(known, envelope.message, envelope.at)
        if changed is not None and changed is not known:
            after[call_id] = changed
    if after:
        statement = upsert(connection, table, (name for name in _CALL_FIELDS if name != "call_id"))
        await connection.execute(statement, [_row(after[name], _CALL_FIELDS) for name in sorted(after)])


async def project_agents(connection: AsyncConnection, envelopes: Iterable[Envelope]) -> None:
    """Bring the agents these envelopes tell of up to date."""
    after: dict[str, AgentRecord] = {}
    for envelope in envelopes:
        if isinstance(envelope.message, AgentStateChanged):
            after[envelope.message.agent_id] = agent_after(envelope.message, envelope.at)
    if after:
        statement = upsert(connection, schema.agents, ("state", "reason", "since", "until"))
        rows = [_row(after[agent_id], _AGENT_FIELDS) for agent_id in sorted(after)]
        await connection.execute(statement, rows)


async def project_standings(connection: AsyncConnection, envelopes: Iterable[Envelope]) -> None:
    """Bring how agents stand to single queues up to date."""
    after: dict[tuple[str, str], dict[str, Any]] = {}
    for envelope in envelopes:
        event = envelope.message
        if isinstance(event, QueueStandingChanged):
            row = {
                "agent_id": storable(event.agent_id),
                "queue_id": storable(event.queue_id),
                "standing": event.standing.value,
                "reason": storable(event.reason),
                "since": storable(event.since),
            }
            after[row["agent_id"], row["queue_id"]] = row
    if after:
        statement = upsert(connection, schema.agent_queues, ("standing", "reason", "since"))
        await connection.execute(statement, [after[key] for key in sorted(after)])


def event_row(envelope: Envelope) -> dict[str, Any]:
    """The envelope as a row of ``events``."""
    message = envelope.message
    return {
        "run": envelope.run,
        "seq": storable(envelope.seq),
        "at": storable(envelope.at),
        "cause": storable(envelope.cause),
        "type": type(message).__name__,
        "call_id": storable(call_of(message)),
        "agent_id": storable(getattr(message, "agent_id", None)),
        "body": encode(message),
    }


def call_of(message: Any) -> str | None:
    """The call a message is about. Whoever answers a campaign's attempt is a call of that name."""
    call_id: str | None = getattr(message, "call_id", None) or getattr(message, "attempt_id", None)
    return call_id


def call_record(row: Row[Any]) -> CallRecord:
    """The record in a row of ``calls``."""
    values = dict(row._mapping)
    if values["call_class"] is not None:
        values["call_class"] = CallClass(values["call_class"])
    if values["outcome"] is not None:
        values["outcome"] = Outcome(values["outcome"])
    return CallRecord(**values)


def storable(value: Any) -> Any:
    """The value as every database takes it, so that no message can stop those behind it.

    PostgreSQL knows no NUL, neither database knows half a surrogate pair or whole numbers beyond 64 bits.
    What an event truly said is in its body.
    """
    if isinstance(value, str):
        if value.isascii() and "\0" not in value:
            return str(value)
        return value.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, int) and not isinstance(value, bool):
        return max(-_MOST - 1, min(value, _MOST))
    return value


def _row(record: CallRecord | AgentRecord, names: Iterable[str]) -> dict[str, Any]:
    return {name: storable(getattr(record, name)) for name in names}
