"""Opening a store: its tables, older ones, later ones, none; and databases that cannot be reached."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from acd.instant import Instant
from acd.ledger import WhyOwed
from cti import database
from cti.schema import metadata
from cti.store import Store, StoreUnavailable
from tests.contract.call_tape import SERVED, served_call


async def test_the_tables_are_those_of_the_code(store: Store, url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    engine = create_async_engine(url)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_of_older_refusals_their_words_say_whether_it_was_a_list(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    latest = database.command.upgrade
    before = Store(url)
    with monkeypatch.context() as patch:
        patch.setattr(database.command, "upgrade", lambda config, revision: latest(config, "0020"))
        await before.open()
    await before.close()
    told = {
        "a1": "it is 21:30 there; +331 is on the national list: register of May",
        "a2": "+331 is on the internal list",
        "a3": "+331 is on the list of campaign spring",
        "a4": "the national list was never imported, and us goes by it",
        "a5": None,
    }
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for name, why in told.items():
            columns = "attempt_id, campaign_id, number, placed_at, refused_why"
            insert = f"INSERT INTO campaign_attempts ({columns}) VALUES (:name, 'spring', '+331', 1, :why)"
            await connection.execute(text(insert), {"name": name, "why": why})
    await engine.dispose()
    after = Store(url)
    await after.open()
    async with after.transaction() as connection:
        asked = "SELECT attempt_id, refused_reasons FROM campaign_attempts ORDER BY attempt_id"
        found = [(row[0], row[1]) for row in await connection.execute(text(asked))]
    await after.close()
    assert found == [("a1", "listed"), ("a2", "listed"), ("a3", "listed"), ("a4", None), ("a5", None)]


async def test_what_older_tables_say_of_whom_we_owe_an_answer_is_taken_over(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    latest = database.command.upgrade
    before = Store(url)
    with monkeypatch.context() as patch:
        patch.setattr(database.command, "upgrade", lambda config, revision: latest(config, "0003"))
        await before.open()
    await before.close()
    engine = create_async_engine(url)
    calls = [
        ("c1", "+331", 5, "answered"),
        ("c2", "+331", 7, "abandoned"),
        ("c3", "+332", 7, "abandoned"),
        ("c4", "+332", 9, "answered"),
        ("c5", "unknown", 9, "lost"),
        ("c6", "+333", None, None),
    ]
    async with engine.begin() as connection:
        for call, caller, ended_at, outcome in calls:
            values = {"call": call, "caller": caller, "ended_at": ended_at, "outcome": outcome}
            columns = "call_id, caller, dialled, arrived_at, found, menu_keys, offers_made, ended_at, outcome"
            given = ":call, :caller, '', 1, false, '', 0, :ended_at, :outcome"
            insert = f"INSERT INTO calls ({columns}) VALUES ({given})"
            await connection.execute(text(insert), values)
    await engine.dispose()
    after = Store(url)
    await after.open()
    owed = await after.unanswered(Instant(0))
    assert [(o.caller, o.call_id, o.since, o.why, o.attempts) for o in owed] == [
        ("+331", "c2", 7, WhyOwed.ABANDONED, 1)
    ]
    await after.close()


async def test_opening_again_keeps_everything(store: Store, url: str) -> None:
    tape = served_call()
    await store.write(tape.envelopes, tape.end)
    await store.open()
    again = Store(url)
    await again.open()
    assert await again.calls(10) == [SERVED]
    await again.close()


async def test_tables_that_were_dropped_under_us_are_made_again(store: Store, url: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for table in (*metadata.tables, "alembic_version"):
            await connection.execute(text(f"DROP TABLE {table}"))
    await engine.dispose()
    tape = served_call()
    with pytest.raises(StoreUnavailable):
        await store.write(tape.envelopes, tape.end)
    assert not store.ready
    await store.open()
    await store.write(tape.envelopes, tape.end)
    assert await store.calls(10) == [SERVED]


async def test_a_database_of_a_later_version_is_left_alone(store: Store, url: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()
    with pytest.raises(StoreUnavailable, match="9999"):
        await store.open()


async def test_nothing_is_answered_before_the_store_is_open(url: str) -> None:
    store = Store(url)
    with pytest.raises(StoreUnavailable, match="not been opened"):
        await store.calls(1)
    await store.close()


@pytest.mark.parametrize(
    "unreachable",
    [
        "postgresql+asyncpg://callwright:s3cret@127.0.0.1:1/callwright",
        "sqlite+aiosqlite:////no/such/place.db",
    ],
)
async def test_an_unreachable_database_is_named_without_its_password(unreachable: str) -> None:
    store = Store(unreachable)
    with pytest.raises(StoreUnavailable) as caught:
        await store.open()
    assert unreachable.split("@")[-1] in str(caught.value)
    assert "s3cret" not in str(caught.value)
    await store.close()


@pytest.mark.parametrize("wrong", ["", "callwright.db", "mysql://host/db", "postgresql://host/db"])
def test_other_urls_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="database URL"):
        Store(wrong)


async def test_a_start_killed_between_two_tables_leaves_no_ruin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "callwright.db"
    store = Store(f"sqlite+aiosqlite:///{path}")

    def cut(*_: object) -> None:
        raise OSError("cut")

    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.create_index", cut)  # after the first table
        with pytest.raises(StoreUnavailable, match="cut"):
            await store.open()
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    connection.close()
    await store.open()
    assert await store.calls(1) == []
    await store.close()
