"""What a new engine learns of earlier runs: agents' states, callbacks, campaigns, whom we owe an answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator

from acd.callback import CallbackState
from acd.ids import CallId
from acd.instant import Instant
from acd.remembered import (
    AgentRemembered,
    AgentsRemembered,
    CallbacksRemembered,
    QueuesRemembered,
    UnansweredRemembered,
)
from cti.campaign_desk import CampaignDesk
from cti.runtime import Runtime
from cti.store import Store, StoreUnavailable

log = logging.getLogger(__name__)

RETRY_PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0)
AT_ONCE = 500
"""Callbacks, or callers we owe an answer, whom one message brings back, so that calls get their turn between
two of them."""


class EarlierRuns:
    """Each part is remembered once, as soon as the store has taken in what the last run left behind."""

    def __init__(
        self,
        *,
        store: Store,
        drained: Callable[[float], Awaitable[bool]],
        runtime: Runtime,
        campaigns: CampaignDesk,
        started_at: Instant,
    ) -> None:
        """``drained``: waits for so many seconds until the store has everything; whether it has."""
        self._store, self._drained, self._runtime = store, drained, runtime
        self._campaigns, self._started_at = campaigns, started_at
        self._met = asyncio.Event()
        self.caught_up = False
        """Whether the store holds everything that earlier runs left behind."""

    def met_the_world(self) -> None:
        """It is known what there is in the PBX: who is missing there is gone."""
        self._met.set()

    async def remember_agents(self) -> None:
        """Give agents their states back, once the store has taken in what the last run left behind."""
        for pause in _growing(RETRY_PAUSES_S):
            try:
                if await self._drained(pause):
                    self.caught_up = True
                    self._runtime.post(QueuesRemembered(queues=await self._store.closures()))
                    away = await self._store.away_from()
                    known = tuple(
                        AgentRemembered(
                            agent_id=record.agent_id,
                            state=record.state,
                            reason=record.reason,
                            since=record.since,
                            until=record.until,
                            away_from=away.get(record.agent_id, ()),
                        )
                        for record in await self._store.agents()
                    )
                    self._runtime.post(AgentsRemembered(agents=known))
                    return
            except StoreUnavailable as error:
                log.warning("agents' last states are not known yet: %s", error)
                await asyncio.sleep(pause)

    async def _remember_callbacks(self) -> list[CallId]:
        """Give the floor the callbacks of earlier runs back; those that are not missed for having no channel.

        Raises:
            StoreUnavailable: see there.
        """
        known = await self._store.open_callbacks()
        for start in range(0, len(known), AT_ONCE):
            some = tuple(record.remembered for record in known[start : start + AT_ONCE])
            if not self._runtime.post(CallbacksRemembered(callbacks=some)):
                raise StoreUnavailable(
                    "the engine has no room for the callbacks of earlier runs"
                )  # then again
        return [record.call_id for record in known if record.state is not CallbackState.CONNECTED]

    async def remember_campaigns(self) -> None:
        """Let campaigns go on that an earlier run left, once the store has all of it, and lines that are
        still there are known."""
        await self._met.wait()
        for pause in _growing(RETRY_PAUSES_S):
            try:
                if await self._drained(pause):
                    await self._campaigns.remember()
                    return
            except StoreUnavailable as error:
                log.warning("the campaigns of earlier runs are not known yet: %s", error)
                await asyncio.sleep(pause)

    async def settle_accounts(self) -> None:
        """Book calls of earlier runs that ended while nobody watched; then tell the ledger whom we owe an
        answer, those callers among them."""
        await self._met.wait()
        known_since = Instant(self._started_at - self._runtime.tables.rules.returning.remembered)
        for pause in _growing(RETRY_PAUSES_S):
            try:
                if await self._drained(pause):
                    promised = await self._remember_callbacks()
                    live = {*self._runtime.tables.calls, *promised}
                    lost = await self._store.close_orphans(live, self._started_at)
                    if lost:
                        log.warning("%d calls ended while the engine was away; booked as lost", lost)
                    owed = await self._store.unanswered(known_since)
                    for start in range(0, len(owed), AT_ONCE):
                        some = tuple(owed[start : start + AT_ONCE])
                        self._runtime.post(UnansweredRemembered(items=some))
                    return
            except StoreUnavailable as error:
                log.warning("whom earlier runs owe an answer is not known yet: %s", error)
                await asyncio.sleep(pause)


def _growing(pauses: tuple[float, ...]) -> Iterator[float]:
    yield from pauses
    while True:
        yield pauses[-1]
