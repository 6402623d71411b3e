"""Lists of leads in the database: what the lists say, and how far their people are.

A lead's name is the list's and his own within it, so that a list that is imported again finds everybody who
was on it before. What was done about a lead (:data:`cti.lead_rows.STANDING`) is never written here: it is
kept from the dialer's events. A lead is in the database before the dialer hears of him, so that he is found.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, Select, delete, func, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.instant import Instant
from cti import schema
from cti.lead_rows import LISTED, LeadRecord, lead_row, record_of, standing_row
from cti.rows import storable, upsert
from cti.store import Store
from dialer.ids import CampaignId, LeadId, ListId
from dialer.lead import Lead, LeadStanding, LeadState

MOST_ON_A_PAGE = 500
AT_ONCE = 500
"""Rows asked for or written by one statement."""

_NEW = LeadStanding()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadList:
    """One list of one campaign."""

    list_id: ListId
    """Unique in the house: names of leads begin with it."""
    campaign_id: CampaignId
    title: str = ""
    region: str | None = None
    """Where its numbers without a country code are at home; None: where the house's are."""
    mapping: Mapping[str, Any] = field(default_factory=dict)
    """How its columns are read, as JSON."""
    made_at: Instant
    file: str | None = None
    """Of the latest import that came to its end, as the following are; None: there was none."""
    edition: str | None = None
    imported_at: Instant | None = None
    imported_by: str | None = None
    rows: int | None = None
    rejected: int | None = None
    """Of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """What became of leads that a list was given."""

    added: int
    changed: int
    """Known ones of whom the list says something new."""
    unchanged: int
    news: tuple[Lead, ...]
    """Those added and changed: the dialer has to hear of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whose number it is."""

    number: str
    lead_id: LeadId
    list_id: ListId
    campaign_id: CampaignId
    state: LeadState


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsWanted:
    """Which leads of a campaign; None: whatever it is."""

    campaign_id: CampaignId
    list_id: ListId | None = None
    state: LeadState | None = None
    number: str | None = None
    """In its one form: only who has it."""
    disposition: str | None = None


class LeadStore:
    """Lists and leads.

    Every method raises StoreUnavailable when the database is away; nothing has changed then.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put_list(self, one: LeadList) -> bool:
        """Make a list, or change its title, region and mapping; False when another campaign has one of its
        name.
        """
        table = schema.campaign_lists
        row = {
            "list_id": storable(one.list_id),
            "campaign_id": storable(one.campaign_id),
            "made_at": one.made_at,
            "title": storable(one.title),
            "region": storable(one.region),
            "mapping": dict(one.mapping),
            "next_place": 1,
        }
        async with self._store.transaction() as connection:
            await connection.execute(upsert(connection, table, ("list_id",)), [row])  # takes the write lock
            whose = select(table.c.campaign_id).where(table.c.list_id == row["list_id"])
            if (await connection.execute(whose)).scalar_one() != row["campaign_id"]:
                return False
            said = {name: row[name] for name in ("title", "region", "mapping")}
            await connection.execute(update(table).where(table.c.list_id == row["list_id"]).values(said))
        return True

    async def get_list(self, list_id: ListId) -> LeadList | None:
        """One list; None when there is no such."""
        table = schema.campaign_lists
        async with self._store.transaction() as connection:
            row = (
                await connection.execute(select(table).where(table.c.list_id == storable(list_id)))
            ).one_or_none()
        return None if row is None else _list_of(row)

    async def lists(self, campaign_id: CampaignId | None = None) -> list[LeadList]:
        """All of a campaign, or of the house, by name."""
        table = schema.campaign_lists
        query = select(table).order_by(table.c.list_id)
        if campaign_id is not None:
            query = query.where(table.c.campaign_id == storable(campaign_id))
        async with self._store.transaction() as connection:
            return [_list_of(row) for row in await connection.execute(query)]

    async def take_in(
        self, one: LeadList, leads: Sequence[Lead], at: Instant, edition: str, *, dry_run: bool = False
    ) -> TakenIn:
        """Keep leads of a list that is there, each in place of what the list said of him before. All or
        nothing. ``dry_run`` keeps nothing and returns the same.
        """
        wanted = {storable(lead.lead_id): lead for lead in leads}
        lists = schema.campaign_lists
        of_list = lists.c.list_id == storable(one.list_id)
        async with self._store.transaction() as connection:
            place = 1
            if (
                not dry_run
            ):  # written first: it takes the write lock, so that what follows reads nothing stale
                await connection.execute(
                    update(lists).where(of_list).values(next_place=lists.c.next_place + len(wanted))
                )
                after = (await connection.execute(select(lists.c.next_place).where(of_list))).scalar_one()
                place = after - len(wanted)
            known = await _known(connection, wanted)
            rows = [_whole(one, wanted[name], at, edition, place + n) for n, name in enumerate(wanted)]
            news = [row for row in rows if not _says_the_same(known.get(row["lead_id"]), row)]
            if not dry_run:
                await _keep(connection, rows, news)
        added = sum(1 for row in news if row["lead_id"] not in known)
        return TakenIn(
            added=added,
            changed=len(news) - added,
            unchanged=len(rows) - len(news),
            news=tuple(wanted[row["lead_id"]] for row in news),
        )

    async def finish_import(
        self, list_id: ListId, edition: str, at: Instant, by: str, file: str, rows: int, rejected: int
    ) -> None:
        """The file is in to its end."""
        table = schema.campaign_lists
        told = {
            "edition": storable(edition),
            "file": storable(file),
            "imported_at": at,
            "imported_by": storable(by),
            "rows": rows,
            "rejected": rejected,
        }
        async with self._store.transaction() as connection:
            await connection.execute(update(table).where(table.c.list_id == storable(list_id)).values(told))

    async def not_in(self, list_id: ListId, edition: str) -> list[LeadId]:
        """Leads of a list that are not done and were not in the file of this edition."""
        table = schema.leads
        query = (
            select(table.c.lead_id)
            .where(
                table.c.list_id == storable(list_id),
                table.c.edition != storable(edition),
                table.c.state != LeadState.DONE.value,
            )
            .order_by(table.c.place)
        )
        async with self._store.transaction() as connection:
            return [LeadId(one) for one in (await connection.execute(query)).scalars()]

    async def get(self, lead_id: LeadId) -> LeadRecord | None:
        """One lead; None when there is no such."""
        table = schema.leads
        async with self._store.transaction() as connection:
            row = (
                await connection.execute(select(table).where(table.c.lead_id == storable(lead_id)))
            ).one_or_none()
        return None if row is None else record_of(row)

    async def page(self, wanted: LeadsWanted, limit: int, after: LeadId | None = None) -> list[LeadRecord]:
        """Leads by name, at most :data:`MOST_ON_A_PAGE`, of those after ``after``."""
        table = schema.leads
        query = _matching(select(table), wanted).order_by(table.c.lead_id)
        if after is not None:
            query = query.where(table.c.lead_id > storable(after))
        async with self._store.transaction() as connection:
            rows = await connection.execute(query.limit(max(0, min(limit, MOST_ON_A_PAGE))))
            return [record_of(row) for row in rows]

    async def all(self, wanted: LeadsWanted) -> AsyncIterator[list[LeadRecord]]:
        """All of them, by name, page by page: each page as it is when it is read."""
        after: LeadId | None = None
        while page := await self.page(wanted, MOST_ON_A_PAGE, after):
            after = page[-1].lead.lead_id
            yield page

    async def in_order(self, campaign_id: CampaignId) -> AsyncIterator[list[LeadRecord]]:
        """All of a campaign, list by list and in each as they first stood in it, page by page."""
        table = schema.leads
        after = ("", 0)
        query = (
            select(table)
            .where(table.c.campaign_id == storable(campaign_id))
            .order_by(table.c.list_id, table.c.place)
            .limit(MOST_ON_A_PAGE)
        )
        while True:
            async with self._store.transaction() as connection:
                rows = await connection.execute(query.where(tuple_(table.c.list_id, table.c.place) > after))
                page = [record_of(row) for row in rows]
            if not page:
                return
            after = (page[-1].lead.list_id, page[-1].place)
            yield page

    async def count(self, campaign_id: CampaignId | None = None) -> int:
        """Leads of a campaign, or of the house."""
        query = select(func.count()).select_from(schema.leads)
        if campaign_id is not None:
            query = query.where(schema.leads.c.campaign_id == storable(campaign_id))
        async with self._store.transaction() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def standings(self, campaign_id: CampaignId) -> dict[ListId, dict[LeadState, int]]:
        """How many leads of each list stand where."""
        table = schema.leads
        query = (
            select(table.c.list_id, table.c.state, func.count().label("leads"))
            .where(table.c.campaign_id == storable(campaign_id))
            .group_by(table.c.list_id, table.c.state)
            .order_by(table.c.list_id, table.c.state)
        )
        found: dict[ListId, dict[LeadState, int]] = {}
        async with self._store.transaction() as connection:
            for row in await connection.execute(query):
                found.setdefault(ListId(row.list_id), {})[LeadState(row.state)] = row.leads
        return found

    async def editions(self, leads: Collection[LeadId]) -> dict[LeadId, str]:
        """Which file last named each of these; who is not kept is left out."""
        table = schema.leads
        asked = sorted(storable(one) for one in leads)
        found: dict[LeadId, str] = {}
        async with self._store.transaction() as connection:
            for start in range(0, len(asked), AT_ONCE):
                some = table.c.lead_id.in_(asked[start : start + AT_ONCE])
                rows = await connection.execute(select(table.c.lead_id, table.c.edition).where(some))
                found.update({LeadId(row.lead_id): row.edition for row in rows})
        return found

    async def holders(self, numbers: Collection[str]) -> list[Holder]:
        """Every lead of the house that has one of these numbers, by number and name."""
        table, leads = schema.lead_numbers, schema.leads
        asked = sorted({storable(number) for number in numbers})
        found: list[Holder] = []
        async with self._store.transaction() as connection:
            for start in range(0, len(asked), AT_ONCE):
                rows = await connection.execute(
                    select(
                        table.c.number, leads.c.lead_id, leads.c.list_id, leads.c.campaign_id, leads.c.state
                    )
                    .join(leads, leads.c.lead_id == table.c.lead_id)
                    .where(table.c.number.in_(asked[start : start + AT_ONCE]))
                    .order_by(table.c.number, table.c.lead_id)
                )
                found += [
                    Holder(
                        number=row.number,
                        lead_id=LeadId(row.lead_id),
                        list_id=ListId(row.list_id),
                        campaign_id=CampaignId(row.campaign_id),
                        state=LeadState(row.state),
                    )
                    for row in rows
                ]
        return found

    async def forget(self, campaign_id: CampaignId) -> int:
        """Delete a campaign's lists and leads; how many leads. What was dialled stays on record."""
        name = storable(campaign_id)
        async with self._store.transaction() as connection:
            gone = await connection.execute(delete(schema.leads).where(schema.leads.c.campaign_id == name))
            for table in (schema.lead_numbers, schema.campaign_lists):
                await connection.execute(delete(table).where(table.c.campaign_id == name))
        return int(gone.rowcount)


