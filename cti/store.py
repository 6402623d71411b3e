"""The store: history in a database (SQLite or PostgreSQL), written behind the routing, never in its way."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import asyncpg  # type: ignore[import-untyped]
from alembic.util import CommandError
from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, ProgrammingError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from acd.agent import AgentState
from acd.agent_state import QueueStanding
from acd.call import Outcome
from acd.ids import AgentId, CallId, CustomerId, QueueId
from acd.instant import Instant
from acd.ledger import OpenItem, WhyOwed
from acd.reasons import NotReadyReason
from acd.remembered import AwayFromQueue, QueueRemembered
from cti import schema
from cti.attempt_rows import owed_to_whom_we_called, project_campaign_attempts, project_texts
from cti.callback_rows import CallbackRecord, one_callback, open_callbacks, project_callbacks
from cti.campaign_rows import project_adoptions, project_campaigns, project_leads
from cti.closures import closures, project_closures
from cti.codec import EVENT_TYPES, CodecError, decode
from cti.customer_rows import open_item, open_lost, project_contacts, project_unanswered
from cti.database import CONNECT_ARGS, engine_at, reason_of, upgrade
from cti.dial_attempts import project_attempts
from cti.envelope import Envelope
from cti.ivr_rows import close_ways, project_ways
from cti.journal import Position
from cti.listed_rows import project_listed
from cti.message_rows import project_messages
from cti.projections import AgentRecord, CallRecord
from cti.rows import (
    call_record,
    event_row,
    not_yet_stored,
    project_agents,
    project_calls,
    project_standings,
    storable,
    upsert,
)
from cti.survey_rows import project_surveys
from cti.visit_rows import close_spells, close_visits, project_spells, project_visits

log = logging.getLogger(__name__)

MOST_CALLS = 500
"""The most calls one page of history holds."""
MOST_EVENTS = 2_000
"""The most events told of one call; a caller may wander through a menu for long."""
MOST_UNANSWERED = 100_000
"""The most open items of the unanswered ledger that a start takes in."""

_CURSOR = 1


class StoreUnavailable(Exception):
    """The database cannot be reached or used now. The text names it without its password."""


class Store:
    """History in the database at one URL. Methods may be called by several tasks and processes; one of them
    writes what the journal says."""

    def __init__(self, url: str) -> None:
        """A store at ``sqlite+aiosqlite:///path`` or ``postgresql+asyncpg://user:password@host/name``.

        Raises:
            ValueError: the URL is neither.
        """
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            raise ValueError(f"not a database URL: {error}") from None
        if parsed.drivername not in CONNECT_ARGS:
            raise ValueError(f"database URLs begin with {' or '.join(CONNECT_ARGS)}, not {parsed.drivername}")
        self._url = parsed
        self._engine: AsyncEngine | None = None
        self._opened = asyncio.Event()

    @property
    def name(self) -> str:
        """The database's URL without its password."""
        return self._url.render_as_string(hide_password=True)

    @property
    def ready(self) -> bool:
        """Whether the tables are there, as far as is known."""
        return self._opened.is_set()

    async def opened(self) -> None:
        """Wait until the tables are there, as far as is known."""
        await self._opened.wait()

    async def open(self) -> None:
        """Bring the tables up to date, all or nothing. May be called again, also after a failure.

        Raises:
            StoreUnavailable: the database cannot be reached, or was made by a later version.
        """
        if self._engine is None:
            self._engine = engine_at(self._url)
        async with self._reaching(), self._engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                # Python's driver would commit each table by itself, and a kill between two leave a ruin.
                await connection.exec_driver_sql("BEGIN IMMEDIATE")
            await connection.run_sync(upgrade)
        self._opened.set()

    async def close(self) -> None:
        """Let go of the database."""
        engine, self._engine = self._engine, None
        self._opened.clear()
        if engine is not None:
            await engine.dispose()

    async def write(self, envelopes: Sequence[Envelope], cursor: Position) -> None:
        """Store envelopes, in the journal's order, with their projections and the cursor: all or nothing.

        What is already there is passed over, so a batch may be written again.

        Raises:
            StoreUnavailable: nothing was stored, or it is not known whether it was; try again later.
        """
        async with self._transaction() as connection:
            # Written first: this takes the write lock, so that what follows reads nothing stale.
            await connection.execute(
                upsert(connection, schema.journal_cursor, ("segment", "offset")),
                {"id": _CURSOR, "segment": cursor.segment, "offset": cursor.offset},
            )
            new = await not_yet_stored(connection, envelopes)
            if new:
                await connection.execute(schema.events.insert(), [event_row(e) for e in new])
                await project_calls(connection, new)
                await project_agents(connection, new)
                await project_standings(connection, new)
                await project_closures(connection, new)
                await project_callbacks(connection, new)
                await project_attempts(connection, new)
                await project_listed(connection, new)
                await project_campaign_attempts(connection, new)
                await project_texts(connection, new)
                await project_leads(connection, new)
                await project_campaigns(connection, new)
                await project_adoptions(connection, new)
                await project_messages(connection, new)
                await project_surveys(connection, new)
                await project_visits(connection, new)
                await project_ways(connection, new)
                await project_spells(connection, new)
                await project_unanswered(connection, new)
                await project_contacts(connection, new)

    async def cursor(self) -> Position | None:
        """Where in the journal the store stands; None for an empty store.

        Raises:
            StoreUnavailable: see there.
        """
        table = schema.journal_cursor
        async with self._transaction() as connection:
            found = await connection.execute(select(table).where(table.c.id == _CURSOR))
            row = found.one_or_none()
        return None if row is None else Position(row.segment, row.offset)

    async def calls(
        self,
        limit: int,
        before: tuple[Instant, CallId] | None = None,
        queue: QueueId | None = None,
        outcome: Outcome | None = None,
        customer: CustomerId | None = None,
    ) -> list[CallRecord]:
        """Calls, the latest arrivals first, at most :data:`MOST_CALLS`.

        ``before`` is ``(arrived_at, call_id)`` of the last call of the page before.

        Raises:
            StoreUnavailable: see there.
        """
        table = schema.calls
        query = select(table).order_by(table.c.arrived_at.desc(), table.c.call_id.desc())
        if before is not None:
            at, call_id = before
            query = query.where(tuple_(table.c.arrived_at, table.c.call_id) < (at, storable(call_id)))
        if queue is not None:
            query = query.where(table.c.queue_id == storable(queue))
        if outcome is not None:
            query = query.where(table.c.outcome == outcome.value)
        if customer is not None:
            query = query.where(table.c.customer_id == storable(customer))
        async with self._transaction() as connection:
            rows = await connection.execute(query.limit(max(0, min(limit, MOST_CALLS))))
            return [call_record(row) for row in rows]

    async def call(self, call_id: CallId) -> CallRecord | None:
        """One call; None when there is none of that name.

        Raises:
            StoreUnavailable: see there.
        """
        async with self._transaction() as connection:
            found = await connection.execute(
                select(schema.calls).where(schema.calls.c.call_id == storable(call_id))
            )
            row = found.one_or_none()
        return None if row is None else call_record(row)

    async def timeline(self, call_id: CallId) -> list[Envelope]:
        """The events of one call, in order, its routing decisions among them; at most :data:`MOST_EVENTS`.

        Raises:
            StoreUnavailable: see there.
        """
        table = schema.events
        query = (
            select(table)
            .where(table.c.call_id == storable(call_id), table.c.type.in_(sorted(EVENT_TYPES)))
            .order_by(table.c.at, table.c.run, table.c.seq)
            .limit(MOST_EVENTS)
        )
        told = []
        async with self._transaction() as connection:
            for row in await connection.execute(query):
                try:
                    message = decode(row.body)
                except CodecError as error:  # written by another version
                    log.warning("event %s/%s is not told: %s", row.run, row.seq, error)
                    continue
                told.append(Envelope(run=row.run, seq=row.seq, at=row.at, cause=row.cause, message=message))
        return told

    async def agents(self) -> list[AgentRecord]:
        """Every agent's last state, by name.

        Raises:
            StoreUnavailable: see there.
        """
        async with self._transaction() as connection:
            rows = await connection.execute(select(schema.agents).order_by(schema.agents.c.agent_id))
            return [
                AgentRecord(
                    agent_id=row.agent_id,
                    state=AgentState(row.state),
                    reason=None if row.reason is None else NotReadyReason(row.reason),
                    since=row.since,
                    until=row.until,
                )
                for row in rows
            ]

    async def away_from(self) -> dict[AgentId, tuple[AwayFromQueue, ...]]:
        """The queues that agents have paused or left.

        Raises:
            StoreUnavailable: see there.
        """
        table = schema.agent_queues
        query = select(table).where(table.c.standing != QueueStanding.SERVES.value)
        found: dict[AgentId, tuple[AwayFromQueue, ...]] = {}
        async with self._transaction() as connection:
            for row in await connection.execute(query.order_by(table.c.agent_id, table.c.queue_id)):
                away = AwayFromQueue(
                    queue_id=QueueId(row.queue_id),
                    standing=QueueStanding(row.standing),
                    reason=None if row.reason is None else NotReadyReason(row.reason),
                    since=Instant(row.since),
                )
                found[AgentId(row.agent_id)] = (*found.get(AgentId(row.agent_id), ()), away)
        return found

    async def open_callbacks(self) -> list[CallbackRecord]:
        """Every callback that has not ended, earliest start first.

        Raises:
            StoreUnavailable: see there.
        """
        async with self._transaction() as connection:
            return await open_callbacks(connection)

    async def callback(self, call_id: CallId) -> CallbackRecord | None:
        """One callback; None when there is none of that name.

        Raises:
            StoreUnavailable: see there.
        """
        async with self._transaction() as connection:
            return await one_callback(connection, call_id)

    async def closures(self) -> tuple[QueueRemembered, ...]:
        """The queues that are closed by hand.

        Raises:
            StoreUnavailable: see there.
        """
        async with self._transaction() as connection:
            return await closures(connection)

    async def unanswered(self, since: Instant) -> list[OpenItem]:
        """The ledger's items opened since then, the earliest first; of more than :data:`MOST_UNANSWERED`, the
        latest. Older ones are forgotten for good.

        Raises:
            StoreUnavailable: see there.
        """
        table = schema.unanswered
        query = select(table).order_by(table.c.since.desc(), table.c.party.desc()).limit(MOST_UNANSWERED)
        async with self._transaction() as connection:
            await connection.execute(delete(table).where(table.c.since < since))
            latest_first = (await connection.execute(query)).all()
        return [open_item(row) for row in reversed(latest_first)]

    async def last_agent(self, customer: CustomerId) -> AgentId | None:
        """Who talked with a customer last; None when that is not known.

        Raises:
            StoreUnavailable: see there.
        """
        table = schema.customer_contacts
        async with self._transaction() as connection:
            found = await connection.execute(
                select(table.c.last_agent).where(table.c.customer_id == storable(customer))
            )
            return found.scalar_one_or_none()

    async def close_orphans(self, live: Collection[CallId], at: Instant) -> int:
        """Mark calls that arrived until ``at``, have no end and are not ``live`` then as lost, and owe their
        callers an answer; how many. Whom a campaign called is owed one only when he answered and nobody
        talked with him. Their visits to queues end with them, stays in flows with the engine that carried
        these out, and agents' spells with the last that was told before ``at``.

        Should a call's real end be written later, that end counts.

        Raises:
            StoreUnavailable: see there.
        """
        table = schema.calls
        alive = {storable(call_id) for call_id in live}
        async with self._transaction() as connection:
            unended = await connection.execute(
                select(table.c.call_id, table.c.caller, table.c.customer_id)
                .where(table.c.ended_at.is_(None), table.c.arrived_at <= at)
                .order_by(table.c.arrived_at, table.c.call_id)
            )
            left = [row for row in unended if row.call_id not in alive]
            orphans = [row.call_id for row in left]
            owed = await owed_to_whom_we_called(connection, orphans)
            lost = (
                (row.call_id, row.caller, row.customer_id, why)
                for row in left
                if (why := owed.get(row.call_id, WhyOwed.LOST)) is not None
            )
            await open_lost(connection, lost, at)
            for start in range(0, len(orphans), MOST_CALLS):
                await connection.execute(
                    update(table)
                    .where(
                        table.c.call_id.in_(orphans[start : start + MOST_CALLS]), table.c.ended_at.is_(None)
                    )
                    .values(ended_at=at, outcome=Outcome.LOST.value)
                )
            await close_visits(connection, alive, at)
            await close_ways(connection, alive, at)
            await close_spells(connection, at)
        return len(orphans)

    def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection for other tables of this database; what is done on it is done whole, or not at all.

        Raises:
            StoreUnavailable: see there.
        """
        return self._transaction()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection for queries, such as those of :mod:`cti.report_queries`.

        Raises:
            StoreUnavailable: see there.
        """
        async with self._transaction() as connection:
            yield connection

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        engine = self._engine
        if engine is None or not self.ready:
            raise StoreUnavailable(f"database {self.name} has not been opened yet")
        async with self._reaching(), engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def _reaching(self) -> AsyncIterator[None]:
        try:
            yield
        except (SQLAlchemyError, CommandError, asyncpg.PostgresError, sqlite3.Error, OSError) as error:
            if isinstance(error, ProgrammingError) or "no such table" in str(error):
                self._opened.clear()  # the tables went away under us: the next open() makes them again
            raise StoreUnavailable(f"database {self.name}: {reason_of(error)}") from error
