"""Campaigns in the database: every version of each document, and which one is in force.

Where a campaign stands (:data:`cti.schema.campaigns`, ``state`` and what belongs to it) is never written here
after it was made: it is kept from the dialer's events. A campaign is in the database before the dialer hears
of it. Removing one leaves its versions on record: who was dialled by them may have to be shown later.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.instant import Instant
from cti import schema
from cti.rows import storable
from cti.store import Store
from dialer.campaign import CampaignState
from dialer.ids import CampaignId

MOST_VERSIONS = 500
"""The most one look at a campaign's history tells."""


class CampaignTaken(Exception):
    """There is a campaign of that name, or a version of that number; nothing was stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignVersion:
    """A campaign's document as somebody published it."""

    campaign_id: CampaignId
    version: int
    """From 1, for each name; goes on where a campaign that was removed had ended."""
    at: Instant
    author: str
    comment: str
    document: str
    """As it was written, remarks and all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRecord:
    """A campaign as it is kept."""

    version: CampaignVersion
    """In force."""
    state: CampaignState
    since: Instant
    because: str
    by: str
    trial_left: int | None
    """Attempts of a trial when it was started; None: it was none."""

    @property
    def campaign_id(self) -> CampaignId:
        """Its name."""
        return self.version.campaign_id


class CampaignStore:
    """Campaigns. Every method raises StoreUnavailable when the database is away; nothing has changed then."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def all(self) -> list[CampaignRecord]:
        """All there are, by name."""
        async with self._store.transaction() as connection:
            rows = await connection.execute(_whole().order_by(schema.campaigns.c.campaign_id))
            return [_record(row) for row in rows]

    async def get(self, campaign_id: CampaignId) -> CampaignRecord | None:
        """One; None when there is no such."""
        query = _whole().where(schema.campaigns.c.campaign_id == storable(campaign_id))
        async with self._store.transaction() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _record(row)

    async def create(
        self, campaign_id: CampaignId, document: str, at: Instant, author: str, comment: str
    ) -> CampaignRecord:
        """Keep a new one, a draft.

        Raises:
            CampaignTaken: there is one.
        """
        name = storable(campaign_id)
        row = {
            "campaign_id": name,
            "version": 0,
            "state": CampaignState.DRAFT.value,
            "since": at,
            "because": "",
            "by": storable(author),
            "trial_left": None,
        }
        async with self._store.transaction() as connection:
            try:
                await connection.execute(insert(schema.campaigns).values(row))  # takes the write lock
            except IntegrityError:
                raise CampaignTaken(f"there is a campaign {campaign_id} already") from None
            version = await _publish(connection, campaign_id, document, at, author, comment)
        return CampaignRecord(
            version=version, state=CampaignState.DRAFT, since=at, because="", by=author, trial_left=None
        )

    async def change(
        self, campaign_id: CampaignId, base: int, document: str, at: Instant, author: str, comment: str
    ) -> CampaignVersion | None:
        """Keep another version, from now on in force; None when there is no such campaign.

        Raises:
            CampaignTaken: ``base`` is not the version in force.
        """
        table = schema.campaigns
        named = table.c.campaign_id == storable(campaign_id)
        async with self._store.transaction() as connection:
            await connection.execute(update(table).where(named).values(version=table.c.version))  # locks
            known = (await connection.execute(select(table.c.version).where(named))).scalar_one_or_none()
            if known is None:
                return None
            if known != base:
                raise CampaignTaken(f"version {known} is in force; this change was made for version {base}")
            return await _publish(connection, campaign_id, document, at, author, comment)

    async def take_back(self, was: CampaignVersion) -> None:
        """The latest version never came into force: that one is in force as before."""
        table = schema.campaigns
        named = table.c.campaign_id == storable(was.campaign_id)
        async with self._store.transaction() as connection:
            await connection.execute(update(table).where(named).values(version=was.version))

    async def remove(self, campaign_id: CampaignId) -> bool:
        """Forget a campaign, but not its versions; whether there was one."""
        table = schema.campaigns
        async with self._store.transaction() as connection:
            gone = await connection.execute(delete(table).where(table.c.campaign_id == storable(campaign_id)))
        return bool(gone.rowcount)

    async def versions(self, campaign_id: CampaignId, limit: int = MOST_VERSIONS) -> list[CampaignVersion]:
        """What was published, the latest first."""
        table = schema.campaign_versions
        query = (
            select(table)
            .where(table.c.campaign_id == storable(campaign_id))
            .order_by(table.c.version.desc())
            .limit(max(0, min(limit, MOST_VERSIONS)))
        )
        async with self._store.transaction() as connection:
            return [_version(row) for row in await connection.execute(query)]


async def _publish(
    connection: AsyncConnection,
    campaign_id: CampaignId,
    document: str,
    at: Instant,
    author: str,
    comment: str,
) -> CampaignVersion:
    table, name = schema.campaign_versions, storable(campaign_id)
    latest = select(func.max(table.c.version)).where(table.c.campaign_id == name)
    version = CampaignVersion(
        campaign_id=campaign_id,
        version=((await connection.execute(latest)).scalar_one() or 0) + 1,
        at=at,
        author=author,
        comment=comment,
        document=document,
    )
    row = {
        "campaign_id": name,
        "version": version.version,
        "at": at,
        "author": storable(author),
        "comment": storable(comment),
        "document": storable(document),
    }
    await connection.execute(insert(table).values(row))
    campaigns = schema.campaigns
    in_force = update(campaigns).where(campaigns.c.campaign_id == name).values(version=version.version)
    await connection.execute(in_force)
    return version


def _whole() -> Select[Any]:
    campaigns, versions = schema.campaigns, schema.campaign_versions
    both = (versions.c.campaign_id == campaigns.c.campaign_id) & (versions.c.version == campaigns.c.version)
    published = (versions.c.at, versions.c.author, versions.c.comment, versions.c.document)
    return select(campaigns, *published).join(versions, both)


def _record(row: Row[Any]) -> CampaignRecord:
    return CampaignRecord(
        version=_version(row),
        state=CampaignState(row.state),
        since=Instant(row.since),
        because=row.because,
        by=row.by,
        trial_left=row.trial_left,
    )


def _version(row: Row[Any]) -> CampaignVersion:
    return CampaignVersion(
        campaign_id=CampaignId(row.campaign_id),
        version=row.version,
        at=Instant(row.at),
        author=row.author,
        comment=row.comment,
        document=row.document,
    )