def _matching(query: Select[Any], wanted: LeadsWanted) -> Select[Any]:
    table, numbers = schema.leads, schema.lead_numbers
    query = query.where(table.c.campaign_id == storable(wanted.campaign_id))
    if wanted.list_id is not None:
        query = query.where(table.c.list_id == storable(wanted.list_id))
    if wanted.state is not None:
        query = query.where(table.c.state == wanted.state.value)
    if wanted.disposition is not None:
        query = query.where(table.c.disposition == storable(wanted.disposition))
    if wanted.number is not None:
        having = select(numbers.c.lead_id).where(numbers.c.number == storable(wanted.number))
        query = query.where(table.c.lead_id.in_(having))
    return query


def _whole(one: LeadList, lead: Lead, at: Instant, edition: str, place: int) -> dict[str, Any]:
    """A row for a lead that is new."""
    return {
        "lead_id": storable(lead.lead_id),
        "campaign_id": storable(one.campaign_id),
        "list_id": storable(one.list_id),
        "place": place,
        "edition": storable(edition),
        "added_at": at,
        "changed_at": at,
        **lead_row(lead),
        **standing_row(_NEW),
        "since": at,
    }


async def _known(connection: AsyncConnection, names: Iterable[str]) -> dict[str, Row[Any]]:
    table = schema.leads
    asked = list(names)
    found: dict[str, Row[Any]] = {}
    for start in range(0, len(asked), AT_ONCE):
        some = table.c.lead_id.in_(asked[start : start + AT_ONCE])
        rows = await connection.execute(
            select(table.c.lead_id, *(table.c[name] for name in LISTED)).where(some)
        )
        found.update({row.lead_id: row for row in rows})
    return found


