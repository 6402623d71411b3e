"""The rulebook: which version of the rules is in force, which will be, and how a new one gets there.

The floor decides by what it was last told; the store remembers what was published. This keeps the two in
step, also when the database comes late or goes away: then the rules last in force stay in force.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence

from acd.commands import AdoptRules
from acd.events import Refused
from acd.instant import Instant, Span, in_seconds
from cti.rules_cache import KnownRules, RulesCache
from cti.rules_document import RulesDocument, UnreadableRules, from_json, rules_in, to_json
from cti.rules_history import MOST_VERSIONS, RulesHistory, VersionTaken
from cti.rules_version import RulesVersion, VersionState, digest_of
from cti.runtime import InboxFull
from cti.store import StoreUnavailable
from ivr.document import Document, DocumentError, Problem

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
"""How long a version that could not be adopted, or a database that is away, waits for the next attempt."""
SHORTEST_PAUSE_S = 0.1
"""The first pause at a start: the database is opened at the same time."""
LONGEST_SLEEP_S = 60.0
"""Schedules are told in UTC, and the system's clock may be corrected meanwhile."""


class NotPublished(Exception):
    """A version was not published, or is not in force; the text says why."""


class OutOfDate(NotPublished):
    """Somebody published another version since the one this change was made for."""


