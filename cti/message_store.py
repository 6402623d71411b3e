"""What callers left, in the database: found, marked, forgotten."""

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import delete, select, tuple_, update

from acd.ids import CallId, CustomerId
from acd.instant import Instant
from acd.message import Mailbox, MessageId, MessageKind, MessageState
from cti import schema
from cti.message_rows import MessageRecord, message_record
from cti.projections import CallRecord
from cti.rows import storable
from cti.store import Store

MOST_ON_A_PAGE = 500


class MessageStore:
    """The index of messages. Rows come with the history of calls; here they are read and changed.

    Every method raises StoreUnavailable when the database is away; nothing has changed then.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def page(
        self,
        limit: int,
        before: tuple[Instant, MessageId] | None = None,
        kind: MessageKind | None = None,
        mailbox: Mailbox | None = None,
        state: MessageState | None = None,
        customer: CustomerId | None = None,
        call: CallId | None = None,
    ) -> list[MessageRecord]:
        """Messages, the latest first, at most :data:`MOST_ON_A_PAGE`.

        ``before`` is ``(left_at, message_id)`` of the last one of the page before.
        """
        table = schema.messages
        query = select(table).order_by(table.c.left_at.desc(), table.c.message_id.desc())
        if before is not None:
            query = query.where(
                tuple_(table.c.left_at, table.c.message_id) < (before[0], storable(before[1]))
            )
        if kind is not None:
            query = query.where(table.c.kind == kind.value)
        if mailbox is not None:
            query = query.where(table.c.mailbox == storable(mailbox))
        if state is not None:
            query = query.where(table.c.state == state.value)
        if customer is not None:
            query = query.where(table.c.customer_id == storable(customer))
        if call is not None:
            query = query.where(table.c.call_id == storable(call))
        async with self._store.transaction() as connection:
            rows = await connection.execute(query.limit(max(0, min(limit, MOST_ON_A_PAGE))))
            return [message_record(row) for row in rows]

    async def get(self, message_id: MessageId) -> MessageRecord | None:
        """One message; None when there is none of that name."""
        table = schema.messages
        async with self._store.transaction() as connection:
            found = await connection.execute(select(table).where(table.c.message_id == storable(message_id)))
            row = found.one_or_none()
        return None if row is None else message_record(row)

    async def mark(
        self, message_id: MessageId, state: MessageState, by: str, at: Instant
    ) -> MessageRecord | None:
        """Bring a message to a state; what it is then, None when there is none of that name. Not to
        ``deleted``: that is :meth:`forget`."""
        assert state is not MessageState.DELETED, "a deleted message has no row"
        table = schema.messages
        which = table.c.message_id == storable(message_id)
        changed = {"state": state.value, "since": at, "by": storable(by)}
        async with self._store.transaction() as connection:
            await connection.execute(update(table).where(which).values(changed))
            row = (await connection.execute(select(table).where(which))).one_or_none()
        return None if row is None else message_record(row)

    async def forget(self, message_id: MessageId) -> MessageRecord | None:
        """Take a message out of the index; what it was, None when there was none."""
        table = schema.messages
        which = table.c.message_id == storable(message_id)
        async with self._store.transaction() as connection:
            row = (await connection.execute(select(table).where(which))).one_or_none()
            gone = await connection.execute(delete(table).where(which))
        if row is None or not gone.rowcount:
            return None
        return replace(message_record(row), state=MessageState.DELETED)

    async def older_than(self, at: Instant) -> list[MessageRecord]:
        """Messages left before ``at``, the oldest first, at most :data:`MOST_ON_A_PAGE`."""
        table = schema.messages
        query = select(table).where(table.c.left_at < at).order_by(table.c.left_at, table.c.message_id)
        async with self._store.transaction() as connection:
            rows = await connection.execute(query.limit(MOST_ON_A_PAGE))
            return [message_record(row) for row in rows]

    async def known(self, names: Collection[MessageId]) -> frozenset[MessageId]:
        """Which of these are in the index; at most :data:`MOST_ON_A_PAGE` may be asked for."""
        assert len(names) <= MOST_ON_A_PAGE
        table = schema.messages
        asked = [storable(name) for name in names]
        async with self._store.transaction() as connection:
            rows = await connection.execute(select(table.c.message_id).where(table.c.message_id.in_(asked)))
            return frozenset(MessageId(name) for name in rows.scalars())

    async def call(self, call_id: CallId) -> CallRecord | None:
        """The call a message belongs to, as far as it is on record."""
        return await self._store.call(call_id)
