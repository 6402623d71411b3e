"""Versions of the rules: published, scheduled, taken back; floor and store in step, whatever is away."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from acd.commands import AdoptRules
from acd.events import Refused
from acd.instant import Instant, after, seconds
from cti.rulebook import NotPublished, OutOfDate, Rulebook
from cti.rules_cache import KnownRules, RulesCache
from cti.rules_document import RulesDocument, UnreadableRules, from_json
from cti.rules_history import RulesHistory
from cti.rules_version import VersionState
from cti.store import Store, StoreUnavailable
from ivr.document import DocumentError, parse_document
from tests.sim_floor import document_of

AGENTS = {"ana": {"sales": 8}}


def rules(wrap_up_s: int = 10) -> RulesDocument:
    return document_of(AGENTS, {"sales": {"requires": "sales", "wrap_up_s": wrap_up_s}})


class Desk:
    """A rulebook, a floor that does as it is told or not, and a clock that is set by hand."""

    def __init__(self, directory: Path, database: str = "rules.db") -> None:
        self.directory = directory
        self.store = Store(f"sqlite+aiosqlite:///{directory / database}")
        self.cache = RulesCache(directory)
        self.now = Instant(seconds(1_000_000))
        self.told: list[int] = []
        self.refuses: str | None = None

    async def _ask(self, command: AdoptRules) -> Refused | None:
        if self.refuses is not None:
            return Refused(reason=self.refuses)
        self.told.append(command.version)
        return None

    def book(self, written: RulesDocument | None = None) -> Rulebook:
        known = self.cache.read() or KnownRules(version=0, document=written or rules())
        return Rulebook(
            history=RulesHistory(self.store),
            cache=self.cache,
            ask=self._ask,
            now=lambda: self.now,
            people=["ana"],
            first=known,
            written=written or rules(),
            file="rules.yaml",
        )

    @asynccontextmanager
    async def at_work(self, written: RulesDocument | None = None) -> AsyncIterator[Rulebook]:
        """A rulebook that runs; in step with the store, if that can be asked."""
        book = self.book(written)
        running = asyncio.create_task(book.run())
        await until(lambda: book.in_step if self.store.ready else bool(self.told))
        yield book
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.005)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    await made.store.open()
    yield made
    await made.store.close()


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cti.rulebook.LOOK_EVERY_S", 0.02)
    monkeypatch.setattr("cti.rulebook.LONGEST_SLEEP_S", 0.02)


async def states(book: Rulebook) -> list[tuple[int, VersionState]]:
    return [(version.version, version.state) for version in await book.versions()]


async def publish(book: Rulebook, wrap_up_s: int, at: Instant | None = None) -> int:
    base = await book.latest()
    version = await book.publish(rules(wrap_up_s), author="zoe", comment="", base=base, at=at)
    return version.version


async def test_the_file_becomes_the_first_version(desk: Desk) -> None:
    async with desk.at_work() as book:
        assert await states(book) == [(1, VersionState.IN_FORCE)]
        assert book.in_force == KnownRules(version=1, document=rules())
        assert desk.told == [0, 1]
    assert desk.cache.read() == book.in_force


async def test_what_the_store_says_wins_over_the_file(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    async with desk.at_work() as book:
        assert await publish(book, 20) == 2
    RulesCache(desk.directory)._path.unlink()
    with caplog.at_level(logging.INFO):
        async with desk.at_work(rules(30)) as book:
            assert book.in_force == KnownRules(version=2, document=rules(20))
    (line,) = [record.message for record in caplog.records if "rules.yaml" in record.message]
    assert line == (
        "rules.yaml holds rules that were never published; version 2 is in force. "
        "To publish it: callwright rules apply rules.yaml"
    )


async def test_a_file_that_was_overtaken_is_told_by_its_number(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk.at_work() as book:
        await publish(book, 20)
        assert "rules.yaml" not in caplog.text
    async with desk.at_work():
        assert "rules.yaml is version 1; version 2 is in force" in caplog.text


async def test_without_the_database_the_last_rules_stay_in_force(desk: Desk) -> None:
    async with desk.at_work() as book:
        await publish(book, 20)
    await desk.store.close()
    desk.told.clear()
    async with desk.at_work(rules(30)) as book:
        assert book.in_force == KnownRules(version=2, document=rules(20))
        with pytest.raises(StoreUnavailable):
            await publish(book, 40)
        await desk.store.open()
        await until(lambda: book.in_step)
        assert desk.told == [2]
        assert await publish(book, 40) == 3


async def test_of_two_who_change_the_same_version_the_second_is_told(desk: Desk) -> None:
    async with desk.at_work() as book:
        await book.publish(rules(20), author="zoe", comment="", base=1)
        with pytest.raises(OutOfDate, match="the latest version is 2; this change was made for version 1"):
            await book.publish(rules(30), author="yan", comment="", base=1)
        assert book.in_force.version == 2


async def test_of_many_at_once_one_succeeds(desk: Desk) -> None:
    async with desk.at_work() as book:
        came = await asyncio.gather(
            *(book.publish(rules(n), author="zoe", comment="", base=1) for n in range(20, 30)),
            return_exceptions=True,
        )
        assert sum(isinstance(each, OutOfDate) for each in came) == 9
        assert len(await states(book)) == 2


async def test_rules_the_floor_refuses_decide_nothing(desk: Desk) -> None:
    async with desk.at_work() as book:
        desk.refuses = "3 callers in support"
        with pytest.raises(NotPublished, match="3 callers in support"):
            await publish(book, 20)
        assert await states(book) == [(2, VersionState.CANCELLED), (1, VersionState.IN_FORCE)]
        assert book.in_force.version == 1


async def test_a_scheduled_version_comes_when_its_time_has_come(desk: Desk) -> None:
    async with desk.at_work() as book:
        await publish(book, 20, at=after(desk.now, seconds(60)))
        await asyncio.sleep(0.1)
        assert await states(book) == [(2, VersionState.SCHEDULED), (1, VersionState.IN_FORCE)]
        desk.now = after(desk.now, seconds(61))
        await until(lambda: book.in_force.version == 2)
        await publish(book, 30)  # by then the history knows it too
        assert (await states(book))[1:] == [(2, VersionState.REPLACED), (1, VersionState.REPLACED)]
        assert book.in_force.document == rules(30)


async def test_a_schedule_survives_a_restart(desk: Desk) -> None:
    async with desk.at_work() as book:
        await publish(book, 20, at=after(desk.now, seconds(60)))
    desk.now = after(desk.now, seconds(3600))  # its time came while nobody was there
    async with desk.at_work() as book:
        await until(lambda: book.in_force == KnownRules(version=2, document=rules(20)))


async def test_a_version_that_cannot_come_yet_waits_and_says_why(desk: Desk) -> None:
    async with desk.at_work() as book:
        await publish(book, 20, at=after(desk.now, seconds(60)))
        desk.now, desk.refuses = after(desk.now, seconds(61)), "3 callers in support"
        await until(lambda: book.waits_because == {2: "3 callers in support"})
        desk.refuses = None
        await until(lambda: (book.waits_because, book.in_force.version) == ({}, 2))


async def test_a_scheduled_version_can_be_taken_back(desk: Desk) -> None:
    async with desk.at_work() as book:
        await publish(book, 20, at=after(desk.now, seconds(60)))
        assert (await book.cancel(2)).state is VersionState.CANCELLED
        for version, why in ((2, "is cancelled, not scheduled"), (1, "is in force"), (9, "there is no")):
            with pytest.raises(NotPublished, match=why):
                await book.cancel(version)
        desk.now = after(desk.now, seconds(61))
        await asyncio.sleep(0.1)
        assert book.in_force.version == 1


async def test_to_roll_back_is_to_publish_the_old_document_anew(desk: Desk) -> None:
    async with desk.at_work() as book:
        await publish(book, 20)
        back = await book.roll_back(1, author="zoe", comment="", base=2)
        assert (back.version, back.state, back.comment) == (3, VersionState.IN_FORCE, "back to version 1")
        assert book.in_force.document == rules()
        with pytest.raises(NotPublished, match="there is no version 9"):
            await book.roll_back(9, author="zoe", comment="", base=3)


async def test_a_document_is_read_for_this_house(desk: Desk) -> None:
    book = desk.book()
    with pytest.raises(DocumentError, match=r"my\.yaml:1: agents\.bne: the configuration has no agent 'bne'"):
        book.read(parse_document(b"agents: {bne: {}}\nqueues: []", "my.yaml"))


def test_a_cache_that_is_damaged_is_none(tmp_path: Path) -> None:
    cache = RulesCache(tmp_path)
    assert cache.read() is None
    cache.write(KnownRules(version=3, document=rules()))
    assert cache.read() == KnownRules(version=3, document=rules())
    for damaged in ("", "[]", "{}", '{"version": 1, "document": "{}"}', "\xff"):
        cache._path.write_text(damaged, encoding="latin-1")
        assert cache.read() is None


def test_a_document_of_another_version_of_ours_is_said_to_be_one() -> None:
    with pytest.raises(UnreadableRules, match="quues: Extra inputs"):
        from_json('{"quues": [], "queues": []}')