def _says_the_same(known: Row[Any] | None, row: Mapping[str, Any]) -> bool:
    return known is not None and all(getattr(known, name) == row[name] for name in LISTED)


async def _keep(
    connection: AsyncConnection, rows: Sequence[Mapping[str, Any]], news: Sequence[Mapping[str, Any]]
) -> None:
    """New rows whole; of known ones what the list says, and that it still says something of them."""
    if not rows:
        return
    leads, numbers = schema.leads, schema.lead_numbers
    for start in range(0, len(rows), AT_ONCE):
        some = [row["lead_id"] for row in rows[start : start + AT_ONCE]]
        still = update(leads).where(leads.c.lead_id.in_(some)).values(edition=rows[0]["edition"])
        await connection.execute(still)
    if not news:
        return
    await connection.execute(upsert(connection, leads, (*LISTED, "changed_at")), list(news))
    for start in range(0, len(news), AT_ONCE):
        some = [row["lead_id"] for row in news[start : start + AT_ONCE]]
        await connection.execute(delete(numbers).where(numbers.c.lead_id.in_(some)))
    await connection.execute(
        insert(numbers),
        [
            {
                "lead_id": row["lead_id"],
                "place": place,
                "number": one["number"],
                "campaign_id": row["campaign_id"],
            }
            for row in news
            for place, one in enumerate(row["numbers"])
        ],
    )


def _list_of(row: Row[Any]) -> LeadList:
    return LeadList(
        list_id=ListId(row.list_id),
        campaign_id=CampaignId(row.campaign_id),
        title=row.title,
        region=row.region,
        mapping=row.mapping,
        made_at=Instant(row.made_at),
        file=row.file,
        edition=row.edition,
        imported_at=None if row.imported_at is None else Instant(row.imported_at),
        imported_by=row.imported_by,
        rows=row.rows,
        rejected=row.rejected,
    )
