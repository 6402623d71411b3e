"""Keeps what callers leave: makes room for it, takes it in, and lets go of it in time.

The files are the truth. Whatever went wrong (the engine was killed while somebody spoke, the link was away
when he hung up), a file that nobody told of is found by the next sweep.
"""

import asyncio
import contextlib
import logging
import os
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acd.call import UNKNOWN_CALLER
from acd.call_events import CallEnded
from acd.customer import Party
from acd.ids import CallId
from acd.instant import MICROSECONDS_PER_SECOND, Instant, in_seconds
from acd.message import Mailbox, MessageId, MessageKind, MessageState
from acd.message_signals import MessageAsked, MessageHandled, MessageTakenIn
from acd.overflow_rules import Way
from acd.queue_events import CallSentAway
from cti.config_messages import MessagesConfig
from cti.envelope import Envelope
from cti.media_place import MediaPlace, MediaPlaceError
from cti.message_files import SUFFIXES, Content, content_of, name_for, named
from cti.message_rows import MessageRecord
from cti.message_store import MOST_ON_A_PAGE, MessageStore
from cti.runtime import Runtime
from cti.store import StoreUnavailable
from ivr.keeper import Kept, NoRoom, Room

log = logging.getLogger(__name__)

SWEEP_S = 60.0
"""How often files are looked for that nobody told of, and messages whose time is over."""
SETTLED_S = 30.0
"""A file nobody has written to for so long is whole, if its call is over."""
ABANDONED_S = 3600.0
"""The same for one whose call still lives: a page may take long."""
MOST_REMEMBERED = 10_000
"""Messages under way, or just taken in, whose callers are remembered."""
GENERAL = Mailbox("general")
"""For messages of callers who were in no queue, and named no mailbox."""
RETENTION = "retention"
"""Who deletes what has been kept for long enough."""
_DAY = 86_400 * MICROSECONDS_PER_SECOND


@dataclass(frozen=True, slots=True)
class _Whose:
    """Whom a message is of, and for."""

    party: Party
    mailbox: Mailbox | None


