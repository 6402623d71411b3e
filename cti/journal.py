"""The journal: every message of the engine in segment files on disk, in order, until the store has it.

One write per step of the core and no fsync on the way: what was appended is in the operating system's hands,
so a killed engine loses nothing. A power cut may cost the last seconds; whole segments are made durable when
they end. The journal is bounded and never stands in the way: when it is full, or the disk refuses, messages
are dropped and counted, the alarm is raised, and routing goes on. The hole is marked where it lies.
"""

import contextlib
import json
import logging
import os
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic

from cti.codec import CodecError, encode_envelope, envelope_from, parse, record_decoder
from cti.envelope import Envelope

log = logging.getLogger(__name__)

_MEBIBYTE = 1_048_576
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SEGMENT = re.compile(r"(?P<run>[A-Za-z0-9][A-Za-z0-9._-]{0,63})-(?P<number>[0-9]{6,12})\.jsonl")
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Position:
    """A place between two lines of the journal."""

    segment: str
    """The segment file's name."""
    offset: int
    """Bytes from the segment's start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Messages that were dropped here because the journal was full or the disk refused."""

    run: str
    first_seq: int
    last_seq: int
    lost: int
    reason: str


_decode_gap = record_decoder(Gap)


@dataclass(frozen=True, slots=True, kw_only=True)
class Torn:
    """Bytes that are no line of a journal: cut off by a crash, or damaged."""

    segment: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class _Segment:
    number: int
    name: str
    size: int


def _segments(directory: Path) -> list[_Segment]:
    """The segments there are, oldest first. Numbers go on from run to run, so they order everything."""
    found = []
    with contextlib.suppress(FileNotFoundError), os.scandir(directory) as entries:
        for entry in entries:
            if match := _SEGMENT.fullmatch(entry.name):
                with contextlib.suppress(FileNotFoundError):  # the writer just let it go
                    found.append(_Segment(int(match["number"]), entry.name, entry.stat().st_size))
    return sorted(found, key=lambda segment: segment.number)


