"""Lists of leads in the database: what the lists say, and how far their people are.

A lead's name is the list's and his own within it, so that a list that is imported again finds everybody who
was on it before. What was done about a lead (:data:`cti.lead_rows.STANDING`) is never written here: it is
kept from the dialer's events. A lead is in the database before the dialer hears of him, so that he is found.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, func, select, tuple_, update

from acd.instant import Instant
from cti import schema
from cti.lead_intake import Holder, LeadIntake, TakenIn, holders
from cti.lead_list import LeadList, list_of
from cti.lead_rows import LeadRecord, record_of
from cti.rows import storable, upsert
from cti.store import Store
from dialer.ids import CampaignId, LeadId, ListId
from dialer.lead import Lead, LeadState

MOST_ON_A_PAGE = 500


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
        return None if row is None else list_of(row)

    async def lists(self, campaign_id: CampaignId | None = None) -> list[LeadList]:
        """All of a campaign, or of the house, by name."""
        table = schema.campaign_lists
        query = select(table).order_by(table.c.list_id)
        if campaign_id is not None:
            query = query.where(table.c.campaign_id == storable(campaign_id))
        async with self._store.transaction() as connection:
            return [list_of(row) for row in await connection.execute(query)]

    @asynccontextmanager
    async def intake(self, one: LeadList, *, dry_run: bool = False) -> AsyncIterator[LeadIntake]:
        """Take leads into a list that is there, while nobody else does: all or nothing. ``dry_run`` keeps
        nothing, and lets others be.
        """
        async with self._store.transaction() as connection:
            intake = LeadIntake(connection, one, dry_run=dry_run)
            await intake.shut_the_door()
            yield intake

    async def take_in(
        self, one: LeadList, leads: Sequence[Lead], at: Instant, edition: str, *, dry_run: bool = False
    ) -> TakenIn:
        """Keep leads of a list that is there, whoever else has their numbers."""
        async with self.intake(one, dry_run=dry_run) as intake:
            return await intake.keep(leads, at, edition)

    async def holders(self, numbers: Collection[str]) -> list[Holder]:
        """Every lead of the house that has one of these numbers, by number and name."""
        async with self._store.transaction() as connection:
            return await holders(connection, numbers)

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

    async def languages(self, campaign_id: CampaignId) -> list[str]:
        """What its leads speak, each once; empty: somebody's list does not say."""
        table = schema.leads
        query = select(table.c.language).distinct().where(table.c.campaign_id == storable(campaign_id))
        async with self._store.transaction() as connection:
            return sorted((await connection.execute(query)).scalars())

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

    async def forget(self, campaign_id: CampaignId) -> int:
        """Delete a campaign's lists and leads; how many leads. What was dialled stays on record."""
        name = storable(campaign_id)
        async with self._store.transaction() as connection:
            # Lists first, as whoever takes leads in: who comes at the same time is waited for, or too late.
            for table in (schema.campaign_lists, schema.lead_numbers):
                await connection.execute(delete(table).where(table.c.campaign_id == name))
            gone = await connection.execute(delete(schema.leads).where(schema.leads.c.campaign_id == name))
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
