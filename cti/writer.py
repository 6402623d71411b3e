"""The writer: carries the journal into the store, behind the routing and at the database's own pace."""

import asyncio
import logging
import time
from dataclasses import dataclass
from enum import StrEnum

from acd.instant import Instant
from cti.journal import JournalReader, Position
from cti.store import Store, StoreUnavailable

log = logging.getLogger(__name__)

BATCH = 100
"""Envelopes in one transaction: also bounds how long the event loop is busy with one."""
GATHER_S = 0.1
"""How long news is gathered before it is written: a transaction costs more than what is in it."""
IDLE_S = 5.0
"""How often the journal is looked at when nobody notified."""
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 10.0
"""Pauses between attempts while the database is away; each is twice the one before."""


class WriterState(StrEnum):
    """Where the writer stands."""

    OK = "ok"
    BEHIND = "behind"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterStatus:
    """For the health page."""

    state: WriterState
    behind_bytes: int
    """What of the journal the store does not have yet."""
    lost: int
    """Messages the journal had to drop, as far as it has been read."""
    torn: int
    """Pieces of the journal that were unreadable."""
    since: Instant | None = None
    """Since when the database has been away."""
    reason: str | None = None

    def __str__(self) -> str:
        if self.state is WriterState.UNREACHABLE:
            return f"unreachable: {self.reason}; {self.behind_bytes} bytes behind"
        return "ok" if self.state is WriterState.OK else f"{self.behind_bytes} bytes behind"


class Writer:
    """Moves batches from the journal to the store: all of them, once, in order."""

    def __init__(self, reader: JournalReader, store: Store) -> None:
        self._reader, self._store = reader, store
        self._position: Position | None = None
        self._placed = False
        self._news = asyncio.Event()
        self._hurry = asyncio.Event()
        self._drained = asyncio.Event()
        self._away_since: Instant | None = None
        self._reason: str | None = None

    def notify(self) -> None:
        """There is news in the journal."""
        self._news.set()

    @property
    def status(self) -> WriterStatus:
        """How far the store is behind, and why."""
        try:
            behind = self._reader.behind(self._position)
        except OSError:
            behind = 0
        state = WriterState.BEHIND if behind else WriterState.OK
        return WriterStatus(
            state=state if self._reason is None else WriterState.UNREACHABLE,
            behind_bytes=behind,
            lost=self._reader.lost,
            torn=self._reader.torn,
            since=self._away_since,
            reason=self._reason,
        )

    async def run(self) -> None:
        """Write until cancelled. A batch under way then is written whole or not at all."""
        pause = SHORTEST_PAUSE_S
        while True:
            self._news.clear()
            try:
                moved = await self._move()
            except (StoreUnavailable, OSError) as error:
                self._went_away(error)
                hurried = await self._hurried_within(pause)
                pause = SHORTEST_PAUSE_S if hurried else min(2 * pause, LONGEST_PAUSE_S)
                continue
            pause = SHORTEST_PAUSE_S
            self._came_back()
            if moved:
                continue
            self._drained.set()
            await _until(self._news, IDLE_S)
            await self._hurried_within(GATHER_S)

    async def drain(self, timeout_s: float) -> bool:
        """Hurry, and wait until the store has all that is in the journal now; False if not by ``timeout_s``.

        Needs ``run`` at work, and leaves it so. For a graceful stop: end appending, drain, cancel ``run``.
        """
        self._drained.clear()
        self._hurry.set()
        self._news.set()
        return await _until(self._drained, timeout_s)

    async def _hurried_within(self, pause_s: float) -> bool:
        hurried = await _until(self._hurry, pause_s)
        self._hurry.clear()
        return hurried

    async def _move(self) -> bool:
        """Move one batch; whether there was one."""
        if not self._store.ready:
            await self._store.open()
        if not self._placed:
            self._position = await self._store.cursor()
            self._placed = True
        envelopes, position = self._reader.read(self._position, BATCH)
        if envelopes and position is not None:
            await self._store.write(envelopes, position)
        if position is not None and position != self._position:
            self._position = position
            self._reader.forget(position)
        return bool(envelopes)

    def _went_away(self, error: Exception) -> None:
        if self._reason is None:
            self._away_since = Instant(time.time_ns() // 1000)
            log.error("history is not being written: %s", error)
        self._reason = str(error)

    def _came_back(self) -> None:
        if self._reason is not None:
            log.warning("history is being written again")
        self._reason = self._away_since = None


async def _until(event: asyncio.Event, timeout_s: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), timeout_s)
    except TimeoutError:
        return False
    return True