class Journal:
    """The writing end. Only one task appends; nothing here raises because of the disk.

    Another process reads behind it and deletes what the store has: all they share is the directory.
    """

    def __init__(
        self,
        directory: Path,
        run: str,
        *,
        segment_bytes: int = 8 * _MEBIBYTE,
        total_bytes: int = 256 * _MEBIBYTE,
        sync_segments: bool = True,
        retry_s: float = 0.25,
    ) -> None:
        """A journal for one run of the engine, in ``directory``, which is made when it is missing.

        Args:
            directory: Where the segments lie; those of earlier runs stay until the store has them.
            run: Names this life of the engine; must never have been used here before.
            segment_bytes: A segment that would grow beyond this ends, and the next one begins.
            total_bytes: All segments together stay within this; beyond it messages are dropped.
            sync_segments: Whether a segment is forced to the disk when it ends (in a thread of its own).
            retry_s: How long to wait before asking a full or failing disk again.

        Raises:
            ValueError: ``run`` cannot be part of a file's name.
        """
        if not _RUN.fullmatch(run):
            raise ValueError(f"{run!r} cannot name a run: letters, digits, '.', '_', '-', at most 64")
        self._directory, self._run = directory, run
        self._segment_bytes, self._total_bytes = segment_bytes, total_bytes
        self._sync_segments, self._retry_s = sync_segments, retry_s
        self._fd: int | None = None
        self._size, self._name = 0, ""
        self._number = 0
        self._used = 0
        self._sealing: threading.Thread | None = None
        self._gap: Gap | None = None
        self._retry_at = 0.0
        self.dropped = 0
        """Messages dropped in this run."""

    @property
    def alarm(self) -> str | None:
        """What is wrong, in words for people, while messages are being dropped; None when all is well."""
        if self._gap is None:
            return None
        return (
            f"journal {self._directory}: {self._gap.reason}; {self._gap.lost} messages dropped "
            f"since number {self._gap.first_seq}"
        )

    def append(self, envelopes: Sequence[Envelope]) -> None:
        """Write these envelopes with one system call, or drop all of them and raise the alarm."""
        if not envelopes:
            return
        if self._gap is not None and monotonic() < self._retry_at:
            self._drop(envelopes, self._gap.reason)
            return
        data = b"".join(map(encode_envelope, envelopes))
        if self._gap is not None:
            data = _gap_line(self._gap) + data
        try:
            refusal = self._write(data)
        except OSError as error:
            refusal = error.strerror or str(error)
        if refusal is not None:
            self._drop(envelopes, refusal)
        elif self._gap is not None:
            log.warning("journal %s writes again; %d messages are missing", self._directory, self._gap.lost)
            self._gap = None

    def close(self) -> None:
        """End the last segment, durably. A hole not yet marked is marked now, if the disk lets us."""
        if self._gap is not None:
            with contextlib.suppress(OSError):
                self._write(_gap_line(self._gap))
        self._seal()
        if self._sealing is not None:
            self._sealing.join()

    def _write(self, data: bytes) -> str | None:
        """Write all of ``data`` or nothing; the reason when it was nothing."""
        fd = self._fd
        if fd is None or (self._size and self._size + len(data) > self._segment_bytes):
            fd = self._begin_segment()
        if self._used + len(data) > self._total_bytes:
            self._measure()  # the store may have let segments go
            if self._used + len(data) > self._total_bytes:
                return f"full ({self._total_bytes / _MEBIBYTE:g} MiB)"
        written = os.write(fd, data)
        if written != len(data):
            self._take_back(fd)
            return "the disk took only part of a message"
        self._size += written
        self._used += written
        return None

    def _take_back(self, fd: int) -> None:
        """Undo half a write, and end the segment: the writer, another process, may have read that half
        already, and its place must not come to lie in the middle of what is written later."""
        self._fd = None
        try:
            os.ftruncate(
                fd, self._size
            )  # else the torn line stays: it is skipped once a later segment exists
            if not self._size:
                (self._directory / self._name).unlink(missing_ok=True)
        except OSError as error:
            log.error("journal %s: half a step stays in %s: %s", self._directory, self._name, error)
        finally:
            os.close(fd)

    def _drop(self, envelopes: Sequence[Envelope], reason: str) -> None:
        first = self._gap.first_seq if self._gap else envelopes[0].seq
        lost = (self._gap.lost if self._gap else 0) + len(envelopes)
        if self._gap is None:
            log.error("journal %s drops messages: %s", self._directory, reason)
        if self._gap is None or monotonic() >= self._retry_at:
            self._retry_at = monotonic() + self._retry_s
        self._gap = Gap(run=self._run, first_seq=first, last_seq=envelopes[-1].seq, lost=lost, reason=reason)
        self.dropped += len(envelopes)

    def _begin_segment(self) -> int:
        self._seal()
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._measure()
        name = f"{self._run}-{self._number + 1:06d}.jsonl"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        fd = os.open(self._directory / name, flags, 0o600)
        self._fd, self._size, self._name = fd, 0, name
        self._number += 1
        return fd

    def _measure(self) -> None:
        segments = _segments(self._directory)
        self._used = sum(segment.size for segment in segments)
        self._number = max(self._number, segments[-1].number if segments else 0)

    def _seal(self) -> None:
        """Close the segment; durable in a thread, because forcing megabytes to a disk takes long."""
        if self._fd is None:
            return
        fd, self._fd = self._fd, None
        if not self._sync_segments or (self._sealing is not None and self._sealing.is_alive()):
            os.close(fd)  # a disk still busy with the last segment gets no more to do
            return
        self._sealing = threading.Thread(target=_sync_and_close, args=(fd, self._directory), daemon=True)
        self._sealing.start()


def _sync_and_close(fd: int, directory: Path) -> None:
    try:
        os.fsync(fd)
    except OSError as error:
        log.error("journal %s: a segment may not survive a power cut: %s", directory, error)
    finally:
        os.close(fd)


