"""The engine's end of the process that writes history: starts it, tells it news, knows how far it is.

Nothing here waits for the database, nor for the process: a step costs the engine a flag, and now and then a
line into a pipe.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

from cti.clock import Clock
from cti.codec import CodecError
from cti.journal import JournalReader, Position
from cti.store import Store, StoreUnavailable
from cti.writer import LONGEST_PAUSE_S, SHORTEST_PAUSE_S, WriterState, WriterStatus
from cti.writer_wire import Report, Settings, Wish, line, said_in

log = logging.getLogger(__name__)

END_S = 3.0
"""How long the process may take to end once its input has; then it is killed. It takes less itself."""
MOST_UNREAD = 4096
"""Bytes a process that does not read may owe us; further wishes are not told, it looks by itself."""


class WriterProcess:
    """Carries the journal into the store, elsewhere."""

    def __init__(self, journal: Path, url: str, store: Store) -> None:
        """``store`` is the engine's own, at ``url``. It is opened here, as soon as the database can be
        reached: the writer is the first to know."""
        self._settings = Settings(journal=str(journal.absolute()), database=url)
        self._reader, self._store = JournalReader(journal), store
        self._wishes: asyncio.StreamWriter | None = None
        self._report = Report(state=WriterState.OK)
        self._position: Position | None = None
        self._trouble: Report | None = None
        self._told = False
        self._more = False
        self._wish = 0
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self.pid: int | None = None
        """Of the process at work; None while there is none."""

    def notify(self) -> None:
        """There is news in the journal. Told once, until the process has looked and found no more."""
        if self._told:
            self._more = True
        else:
            self._told, self._more = self._say(Wish(drain=0)), False

    @property
    def status(self) -> WriterStatus:
        """How far the store is behind, and why."""
        told = self._trouble or self._report
        try:
            behind = self._reader.behind(self._position)
        except OSError:
            behind = 0
        return WriterStatus(
            state=WriterState.BEHIND if behind and told.state is WriterState.OK else told.state,
            behind_bytes=behind,
            lost=self._report.lost,
            torn=self._report.torn,
            since=told.since,
            reason=told.reason,
        )

    async def drain(self, timeout_s: float) -> bool:
        """Have it hurry, and wait until the store has all that is in the journal now; False if not by
        ``timeout_s``. Needs ``run`` at work, and leaves it so."""
        self._wish += 1
        wish = self._wish
        done = self._waiting[wish] = asyncio.get_running_loop().create_future()
        self._say(Wish(drain=wish))
        try:
            async with asyncio.timeout(timeout_s):
                await done
        except TimeoutError:
            return False
        finally:
            del self._waiting[wish]
        return True

    async def run(self) -> None:
        """Keep a process at work until cancelled. It ends then; its batch is written whole or not at all."""
        pause = SHORTEST_PAUSE_S
        while True:
            worked = False
            try:
                process = await self._start()
            except OSError as error:
                why = f"the process that writes history cannot be started: {error.strerror}"
            else:
                try:
                    worked = await self._converse(process)
                finally:
                    self._wishes = None
                    await _ended(process)
                    self.pid = None
                why = f"the process that writes history ended ({_how(process.returncode)})"
            log.error("%s; it is started again", why)
            self._in_trouble(WriterState.STOPPED, f"{why}; it is started again")
            pause = SHORTEST_PAUSE_S if worked else min(2 * pause, LONGEST_PAUSE_S)
            await asyncio.sleep(pause)

    async def _start(self) -> asyncio.subprocess.Process:
        # A session of its own: Ctrl-C is for the engine, which ends it after the last line was written.
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "cti.write_behind"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(_absolute(sys.path))},  # the code we are of
            start_new_session=True,
        )

    async def _converse(self, process: asyncio.subprocess.Process) -> bool:
        """Hear a process to its end; whether it wrote anything, or found nothing to write."""
        assert process.stdin is not None
        assert process.stdout is not None
        self.pid = process.pid
        await self._open()  # the tables are made here: two should not do so at the same time
        self._wishes, self._told, self._more = process.stdin, True, True  # it begins with a look
        self._say(self._settings)
        if self._waiting:
            self._say(Wish(drain=max(self._waiting)))
        worked = False
        try:
            while said := await process.stdout.readline():
                report = said_in(said, Report)
                worked = worked or report.state is WriterState.OK
                await self._hear(report)
        except (CodecError, ValueError) as error:
            log.error("the process that writes history says what nobody understands: %s", error)
        return worked

    async def _hear(self, report: Report) -> None:
        self._report = report
        if report.segment is not None:
            self._position = Position(report.segment, report.offset)
        if report.state is not WriterState.OK or await self._open():
            self._trouble = None
        for wish, done in self._waiting.items():
            if wish <= report.drained and not done.done():
                done.set_result(None)
        if report.rests:
            self._told = False
            if self._more:
                self.notify()

    async def _open(self) -> bool:
        """Open the engine's own store, if it is not; whether it is then."""
        if not self._store.ready:
            try:
                await self._store.open()
            except StoreUnavailable as error:
                self._in_trouble(WriterState.UNREACHABLE, str(error))
        return self._store.ready

    def _in_trouble(self, state: WriterState, why: str) -> None:
        since = self._trouble.since if self._trouble else Clock().now()
        self._trouble = Report(state=state, reason=why, since=since)

    def _say(self, said: Settings | Wish) -> bool:
        """Whether it was said; what a process that does not listen was not told, it finds by itself."""
        wishes = self._wishes
        if wishes is None or wishes.transport.get_write_buffer_size() > MOST_UNREAD:
            return False
        with contextlib.suppress(OSError, RuntimeError):  # it just ended; uvloop says so by RuntimeError
            wishes.write(line(said))
            return True
        return False


async def _ended(process: asyncio.subprocess.Process) -> None:
    """End the process by the end of its input or, when that takes it too long, by its id."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await _gone(process)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await _gone(process)


async def _gone(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    while await process.stdout.read(MOST_UNREAD):  # to its end, so that the pipe is closed
        pass
    await process.wait()


def _how(code: int | None) -> str:
    return signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"


def _absolute(path: Iterable[str]) -> Iterable[str]:
    return (os.path.abspath(entry) for entry in path)
