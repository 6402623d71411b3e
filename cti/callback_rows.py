"""Callbacks as the database keeps them: a promise that outlives the engine, made from the events."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.brief import NOTHING, Brief
from acd.call import CallClass
from acd.callback import CallbackOrder, CallbackState, DialFailure
from acd.callback_events import CallbackBooked, CallbackStateChanged
from acd.dialling import OVER
from acd.ids import CallId, CustomerId, QueueId
from acd.instant import Instant, Span
from acd.remembered import CallbackRemembered
from cti import briefs, schema
from cti.envelope import Envelope
from cti.messages import Input, Output
from cti.rows import storable, upsert

MOST_OPEN = 100_000
"""Callbacks given back to the floor at a start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRecord:
    """One callback's history in one row."""

    call_id: CallId
    queue_id: QueueId
    number: str
    customer_id: CustomerId | None = None
    from_call: CallId | None = None
    ordering: CallbackOrder
    call_class: CallClass
    queued_at: Instant
    boost: Span
    booked_at: Instant
    not_before: Instant
    expires_at: Instant
    attempts: int = 0
    state: CallbackState = CallbackState.BOOKED
    because: str = ""
    """Why it came to that state."""
    failure: DialFailure | None = None
    since: Instant
    """When it came to that state."""
    ended_at: Instant | None = None
    brief: Brief = NOTHING
    asked_at: Instant | None = None

    @property
    def remembered(self) -> CallbackRemembered:
        """As the floor is given it back."""
        return CallbackRemembered(
            call_id=self.call_id,
            queue_id=self.queue_id,
            number=self.number,
            customer_id=self.customer_id,
            from_call=self.from_call,
            order=self.ordering,
            call_class=self.call_class,
            queued_at=self.queued_at,
            boost=self.boost,
            booked_at=self.booked_at,
            expires_at=self.expires_at,
            not_before=self.not_before,
            attempts=self.attempts,
            state=self.state,
            brief=self.brief,
            asked_at=self.asked_at,
        )


_FIELDS = tuple(field.name for field in fields(CallbackRecord))


def callback_after(
    record: CallbackRecord | None, message: Input | Output, at: Instant
) -> CallbackRecord | None:
    """The record of the message's callback once this has happened at ``at``; None when nothing is known.

    A callback that a later run of the engine takes up again keeps what it was booked with.
    """
    match message:
        case CallbackBooked() if record is None:
            return CallbackRecord(
                call_id=message.call_id,
                queue_id=message.queue_id,
                number=message.number,
                customer_id=message.customer_id,
                from_call=message.from_call,
                ordering=message.order,
                call_class=message.call_class,
                queued_at=message.queued_at,
                boost=message.boost,
                booked_at=message.booked_at,
                not_before=message.not_before,
                expires_at=message.expires_at,
                brief=message.brief,
                asked_at=message.asked_at,
                since=at,
            )
        case CallbackBooked() if record is not None:
            return replace(record, state=CallbackState.BOOKED, since=at, ended_at=None)
        case CallbackStateChanged() if record is not None:
            return replace(
                record,
                state=message.now,
                because=message.because,
                attempts=message.attempts,
                not_before=message.not_before,
                failure=message.failure,
                since=at,
                ended_at=at if message.now in OVER else None,
            )
        case _:
            return record


async def project_callbacks(connection: AsyncConnection, envelopes: Iterable[Envelope]) -> None:
    """Bring the callbacks these envelopes tell of up to date."""
    told = [e for e in envelopes if isinstance(e.message, CallbackBooked | CallbackStateChanged)]
    if not told:
        return
    table = schema.callbacks
    names = sorted({str(storable(envelope.message.call_id)) for envelope in told})  # type: ignore[union-attr]
    rows = await connection.execute(select(table).where(table.c.call_id.in_(names)))
    known: dict[str, CallbackRecord] = {row.call_id: callback_record(row) for row in rows}
    after: dict[str, CallbackRecord] = {}
    for envelope in told:
        name = str(storable(envelope.message.call_id))  # type: ignore[union-attr]
        changed = callback_after(after.get(name) or known.get(name), envelope.message, envelope.at)
        if changed is not None:
            after[name] = changed
    if after:
        statement = upsert(connection, table, (name for name in _FIELDS if name != "call_id"))
        rows_after = [_row(after[call_id]) for call_id in sorted(after)]
        await connection.execute(statement, rows_after)


def _row(record: CallbackRecord) -> dict[str, Any]:
    values = {name: storable(getattr(record, name)) for name in _FIELDS if name != "brief"}
    return {**values, "brief": briefs.written(record.brief)}


async def open_callbacks(connection: AsyncConnection) -> list[CallbackRecord]:
    """Every callback that has not ended, earliest start first; at most :data:`MOST_OPEN`."""
    table = schema.callbacks
    rows = await connection.execute(
        select(table)
        .where(table.c.ended_at.is_(None))
        .order_by(table.c.queued_at, table.c.call_id)
        .limit(MOST_OPEN)
    )
    return [callback_record(row) for row in rows]


async def one_callback(connection: AsyncConnection, call_id: CallId) -> CallbackRecord | None:
    """The callback of that name."""
    table = schema.callbacks
    row = (await connection.execute(select(table).where(table.c.call_id == storable(call_id)))).one_or_none()
    return None if row is None else callback_record(row)


def callback_record(row: Row[Any]) -> CallbackRecord:
    """The record in a row of ``callbacks``."""
    values = dict(row._mapping)
    values["ordering"] = CallbackOrder(values["ordering"])
    values["call_class"] = CallClass(values["call_class"])
    values["state"] = CallbackState(values["state"])
    values["brief"] = briefs.read(values["brief"] or "")
    values["failure"] = None if values["failure"] is None else DialFailure(values["failure"])
    return CallbackRecord(**values)
