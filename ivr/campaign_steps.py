"""What a flow says of the person it talks with, beyond the call; and what came of saying it."""

from dataclasses import dataclass

from ivr.happenings import Happening
from ivr.steps import Step
from ivr.utterance import TimeOfDay


@dataclass(frozen=True, slots=True, kw_only=True)
class OptedOut(Happening):
    """His number is on the house's do-not-call list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOptedOut(Happening):
    """It is not: he shows none, or the list cannot be written now."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposed(Happening):
    """What came of his call is on record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDisposed(Happening):
    """Nobody wants to know: it is no campaign's call, or the campaign knows no such disposition."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut(Step):
    """Put the number he calls from, or is called at, on the house's do-not-call list."""

    ends_with = (OptedOut, NotOptedOut)
    number: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispose(Step):
    """Say what came of a campaign's call."""

    ends_with = (Disposed, NotDisposed)
    disposition: str
    note: str = ""
    at: int | TimeOfDay | None = None
    """When he is to be called again, where the disposition asks for it: in how many seconds, or at which time
    of day."""
