"""An engine that does nothing but note: ``python -m tests.cti.noting_engine JOURNAL URL RUN CALLS``.

It says the process id of its writer, notes calls with one offer each, and then waits to be killed.
"""

import asyncio
import sys
from pathlib import Path

from cti.journal import Journal
from cti.store import Store
from cti.writer_process import WriterProcess
from tests.cti.written import PATIENCE_S, arrival, at_work, offer


async def note(spool: Path, url: str, run: str, calls: int) -> None:
    """Note as fast as can be, then rest."""
    journal, writer = Journal(spool, run), WriterProcess(spool, url, Store(url))
    async with at_work(writer):
        await writer.drain(PATIENCE_S)
        print(writer.pid, flush=True)
        for seq in range(1, 2 * calls, 2):
            journal.append([arrival(seq, run), offer(seq + 1, f"{run}-{seq}", run)])
            writer.notify()
        await asyncio.Event().wait()


if __name__ == "__main__":
    place, url, run, calls = sys.argv[1:]
    asyncio.run(note(Path(place), url, run, int(calls)))
