"""Happenings: what may come of a step."""

from dataclasses import dataclass

from ivr.question import Json


class Happening:
    """What came of a step."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished(Happening):
    """The step was carried out to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPressed(Happening):
    key: str
    then: str = ""
    """Further keys, pressed behind it while something was being done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence(Happening):
    """No key came in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerGone(Happening):
    """The caller hung up; may happen at any step, and more than once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left(Happening):
    """The caller has left the flow, as an :class:`Away` step had him do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRefused(Happening):
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRefused(Happening):
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursAre(Happening):
    open: bool
    why: str
    """The name of the special day it is; empty on an ordinary one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceIs(Happening):
    """What a waiting caller may be told."""

    position: int | None
    """Which he is, from 1; None: nobody knows, or he does not wait."""
    wait_minutes: int | None
    """His wait at most; None: nobody knows, or it grew since he was last told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackBooked(Happening):
    """He is going to be called back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp(Happening):
    """A lookup is over, with or without an answer."""

    typed: str = ""
    """Keys the caller pressed meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(LookedUp):
    """What was said."""

    data: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingThere(LookedUp):
    """There is no such thing, or nobody of this number: an answer, not a fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered(LookedUp):
    """No answer that can be understood came in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Happening):
    """He has spoken, and it is kept."""

    name: str
    """What it can be played back by, if it is for no mailbox."""
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRecorded(Happening):
    """He said nothing, or there is no room for it."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FaxReceived(Happening):
    """At least one page is there."""

    pages: int
    whole: bool
    """Whether the other side has sent all it meant to send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoFax(Happening):
    """Not one page came."""

    reason: str


class OutOfTurn(ValueError):
    """Something was told that cannot have happened at this step: a mistake in the shell."""
