"""The process that writes history: ``python -m cti.write_behind``, started by the engine and by nobody else.

What it is to do comes on standard input, what it does goes to standard output (:mod:`cti.writer_wire`), its
log to standard error, which is the engine's. It ends when its input does: also when the engine was killed.
"""

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import sys
from pathlib import Path
from time import monotonic

import uvloop

from acd.instant import Instant
from cti.clock import Clock
from cti.journal import JournalReader
from cti.logs import log_to_stderr
from cti.store import Store
from cti.writer import Writer, WriterState
from cti.writer_wire import MOST_REASON, Report, Settings, Wish, line, said_in

log = logging.getLogger(__name__)

LOCK = "writer.lock"
"""In the journal's directory, held by the one process that writes its history."""
LOCK_PAUSE_S = 0.1
REPORT_EVERY_S = 0.1
"""How often a writer that has much to do says how far it is."""
DRAIN_S = 60.0
"""How often a writer that is to hurry is told so again."""
END_S = 2.0
"""How long undoing a batch and taking leave of the database may take; else the database does it alone."""
NICER = 5
"""The floor and the callers come first."""
AUTOGROUP = Path("/proc/self/autogroup")


class Desk:
    """One journal's writer and its word to the engine."""

    def __init__(self, journal: Path, store: Store, tell: int) -> None:
        """``tell`` is the descriptor reports are written to; it must not block."""
        self._journal, self._tell = journal, tell
        self._reader = JournalReader(journal)
        self._writer = Writer(self._reader, store, self._looked)
        self._draining: asyncio.Task[None] | None = None
        self._drained = 0
        self._told: str | None = None
        self._tell_at = 0.0

    async def work(self) -> None:
        """Write until cancelled, once nobody else does."""
        await self._alone()
        await self._writer.run()

    async def listen(self, wishes: asyncio.StreamReader) -> None:
        """Hear wishes until there will be no more."""
        while said := await wishes.readline():
            wish = said_in(said, Wish).drain
            if not wish:
                self._writer.notify()
                continue
            if self._draining is not None:
                self._draining.cancel()
            self._draining = asyncio.create_task(self._drain(wish))

    async def _drain(self, wish: int) -> None:
        while not await self._writer.drain(DRAIN_S):
            pass
        self._drained = wish
        self._report()

    async def _alone(self) -> None:
        """Take the lock, which is ours until we end. Somebody of an engine before ours may still hold it."""
        since: Instant | None = None
        while True:
            try:
                return _lock(self._journal)
            except OSError as error:
                if since is None:
                    since = Clock().now()
                    busy = isinstance(error, BlockingIOError)
                    why = "another process still writes the history of this journal" if busy else str(error)
                    log.warning("history is not being written yet: %s", why)
                    self._report(Report(state=WriterState.STOPPED, reason=why[:MOST_REASON], since=since))
            await asyncio.sleep(LOCK_PAUSE_S)

    def _looked(self) -> None:
        """Tell what is new at once, and otherwise how far the writer is now and then."""
        writer, now = self._writer, monotonic()
        if writer.rests or writer.reason != self._told or now >= self._tell_at:
            self._told, self._tell_at = writer.reason, now + REPORT_EVERY_S
            self._report()

    def _report(self, report: Report | None = None) -> None:
        """Say it, or how things are. An engine too busy to read is told again; of one that is gone, our input
        tells."""
        with contextlib.suppress(BlockingIOError, BrokenPipeError):
            os.write(self._tell, line(report or self._state()))

    def _state(self) -> Report:
        writer, position = self._writer, self._writer.position
        return Report(
            state=WriterState.OK if writer.reason is None else WriterState.UNREACHABLE,
            segment=position.segment if position else None,
            offset=position.offset if position else 0,
            rests=writer.rests,
            drained=self._drained,
            lost=self._reader.lost,
            torn=self._reader.torn,
            since=writer.away_since,
            reason=writer.reason and writer.reason[:MOST_REASON],
        )


def _lock(journal: Path) -> None:
    """Be the only process that writes this journal's history, to the end of our days.

    Raises:
        BlockingIOError: another one is.
        OSError: the lock cannot be had at all.
    """
    journal.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(journal / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise


async def serve(tell: int) -> None:
    """Do what the first line says until there are no more lines. A bug of ours ends it sooner."""
    loop = asyncio.get_running_loop()
    wishes = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(wishes), sys.stdin)
    if not (first := await wishes.readline()):
        return
    settings = said_in(first, Settings)
    store = Store(settings.database)
    desk = Desk(Path(settings.journal), store, tell)
    work, listen = asyncio.create_task(desk.work()), asyncio.create_task(desk.listen(wishes))
    ended, _ = await asyncio.wait((work, listen), return_when=asyncio.FIRST_COMPLETED)
    loop.call_later(END_S, os._exit, 0)  # a database that hangs is not waited for
    for task in ended:
        task.result()
    work.cancel()
    await asyncio.wait((work,))
    await store.close()


def main() -> None:
    """Live as long as the engine."""
    # A signal to all processes of the engine is the engine's: it ends us after the last line was written.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.nice(NICER)
    with contextlib.suppress(
        OSError
    ):  # where each session has an equal share, in which alone a nice one is so
        AUTOGROUP.write_text(str(NICER))
    log_to_stderr()
    tell = os.dup(1)
    os.dup2(2, 1)  # whatever else writes to standard output writes to the log
    os.set_blocking(tell, False)
    uvloop.run(serve(tell))


if __name__ == "__main__":
    main()
