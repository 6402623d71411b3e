"""Taking leads into a list: one at a time, so that of two who bring the same number only one has it.

Whose a number is, which file last named somebody, and how many leads there are is asked on the connection on
which the leads are kept, behind a door that lets nobody else in before they are. Two imports at once into one
list, or into two of a campaign, are two imports in turn.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.instant import Instant
from cti import schema
from cti.lead_list import LeadList
from cti.lead_rows import LISTED, lead_row, standing_row
from cti.rows import storable, upsert
from dialer.ids import CampaignId, LeadId, ListId
from dialer.lead import Lead, LeadStanding, LeadState

AT_ONCE = 500
"""Rows asked for or written by one statement."""
THE_DOOR = 0x6C65616473
"""Its name among PostgreSQL's advisory locks: ``leads`` in letters."""

_NEW = LeadStanding()


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


class LeadIntake:
    """An open transaction; :meth:`cti.lead_store.LeadStore.intake` makes and ends it."""

    def __init__(self, connection: AsyncConnection, one: LeadList, *, dry_run: bool) -> None:
        self._connection, self._one, self.dry_run = connection, one, dry_run

    async def shut_the_door(self) -> None:
        """Wait until nobody else takes leads in; until the transaction ends nobody does."""
        if self.dry_run:
            return
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(select(func.pg_advisory_xact_lock(THE_DOOR)))
        else:  # SQLite lets one write at a time: whoever writes first, though nothing, reads nothing stale
            lists = schema.campaign_lists
            same = update(lists).where(self._of_list).values(next_place=lists.c.next_place)
            await self._connection.execute(same)

    async def count(self) -> int:
        """Leads of the house."""
        query = select(func.count()).select_from(schema.leads)
        return int((await self._connection.execute(query)).scalar_one())

    async def holders(self, numbers: Collection[str]) -> list[Holder]:
        """Every lead of the house that has one of these numbers, by number and name."""
        return await holders(self._connection, numbers)

    async def editions(self, leads: Collection[LeadId]) -> dict[LeadId, str]:
        """Which file last named each of these; who is not kept is left out."""
        table = schema.leads
        asked = sorted(storable(one) for one in leads)
        found: dict[LeadId, str] = {}
        for start in range(0, len(asked), AT_ONCE):
            some = table.c.lead_id.in_(asked[start : start + AT_ONCE])
            rows = await self._connection.execute(select(table.c.lead_id, table.c.edition).where(some))
            found.update({LeadId(row.lead_id): row.edition for row in rows})
        return found

    async def keep(self, leads: Sequence[Lead], at: Instant, edition: str) -> TakenIn:
        """Keep these, each in place of what the list said of him before."""
        wanted = {storable(lead.lead_id): lead for lead in leads}
        lists, place = schema.campaign_lists, 1
        if not self.dry_run:
            forth = update(lists).where(self._of_list).values(next_place=lists.c.next_place + len(wanted))
            await self._connection.execute(forth)
            after = await self._connection.execute(select(lists.c.next_place).where(self._of_list))
            place = after.scalar_one() - len(wanted)
        known = await _known(self._connection, wanted)
        rows = [_whole(self._one, wanted[name], at, edition, place + n) for n, name in enumerate(wanted)]
        news = [row for row in rows if not _says_the_same(known.get(row["lead_id"]), row)]
        if not self.dry_run:
            await _keep(self._connection, rows, news)
        added = sum(1 for row in news if row["lead_id"] not in known)
        return TakenIn(
            added=added,
            changed=len(news) - added,
            unchanged=len(rows) - len(news),
            news=tuple(wanted[row["lead_id"]] for row in news),
        )

    @property
    def _of_list(self) -> Any:
        return schema.campaign_lists.c.list_id == storable(self._one.list_id)


async def holders(connection: AsyncConnection, numbers: Collection[str]) -> list[Holder]:
    """Every lead of the house that has one of these numbers, by number and name."""
    table, leads = schema.lead_numbers, schema.leads
    asked = sorted({storable(number) for number in numbers})
    found: list[Holder] = []
    for start in range(0, len(asked), AT_ONCE):
        rows = await connection.execute(
            select(table.c.number, leads.c.lead_id, leads.c.list_id, leads.c.campaign_id, leads.c.state)
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
