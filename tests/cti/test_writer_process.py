"""History is written by a process of its own: whoever is killed, and whenever, all of it is there once."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from acd.ids import CallId
from cti import writer_process
from cti.journal import Journal
from cti.store import Store
from cti.write_behind import NICER
from cti.writer import WriterState
from cti.writer_process import WriterProcess
from demo.house import REPOSITORY
from tests.contract.servers import PrivatePostgres, running
from tests.cti.written import PATIENCE_S, arrival, at_work, offer, stored, until


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'callwright.db'}"


@pytest.fixture
def journal(spool: Path) -> Iterator[Journal]:
    opened = Journal(spool, "run1", segment_bytes=200_000)
    yield opened
    opened.close()


def note_calls(journal: Journal, writer: WriterProcess, first: int, last: int) -> None:
    """Calls of one offer each, two messages in a step."""
    for seq in range(first, last, 2):
        journal.append([arrival(seq), offer(seq + 1, f"run1-{seq}")])
        writer.notify()


async def offers_of_each(url: str, run: str = "run1") -> set[int]:
    """How many offers are counted for a call: {1} when each was counted once."""
    with sqlite3.connect(url.partition("///")[2]) as connection:
        rows = connection.execute("SELECT offers_made FROM calls WHERE call_id LIKE ?", (f"{run}-%",))
        return {made for (made,) in rows}


def is_there(pid: int) -> bool:
    """Whether a process has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_what_is_noted_is_written_and_the_process_ends_with_its_engine(
    journal: Journal, spool: Path, sqlite: str
) -> None:
    store = Store(sqlite)
    writer = WriterProcess(spool, sqlite, store)
    async with at_work(writer):
        note_calls(journal, writer, 1, 401)
        assert writer.status.state is WriterState.BEHIND
        assert await writer.drain(PATIENCE_S)
        assert str(writer.status) == "ok"
        assert await store.call(CallId("run1-1")) is not None
        pid = writer.pid
        assert pid is not None
        assert os.getsid(pid) == pid  # Ctrl-C in the engine's terminal does not reach it
        assert os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, 0)
        group = Path(f"/proc/{pid}/autogroup")
        assert not group.exists() or group.read_text().endswith(f" nice {NICER}\n")
        for number in (signal.SIGINT, signal.SIGTERM):  # as a service manager does, to all there is
            os.kill(pid, number)
        note_calls(journal, writer, 401, 403)
        await until(lambda: writer.status.state is WriterState.OK)  # not asked to hurry
        assert writer.pid == pid
        assert await stored(sqlite) == list(range(1, 403))
    assert not is_there(pid)
    await store.close()


async def test_killed_in_the_middle_it_is_replaced_and_nothing_is_lost_or_doubled(
    journal: Journal, spool: Path, sqlite: str
) -> None:
    store = Store(sqlite)
    writer = WriterProcess(spool, sqlite, store)
    async with at_work(writer):
        assert await writer.drain(PATIENCE_S)
        for part in range(2):
            note_calls(journal, writer, 2_000 * part + 1, 2_000 * (part + 1))
            whole = writer.status.behind_bytes
            await until(lambda whole=whole: writer.status.behind_bytes < whole)  # type: ignore[misc]
            assert writer.pid is not None
            os.kill(writer.pid, signal.SIGKILL)
            await until(lambda: writer.status.state is WriterState.STOPPED)
            assert "SIGKILL" in str(writer.status)
        assert await writer.drain(PATIENCE_S)
        assert writer.status.state is WriterState.OK
        assert writer.status.reason is None
    assert await stored(sqlite) == list(range(1, 4_001))
    assert await offers_of_each(sqlite) == {1}
    await store.close()


async def test_an_engine_killed_in_the_middle_of_a_batch_loses_nothing_and_doubles_nothing(
    spool: Path, sqlite: str
) -> None:
    calls = 1_500
    for run in ("run1", "run2"):
        engine = subprocess.Popen(
            [sys.executable, "-m", "tests.cti.noting_engine", str(spool), sqlite, run, str(calls)],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
        )
        with engine:
            assert engine.stdout is not None
            writer_of_engine = int(engine.stdout.readline())
            async with asyncio.timeout(PATIENCE_S):
                while not await stored(sqlite, run):
                    await asyncio.sleep(0.01)
            engine.kill()
        await until(lambda pid=writer_of_engine: not is_there(pid))  # type: ignore[misc]
    store = Store(sqlite)
    writer = WriterProcess(spool, sqlite, store)
    async with at_work(writer):
        assert await writer.drain(PATIENCE_S)
    for run in ("run1", "run2"):
        written = await stored(sqlite, run)
        assert written == list(range(1, len(written) + 1))
        assert len(written) % 2 == 0  # whole steps
        assert await offers_of_each(sqlite, run) == {1}
    assert len(written) > 0
    await store.close()


