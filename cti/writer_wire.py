"""What the engine and the process that writes history say to each other: lines of JSON, each way."""

import json
from dataclasses import asdict, dataclass, field
from typing import TypeVar

from acd.instant import Instant
from cti.codec import Decoder, parse, record_decoder
from cti.writer import WriterState

MOST_REASON = 300
"""Characters of a reason that are passed on: so a line fits into a pipe at once, or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The engine's first line. Not among the arguments, where everybody on the machine could read it."""

    journal: str
    """The journal's directory."""
    database: str = field(repr=False)
    """The database's URL, with its password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Every further line of the engine: there is news in the journal."""

    drain: int
    """0: in your own time. Otherwise: hurry, and tell this number once the store has all there is now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Every line of the writer's process. Each one holds everything, so any may be missed but the last."""

    state: WriterState
    """BEHIND is not said: the engine sees the journal itself."""
    segment: str | None = None
    """Up to where the store has the journal: the segment, and the bytes from its start."""
    offset: int = 0
    rests: bool = False
    """Whether the last look found nothing more to write."""
    drained: int = 0
    """The latest wish that was fulfilled; 0 for none."""
    lost: int = 0
    torn: int = 0
    since: Instant | None = None
    reason: str | None = None


Said = TypeVar("Said", Settings, Wish, Report)


def line(said: Settings | Wish | Report) -> bytes:
    """As one line, its line feed included."""
    return f"{json.dumps(asdict(said), separators=(',', ':'))}\n".encode("ascii")


_DECODERS: dict[type, Decoder] = {cls: record_decoder(cls) for cls in (Settings, Wish, Report)}


def said_in(line: bytes, cls: type[Said]) -> Said:
    """What a line says, which must be a ``cls``.

    Raises:
        CodecError: it is none.
    """
    said: Said = _DECODERS[cls](parse(line))
    return said
