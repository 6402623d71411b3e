"""Versions of the flows: published, taken back, found in files; shelf and store in step, whatever is away."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from acd.instant import Instant, seconds
from cti.flow_history import FlowHistory
from cti.flow_shelf import FROM_FILES, FlowShelf
from cti.flows_cache import FlowsCache, KnownFlows
from cti.rulebook import NotPublished, OutOfDate
from cti.store import Store, StoreUnavailable
from ivr.document import DocumentError
from ivr.flow_texts import FlowTexts

FLOW = """\
name: main
start: choice
nodes:
  choice: {kind: menu, prompts: [digits/1], keys: {1: sales}, timeout_s: 3, retries: 0, otherwise: bye}
  sales: {kind: queue, queue: sales, refused: bye}
  bye: {kind: hangup, prompts: [goodbye]}
"""
MORE = FLOW.replace("keys: {1: sales}", "keys: {1: sales, 2: bye}")
BROKEN = FLOW.replace("otherwise: bye", "otherwise: by")


def texts(flow: str = FLOW) -> FlowTexts:
    return FlowTexts(numbers="numbers: {default: main}\n", flows={"main.yaml": flow})


class Desk:
    """A shelf beside its files, and a store that can be away."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.store = Store(f"sqlite+aiosqlite:///{directory / 'flows.db'}")
        self.cache = FlowsCache(directory)
        self.writes(texts())

    def writes(self, written: FlowTexts) -> None:
        """Somebody saves the files."""
        (self.directory / "flows").mkdir(exist_ok=True)
        (self.directory / "numbers.yaml").write_text(written.numbers)
        for name, text in written.flows.items():
            (self.directory / "flows" / name).write_text(text)

    def shelf(self, *, watched: bool = True, first: FlowTexts | None = None) -> FlowShelf:
        made = first or texts()
        return FlowShelf(
            history=FlowHistory(self.store),
            cache=self.cache,
            now=lambda: Instant(seconds(1_000_000)),
            first=self.cache.read() or KnownFlows(texts=made, book=made.book()),
            directory=self.directory,
            watched=watched,
            misfits=lambda book: book.unknown_queues(["sales"]),
        )

    @asynccontextmanager
    async def at_work(
        self, *, watched: bool = True, first: FlowTexts | None = None
    ) -> AsyncIterator[FlowShelf]:
        """A shelf that runs; in step with the store and the files, if the store can be asked."""
        shelf = self.shelf(watched=watched, first=first)
        running = asyncio.create_task(shelf.run())
        if self.store.ready:
            await until(lambda: shelf._taken is not None)
        yield shelf
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
    for pause in ("LOOK_EVERY_S", "SHORTEST_PAUSE_S", "LONGEST_PAUSE_S"):
        monkeypatch.setattr(f"cti.flow_shelf.{pause}", 0.02)


async def publish(shelf: FlowShelf, flow: str = MORE) -> int:
    base = await shelf.latest()
    return (await shelf.publish(texts(flow), author="zoe", comment="", base=base)).version


async def test_the_files_become_the_first_version(desk: Desk) -> None:
    async with desk.at_work() as shelf:
        assert (shelf.in_force.version, shelf.in_force.texts) == (1, texts())
        (first,) = await shelf.versions()
        assert (first.version, first.author) == (1, "callwright")
    known = desk.cache.read()
    assert known is not None
    assert (known.version, known.texts) == (1, texts())


async def test_what_is_published_is_met_at_once_and_said_in_words(desk: Desk) -> None:
    async with desk.at_work() as shelf:
        assert await publish(shelf) == 2
        assert shelf.in_force.book.version == 2
        assert "2" in str(shelf.in_force.book.flows["main"].flow)
        (second, _) = await shelf.versions()
        assert second.comment == "flow main: nodes.choice.keys.2 added: bye"
        assert await publish(shelf) == 2  # in force already
        assert await publish(shelf, "# ours\n" + MORE) == 3
        assert (await shelf.versions(1))[0].comment == "nothing that callers meet"


async def test_a_change_of_the_files_is_taken_once_it_has_rested(desk: Desk) -> None:
    async with desk.at_work() as shelf:
        desk.writes(texts(MORE))
        await until(lambda: shelf.in_force.version == 2)
        assert (await shelf.versions(1))[0].author == FROM_FILES
        desk.writes(texts(FLOW))  # back again, by hand
        await until(lambda: shelf.in_force.version == 3)
        assert shelf.in_force.texts == texts()


