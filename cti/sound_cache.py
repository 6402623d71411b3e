"""Sounds that were made once and are kept: files named by what they say, bounded in number and size.

A sound is made by one task however many callers wait for it, at most a few at a time. What was played longest
ago makes room; what may just be playing does not, so a cache full of such sounds makes no more.
"""

import asyncio
import contextlib
import logging
import os
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

Maker = Callable[[Path], Awaitable[None]]
"""Writes a sound to the path it is given; raises :class:`NoSound` when it cannot."""

Left = tuple[float, str, int]
"""A sound of an earlier run: when it was used (seconds since the epoch), its key, its size in bytes."""

IN_USE_S = 900.0
"""A sound asked for within this time may be playing, or be about to."""
TOUCH_S = 3600.0
"""How exactly the files remember, for the next start, when they were last used."""
FAILED_S = 15.0
"""So long nothing is made again that could not be made."""
MOST_WAITING = 200
"""Sounds being made, or waiting for it; one more fails at once."""
_KEPT = re.compile(r"([0-9a-f]{24})\.wav")
_DRAFT = ".draft."


class NoSound(Exception):
    """It could not be made, or not now; why."""


@dataclass(slots=True)
class _Kept:
    size: int
    used: float
    touched: float


class SoundCache:
    """The sounds of one directory. Others may add some: they are found when they are asked for."""

    def __init__(
        self, directory: Path, *, most_bytes: int, most_files: int, at_once: int, clock: Callable[[], float]
    ) -> None:
        """``clock`` gives the seconds since the epoch: files remember by it when they were used."""
        self.directory = directory
        self._most_bytes, self._most_files = most_bytes, most_files
        self._clock = clock
        self._at_once = asyncio.Semaphore(at_once)
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._bytes = 0
        self._making: dict[str, asyncio.Task[Path]] = {}
        self._failed: OrderedDict[str, tuple[float, str]] = OrderedDict()

    @property
    def size(self) -> tuple[int, int]:
        """Files and bytes kept."""
        return len(self._kept), self._bytes

    def open(self) -> None:
        """Make the directory, find what earlier runs left in it and make room.

        Raises:
            OSError: it cannot be used.
        """
        self.keep(self.left_behind())

    def left_behind(self) -> list[Left]:
        """Make the directory and tell what earlier runs left in it. Takes a while, and may be done beside
        everything else: nothing of the cache is changed.

        Raises:
            OSError: it cannot be used.
        """
        self.directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        found: list[Left] = []
        for path in self.directory.iterdir():
            if path.name.startswith(_DRAFT):
                with contextlib.suppress(FileNotFoundError):
                    if self._clock() - path.stat().st_mtime > IN_USE_S:
                        path.unlink()
            elif (named := _KEPT.fullmatch(path.name)) and path.is_file() and not path.is_symlink():
                with contextlib.suppress(FileNotFoundError):  # it may just have made room
                    status = path.stat()
                    found.append((status.st_mtime, named[1], status.st_size))
        return sorted(found)

    def keep(self, left: Sequence[Left]) -> None:
        """Count what earlier runs left, and make room. What somebody has asked for meanwhile is counted
        already, and was used last."""
        for used, key, size in reversed(left):
            if key not in self._kept:
                self._kept[key] = _Kept(size, used, used)
                self._kept.move_to_end(key, last=False)
                self._bytes += size
        self._make_room()

    async def close(self) -> None:
        """End what is being made."""
        tasks = list(self._making.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def find(self, key: str) -> Path | None:
        """A sound that is kept: it has been used now."""
        path = self._path(key)
        try:
            size = path.stat(follow_symlinks=False).st_size
        except OSError:
            if key in self._kept:  # somebody has removed it
                self._forget(key)
            return None
        if (kept := self._kept.get(key)) is None:  # somebody else has made it
            self._keep(key, size)
            return path
        kept.used = self._clock()
        self._kept.move_to_end(key)
        if kept.used - kept.touched > TOUCH_S:
            kept.touched = kept.used
            with contextlib.suppress(OSError):
                os.utime(path)
        return path

    async def get(self, key: str, make: Maker) -> Path:
        """The sound ``key``, made now if need be. A caller who gives up waiting does not stop its making.

        Raises:
            NoSound: it cannot be made, or there is no room for it.
        """
        if (path := self.find(key)) is not None:
            return path
        return await asyncio.shield(self.begin(key, make))

    def begin(self, key: str, make: Maker) -> "asyncio.Task[Path]":
        """Start making a sound that is not kept; the task is the one that makes it already, if there is one.

        Raises:
            NoSound: too many are being made, or it could not be made just before.
        """
        if (under_way := self._making.get(key)) is not None:
            return under_way
        if (failed := self._failed.get(key)) is not None and self._clock() - failed[0] < FAILED_S:
            raise NoSound(failed[1])
        if len(self._making) >= MOST_WAITING:
            raise NoSound(f"{MOST_WAITING} sounds are being made")
        task = asyncio.get_running_loop().create_task(self._make(key, make), name=f"sound {key[:8]}")
        self._making[key] = task
        task.add_done_callback(lambda done: self._made(key, done))
        return task

    async def _make(self, key: str, make: Maker) -> Path:
        draft = self.directory / f"{_DRAFT}{os.getpid()}.{key}.wav"
        async with self._at_once:
            if not self._make_room(1):
                raise NoSound("the cache is full of sounds in use")
            try:
                draft.unlink(missing_ok=True)
                await make(draft)
                size = draft.stat().st_size
                draft.chmod(0o644)  # Asterisk has a user of its own
                draft.replace(self._path(key))
            except NoSound:
                raise
            except OSError as error:
                raise NoSound(f"{self.directory}: {error.strerror}") from error
            except Exception as error:  # a bug here is no reason for anybody's call to end
                log.exception("a sound could not be made")
                raise NoSound("it could not be made") from error
            finally:
                with contextlib.suppress(OSError):
                    draft.unlink(missing_ok=True)
        if key in self._kept:
            self._forget(key)
        self._keep(key, size)
        self._make_room()
        return self._path(key)

    def _keep(self, key: str, size: int) -> None:
        now = self._clock()
        self._kept[key] = _Kept(size, now, now)
        self._bytes += size

    def _made(self, key: str, task: "asyncio.Task[Path]") -> None:
        del self._making[key]
        if task.cancelled() or (error := task.exception()) is None:
            return
        self._failed[key] = (self._clock(), str(error))
        self._failed.move_to_end(key)
        if len(self._failed) > MOST_WAITING:
            self._failed.popitem(last=False)

    def _make_room(self, files: int = 0) -> bool:
        """Remove what was used longest ago until everything, and ``files`` more, is within bounds; False when
        what is left may be in use."""
        now = self._clock()
        while self._bytes > self._most_bytes or len(self._kept) + files > self._most_files:
            key, oldest = next(iter(self._kept.items()))
            if 0 <= now - oldest.used < IN_USE_S:
                return False
            self._forget(key)
            with contextlib.suppress(OSError):
                self._path(key).unlink(missing_ok=True)
        return True

    def _forget(self, key: str) -> None:
        self._bytes -= self._kept.pop(key).size

    def _path(self, key: str) -> Path:
        return self.directory / f"{key}.wav"
