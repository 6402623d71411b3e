"""The writer brings the journal into the store: everything, once, in order, however the database behaves."""

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from acd.ids import CallId
from cti import database
from cti import writer as writer_module
from cti.envelope import Envelope
from cti.journal import Journal, JournalReader, Position
from cti.store import Store, StoreUnavailable
from cti.writer import BATCH, Writer, WriterState
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
    opened = Journal(spool, "run1", segment_bytes=20_000)
    yield opened
    opened.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses and batches as in life, only shorter: so that there is a middle to interrupt."""
    monkeypatch.setattr(writer_module, "LONGEST_PAUSE_S", 0.2)
    monkeypatch.setattr(writer_module, "BATCH", 100)


async def test_everything_appended_is_in_the_database_and_the_spool_is_let_go(
    journal: Journal, spool: Path, sqlite: str
) -> None:
    store = Store(sqlite)
    writer = Writer(JournalReader(spool), store)
    async with at_work(writer):
        for seq in range(1, 3 * BATCH + 8):
            journal.append([arrival(seq)])
            writer.notify()
        assert writer.status.state is WriterState.BEHIND
        assert await writer.drain(PATIENCE_S)
        assert writer.status.state is WriterState.OK
        assert str(writer.status) == "ok"
    assert await stored(sqlite) == list(range(1, 3 * BATCH + 8))
    assert len(os.listdir(spool)) == 1
    await store.close()


async def test_news_is_written_without_being_asked_to_hurry(
    journal: Journal, spool: Path, sqlite: str
) -> None:
    store = Store(sqlite)
    writer = Writer(JournalReader(spool), store)
    async with at_work(writer):
        for seq in range(1, 4):
            journal.append([arrival(seq)])
            writer.notify()
            await until(lambda: writer.status.state is WriterState.OK)
            assert await store.call(CallId(f"run1-{seq}")) is not None
    await store.close()


async def test_a_writer_with_nothing_to_do_leaves_the_disk_alone(
    journal: Journal, spool: Path, sqlite: str
) -> None:
    looks = 0

    class Watched(JournalReader):
        def read(self, position: Position | None, limit: int) -> tuple[list[Envelope], Position | None]:
            nonlocal looks
            looks += 1
            return super().read(position, limit)

    store = Store(sqlite)
    writer = Writer(Watched(spool), store)
    async with at_work(writer):
        journal.append([arrival(1)])
        assert await writer.drain(PATIENCE_S)
        before = looks
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 0.7)
        assert looks - before <= 1
    await store.close()


async def test_after_a_crash_between_commit_and_forget_nothing_is_doubled(
    journal: Journal, spool: Path, sqlite: str
) -> None:
    journal.append([arrival(1), offer(2, "run1-1")])
    journal.append([offer(3, "run1-1")])
    store = Store(sqlite)
    await store.open()
    first, position = JournalReader(spool).read(None, 2)
    assert position is not None
    await store.write(first, position)
    await store.write(first, Position("gone-000001.jsonl", 7))  # as if the cursor had never been stored
    writer = Writer(JournalReader(spool), store)
    async with at_work(writer):
        assert await writer.drain(PATIENCE_S)
    call = await store.call(CallId("run1-1"))
    assert call is not None
    assert call.offers_made == 2
    assert await stored(sqlite) == [1, 2, 3]
    await store.close()


async def test_a_later_run_first_finishes_what_the_earlier_one_left(spool: Path, sqlite: str) -> None:
    for run in ("run1", "run2"):
        journal = Journal(spool, run)
        journal.append([arrival(seq, run) for seq in range(1, 6)])
        journal.close()
    store = Store(sqlite)
    writer = Writer(JournalReader(spool), store)
    async with at_work(writer):
        assert await writer.drain(PATIENCE_S)
    assert await stored(sqlite, "run1") == await stored(sqlite, "run2") == [1, 2, 3, 4, 5]
    await store.close()


@pytest.mark.usefixtures("quick")
async def test_sqlite_locked_by_somebody_else_for_a_while_costs_nothing(
    journal: Journal, spool: Path, sqlite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = {**database.CONNECT_ARGS["sqlite+aiosqlite"], "timeout": 0.1}
    monkeypatch.setitem(database.CONNECT_ARGS, "sqlite+aiosqlite", impatient)
    store = Store(sqlite)
    writer = Writer(JournalReader(spool), store)
    async with at_work(writer):
        journal.append([arrival(1)])
        assert await writer.drain(PATIENCE_S)
        intruder = sqlite3.connect(tmp_path / "callwright.db", isolation_level=None)
        intruder.execute("BEGIN IMMEDIATE")
        for seq in range(2, 50):
            journal.append([arrival(seq)])
            writer.notify()
        await until(lambda: writer.status.state is WriterState.UNREACHABLE)
        assert "locked" in str(writer.status.reason)
        intruder.execute("ROLLBACK")
        intruder.close()
        await until(lambda: writer.status.state is WriterState.OK)
    assert await stored(sqlite) == list(range(1, 50))
    await store.close()


@pytest.mark.usefixtures("quick")
async def test_an_engine_that_starts_without_its_database_writes_once_there_is_one(
    journal: Journal, spool: Path, tmp_path: Path
) -> None:
    place = tmp_path / "not-yet"
    url = f"sqlite+aiosqlite:///{place / 'callwright.db'}"
    store = Store(url)
    writer = Writer(JournalReader(spool), store)
    async with at_work(writer):
        journal.append([arrival(seq) for seq in range(1, 20)])
        writer.notify()
        await until(lambda: writer.status.state is WriterState.UNREACHABLE)
        status = writer.status
        assert "unable to open database file" in str(status)
        assert status.since is not None
        assert status.behind_bytes > 0
        assert not await writer.drain(0.05)
        with pytest.raises(StoreUnavailable):
            await store.calls(1)
        place.mkdir()
        await until(lambda: writer.status.state is WriterState.OK)
        assert writer.status.since is None
    assert await stored(url) == list(range(1, 20))
    await store.close()


async def test_pauses_grow_while_the_database_is_away(
    journal: Journal, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = list[float]()

    async def at_once(event: asyncio.Event, timeout_s: float) -> bool:
        pauses.append(timeout_s)
        await asyncio.sleep(0)
        return False

    monkeypatch.setattr(writer_module, "_until", at_once)
    store = Store("sqlite+aiosqlite:////no/such/place/callwright.db")
    writer = Writer(JournalReader(spool), store)
    async with at_work(writer):
        await until(lambda: len(pauses) >= 8)
    assert pauses[:8] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]
    await store.close()


@pytest.mark.postgres
@pytest.mark.usefixtures("quick")
async def test_postgresql_stopped_and_started_again_has_everything_once(
    journal: Journal, spool: Path
) -> None:
    with running(PrivatePostgres()) as server:
        assert isinstance(server, PrivatePostgres)
        url = await server.new_database()
        store = Store(url)
        writer = Writer(JournalReader(spool), store)

        def happen(first: int, last: int) -> None:
            for seq in range(first, last + 1):
                journal.append([arrival(seq)] if seq % 2 else [offer(seq, f"run1-{seq - 1}")])
                writer.notify()

        async with at_work(writer):
            happen(1, 500)
            await until(lambda: writer.status.behind_bytes < 30_000)
            await asyncio.to_thread(server.stop)  # in the middle of writing
            happen(501, 1_000)
            await until(lambda: writer.status.state is WriterState.UNREACHABLE)
            assert writer.status.behind_bytes > 0
            assert "secret" not in str(writer.status)
            happen(1_001, 1_500)
            await asyncio.to_thread(server.start)
            await until(lambda: writer.status.state is WriterState.OK)
        assert await stored(url) == list(range(1, 1_501))
        latest = await store.calls(500)
        earliest = await store.calls(500, (latest[-1].arrived_at, latest[-1].call_id))
        assert [call.offers_made for call in (*latest, *earliest)] == [1] * 750
        await store.close()


@pytest.mark.postgres
@pytest.mark.usefixtures("quick")
async def test_postgresql_that_hangs_for_a_while_loses_nothing(
    journal: Journal, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = {"timeout": 0.5, "command_timeout": 0.5}
    monkeypatch.setitem(database.CONNECT_ARGS, "postgresql+asyncpg", impatient)
    with running(PrivatePostgres()) as server:
        assert isinstance(server, PrivatePostgres)
        url = await server.new_database()
        store = Store(url)
        writer = Writer(JournalReader(spool), store)
        async with at_work(writer):
            journal.append([arrival(1)])
            assert await writer.drain(PATIENCE_S)
            server.freeze()
            journal.append([arrival(seq) for seq in range(2, 30)])
            writer.notify()
            await until(lambda: writer.status.state is WriterState.UNREACHABLE)
            server.thaw()
            await until(lambda: writer.status.state is WriterState.OK)
        assert await stored(url) == list(range(1, 30))
        await store.close()
