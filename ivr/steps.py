"""What a flow has the shell do (steps), and what may come of it (happenings)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from acd.brief import NOTHING, Brief
from acd.transfer import TransferWay
from ivr.expectation import Expected
from ivr.question import Json, Question
from ivr.utterance import TimeOfDay, Utterance

# --- what happens ----------------------------------------------------------------------------------------


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


# --- how a flow ends, and how a caller comes back --------------------------------------------------------


class Ending(StrEnum):
    """How a flow ended."""

    QUEUED = "queued"
    TRANSFERRED = "transferred"
    HUNG_UP = "hung up"
    CALLER_GONE = "caller gone"
    MUSIC = "music"
    """Of a caller who waits: he hears music for a while."""
    LEFT_QUEUE = "left the queue"
    """He waited, and chose something else: the flow goes on with him outside the waiting room."""
    TOO_LONG = "too long"
    """Hung up after too many steps."""


class Back:
    """Why a caller comes back to the node that had him leave the flow."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLater(Back):
    """The queue that had taken him sends him back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLeft(Back):
    """He talked with an agent, or whom he was put through to, who has hung up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFailed(Back):
    """Nobody answered whom he was put through to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MusicOver(Back):
    """He has heard music for as long as he was to, or something came between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInMusic(Back):
    """He pressed a key that was listened for while he heard music."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftQueue(Back):
    """He is out of the queue he waited in."""


# --- steps -----------------------------------------------------------------------------------------------


class Step:
    """Something to do for a caller. The shell carries it out and says what happened."""

    __slots__ = ()
    ends_with: ClassVar[tuple[type[Happening], ...]] = (Finished,)
    """What may come of it; that the caller is gone may always be told."""

    def may_end_with(self, happening: Happening) -> bool:
        """Whether ``happening`` can have come of this step."""
        return isinstance(happening, (*self.ends_with, CallerGone))


class Away(Step):
    """Takes the caller out of the flow. ``Left`` ends this session of his; he may come back to the same
    node."""

    __slots__ = ()
    ends_with: ClassVar[tuple[type[Happening], ...]] = (Left,)
    ending: ClassVar[Ending]
    """How the flow ends when he has left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Play(Step):
    """Say things in turn. Ends with ``KeyPressed`` when one of ``stop_on`` came."""

    ends_with = (Finished, KeyPressed)
    said: tuple[Utterance, ...]
    language: str
    stop_on: str
    """Keys that interrupt; empty: none does."""

    def may_end_with(self, happening: Happening) -> bool:
        """Only a key that interrupts can have done so."""
        if isinstance(happening, KeyPressed):
            return happening.key in set(self.stop_on)
        return isinstance(happening, Finished | CallerGone)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenForKey(Step):
    """Wait for one key."""

    ends_with = (KeyPressed, Silence)
    timeout_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakLanguage(Step):
    """Let Asterisk too speak this language with the caller from now on."""

    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveForQueue(Away):
    """Ask the queue to take the call."""

    ends_with = (Left, QueueRefused)
    ending = Ending.QUEUED
    node: str
    """The node that says so: where he goes on, should the queue send him back."""
    queue: str
    priority: str | None
    brief: Brief = NOTHING
    """What goes with him."""
    treatment: str | None = None
    """The flow that talks with him while he waits; None: the queue's own, if it has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPlace(Step):
    """Ask what place a waiting caller has in line, to tell him."""

    ends_with = (PlaceIs,)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveForMusic(Away):
    """Leave a waiting caller to music, which the dialplan plays, until he is talked with again."""

    ending = Ending.MUSIC
    node: str
    """Where he comes back to."""
    for_s: int
    keys: str
    """The keys by which he comes back sooner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveQueue(Away):
    """Take a caller out of the waiting room, whose flow goes on with him where no order interrupts it."""

    ending = Ending.LEFT_QUEUE
    node: str
    """Where it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveForTransfer(Away):
    """Put him through to somebody who is no agent."""

    ends_with = (Left, TransferRefused)
    ending = Ending.TRANSFERRED
    node: str
    """The node that says so: where he goes on, should he come back."""
    way: TransferWay
    number: str
    ring_s: int
    returns: bool
    """Whether the flow takes him back when the other one has hung up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCallback(Step):
    """Ask the queue to keep a place and call back."""

    ends_with = (CallbackBooked, QueueRefused)
    queue: str | None
    """None: the queue he waits in."""
    number: str | None = None
    """Whom to dial; None: the number the caller calls from."""
    at: int | TimeOfDay | None = None
    """In how many seconds, or at which time of day; None: as soon as it is his turn."""
    waits: bool = False
    """He waits in a queue, and his flow takes him out of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHours(Step):
    """Ask whether it is open now."""

    ends_with = (HoursAre,)
    calendar: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp(Step):
    """Ask others, within a time, all tries together."""

    ends_with = (Answered, NothingThere, Unanswered)
    question: Question
    timeout_s: float
    retries: int
    """How many times it is asked again when there was no answer."""
    expects: Mapping[str, Expected]
    """What is taken of the answer: for whoever makes one up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Step):
    """Let him speak, after a tone, until he is silent, presses a key or has spoken for long enough. What he
    said is kept, also when he hangs up meanwhile."""

    ends_with = (Recorded, NotRecorded)
    mailbox: str | None
    """Whom it is for; None: for the flow itself."""
    beep: bool
    max_s: int
    silence_s: int
    """Silence that ends it, in seconds."""
    finish_keys: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveFax(Step):
    """Take pages from his fax machine. What has come is kept, also when the line breaks."""

    ends_with = (FaxReceived, NoFax)
    mailbox: str
    max_s: int
    """The longest it may take; then the call is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskComment(Step):
    """Let him say, after a tone, how he was served. It is told once it is kept, also when he hangs up
    meanwhile."""

    ends_with = (Recorded, NotRecorded)
    flow: str
    node: str
    question: str
    max_s: int
    silence_s: int
    """Silence that ends it, in seconds."""
    finish_keys: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TellGrade(Step):
    """Tell what the caller said of how he was served."""

    flow: str
    node: str
    question: str
    grade: int
    least: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp(Step):
    """End the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(Step):
    """Nothing more to do."""

    ends_with = ()
    reason: Ending


class OutOfTurn(ValueError):
    """Something was told that cannot have happened at this step: a mistake in the shell."""
