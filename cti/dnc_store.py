"""Do-not-call lists in the database: who stands on one, who put him there or took him off, and why."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.instant import Instant
from cti import schema
from cti.rows import storable, upsert
from cti.store import Store
from dialer.compliance.listing import Listing, ListKind
from dialer.ids import CampaignId

MOST_ON_A_PAGE = 1000
MOST_CHANGES = 100
"""Changes told of one number, the latest."""

_OF_CAMPAIGN = "campaign:"


class Change(StrEnum):
    """What was done to a list."""

    ADDED = "added"
    REMOVED = "removed"
    IMPORTED = "imported"
    """A file was taken in, to its end."""


@dataclass(frozen=True, slots=True)
class ListName:
    """Which list."""

    kind: ListKind
    campaign_id: CampaignId | None = None

    def __post_init__(self) -> None:
        assert (self.kind is ListKind.CAMPAIGN) == (self.campaign_id is not None), self

    @property
    def written(self) -> str:
        """As the database knows it."""
        return self.kind.value if self.campaign_id is None else f"{_OF_CAMPAIGN}{self.campaign_id}"

    @classmethod
    def read(cls, written: str) -> "ListName":
        """What :attr:`written` says."""
        if written.startswith(_OF_CAMPAIGN):
            return cls(ListKind.CAMPAIGN, CampaignId(written.removeprefix(_OF_CAMPAIGN)))
        return cls(ListKind(written))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChange:
    """One change on record."""

    at: Instant
    list: ListName
    number: str | None
    """None of an import."""
    what: Change
    by: str
    reason: str
    numbers: int
    """How many numbers: of an import those in it, else 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSummary:
    """A list as a whole."""

    list: ListName
    numbers: int
    as_of: Instant | None
    """When it was last imported to the end; None: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the lists say of one number."""

    listings: tuple[Listing, ...]
    national_as_of: Instant | None


async def standing_of(connection: AsyncConnection, number: str) -> Standing:
    """Everything the gate asks of the lists."""
    return (await standings_of(connection, [number]))[number]


async def standings_of(connection: AsyncConnection, numbers: Collection[str]) -> dict[str, Standing]:
    """The same of several numbers."""
    entries = schema.dnc_entries
    found = await connection.execute(
        select(entries)
        .where(entries.c.number.in_([storable(number) for number in numbers]))
        .order_by(entries.c.list)
    )
    listings: dict[str, list[Listing]] = {}
    for row in found:
        listings.setdefault(row.number, []).append(_listing(row))
    as_of = await _as_of(connection, ListKind.NATIONAL)
    return {
        number: Standing(listings=tuple(listings.get(storable(number), ())), national_as_of=as_of)
        for number in numbers
    }


