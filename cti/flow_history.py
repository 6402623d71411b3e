"""The versions of the flows in the store: published once, never changed; the latest is in force."""

from dataclasses import dataclass

from sqlalchemy import Row, insert, select
from sqlalchemy.exc import IntegrityError

from acd.instant import Instant
from cti.rows import storable
from cti.rules_history import VersionTaken
from cti.schema import flow_versions as table
from cti.store import Store

MOST_VERSIONS = 500
"""The most versions one look at the history tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowsVersion:
    """One published version of all flows and the number plan, without what it says."""

    version: int
    """Counted from 1."""
    at: Instant
    """When it was published."""
    author: str
    """Who published it, as he called himself."""
    comment: str
    digest: str
    """SHA-256 of its texts: equal texts have equal ones."""


class FlowHistory:
    """What was published, in one store. Any method may raise :class:`cti.store.StoreUnavailable`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def publish(self, version: FlowsVersion, document: str) -> None:
        """Keep a new version, with its texts as :meth:`ivr.flow_texts.FlowTexts.to_json` writes them.

        Raises:
            VersionTaken: there is one of this number.
        """
        row = {
            "version": version.version,
            "at": version.at,
            "author": storable(version.author),
            "comment": storable(version.comment),
            "document": storable(document),
            "digest": version.digest,
        }
        async with self._store.transaction() as connection:
            try:
                await connection.execute(insert(table), row)
            except IntegrityError:
                raise VersionTaken(f"version {version.version} was published by somebody else") from None

    async def version(self, version: int) -> tuple[FlowsVersion, str] | None:
        """One version with its document; None when there is none of that number."""
        async with self._store.transaction() as connection:
            found = await connection.execute(select(table).where(table.c.version == storable(version)))
            row = found.one_or_none()
        return None if row is None else (_version(row), str(row.document))

    async def versions(self, limit: int, before: int | None = None) -> list[FlowsVersion]:
        """Versions, the latest first; at most :data:`MOST_VERSIONS`."""
        told = [column for column in table.c if column.name != "document"]
        query = select(*told).order_by(table.c.version.desc()).limit(max(0, min(limit, MOST_VERSIONS)))
        if before is not None:
            query = query.where(table.c.version < storable(before))
        async with self._store.transaction() as connection:
            return [_version(row) for row in await connection.execute(query)]

    async def latest(self) -> tuple[FlowsVersion, str] | None:
        """The version in force, with its document; None for a store that has none."""
        async with self._store.transaction() as connection:
            found = await connection.execute(select(table).order_by(table.c.version.desc()).limit(1))
            row = found.one_or_none()
        return None if row is None else (_version(row), str(row.document))

    async def latest_of(self, digest: str) -> int | None:
        """The last version that published texts of this digest; None when none ever did."""
        query = select(table.c.version).where(table.c.digest == digest)
        async with self._store.transaction() as connection:
            found = await connection.execute(query.order_by(table.c.version.desc()).limit(1))
            return found.scalar_one_or_none()


def _version(row: Row[tuple[object, ...]]) -> FlowsVersion:
    values = {name: value for name, value in row._mapping.items() if name != "document"}
    return FlowsVersion(**values)
