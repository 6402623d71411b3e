"""The versions of the rules in the store: published once, never changed, one of them in force."""

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from acd.instant import Instant
from cti.rows import storable
from cti.rules_version import RulesVersion, VersionState
from cti.schema import rules_versions as table
from cti.store import Store

MOST_VERSIONS = 500
"""The most versions one look at the history tells."""


class VersionTaken(Exception):
    """Somebody else published a version in the meantime; nothing was stored."""


class RulesHistory:
    """What was published, in one store. Any method may raise :class:`cti.store.StoreUnavailable`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def ready(self) -> bool:
        """Whether the store can be asked, as far as is known."""
        return self._store.ready

    async def publish(self, version: RulesVersion) -> None:
        """Keep a new version.

        Raises:
            VersionTaken: there is one of this number.
        """
        row = {
            "version": version.version,
            "at": version.at,
            "author": storable(version.author),
            "comment": storable(version.comment),
            "document": version.document,
            "digest": version.digest,
            "scheduled_for": version.scheduled_for,
            "state": version.state.value,
            "adopted_at": version.adopted_at,
        }
        async with self._store.transaction() as connection:
            try:
                await connection.execute(insert(table).values(row))
            except IntegrityError:
                raise VersionTaken(f"version {version.version} was published by somebody else") from None

    async def adopted(self, version: int, at: Instant) -> None:
        """This version decides from now on, and the one before no longer does."""
        in_force = table.c.state == VersionState.IN_FORCE.value
        async with self._store.transaction() as connection:
            await connection.execute(
                update(table)
                .where(in_force, table.c.version != version)
                .values(state=VersionState.REPLACED.value)
            )
            await connection.execute(
                update(table)
                .where(table.c.version == version, ~in_force)
                .values(state=VersionState.IN_FORCE.value, adopted_at=at)
            )

    async def cancel(self, version: int) -> bool:
        """A scheduled version will not be adopted; False when it was not scheduled (any more)."""
        async with self._store.transaction() as connection:
            done = await connection.execute(
                update(table)
                .where(table.c.version == version, table.c.state == VersionState.SCHEDULED.value)
                .values(state=VersionState.CANCELLED.value)
            )
            return done.rowcount > 0

    async def version(self, version: int) -> RulesVersion | None:
        """One version; None when there is none of that number."""
        async with self._store.transaction() as connection:
            found = await connection.execute(select(table).where(table.c.version == storable(version)))
            row = found.one_or_none()
        return None if row is None else _version(row)

    async def in_force(self) -> RulesVersion | None:
        """The version that decides; None for a store that has none."""
        query = select(table).where(table.c.state == VersionState.IN_FORCE.value)
        async with self._store.transaction() as connection:
            row = (await connection.execute(query.order_by(table.c.version.desc()).limit(1))).one_or_none()
        return None if row is None else _version(row)

    async def scheduled(self) -> list[RulesVersion]:
        """Versions still to be adopted, the next one first."""
        query = select(table).where(table.c.state == VersionState.SCHEDULED.value)
        async with self._store.transaction() as connection:
            rows = await connection.execute(
                query.order_by(table.c.scheduled_for, table.c.version).limit(MOST_VERSIONS)
            )
            return [_version(row) for row in rows]

    async def versions(self, limit: int, before: int | None = None) -> list[RulesVersion]:
        """Versions, the latest first; at most :data:`MOST_VERSIONS`."""
        query = select(table).order_by(table.c.version.desc()).limit(max(0, min(limit, MOST_VERSIONS)))
        if before is not None:
            query = query.where(table.c.version < storable(before))
        async with self._store.transaction() as connection:
            return [_version(row) for row in await connection.execute(query)]


def _version(row: Row[tuple[object, ...]]) -> RulesVersion:
    values = dict(row._mapping)
    del values["digest"]
    return RulesVersion(**{**values, "state": VersionState(values["state"])})