class DncStore:
    """The do-not-call lists. Numbers are in their one form.

    Every method raises StoreUnavailable when the database is away; nothing has changed then.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def standing(self, number: str) -> Standing:
        """Everything the gate asks of the lists."""
        async with self._store.transaction() as connection:
            return await standing_of(connection, number)

    async def add(self, entry: Listing) -> bool:
        """Put a number on a list; False when it stood there, and stays as it was."""
        name = ListName(entry.kind, entry.campaign_id).written
        row = {
            "number": storable(entry.number),
            "list": storable(name),
            "at": entry.at,
            "by": storable(entry.by),
            "reason": storable(entry.reason),
        }
        async with self._store.transaction() as connection:
            insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
            added = await connection.execute(insert(schema.dnc_entries).values(row).on_conflict_do_nothing())
            if added.rowcount:
                await _note(connection, name, Change.ADDED, entry.at, entry.by, entry.reason, entry.number)
        return bool(added.rowcount)

    async def remove(self, name: ListName, number: str, at: Instant, by: str, reason: str) -> bool:
        """Take a number off a list; False when it did not stand there."""
        table = schema.dnc_entries
        async with self._store.transaction() as connection:
            gone = await connection.execute(
                delete(table).where(
                    table.c.number == storable(number), table.c.list == storable(name.written)
                )
            )
            if not gone.rowcount:
                return False
            await _note(connection, name.written, Change.REMOVED, at, by, reason, number)
        return True

    async def take_in(
        self,
        name: ListName,
        reasons: Mapping[str, str],
        at: Instant,
        by: str,
        edition: str,
        *,
        dry_run: bool = False,
    ) -> int:
        """Put numbers on a list, each with its reason, as part of an import; how many are new to it. Those
        that stand there stay as they were.
        """
        table = schema.dnc_entries
        rows = [
            {
                "number": storable(number),
                "list": storable(name.written),
                "at": at,
                "by": storable(by),
                "reason": storable(reason),
                "edition": storable(edition),
            }
            for number, reason in reasons.items()
        ]
        if not rows:
            return 0
        numbers = [row["number"] for row in rows]
        async with self._store.transaction() as connection:
            known = 0
            for start in range(0, len(numbers), MOST_ON_A_PAGE):
                some = table.c.number.in_(numbers[start : start + MOST_ON_A_PAGE])
                of_list = table.c.list == storable(name.written)
                found = await connection.execute(select(func.count()).select_from(table).where(of_list, some))
                known += found.scalar_one()
            if not dry_run:
                await connection.execute(upsert(connection, table, ("edition",)), rows)
        return len(rows) - known

    async def finish_import(
        self, name: ListName, edition: str, at: Instant, by: str, reason: str, *, replace: bool
    ) -> int:
        """The file is in to its end: the list is as of now. With ``replace`` who was not in it is on the list
        no more; how many those were.
        """
        table = schema.dnc_entries
        of_list = table.c.list == storable(name.written)
        async with self._store.transaction() as connection:
            gone = 0
            if replace:
                others = or_(table.c.edition.is_(None), table.c.edition != storable(edition))
                gone = (await connection.execute(delete(table).where(of_list & others))).rowcount
            theirs = (
                select(func.count()).select_from(table).where(of_list, table.c.edition == storable(edition))
            )
            numbers = (await connection.execute(theirs)).scalar_one()
            await _note(connection, name.written, Change.IMPORTED, at, by, reason, None, numbers)
        return int(gone)

    async def page(self, name: ListName, limit: int, after: str | None = None) -> list[Listing]:
        """Numbers on a list, in their order, of those after ``after``; at most :data:`MOST_ON_A_PAGE`."""
        table = schema.dnc_entries
        query = select(table).where(table.c.list == storable(name.written)).order_by(table.c.number)
        if after is not None:
            query = query.where(table.c.number > storable(after))
        async with self._store.transaction() as connection:
            rows = await connection.execute(query.limit(max(0, min(limit, MOST_ON_A_PAGE))))
            return [_listing(row) for row in rows]

    async def changes(self, number: str) -> list[ListChange]:
        """What was ever done about a number by hand, the latest first, at most :data:`MOST_CHANGES`."""
        table = schema.dnc_changes
        query = select(table).where(table.c.number == storable(number)).order_by(table.c.at.desc())
        async with self._store.transaction() as connection:
            rows = await connection.execute(query.limit(MOST_CHANGES))
            return [
                ListChange(
                    at=row.at,
                    list=ListName.read(row.list),
                    number=row.number,
                    what=Change(row.what),
                    by=row.by,
                    reason=row.reason,
                    numbers=row.numbers,
                )
                for row in rows
            ]

    async def listed(self, numbers: Collection[str], campaign_id: CampaignId) -> dict[str, list[str]]:
        """Which of these stand on the register, the house's list or this campaign's: number → lists."""
        table = schema.dnc_entries
        own = ListName(ListKind.CAMPAIGN, campaign_id).written
        names = [ListKind.NATIONAL.value, ListKind.INTERNAL.value, storable(own)]
        asked = sorted({storable(number) for number in numbers})
        found: dict[str, list[str]] = {}
        async with self._store.transaction() as connection:
            for start in range(0, len(asked), MOST_ON_A_PAGE):
                some = table.c.number.in_(asked[start : start + MOST_ON_A_PAGE])
                rows = await connection.execute(
                    select(table.c.number, table.c.list)
                    .where(some, table.c.list.in_(names))
                    .order_by(table.c.number, table.c.list)
                )
                for row in rows:
                    found.setdefault(row.number, []).append(row.list)
        return found

    async def summaries(self) -> list[ListSummary]:
        """All lists on which there is anybody or that were ever imported, and the two that always are."""
        entries, changes = schema.dnc_entries, schema.dnc_changes
        async with self._store.transaction() as connection:
            counted = await connection.execute(
                select(entries.c.list, func.count().label("numbers")).group_by(entries.c.list)
            )
            imported = await connection.execute(
                select(changes.c.list, func.max(changes.c.at).label("as_of"))
                .where(changes.c.what == Change.IMPORTED.value)
                .group_by(changes.c.list)
            )
            numbers = {row.list: row.numbers for row in counted}
            as_of = {row.list: row.as_of for row in imported}
        always = (ListKind.NATIONAL.value, ListKind.INTERNAL.value)
        others = sorted((numbers.keys() | as_of.keys()) - set(always))
        return [
            ListSummary(list=ListName.read(name), numbers=numbers.get(name, 0), as_of=as_of.get(name))
            for name in (*always, *others)
        ]


def _listing(row: Row[Any]) -> Listing:
    name = ListName.read(row.list)
    return Listing(
        number=row.number,
        kind=name.kind,
        campaign_id=name.campaign_id,
        at=row.at,
        by=row.by,
        reason=row.reason,
    )


async def _as_of(connection: AsyncConnection, kind: ListKind) -> Instant | None:
    changes = schema.dnc_changes
    found = await connection.execute(
        select(func.max(changes.c.at)).where(
            changes.c.list == kind.value, changes.c.what == Change.IMPORTED.value
        )
    )
    at = found.scalar_one()
    return None if at is None else Instant(at)


async def _note(
    connection: AsyncConnection,
    name: str,
    what: Change,
    at: Instant,
    by: str,
    reason: str,
    number: str | None,
    numbers: int = 1,
) -> None:
    await connection.execute(
        schema.dnc_changes.insert(),
        [
            {
                "change_id": uuid4().hex,
                "at": at,
                "list": storable(name),
                "number": storable(number),
                "what": what.value,
                "by": storable(by),
                "reason": storable(reason),
                "numbers": numbers,
            }
        ],
    )
