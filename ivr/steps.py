"""Steps: what a flow has the shell do for a caller."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from acd.brief import NOTHING, Brief
from acd.transfer import TransferWay
from ivr.ending import Ending
from ivr.expectation import Expected
from ivr.happenings import (
    Answered,
    CallbackBooked,
    CallerGone,
    FaxReceived,
    Finished,
    Happening,
    HoursAre,
    KeyPressed,
    Left,
    NoFax,
    NothingThere,
    NotRecorded,
    PlaceIs,
    QueueRefused,
    Recorded,
    Silence,
    TransferRefused,
    Unanswered,
)
from ivr.question import Question
from ivr.utterance import TimeOfDay, Utterance


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
    flow: str
    """The treatment that talks with him: he may be in a queue by then that has another."""
    node: str
    """Where he comes back to."""
    for_s: int
    keys: str
    """The keys by which he comes back sooner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveQueue(Away):
    """Take a caller out of the waiting room, whose flow goes on with him where no order interrupts it."""

    ending = Ending.LEFT_QUEUE
    flow: str
    """The flow that goes on with him, whatever treatment the queue has that he is in by now."""
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
    longest_s: int | None
    """How long they may talk; None: as long as the house allows."""
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
