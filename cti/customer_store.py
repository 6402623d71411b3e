"""Customers in the database: the directory that needs nobody else."""

import asyncio
import contextlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.customer import Customer
from acd.ids import AgentId, CustomerId
from acd.instant import Instant
from cti import schema
from cti.customers import CustomerDirectory, CustomerRecord, DirectoryUnavailable
from cti.known_numbers import LOOK_AGAIN_S, KnownNumbers
from cti.numbers import canonical
from cti.rows import storable, upsert
from cti.store import Store, StoreUnavailable

MOST_ON_A_PAGE = 500

_KEPT = ("name", "segment", "language", "own_agent", "preferences", "attributes", "updated_at")


@dataclass(frozen=True, slots=True)
class NumberTaken:
    """A number that cannot be a customer's, because it is another's."""

    customer_id: CustomerId
    number: str
    of: CustomerId


class CustomerStore:
    """Implements :class:`cti.customers.CustomerDirectory`, and keeps what it finds."""

    def __init__(self, store: Store, region: str | None) -> None:
        """``region`` is where numbers without a country code are at home."""
        self._store = store
        self._known = KnownNumbers(store)
        self.region = region

    async def find(self, number: str) -> Customer | None:
        """Who has this number.

        Raises:
            DirectoryUnavailable: the database is away.
        """
        try:
            if await self._known.rules_out(storable(canonical(number, self.region))):
                return None
            record = await self.by_number(number)
        except StoreUnavailable as error:
            raise DirectoryUnavailable(str(error)) from error
        return None if record is None else record.customer

    def is_stranger(self, number: str) -> bool:
        """Whether certainly nobody has this number, as far as that can be said without the database."""
        return self._known.rules_out_at_once(storable(canonical(number, self.region)))

    async def run(self) -> None:
        """Keep strangers known for strangers, until cancelled: no caller waits for a look at all numbers."""
        while True:
            await self._store.opened()
            with contextlib.suppress(StoreUnavailable):  # callers are looked up one by one meanwhile
                await self._known.look()
            await asyncio.sleep(LOOK_AGAIN_S / 2)

    async def close(self) -> None:
        """Nothing to let go of: the store is somebody else's."""

    async def by_number(self, number: str) -> CustomerRecord | None:
        """All that is kept of who has this number.

        Raises:
            StoreUnavailable: the database is away.
        """
        table = schema.customer_numbers
        sought = storable(canonical(number, self.region))
        async with self._store.transaction() as connection:
            found = await connection.execute(select(table.c.customer_id).where(table.c.number == sought))
            customer_id = found.scalar_one_or_none()
            records = await _records(connection, [customer_id]) if customer_id is not None else []
        return records[0] if records else None

    async def get(self, customer_id: CustomerId) -> CustomerRecord | None:
        """One customer; None when there is no such.

        Raises:
            StoreUnavailable: the database is away.
        """
        async with self._store.transaction() as connection:
            records = await _records(connection, [customer_id])
        return records[0] if records else None

    async def page(
        self,
        limit: int,
        after: CustomerId | None = None,
        segment: str | None = None,
        own_agent: AgentId | None = None,
        text: str | None = None,
    ) -> list[CustomerRecord]:
        """Customers by id, at most :data:`MOST_ON_A_PAGE`, of those after ``after``. ``text`` is how an id or
        a name begins.

        Raises:
            StoreUnavailable: the database is away.
        """
        table = schema.customers
        query = select(table.c.customer_id).order_by(table.c.customer_id)
        if after is not None:
            query = query.where(table.c.customer_id > storable(after))
        if segment is not None:
            query = query.where(table.c.segment == storable(segment))
        if own_agent is not None:
            query = query.where(table.c.own_agent == storable(own_agent))
        if text is not None:
            begins = storable(text)
            query = query.where(
                table.c.customer_id.startswith(begins, autoescape=True)
                | table.c.name.istartswith(begins, autoescape=True)
            )
        async with self._store.transaction() as connection:
            rows = await connection.execute(query.limit(max(0, min(limit, MOST_ON_A_PAGE))))
            return await _records(connection, list(rows.scalars()))

    async def put(
        self, records: Sequence[CustomerRecord], at: Instant, *, dry_run: bool = False
    ) -> list[NumberTaken]:
        """Keep customers, each in place of what was kept of him before; last agents stay as they are.

        A customer with a number of another one (in the store, or before him in ``records``) is passed over;
        those numbers are returned. ``dry_run`` keeps nothing and returns the same. All or nothing otherwise.

        Raises:
            StoreUnavailable: the database is away; nothing was kept.
        """
        async with self._store.transaction() as connection:
            if (
                not dry_run
            ):  # written first: it takes the write lock, so that what follows reads nothing stale
                await connection.execute(delete(schema.customers).where(schema.customers.c.customer_id == ""))
            taken, wanted = await _sorted_out(connection, records)
            if wanted and not dry_run:
                await _keep(connection, wanted, at)
        if not dry_run:
            self._known.forget()
        return taken

    async def delete(self, customer_id: CustomerId) -> bool:
        """Forget a customer; False when there was none. Calls on record stay.

        Raises:
            StoreUnavailable: the database is away; nothing was forgotten.
        """
        name = storable(customer_id)
        async with self._store.transaction() as connection:
            gone = await connection.execute(
                delete(schema.customers).where(schema.customers.c.customer_id == name)
            )
            for table in (schema.customer_numbers, schema.customer_contacts):
                await connection.execute(delete(table).where(table.c.customer_id == name))
        self._known.forget()
        return bool(gone.rowcount)