async def test_mistakes_in_the_files_are_told_and_change_nothing(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk.at_work() as shelf:
        desk.writes(texts(BROKEN))
        await until(lambda: bool(shelf.file_problems))
        told = f"{desk.directory}/flows/main.yaml:4: nodes.choice.otherwise: no node is called 'by'"
        assert str(shelf.file_problems[0]).startswith(told)
        assert told in caplog.text
        assert shelf.in_force.version == 1
        desk.writes(texts(FLOW.replace("queue: sales", "queue: sails")))
        await until(lambda: "no queue is called 'sails'" in str(shelf.file_problems[0]))
        (desk.directory / "flows" / "main.yaml").unlink()
        await until(lambda: "holds 0 flows" in str(shelf.file_problems[0]))
        desk.writes(texts(MORE))
        await until(lambda: shelf.in_force.version == 2)
        assert shelf.file_problems == ()


async def test_files_that_did_not_fit_are_tried_again_when_the_rules_have_changed(desk: Desk) -> None:
    async with desk.at_work() as shelf:
        desk.writes(texts(FLOW.replace("queue: sales", "queue: support")))
        await until(lambda: bool(shelf.file_problems))
        shelf._misfits = lambda book: book.unknown_queues(["sales", "support"])
        shelf.look_again()
        await until(lambda: shelf.in_force.version == 2)
        assert shelf.file_problems == ()
        await shelf.roll_back(1, author="zoe", comment="", base=2)
        shelf.look_again()  # nothing was refused: what was taken back stays so
        await asyncio.sleep(0.1)
        assert shelf.in_force.version == 3


async def test_files_nobody_watches_are_published_by_hand_only(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk.at_work(watched=False) as shelf:
        desk.writes(texts(MORE))
        await asyncio.sleep(0.1)
        assert shelf.in_force.version == 1
    async with desk.at_work(watched=False) as shelf:
        assert shelf.in_force.version == 1
        assert "were never published; version 1 is in force. To publish them: callwright ivr publish" in (
            caplog.text
        )


async def test_what_was_written_while_the_engine_was_away_is_taken_if_it_is_watched(desk: Desk) -> None:
    async with desk.at_work():
        pass
    desk.writes(texts(MORE))
    async with desk.at_work() as shelf:
        await until(lambda: shelf.in_force.version == 2)


async def test_a_restart_does_not_publish_what_a_later_version_has_overtaken(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk.at_work() as shelf:
        await publish(shelf)  # over HTTP: the files stay as they are
    async with desk.at_work() as shelf:
        assert shelf.in_force.version == 2
        assert f"the flows in {desk.directory} are version 1; version 2 is in force" in caplog.text


async def test_to_go_back_is_to_publish_the_old_texts_anew(desk: Desk) -> None:
    async with desk.at_work() as shelf:
        await publish(shelf)
        back = await shelf.roll_back(1, author="zoe", comment="", base=2)
        assert (back.version, back.comment) == (3, "back to version 1")
        assert shelf.in_force.texts == texts()
        with pytest.raises(NotPublished, match="there is no version 9"):
            await shelf.roll_back(9, author="zoe", comment="", base=3)


async def test_an_old_version_that_fits_no_more_stays_where_it_is(desk: Desk) -> None:
    async with desk.at_work() as shelf:
        await publish(shelf)
        shelf._misfits = lambda book: book.unknown_queues(["support"])
        with pytest.raises(NotPublished, match=r"version 1 does not fit any more: .*'sales'"):
            await shelf.roll_back(1, author="zoe", comment="", base=2)
        with pytest.raises(DocumentError, match="no queue is called 'sales'"):
            await shelf.publish(texts("# x\n" + FLOW), author="zoe", comment="", base=2)


async def test_of_many_who_change_the_same_version_one_succeeds(desk: Desk) -> None:
    async with desk.at_work() as shelf:
        came = await asyncio.gather(
            *(shelf.publish(texts(f"# {n}\n{FLOW}"), author="zoe", comment="", base=1) for n in range(10)),
            return_exceptions=True,
        )
        assert sum(isinstance(each, OutOfDate) for each in came) == 9
        assert len(await shelf.versions()) == 2


async def test_without_the_database_the_last_flows_are_met_and_nothing_is_published(desk: Desk) -> None:
    async with desk.at_work() as shelf:
        await publish(shelf)
    await desk.store.close()
    desk.writes(texts("# later\n" + MORE))
    async with desk.at_work() as shelf:
        assert (shelf.in_force.version, shelf.in_force.texts) == (2, texts(MORE))
        with pytest.raises(StoreUnavailable):
            await publish(shelf, FLOW)
        await desk.store.open()
        assert await publish(shelf, FLOW) == 3


async def test_a_publication_cut_short_is_found_in_the_store(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk.at_work() as shelf:
        kept = FlowHistory.publish

        async def keeps_and_is_cut(*args: object) -> None:
            await kept(*args)  # type: ignore[arg-type]
            raise StoreUnavailable("the answer was lost")

        monkeypatch.setattr(FlowHistory, "publish", keeps_and_is_cut)
        with pytest.raises(StoreUnavailable):
            await publish(shelf)
        await until(lambda: shelf.in_force.version == 2)
        assert shelf.in_force.texts == texts(MORE)


async def test_what_the_store_says_wins_and_what_cannot_be_read_stays_out_of_force(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk.at_work() as shelf:
        await publish(shelf)
    desk.cache._path.unlink()
    async with desk.at_work(first=texts(FLOW)) as shelf:
        assert shelf.in_force.version == 2
        document = texts(BROKEN).to_json()  # as a later release of ours may have written it
        (latest,) = await shelf.versions(1)
        object.__setattr__(latest, "version", 3)
        await FlowHistory(desk.store).publish(latest, document)
    with caplog.at_level(logging.ERROR):
        async with desk.at_work() as shelf:
            assert shelf.in_force.version == 2
            assert "version 3 of the flows cannot be read any more; others stay in force" in caplog.text
            assert await publish(shelf, FLOW) == 4


def test_a_cache_that_is_damaged_is_none(tmp_path: Path) -> None:
    cache = FlowsCache(tmp_path)
    assert cache.read() is None
    for damaged in ("", "[]", "{}", '{"version": 1, "document": "{}"}', "\xff"):
        cache._path.write_text(damaged, encoding="latin-1")
        assert cache.read() is None
