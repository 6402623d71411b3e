"""The shelf of flows: which version of them callers meet, and how a new one gets there.

All flows and the number plan are published together, under one number, so that nothing one flow names in
another can be missing. The store remembers what was published; the latest is what new calls meet. What lies
in the files is published when somebody says so, or, where they are watched, once a change of theirs has
rested. What is wrong with them is told, and the flows in force stay in force.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from pathlib import Path

from acd.instant import Instant
from cti.flow_diff import differences, in_short
from cti.flow_history import MOST_VERSIONS, FlowHistory, FlowsVersion
from cti.flows_cache import FlowsCache, KnownFlows
from cti.rulebook import NotPublished, OutOfDate
from cti.rules_history import VersionTaken
from cti.store import StoreUnavailable
from ivr.document import DocumentError, Problem
from ivr.flow_texts import FlowTexts, UnreadableFlows, files_in, from_json, read_texts
from ivr.loader import FlowBook

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
"""How often the files are looked at; a change that has rested for so long is taken."""
SHORTEST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0
"""Between two attempts to reach a database that is away."""
MOST_LOGGED = 20
"""Mistakes told in the log at once."""
FROM_FILES = "files"
"""The author of what was found in the files."""

Seen = tuple[tuple[str, int, int, int], ...]


class FlowShelf:
    """The versions of one engine. Whoever publishes waits for another who does."""

    def __init__(
        self,
        *,
        history: FlowHistory,
        cache: FlowsCache,
        now: Callable[[], Instant],
        first: KnownFlows,
        directory: Path,
        watched: bool,
        misfits: Callable[[FlowBook], Iterable[Problem]] = lambda _: (),
    ) -> None:
        """``first`` is what callers meet from the start; ``directory`` is where the files lie, ``watched``
        whether a change of theirs is published by itself. ``misfits`` tells what of a book does not fit the
        rest of the house."""
        self._history, self._cache, self._now = history, cache, now
        self._directory, self._watched, self._misfits = directory, watched, misfits
        self.in_force = first
        """What new calls meet."""
        self.in_step = False
        """Whether the store was asked what is in force."""
        self.file_problems: tuple[Problem, ...] = ()
        """Why what lies in the files cannot be published."""
        self._taken: Seen | None = None
        """The files as they were when they were last taken, or refused."""
        self._changing: Seen | None = None
        """The files as they were at the last look, if that was something new."""
        self._one_at_a_time = asyncio.Lock()

    # -- what is told -----------------------------------------------------------------------------

    async def versions(self, limit: int = MOST_VERSIONS, before: int | None = None) -> list[FlowsVersion]:
        """What was published, the latest first."""
        return await self._history.versions(limit, before)

    async def version(self, version: int) -> tuple[FlowsVersion, FlowTexts] | None:
        """One published version with its texts; None when there is none.

        Raises:
            NotPublished: it cannot be read any more.
        """
        found = await self._history.version(version)
        if found is None:
            return None
        try:
            return found[0], from_json(found[1])
        except UnreadableFlows as unreadable:
            raise NotPublished(f"version {version} cannot be read any more: {unreadable}") from None

    async def latest(self) -> int:
        """The number of the latest version; 0 when there is none."""
        async with self._one_at_a_time:
            return await self._latest()

    async def _latest(self) -> int:
        if not self.in_step:
            await self._take_stock()  # else somebody is told of no version, a moment before there is one
        return await self._last_number()

    async def _last_number(self) -> int:
        return next((version.version for version in await self._history.versions(1)), 0)

    async def read(self, texts: FlowTexts) -> FlowBook:
        """What texts mean, if they fit the house. Reading much takes its time, beside the callers.

        Raises:
            DocumentError: they are wrong, or do not fit; every problem names its line.
        """
        return await self._read(texts, Path())

    async def _read(self, texts: FlowTexts, beside: Path) -> FlowBook:
        book = await asyncio.to_thread(texts.book, beside=beside)
        problems = [*self._misfits(book)]
        if problems:
            raise DocumentError(problems)
        return book

    # -- what is done -----------------------------------------------------------------------------

    async def publish(self, texts: FlowTexts, *, author: str, comment: str, base: int) -> FlowsVersion:
        """Publish flows: new calls meet them at once. ``base`` is the latest version known to whoever made
        them. Texts that are in force already are not published again.

        Raises:
            DocumentError: they are wrong, or do not fit the house.
            OutOfDate: there is a later version.
            StoreUnavailable: nothing was published, or it is not known whether it was.
        """
        book = await self.read(texts)
        async with self._one_at_a_time:
            latest = await self._latest()
            if base != latest:
                raise OutOfDate(f"the latest version is {latest}; this change was made for version {base}")
            if texts.digest == self.in_force.texts.digest and latest == self.in_force.version:
                known = await self._history.version(latest)
                if known is not None:
                    return known[0]
            return await self._publish(KnownFlows(texts=texts, book=book), author, comment, latest + 1)

    async def roll_back(self, version: int, *, author: str, comment: str, base: int) -> FlowsVersion:
        """Publish an old version's texts anew.

        Raises:
            NotPublished: there is no such version, or it does not fit the house any more.
            OutOfDate, StoreUnavailable: as :meth:`publish` does.
        """
        old = await self.version(version)
        if old is None:
            raise NotPublished(f"there is no version {version}")
        try:
            comment = comment or f"back to version {version}"
            return await self.publish(old[1], author=author, comment=comment, base=base)
        except DocumentError as error:
            told = "; ".join(map(str, error.problems))
            raise NotPublished(f"version {version} does not fit any more: {told}") from None

    async def _publish(self, known: KnownFlows, author: str, comment: str, number: int) -> FlowsVersion:
        comment = comment or in_short(differences(self.in_force.book, known.book))
        fresh = FlowsVersion(
            version=number, at=self._now(), author=author, comment=comment, digest=known.texts.digest
        )
        self.in_step = False  # should this be cut short, nobody knows whether it is in the store
        try:
            await self._history.publish(fresh, known.texts.to_json())
        except VersionTaken as taken:
            raise OutOfDate(str(taken)) from None
        self._adopt(KnownFlows(texts=known.texts, book=known.book.numbered(number)))
        self.in_step = True
        log.info("version %d of the flows is in force: %s", number, comment)
        return fresh

    def _adopt(self, known: KnownFlows) -> None:
        self.in_force = known
        try:
            self._cache.write(known)
        except OSError as error:
            log.warning("the flows in force are not kept for a start without the database: %s", error)

    # -- what goes on -----------------------------------------------------------------------------

    async def run(self) -> None:
        """Bring shelf and store in step, then look at the files; until cancelled."""
        pause = SHORTEST_PAUSE_S
        while True:
            try:
                async with self._one_at_a_time:
                    await self._take_stock()
                    if self._watched or self._taken is None:
                        await self._look_at_files()
                pause = LOOK_EVERY_S
            except StoreUnavailable as error:
                log.debug("the flows wait: %s", error)
                pause = min(2 * pause, LONGEST_PAUSE_S)
            await asyncio.sleep(pause)

    def look_again(self) -> None:
        """What files must fit has changed: those that were refused are tried once more."""
        if self.file_problems:
            self._taken = ()

    async def _take_stock(self) -> None:
        """What the store says is in force wins; a store that knows no flows is told ours."""
        if self.in_step:
            return  # somebody who asked for it came first
        stored = await self._history.latest()
        if stored is None:
            comment = "last in force" if self.in_force.version else f"{self._directory}, at the first start"
            try:
                await self._publish(self.in_force, "callwright", comment, 1)
            except OutOfDate:
                raise StoreUnavailable("another engine is publishing flows") from None  # then look again
        elif stored[0].version != self.in_force.version or stored[0].digest != self.in_force.texts.digest:
            await self._take_from_store(*stored)
        self.in_step = True

    async def _take_from_store(self, version: FlowsVersion, document: str) -> None:
        try:
            texts = from_json(document)
            book = await asyncio.to_thread(texts.book, version=version.version)
        except (UnreadableFlows, DocumentError) as error:
            log.error(
                "version %d of the flows cannot be read any more; others stay in force: %s",
                version.version, error,
            )  # fmt: skip
            return
        for problem in self._misfits(book):
            log.warning("version %d of the flows: %s", version.version, problem)
        self._adopt(KnownFlows(texts=texts, book=book))
        log.info("version %d of the flows is in force: %s", version.version, version.comment)

    async def _look_at_files(self) -> None:
        """Take a change once nobody has touched the files between two looks: who saves several of them, or
        half of one, is not overtaken."""
        seen = await asyncio.to_thread(_seen, self._directory)
        if seen == self._taken:
            return
        if seen != self._changing and self._taken is not None:
            self._changing = seen
            return
        await self._take_files()
        self._taken, self._changing = seen, None

    async def _take_files(self) -> None:
        first = self._taken is None
        try:
            texts = await asyncio.to_thread(read_texts, self._directory)
            if texts.digest == self.in_force.texts.digest:
                self.file_problems = ()
                return
            book = await self._read(texts, self._directory)
        except DocumentError as error:
            self._refuse(error.problems)
            return
        self.file_problems = ()
        if first and book.meaning == self.in_force.book.meaning:
            return
        older = await self._history.latest_of(texts.digest) if first else None
        if first and (older is not None or not self._watched):
            # A restart must not publish what a later version has overtaken.
            what = f"are version {older}" if older else "were never published"
            log.warning(
                "the flows in %s %s; version %d is in force. To publish them: callwright ivr publish",
                self._directory, what, self.in_force.version,
            )  # fmt: skip
            return
        number = await self._last_number() + 1
        try:
            await self._publish(KnownFlows(texts=texts, book=book), FROM_FILES, "", number)
        except OutOfDate:
            raise StoreUnavailable("another engine is publishing flows") from None  # then look again

    def _refuse(self, problems: tuple[Problem, ...]) -> None:
        self.file_problems = problems
        log.error(
            "the flows in %s are not published; version %d stays in force:",
            self._directory,
            self.in_force.version,
        )
        for problem in problems[:MOST_LOGGED]:
            log.error("%s", problem)


def _seen(directory: Path) -> Seen:
    """The files as far as one can tell without reading them."""
    found = []
    for path in files_in(directory):
        try:
            about = path.stat()
            found.append((str(path), about.st_mtime_ns, about.st_size, about.st_ino))
        except OSError:
            found.append((str(path), 0, 0, 0))
    return tuple(found)