async def _sorted_out(
    connection: AsyncConnection, records: Sequence[CustomerRecord]
) -> tuple[list[NumberTaken], list[CustomerRecord]]:
    """Whose numbers are another's, and who can be kept. What a later one gives up is not free before."""
    table = schema.customer_numbers
    asked = sorted({number for record in records for number in record.numbers})
    owners: dict[str, CustomerId] = {}
    for start in range(0, len(asked), MOST_ON_A_PAGE):
        some = asked[start : start + MOST_ON_A_PAGE]
        rows = await connection.execute(
            select(table.c.number, table.c.customer_id).where(table.c.number.in_(some))
        )
        owners.update({row.number: CustomerId(row.customer_id) for row in rows})
    taken: list[NumberTaken] = []
    wanted: dict[CustomerId, CustomerRecord] = {}
    for record in records:
        others = [
            NumberTaken(record.customer_id, number, owners[number])
            for number in record.numbers
            if owners.get(number, record.customer_id) != record.customer_id
        ]
        taken += others
        if not others:
            owners.update(dict.fromkeys(record.numbers, record.customer_id))
            wanted[record.customer_id] = record
    return taken, list(wanted.values())


async def _keep(connection: AsyncConnection, records: Collection[CustomerRecord], at: Instant) -> None:
    names = [storable(record.customer_id) for record in records]
    await connection.execute(
        upsert(connection, schema.customers, _KEPT),
        [
            {
                "customer_id": storable(record.customer_id),
                "name": storable(record.name),
                "segment": storable(record.segment),
                "language": storable(record.language),
                "own_agent": storable(record.own_agent),
                "preferences": dict(record.preferences),
                "attributes": dict(record.attributes),
                "updated_at": at,
            }
            for record in records
        ],
    )
    table = schema.customer_numbers
    await connection.execute(delete(table).where(table.c.customer_id.in_(names)))
    numbers = [
        {"number": number, "customer_id": storable(record.customer_id), "place": place}
        for record in records
        for place, number in enumerate(record.numbers)
    ]
    if numbers:
        await connection.execute(insert(table), numbers)


async def _records(connection: AsyncConnection, names: Sequence[str]) -> list[CustomerRecord]:
    """Customers by id, in the order of ``names``; who is not there is left out."""
    if not names:
        return []
    wanted = [storable(name) for name in names]
    customers, contacts, numbers = schema.customers, schema.customer_contacts, schema.customer_numbers
    rows = await connection.execute(
        select(customers, contacts.c.last_agent, contacts.c.last_contact_at)
        .join(contacts, contacts.c.customer_id == customers.c.customer_id, isouter=True)
        .where(customers.c.customer_id.in_(wanted))
    )
    found = {row.customer_id: _record(row) for row in rows}
    having = await connection.execute(
        select(numbers.c.customer_id, numbers.c.number)
        .where(numbers.c.customer_id.in_(wanted))
        .order_by(numbers.c.customer_id, numbers.c.place)
    )
    theirs: dict[str, list[str]] = {}
    for row in having:
        theirs.setdefault(row.customer_id, []).append(row.number)
    return [
        replace(found[name], numbers=tuple(theirs.get(name, ())))
        for name in dict.fromkeys(wanted)
        if name in found
    ]


def _record(row: Row[Any]) -> CustomerRecord:
    return CustomerRecord(
        customer_id=CustomerId(row.customer_id),
        name=row.name,
        segment=row.segment,
        language=row.language,
        own_agent=row.own_agent,
        preferences=row.preferences,
        attributes=row.attributes,
        last_agent=row.last_agent,
        last_contact_at=row.last_contact_at,
    )


class WithLastAgents:
    """Another directory, which need not know who talked with its customers last: that is known here."""

    def __init__(self, directory: CustomerDirectory, store: Store) -> None:
        self._directory, self._store = directory, store

    async def find(self, number: str) -> Customer | None:
        """Who has this number.

        Raises:
            DirectoryUnavailable: the other directory cannot tell now.
        """
        customer = await self._directory.find(number)
        if customer is None or customer.last_agent is not None:
            return customer
        try:
            return replace(customer, last_agent=await self._store.last_agent(customer.customer_id))
        except StoreUnavailable:
            return customer

    async def close(self) -> None:
        """Let go of connections."""
        await self._directory.close()
