"""The writer: carries the journal into the store, behind the routing and at the database's own pace.

It is at work in a process of its own (:mod:`cti.write_behind`): nothing of it takes the engine's time.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from acd.instant import Instant
from cti.journal import JournalReader, Position
from cti.store import Store, StoreUnavailable

log = logging.getLogger(__name__)

BATCH = 500
"""Envelopes in one transaction: also bounds how long others who write to SQLite wait for one."""
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
    STOPPED = "stopped"
    """Nobody writes now: the writer's process ended, or waits for another's to end."""


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
    """Since when nothing has been written."""
    reason: str | None = None

    def __str__(self) -> str:
        if self.reason is not None:
            return f"{self.state.value}: {self.reason}; {self.behind_bytes} bytes behind"
        return "ok" if self.state is WriterState.OK else f"{self.behind_bytes} bytes behind"


class Writer:
    """Moves batches from the journal to the store: all of them, once, in order."""

    def __init__(
        self, reader: JournalReader, store: Store, looked: Callable[[], None] = lambda: None
    ) -> None:
        """``looked`` is called after every look into the journal, whatever came of it."""
        self._reader, self._store, self._looked = reader, store, looked
        self.position: Position | None = None
        """Up to where the store has the journal, as far as is known."""
        self.rests = False
        """Whether the last look found nothing more to write."""
        self._placed = False
        self._news = asyncio.Event()
        self._hurry = asyncio.Event()
        self._drained = asyncio.Event()
        self.away_since: Instant | None = None
        self.reason: str | None = None
        """Why nothing is being written; None while all is well."""

    def notify(self) -> None:
        """There is news in the journal."""
        self._news.set()

    @property
    def status(self) -> WriterStatus:
        """How far the store is behind, and why."""
        try:
            behind = self._reader.behind(self.position)
        except OSError:
            behind = 0
        state = WriterState.BEHIND if behind else WriterState.OK
        return WriterStatus(
            state=state if self.reason is None else WriterState.UNREACHABLE,
            behind_bytes=behind,
            lost=self._reader.lost,
            torn=self._reader.torn,
            since=self.away_since,
            reason=self.reason,
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
                self._looked()
                hurried = await self._hurried_within(pause)
                pause = SHORTEST_PAUSE_S if hurried else min(2 * pause, LONGEST_PAUSE_S)
                continue
            pause = SHORTEST_PAUSE_S
            self._came_back()
            self.rests = not moved
            self._looked()
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
            self.position = await self._store.cursor()
            self._placed = True
        envelopes, position = self._reader.read(self.position, BATCH)
        if envelopes and position is not None:
            await self._store.write(envelopes, position)
        if position is not None and position != self.position:
            self.position = position
            self._reader.forget(position)
        return bool(envelopes)

    def _went_away(self, error: Exception) -> None:
        self.rests = False
        if self.reason is None:
            self.away_since = Instant(time.time_ns() // 1000)
            log.error("history is not being written: %s", error)
        self.reason = str(error)

    def _came_back(self) -> None:
        if self.reason is not None:
            log.warning("history is being written again")
        self.reason = self.away_since = None


async def _until(event: asyncio.Event, timeout_s: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), timeout_s)
    except TimeoutError:
        return False
    return True