class Rulebook:
    """The versions of one engine. Whoever publishes waits for another who does."""

    def __init__(
        self,
        *,
        history: RulesHistory,
        cache: RulesCache,
        ask: Callable[[AdoptRules], Awaitable[Refused | None]],
        now: Callable[[], Instant],
        people: Sequence[str],
        first: KnownRules,
        written: RulesDocument | None,
        file: str,
        misfits: Callable[[RulesDocument], Iterable[Problem]] = lambda _: (),
    ) -> None:
        """``first`` is what the floor was made with; ``written`` what stands in ``file``, None when that is
        no rules document. ``misfits`` tells what of a document does not fit the rest of the house."""
        self._history, self._cache, self._ask, self._now = history, cache, ask, now
        self._people, self._file, self._written, self._misfits = people, file, written, misfits
        self.in_force = first
        """What the floor decides by."""
        self.in_step = False
        """Whether the store was asked what is in force."""
        self.waits_because: dict[int, str] = {}
        """Why versions whose time has come are not in force yet."""
        self._next: Instant | None = None
        self._one_at_a_time = asyncio.Lock()
        self._changed = asyncio.Event()

    # -- what is told -----------------------------------------------------------------------------

    async def versions(self, limit: int = MOST_VERSIONS, before: int | None = None) -> list[RulesVersion]:
        """What was published, the latest first."""
        return await self._history.versions(limit, before)

    async def version(self, version: int) -> RulesVersion | None:
        """One published version."""
        return await self._history.version(version)

    async def scheduled(self) -> list[RulesVersion]:
        """Versions still to come into force, the next one first."""
        return await self._history.scheduled()

    async def latest(self) -> int:
        """The number of the latest version, whatever became of it; 0 when there is none."""
        async with self._one_at_a_time:
            return await self._latest()

    async def _latest(self) -> int:
        if not self.in_step:
            await self._take_stock()  # else somebody is told of no version, a moment before there is one
        return await self._last_number()

    async def _last_number(self) -> int:
        return next((version.version for version in await self._history.versions(1)), 0)

    def read(self, document: Document) -> RulesDocument:
        """The rules a parsed document writes.

        Raises:
            DocumentError: it is wrong, or does not fit the house; every problem names its line.
        """
        rules = rules_in(document, self._people)
        problems = [*self._misfits(rules)]
        if problems:
            raise DocumentError(problems)
        return rules

    # -- what is done -----------------------------------------------------------------------------

    async def publish(
        self, rules: RulesDocument, *, author: str, comment: str, base: int, at: Instant | None = None
    ) -> RulesVersion:
        """Publish rules: to be in force at once, or from ``at`` on. ``base`` is the latest version known to
        whoever made them.

        Raises:
            OutOfDate: there is a later one.
            NotPublished: the floor refused them; they stay in the history as cancelled.
            StoreUnavailable: nothing was published, or it is not known whether it was.
        """
        async with self._one_at_a_time:
            latest = await self._latest()
            if base != latest:
                raise OutOfDate(f"the latest version is {latest}; this change was made for version {base}")
            now = self._now()
            fresh = RulesVersion(
                version=latest + 1,
                at=now,
                author=author,
                comment=comment,
                document=to_json(rules),
                scheduled_for=at or now,
            )
            try:
                await self._history.publish(fresh)
            except VersionTaken as taken:
                raise OutOfDate(str(taken)) from None
            if at is not None and at > now:
                self._changed.set()
            elif (why := await self._adopt(fresh)) is not None:
                await self._history.cancel(fresh.version)
                raise NotPublished(why)
            return await self._history.version(fresh.version) or fresh

    async def roll_back(
        self, version: int, *, author: str, comment: str, base: int, at: Instant | None = None
    ) -> RulesVersion:
        """Publish an old version's document anew.

        Raises:
            NotPublished: there is no such version, or its document does not fit the house any more; and as
                :meth:`publish` does.
        """
        old = await self._history.version(version)
        if old is None:
            raise NotPublished(f"there is no version {version}")
        try:
            rules = from_json(old.document)
        except UnreadableRules as unreadable:
            raise NotPublished(f"version {version} cannot be read any more: {unreadable}") from None
        problems = [*(misfit.message for misfit in rules.misfits_with(self._people))]
        problems += [str(problem) for problem in self._misfits(rules)]
        if problems:
            raise NotPublished(f"version {version} does not fit any more: {'; '.join(problems)}")
        comment = comment or f"back to version {version}"
        return await self.publish(rules, author=author, comment=comment, base=base, at=at)

    async def cancel(self, version: int) -> RulesVersion:
        """A scheduled version will not be adopted.

        Raises:
            NotPublished: it is not scheduled.
            StoreUnavailable: see there.
        """
        async with self._one_at_a_time:
            cancelled = await self._history.cancel(version)
            known = await self._history.version(version)
        if known is None:
            raise NotPublished(f"there is no version {version}")
        if not cancelled:
            raise NotPublished(f"version {version} is {known.state.replace('_', ' ')}, not scheduled")
        self.waits_because.pop(version, None)
        return known

    # -- what goes on -----------------------------------------------------------------------------

    async def run(self) -> None:
        """Bring floor and store in step, then adopt what is scheduled in its time; until cancelled."""
        for what in (self._begin, self._take_stock):
            pause = SHORTEST_PAUSE_S
            while not await self._settled(what):
                await self._rest(pause)
                pause = min(2 * pause, LOOK_EVERY_S)
        while True:
            done = await self._settled(self._adopt_what_is_due)
            await self._rest(self._until_next() if done else LOOK_EVERY_S)

    async def _rest(self, pause_s: float) -> None:
        try:
            async with asyncio.timeout(pause_s):
                await self._changed.wait()
        except TimeoutError:
            pass
        self._changed.clear()

    async def _settled(self, what: Callable[[], Awaitable[bool]]) -> bool:
        """Whether it could be done; if not, it is tried again."""
        try:
            async with self._one_at_a_time:
                return await what()
        except (StoreUnavailable, InboxFull) as error:
            log.debug("the rules wait: %s", error)
            return False

    async def _begin(self) -> bool:
        """Tell the floor what it decides by already, so that the journal knows by what this run begins."""
        why = await self._tell_the_floor(self.in_force)
        assert why is None, f"the floor refuses the rules it was made with: {why}"
        return True

    async def _take_stock(self) -> bool:
        """What the store says is in force wins; a store that knows no rules is told ours."""
        if self.in_step:
            return True  # somebody who asked for it came first
        stored = await self._history.in_force()
        if stored is None:
            await self._publish_first()
        elif stored.version != self.in_force.version or stored.document != self.in_force.text:
            why = await self._adopt(stored)
            if why is not None:
                self._waits(stored, why)
                return False
        await self._compare_with_file()
        self.in_step = True
        return True

    async def _publish_first(self) -> None:
        now = self._now()
        first = RulesVersion(
            version=await self._last_number() + 1,
            at=now,
            author="callwright",
            comment=f"{self._file}, at the first start" if not self.in_force.version else "last in force",
            document=self.in_force.text,
            scheduled_for=now,
        )
        try:
            await self._history.publish(first)
        except VersionTaken:
            return  # by another engine on this database: the next look finds it
        await self._adopt(first)

    async def _compare_with_file(self) -> None:
        """Say so when the file holds rules that are not in force."""
        version = self.in_force.version
        if self._written is None or to_json(self._written) == self.in_force.text:
            return
        digest = digest_of(to_json(self._written))
        older = [v.version for v in await self._history.versions(MOST_VERSIONS) if v.digest == digest]
        what = f"is version {older[0]}" if older else "holds rules that were never published"
        log.warning(
            "%s %s; version %d is in force. To publish it: callwright rules apply %s",
            self._file, what, version, self._file,
        )  # fmt: skip

    async def _adopt_what_is_due(self) -> bool:
        now, self._next = self._now(), None
        for version in await self._history.scheduled():
            if version.scheduled_for > now:
                self._next = version.scheduled_for
                return True
            why = await self._adopt(version)
            if why is not None:
                self._waits(version, why)
                return False  # those after it were made to come after it
        return True

    def _waits(self, version: RulesVersion, why: str) -> None:
        if self.waits_because.get(version.version) != why:
            log.warning("version %d of the rules waits: %s", version.version, why)
        self.waits_because[version.version] = why

    def _until_next(self) -> float:
        """Seconds until a version's time has come."""
        left = LONGEST_SLEEP_S if self._next is None else in_seconds(Span(self._next - self._now()))
        return min(max(left, 0.0), LONGEST_SLEEP_S)

    async def _adopt(self, version: RulesVersion) -> str | None:
        """Have the floor decide by a version; why not, if it does not."""
        try:
            known = KnownRules(version=version.version, document=from_json(version.document))
        except UnreadableRules as unreadable:
            return f"the document cannot be read: {unreadable}"
        why = await self._tell_the_floor(known)
        if why is None:
            self.waits_because.pop(version.version, None)
            if version.state is not VersionState.IN_FORCE:
                await self._history.adopted(version.version, self._now())
            log.info("version %d of the rules is in force: %s", version.version, version.comment)
        return why

    async def _tell_the_floor(self, known: KnownRules) -> str | None:
        refused = await self._ask(AdoptRules(version=known.version, document=known.text))
        if refused is not None:
            return refused.reason
        self.in_force = known
        try:
            self._cache.write(known)
        except OSError as error:
            log.warning("the rules in force are not kept for a start without the database: %s", error)
        return None
