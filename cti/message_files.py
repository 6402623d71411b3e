"""Files that callers left: how they are named, and what is in them. What made them may have been cut off."""

import re
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Literal

from acd.ids import CallId
from acd.instant import Span, seconds
from acd.message import Mailbox, MessageId, MessageKind

SUFFIXES = {MessageKind.VOICEMAIL: ".wav", MessageKind.RECORDING: ".wav", MessageKind.FAX: ".tif"}

_RATE = 8000
"""Samples a second of what Asterisk writes as ``wav``: 16 bits, one channel, after a header of 44 bytes."""
_HEADER_BYTES = 44
_BLOCK = _RATE // 50
"""Samples looked at together: 20 ms."""
_LOUD = 256
"""Mean amplitude (of 32767) from which a block is no silence; what Asterisk itself goes by."""
_SPOKEN_BLOCKS = 10
"""So many loud blocks (0.2 s) are words; less is a click."""
_MOST_PAGES = 1_000
_BYTE_ORDERS: Mapping[bytes, Literal["little", "big"]] = {b"II*\0": "little", b"MM\0*": "big"}

_NAME = re.compile(
    r"(?:(?P<nth>[0-9a-f]{16})\.(?P<mailbox>[a-z0-9][a-z0-9_-]{0,63})?\.)?(?P<call>[0-9A-Za-z._-]{1,149})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageName:
    """What a message's name says.

    ``RANDOM.MAILBOX.CALL`` for what a flow asked for, ``RANDOM..CALL`` when that is for no mailbox, ``CALL``
    for a caller whom a queue had leave a message.
    """

    call_id: CallId
    mailbox: Mailbox | None


def named(message_id: str) -> MessageName | None:
    """What a name says; None when it is none of ours."""
    said = _NAME.fullmatch(message_id)
    if said is None:
        return None
    return MessageName(
        call_id=CallId(said["call"]), mailbox=Mailbox(said["mailbox"]) if said["mailbox"] else None
    )


def name_for(call_id: CallId, mailbox: Mailbox | None, nth: str) -> MessageId | None:
    """A new message's name; ``nth`` is 16 hexadecimal digits. None when such a call can have no file."""
    name = f"{nth}.{mailbox or ''}.{call_id}"
    fits = named(name) == MessageName(call_id=call_id, mailbox=mailbox)
    return MessageId(name) if fits else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is in a file that is worth keeping."""

    length: Span | None
    """How long it takes to listen to; None for pages."""
    pages: int | None
    """None for words."""
    size: int
    """In bytes."""


def content_of(path: Path, kind: MessageKind) -> Content | None:
    """What is in a file; None when nobody said a word, or not one page came.

    Raises:
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        if kind is MessageKind.FAX:
            pages = _pages(stream, size)
            return Content(length=None, pages=pages, size=size) if pages else None
        if not _spoken(stream):
            return None
    # Counted, not read: when Asterisk is cut off the header still says that there is nothing.
    return Content(length=seconds((size - _HEADER_BYTES) / 2 / _RATE), pages=None, size=size)


def _spoken(stream: BinaryIO) -> bool:
    stream.seek(_HEADER_BYTES)
    loud = 0
    while loud < _SPOKEN_BLOCKS and len(block := stream.read(2 * _BLOCK)) == 2 * _BLOCK:
        samples = array("h", block)
        loud += sum(map(abs, samples)) >= _LOUD * _BLOCK
    return loud >= _SPOKEN_BLOCKS


def _pages(stream: BinaryIO, size: int) -> int:
    """Pages of a TIFF file: its chain of directories, as far as it leads."""
    head = stream.read(8)
    order = _BYTE_ORDERS.get(head[:4])
    if order is None or len(head) < 8:
        return 0
    number = partial(int.from_bytes, byteorder=order)

    at, pages, seen = number(head[4:]), 0, set[int]()
    while 8 <= at < size and at not in seen and pages < _MOST_PAGES:
        seen.add(at)
        stream.seek(at)
        entries = number(stream.read(2))
        stream.seek(at + 2 + 12 * entries)
        following = stream.read(4)
        if not entries or len(following) < 4:
            break  # cut off
        pages, at = pages + 1, number(following)
    return pages
