"""Who does not want to be called is put on the house's list: by a key, or by what an agent or a flow says.

Nobody is forgotten while the database is away: the campaigns let him go at once, and his number is written as
soon as it can be: by this engine, or, should it end before, from its journal (:mod:`cti.listed_rows`). (The
gate dials nobody meanwhile.)
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable

from acd.instant import Instant
from cti.dnc_store import DncStore
from cti.messages import Signal
from cti.numbers import canonical
from cti.store import StoreUnavailable
from dialer.compliance.listing import Listing, ListKind
from dialer.orders import ListNumber
from dialer.signals import NumberListed

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 2.0
"""How long the database may take to put somebody on the list."""
AGAIN_AFTER_S = 5.0
"""When it is tried again."""
MOST_OWED = 10_000
"""Numbers that wait to be written."""


class OptingOut:
    """One for the house. Its methods leave out nobody and raise nothing."""

    def __init__(
        self,
        *,
        dnc: DncStore,
        region: str | None,
        now: Callable[[], Instant],
        post: Callable[[Signal], object],
    ) -> None:
        """``region``: where numbers without a country code are at home. ``post`` tells the floor."""
        self._dnc, self._region, self._now, self._post = dnc, region, now, post
        self._owed: OrderedDict[str, Listing] = OrderedDict()
        self._writing: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Stop trying."""
        if self._owed:
            log.error("%d numbers that opted out are not on the list: %s", len(self._owed), [*self._owed])
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)

    async def put(self, number: str, because: str, by: str) -> bool:
        """Put a number on the list, in its one form; False when it is not there yet."""
        entry = self._entry(number, because, by)
        written = await self._write(entry)
        self._post(_listed(entry))
        if not written:
            self._owe(entry)
        return written

    def carry_out(self, order: ListNumber) -> None:
        """The dialer has one put there. It has let him go itself; other campaigns may have him, too."""
        entry = self._entry(order.number, order.because, f"campaign {order.campaign_id}")
        self._post(_listed(entry))
        self._owe(entry)

    def _entry(self, number: str, because: str, by: str) -> Listing:
        return Listing(
            number=canonical(number, self._region),
            kind=ListKind.INTERNAL,
            campaign_id=None,
            at=self._now(),
            by=by,
            reason=because,
        )

    async def _write(self, entry: Listing) -> bool:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self._dnc.add(entry)
        except (StoreUnavailable, TimeoutError) as error:
            log.warning(
                "%s opted out and is not on the list yet: %s", entry.number, str(error) or "no answer"
            )
            return False
        return True

    def _owe(self, entry: Listing) -> None:
        if len(self._owed) >= MOST_OWED:
            log.error("%s opted out and is not on the list: %d others wait", entry.number, MOST_OWED)
            return
        self._owed.setdefault(entry.number, entry)
        if self._writing is None or self._writing.done():
            loop = asyncio.get_running_loop()
            self._writing = loop.create_task(self._write_owed(), name="opted out")

    async def _write_owed(self) -> None:
        while self._owed:
            number, entry = next(iter(self._owed.items()))
            if await self._write(entry):
                self._owed.pop(number, None)
            else:
                await asyncio.sleep(AGAIN_AFTER_S)


def _listed(entry: Listing) -> NumberListed:
    """With his own word, by which the journal lists him should this engine not live to do it."""
    return NumberListed(number=entry.number, by=entry.by, because=entry.reason)
