"""The numbers of all customers, in memory: who a stranger is must not cost a look into the database.

Most callers of most houses are no customers on record, and a caller waits while he is looked up.
"""

from collections.abc import Callable
from time import monotonic
from typing import Any

from sqlalchemy import func, select

from cti import schema
from cti.store import Store

LOOK_AGAIN_S = 30.0
"""How long others, such as a nightly import into the same database, may change customers unnoticed."""
MOST_NUMBERS = 200_000
"""Numbers kept, some 20 MB; where there are more, every caller is looked up."""


class KnownNumbers:
    """What is kept is looked at again now and then; it is read anew only when something has changed."""

    def __init__(
        self, store: Store, *, most: int = MOST_NUMBERS, now: Callable[[], float] = monotonic
    ) -> None:
        self._store, self._most, self._now = store, most, now
        self._numbers: frozenset[str] | None = None
        self._state: tuple[Any, ...] | None = None
        self._looked_at = float("-inf")
        self._changes = 0

    def forget(self) -> None:
        """Customers were changed by ourselves."""
        self._numbers, self._looked_at = None, float("-inf")
        self._changes += 1

    async def rules_out(self, number: str) -> bool:
        """Whether certainly no customer has this number, in its one form.

        Raises:
            StoreUnavailable: the database is away.
        """
        if not self._fresh:
            self._looked_at = self._now()  # whoever comes meanwhile goes by what is known
            await self._look()
        return self._numbers is not None and number not in self._numbers

    async def look(self) -> None:
        """Look now, so that no caller need wait for it.

        Raises:
            StoreUnavailable: the database is away.
        """
        at, changes = self._now(), self._changes
        await self._look()
        if changes == self._changes:
            self._looked_at = at

    def rules_out_at_once(self, number: str) -> bool:
        """The same without asking anybody: False also when it is time to look again."""
        return self._fresh and self._numbers is not None and number not in self._numbers

    @property
    def _fresh(self) -> bool:
        return self._now() - self._looked_at < LOOK_AGAIN_S

    async def _look(self) -> None:
        changes, numbers, customers = self._changes, schema.customer_numbers, schema.customers
        async with self._store.transaction() as connection:
            counted = await connection.execute(
                select(
                    select(func.count()).select_from(numbers).scalar_subquery(),
                    select(func.count()).select_from(customers).scalar_subquery(),
                    select(func.max(customers.c.updated_at)).scalar_subquery(),
                )
            )
            state = tuple(counted.one())
            if state == self._state and self._numbers is not None:
                return
            found = None
            if state[0] <= self._most:
                found = frozenset((await connection.execute(select(numbers.c.number))).scalars())
        if changes == self._changes:
            self._numbers, self._state = found, state