class Keeper:
    """Implements :class:`ivr.keeper.Keeper`."""

    def __init__(
        self,
        *,
        place: Callable[[], MediaPlace],
        runtime: Runtime,
        index: MessageStore,
        limits: MessagesConfig,
    ) -> None:
        """``place`` says where the files are, again at each use: Asterisk may be started after us."""
        self._place, self._runtime, self._limits = place, runtime, limits
        self.index = index
        """The messages taken in."""
        self._under_way: OrderedDict[str, _Whose] = OrderedDict()
        """By call (whom a queue sent to leave one) or by message."""
        self._told: OrderedDict[MessageId, None] = OrderedDict()
        """Taken in lately: the index learns of them a little later."""
        self._work: set[asyncio.Task[None]] = set()

    # -- for flows -------------------------------------------------------------------------------

    async def make_room(self, *, call_id: str, kind: MessageKind, mailbox: str | None) -> Room | NoRoom:
        """Room for what a caller is about to leave."""
        name = name_for(CallId(call_id), None if mailbox is None else Mailbox(mailbox), secrets.token_hex(8))
        if name is None:
            return NoRoom(reason=f"no file can be named after call {call_id!r} and mailbox {mailbox!r}")
        try:
            place = self._place()
            full = await asyncio.to_thread(self._full, self._directory(place, kind))
            file = place.for_asterisk(self._directory(place, kind) / name)
        except (MediaPlaceError, OSError) as error:
            full, file = str(error), ""
        if full is not None:
            log.error("call %s: no room for a %s: %s", call_id, kind.value, full)
            return NoRoom(reason=full)
        self._remember(name, self._whose(CallId(call_id), Mailbox(mailbox) if mailbox else None))
        self._runtime.post(MessageAsked(call_id=CallId(call_id), kind=kind))
        return Room(message_id=name, file=file)

    async def take_in(self, *, message_id: str, kind: MessageKind) -> Kept | None:
        """What a caller has left; nothing is kept of one who said nothing."""
        name = MessageId(message_id)
        whose = self._under_way.pop(name, None)
        said = named(name)
        if said is None:
            return None
        content = await self._take(name, kind, whose or self._whose(said.call_id, said.mailbox))
        if content is None:
            return None
        seconds = None if content.length is None else in_seconds(content.length)
        return Kept(seconds=seconds, pages=content.pages)

    # -- for queues ------------------------------------------------------------------------------

    def on_step(self, step: Sequence[Envelope]) -> None:
        """Whom a queue sent to leave a message has hung up: it is there."""
        for envelope in step:
            match envelope.message:
                case CallSentAway(way=Way.VOICEMAIL) as sent:
                    self._remember(sent.call_id, self._whose(sent.call_id, Mailbox(sent.queue_id)))
                case CallEnded(call_id=call_id) if call_id in self._under_way:
                    whose = self._under_way.pop(call_id)
                    self._in_background(self._collect(MessageId(call_id), whose))
                case _:
                    pass

    async def _collect(self, name: MessageId, whose: _Whose) -> None:
        await self._take(name, MessageKind.VOICEMAIL, whose)

    # -- for whoever looks after them ------------------------------------------------------------

    def file(self, record: MessageRecord) -> Path:
        """Where a message's file is.

        Raises:
            MediaPlaceError: nobody knows where Asterisk keeps its files.
        """
        return self._path(record.message_id, record.kind)

    async def mark(self, message_id: MessageId, state: MessageState, by: str) -> MessageRecord | None:
        """Somebody has come so far with a message; what it is now, None when there is none of that name.

        Raises:
            StoreUnavailable: the database is away; nothing has changed.
        """
        record = await self.index.mark(message_id, state, by, self._runtime.clock.now())
        if record is not None:
            self._tell(record, by)
        return record

    async def delete(self, message_id: MessageId, by: str) -> MessageRecord | None:
        """Remove a message and its file; what it was, None when there was none of that name.

        Raises:
            StoreUnavailable: the database is away; it is still listed, its file may be gone.
            MediaPlaceError, OSError: the file cannot be removed; nothing has changed.
        """
        record = await self.index.get(message_id)
        if record is None:
            return None
        await asyncio.to_thread(self.file(record).unlink, missing_ok=True)
        gone = await self.index.forget(message_id)
        if gone is not None:
            self._tell(gone, by)
        return gone

    def _tell(self, record: MessageRecord, by: str) -> None:
        self._runtime.post(
            MessageHandled(
                call_id=record.call_id,
                message_id=record.message_id,
                kind=record.kind,
                mailbox=record.mailbox,
                caller=record.caller,
                customer_id=record.customer_id,
                state=record.state,
                by=by,
            )
        )

    # -- the life of the files -------------------------------------------------------------------

    async def run(self) -> None:
        """Sweep now and then, until cancelled; nothing is under way afterwards."""
        try:
            while True:
                await asyncio.sleep(SWEEP_S)
                await self.sweep()
        finally:
            for task in self._work:
                task.cancel()
            await asyncio.gather(*self._work, return_exceptions=True)

    async def sweep(self) -> None:
        """Take in what nobody told of, delete what has been kept for long enough."""
        try:
            for kind in MessageKind:
                await self._find(kind)
            await self._clear_out()
        except (StoreUnavailable, MediaPlaceError, OSError) as error:
            log.warning("messages were not looked through: %s", error)

    async def _find(self, kind: MessageKind) -> None:
        directory = self._directory(self._place(), kind)
        there = await asyncio.to_thread(_whole, directory, SUFFIXES[kind])
        live = self._runtime.tables.calls
        candidates = [
            name
            for name, age_s in there
            if name not in self._told
            and (said := named(name)) is not None
            and (said.call_id not in live or age_s >= ABANDONED_S)
        ]
        for start in range(0, len(candidates), MOST_ON_A_PAGE):
            some = candidates[start : start + MOST_ON_A_PAGE]
            known = await self.index.known(some)
            for name in some:
                if name not in known:
                    await self._adopt(name, kind)

    async def _adopt(self, name: MessageId, kind: MessageKind) -> None:
        said = named(name)
        assert said is not None, "looked at before"
        call = await self.index.call(said.call_id)
        mailbox = said.mailbox
        if mailbox is None and kind is not MessageKind.RECORDING:
            mailbox = Mailbox(call.queue_id) if call is not None and call.queue_id is not None else GENERAL
        if call is None:
            party = Party(caller=UNKNOWN_CALLER)
        else:
            party = Party(caller=call.caller, customer_id=call.customer_id)
        if await self._take(name, kind, _Whose(party, mailbox)) is not None:
            log.warning("call %s: a %s was found that nobody had told of", said.call_id, kind.value)

    async def _take(self, name: MessageId, kind: MessageKind, whose: _Whose) -> Content | None:
        try:
            path = self._path(name, kind)
            content, written_at = await asyncio.to_thread(_read, path, kind)
        except (MediaPlaceError, OSError) as error:
            if not isinstance(error, FileNotFoundError):
                log.error("message %s cannot be taken in: %s", name, error)
            return None
        said = named(name)
        if content is None or said is None:
            return None
        told = self._runtime.post(
            MessageTakenIn(
                call_id=said.call_id,
                message_id=name,
                kind=kind,
                mailbox=whose.mailbox,
                caller=whose.party.caller,
                customer_id=whose.party.customer_id,
                left_at=written_at,
                length=content.length,
                pages=content.pages,
                size=content.size,
            )
        )
        if told:  # else a sweep tells it again
            self._told[name] = None
            if len(self._told) > MOST_REMEMBERED:
                self._told.popitem(last=False)
        return content

    async def _clear_out(self) -> None:
        before = Instant(self._runtime.clock.now() - self._limits.kept_days * _DAY)
        for record in await self.index.older_than(before):
            try:
                await self.delete(record.message_id, RETENTION)
            except OSError as error:
                log.warning("message %s cannot be deleted: %s", record.message_id, error)

    # -- small things ----------------------------------------------------------------------------

    def _full(self, directory: Path) -> str | None:
        """Why nothing more fits in."""
        count = size = 0
        with os.scandir(directory) as entries:
            for entry in entries:
                count += 1
                with contextlib.suppress(FileNotFoundError):
                    size += entry.stat(follow_symlinks=False).st_size
        if count >= self._limits.most:
            return f"{count} are kept (messages.most)"
        if size >= self._limits.most_mb * 1_000_000:
            return f"they take {size // 1_000_000} MB (messages.most_mb)"
        return None

    def _whose(self, call_id: CallId, mailbox: Mailbox | None) -> _Whose:
        call = self._runtime.tables.calls.get(call_id)
        return _Whose(Party(caller=UNKNOWN_CALLER) if call is None else call.party, mailbox)

    def _remember(self, name: str, whose: _Whose) -> None:
        self._under_way[name] = whose
        if len(self._under_way) > MOST_REMEMBERED:
            self._under_way.popitem(last=False)

    def _directory(self, place: MediaPlace, kind: MessageKind) -> Path:
        match kind:
            case MessageKind.VOICEMAIL:
                return place.voicemail
            case MessageKind.RECORDING:
                return place.recordings
            case MessageKind.FAX:
                return place.fax

    def _path(self, name: MessageId, kind: MessageKind) -> Path:
        return self._directory(self._place(), kind) / f"{name}{SUFFIXES[kind]}"

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)


def _read(path: Path, kind: MessageKind) -> tuple[Content | None, Instant]:
    """What is in a file, and since when; one that holds nothing is removed."""
    written_at = Instant(path.stat().st_mtime_ns // 1000)
    content = content_of(path, kind)
    if content is None:
        path.unlink(missing_ok=True)
    return content, written_at


def _whole(directory: Path, suffix: str) -> list[tuple[MessageId, float]]:
    """The files nobody writes to any more, by name, each with its age in seconds."""
    now, found = time.time(), list[tuple[MessageId, float]]()
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                name, dot_suffix = os.path.splitext(entry.name)
                if dot_suffix == suffix and entry.is_file(follow_symlinks=False):
                    with contextlib.suppress(FileNotFoundError):
                        found.append((MessageId(name), now - entry.stat(follow_symlinks=False).st_mtime))
    except FileNotFoundError:
        return []  # Asterisk has never been started
    return sorted((name, age_s) for name, age_s in found if age_s >= SETTLED_S)