async def test_a_second_one_waits_until_the_first_has_ended_and_says_so(
    journal: Journal, spool: Path, sqlite: str
) -> None:
    stores = Store(sqlite), Store(sqlite)
    first, second = (WriterProcess(spool, sqlite, store) for store in stores)
    async with at_work(second):
        async with at_work(first):
            await until(lambda: first.pid is not None and second.pid is not None)
            await until(lambda: WriterState.STOPPED in (first.status.state, second.status.state))
            waits = first if first.status.state is WriterState.STOPPED else second
            works = second if waits is first else first
            assert "another process" in str(waits.status)
            assert await works.drain(PATIENCE_S)
            note_calls(journal, works, 1, 201)
            assert not await waits.drain(0.05)
        note_calls(journal, second, 201, 401)
        assert await second.drain(PATIENCE_S)
        assert second.status.state is WriterState.OK
    assert await stored(sqlite) == list(range(1, 401))
    for store in stores:
        await store.close()


async def test_a_database_that_is_not_there_yet_is_told_and_filled_once_it_is(
    journal: Journal, spool: Path, tmp_path: Path
) -> None:
    place = tmp_path / "not-yet"
    url = f"sqlite+aiosqlite:///{place / 'callwright.db'}"
    store = Store(url)
    writer = WriterProcess(spool, url, store)
    async with at_work(writer):
        note_calls(journal, writer, 1, 201)
        await until(lambda: writer.status.state is WriterState.UNREACHABLE)
        assert "unable to open database file" in str(writer.status)
        assert writer.status.since is not None
        assert not await writer.drain(0.1)
        place.mkdir()
        assert await writer.drain(PATIENCE_S)
        assert writer.status.since is None
        assert store.ready
    assert await stored(url) == list(range(1, 201))
    await store.close()


async def test_one_that_hangs_holds_up_nobody_and_is_ended(
    journal: Journal, spool: Path, sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_process, "END_S", 0.2)
    store = Store(sqlite)
    writer = WriterProcess(spool, sqlite, store)
    async with at_work(writer):
        assert await writer.drain(PATIENCE_S)
        pid = writer.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        note_calls(journal, writer, 1, 10_001)
        for _ in range(1_000):
            assert not await writer.drain(0)
        assert writer.status.state is WriterState.BEHIND
    assert not is_there(pid)
    later = WriterProcess(spool, sqlite, store)
    async with at_work(later):
        assert await later.drain(PATIENCE_S)
    assert await stored(sqlite) == list(range(1, 10_001))
    await store.close()


async def test_one_that_cannot_be_started_is_tried_again_with_growing_pauses(
    spool: Path, sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses, real = list[float](), asyncio.sleep

    async def at_once(pause_s: float) -> None:
        pauses.append(pause_s)
        await real(0)

    store = Store(sqlite)
    writer = WriterProcess(spool, sqlite, store)
    with monkeypatch.context() as patched:
        patched.setattr(sys, "executable", "/no/such/python")
        patched.setattr(writer_process.asyncio, "sleep", at_once)
        task = asyncio.create_task(writer.run())
        while len(pauses) < 8:
            await real(0)
        task.cancel()
        await asyncio.wait([task])
    assert [pause for pause in pauses[:8] if pause] == [0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0, 10.0]
    assert writer.status.state is WriterState.STOPPED
    assert "No such file" in str(writer.status)


@pytest.mark.postgres
async def test_postgresql_stopped_and_started_again_has_everything_once_and_no_password_is_seen(
    journal: Journal, spool: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with running(PrivatePostgres()) as server:
        assert isinstance(server, PrivatePostgres)
        url = await server.new_database()
        store = Store(url)
        writer = WriterProcess(spool, url, store)
        async with at_work(writer):
            note_calls(journal, writer, 1, 1_001)
            assert await writer.drain(PATIENCE_S)
            assert url.encode() not in Path(f"/proc/{writer.pid}/cmdline").read_bytes()
            assert url.encode() not in Path(f"/proc/{writer.pid}/environ").read_bytes()
            await asyncio.to_thread(server.stop)
            note_calls(journal, writer, 1_001, 2_001)
            await until(lambda: writer.status.state is WriterState.UNREACHABLE)
            await asyncio.to_thread(server.start)
            assert await writer.drain(PATIENCE_S)
            assert writer.status.state is WriterState.OK
        assert await stored(url) == list(range(1, 2_001))
        await store.close()
    assert "history is not being written" in capfd.readouterr().err  # its log is ours