def _gap_line(gap: Gap) -> bytes:
    return f"{json.dumps({'gap': asdict(gap)}, separators=(',', ':'))}\n".encode("ascii")


class JournalReader:
    """The reading end; keeps no place of its own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.lost = 0
        """Messages that gaps seen by this reader reported missing."""
        self.torn = 0
        """Pieces seen by this reader that were no lines of a journal."""

    def read(self, position: Position | None, limit: int) -> tuple[list[Envelope], Position | None]:
        """Up to ``limit`` envelopes after ``position``, and the position after them.

        None is the beginning of what there is; so is a position in a segment that is gone. Gaps and torn
        lines are counted, logged and passed over. The position stays None while there is nothing at all.

        Raises:
            OSError: the journal cannot be read.
        """
        envelopes: list[Envelope] = []
        segments = _segments(self._directory)
        index = self._index(segments, position)
        offset = position.offset if position and index is not None else 0
        for segment in segments[index or 0 :]:
            sealed = segment is not segments[-1]
            if offset > segment.size:
                offset = 0  # not the file the position was taken from; the store knows what it has
            position = Position(segment.name, offset)
            for item, end in _lines(self._directory / segment.name, offset, sealed):
                position = Position(segment.name, end)
                if isinstance(item, Envelope):
                    envelopes.append(item)
                    if len(envelopes) >= limit:
                        return envelopes, position
                else:
                    self._report(item)
            offset = 0
        return envelopes, position

    def forget(self, up_to: Position) -> None:
        """Delete the segments before the one of ``up_to``; that one may still be written to.

        Raises:
            OSError: a segment cannot be deleted.
        """
        segments = _segments(self._directory)
        for segment in segments[: self._index(segments, up_to) or 0]:
            (self._directory / segment.name).unlink(missing_ok=True)

    def behind(self, position: Position | None) -> int:
        """Bytes in the journal after ``position``.

        Raises:
            OSError: the journal cannot be read.
        """
        segments = _segments(self._directory)
        index = self._index(segments, position)
        if position is None or index is None:
            return sum(segment.size for segment in segments)
        return max(0, sum(segment.size for segment in segments[index:]) - position.offset)

    @staticmethod
    def _index(segments: list[_Segment], position: Position | None) -> int | None:
        names = [segment.name for segment in segments]
        return names.index(position.segment) if position and position.segment in names else None

    def _report(self, item: Gap | Torn) -> None:
        if isinstance(item, Gap):
            self.lost += item.lost
            log.warning("journal: %d messages of run %s are missing: %s", item.lost, item.run, item.reason)
        else:
            self.torn += 1
            log.warning(
                "journal: %d bytes at %d of %s are no message", item.length, item.offset, item.segment
            )


def read_all(path: Path) -> Iterator[Envelope | Gap | Torn]:
    """Everything in a journal's directory, or in one segment file, in order: for replay and for people.

    Raises:
        OSError: it cannot be read.
    """
    segments = [path / segment.name for segment in _segments(path)] if path.is_dir() else [path]
    for segment in segments:
        for item, _ in _lines(segment, 0, sealed=True):
            yield item


def _lines(path: Path, offset: int, sealed: bool) -> Iterator[tuple[Envelope | Gap | Torn, int]]:
    """What each line says, and where it ends. An unfinished last line is torn only in a sealed segment."""
    with open(path, "rb") as stream:
        stream.seek(offset)
        rest = b""
        while chunk := stream.read(_CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                end = offset + len(line) + 1
                yield _item(line, path.name, offset), end
                offset = end
        if rest and sealed:
            yield Torn(segment=path.name, offset=offset, length=len(rest)), offset + len(rest)


def _item(line: bytes, segment: str, offset: int) -> Envelope | Gap | Torn:
    try:
        data = parse(line)
        if isinstance(data, dict) and data.keys() == {"gap"}:
            gap: Gap = _decode_gap(data["gap"])
            return gap
        return envelope_from(data)
    except CodecError:
        return Torn(segment=segment, offset=offset, length=len(line) + 1)
