"""Goes through a flow without a telephone: somebody says what the caller does and what comes of each step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ivr.back import AgentLeft, Back, LeftQueue, MusicOver, RefusedLater, TransferFailed
from ivr.campaign_steps import Dispose, Disposed, NotDisposed, NotOptedOut, OptedOut, OptOut
from ivr.expectation import made_up
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
from ivr.interpreter import Interpreter
from ivr.notes import NodeEntered
from ivr.steps import (
    AskCallback,
    AskComment,
    AskHours,
    AskPlace,
    Done,
    LeaveForMusic,
    LeaveForQueue,
    LeaveForTransfer,
    LeaveQueue,
    ListenForKey,
    LookUp,
    Play,
    ReceiveFax,
    Record,
    Step,
)
from ivr.talk import Talk
from ivr.utterance import Utterance

MOST_RETURNS = 20
"""How often a caller may come back into his flow in one rehearsal."""

Outcomes = Mapping[str, Callable[[], Happening | Back]]
"""What may come of a step, in a word each; the first when nobody says otherwise. Of a step
that takes the caller out of his flow a :class:`Back` means that he left and comes back."""

OUTCOMES: Mapping[type[Step], Outcomes] = {
    LeaveForQueue: {
        "taken": Left,
        "refused": lambda: QueueRefused(reason="rehearsed"),
        "sent back": RefusedLater,
        "agent hung up": AgentLeft,
    },
    LeaveForTransfer: {
        "taken": Left,
        "refused": lambda: TransferRefused(reason="rehearsed"),
        "not answered": TransferFailed,
        "hung up": AgentLeft,
    },
    AskCallback: {"booked": CallbackBooked, "refused": lambda: QueueRefused(reason="rehearsed")},
    LookUp: {"found": lambda: Answered(data={}), "not found": NothingThere, "failed": Unanswered},
    AskPlace: {
        "second": lambda: PlaceIs(position=2, wait_minutes=3),
        "next": lambda: PlaceIs(position=1, wait_minutes=None),
    },
    LeaveForMusic: {"music": MusicOver, "taken": Left},
    LeaveQueue: {"left": LeftQueue, "taken": Left},
    AskHours: {
        "open": lambda: HoursAre(open=True, why=""),
        "closed": lambda: HoursAre(open=False, why="rehearsed"),
    },
    Record: {
        "saved": lambda: Recorded(name="rehearsed", seconds=5),
        "failed": lambda: NotRecorded(reason="rehearsed"),
    },
    AskComment: {
        "saved": lambda: Recorded(name="rehearsed", seconds=5),
        "failed": lambda: NotRecorded(reason="rehearsed"),
    },
    OptOut: {"listed": OptedOut, "failed": lambda: NotOptedOut(reason="rehearsed")},
    Dispose: {"noted": Disposed, "refused": lambda: NotDisposed(reason="rehearsed")},
    ReceiveFax: {
        "received": lambda: FaxReceived(pages=1, whole=True),
        "failed": lambda: NoFax(reason="rehearsed"),
    },
}


class CallerHangsUp(Exception):
    """The caller hangs up now."""


class Hand(Protocol):
    """Who decides: a script, or somebody at a terminal."""

    def hears(self, node: str, said: Utterance) -> None:
        """Something is said to the caller."""
        ...

    def interrupts(self) -> str | None:
        """A key pressed over a prompt that it may interrupt; None: he listens."""
        ...

    def presses(self, timeout_s: float) -> str | None:
        """The next key; None: silence.

        Raises:
            CallerHangsUp: neither.
        """
        ...

    def comes_of(self, node: str, step: Step, outcomes: Outcomes) -> Happening | Back:
        """What comes of ``step``: one of ``outcomes``, made."""
        ...


@dataclass(slots=True, kw_only=True)
class Rehearsed:
    """How it went."""

    ending: str = ""
    """``hung up``, ``queued sales``, ``caller gone``."""
    passed: list[str] = field(default_factory=list)
    """The nodes, in turn."""
    talk: Talk


def rehearse(interpreter: Interpreter, hand: Hand) -> Rehearsed:
    """Follow a flow to its end. It ends: a caller takes a limited number of steps, and comes back
    :data:`MOST_RETURNS` times at most."""
    told, returns = Rehearsed(talk=interpreter.talk), 0
    step = interpreter.begin()
    while True:
        told.passed += [note.node for note in interpreter.take_notes() if isinstance(note, NodeEntered)]
        if isinstance(step, Done):
            told.ending = told.ending or step.reason.value
            return told
        node = interpreter.talk.here.node
        happening = _happening(step, node, hand)
        if not isinstance(happening, Back):
            if isinstance(step, LeaveForQueue) and isinstance(happening, Left):
                told.ending = f"{step.ending.value} {step.queue}"
            step = interpreter.proceed(happening)
        elif returns < MOST_RETURNS:
            returns += 1
            interpreter.proceed(Left())
            step = interpreter.rejoin(happening)
        else:
            step = interpreter.proceed(Left())


def _outcomes(step: Step) -> Outcomes:
    if isinstance(step, LookUp):
        return {**OUTCOMES[LookUp], "found": lambda: Answered(data=made_up(step.expects, {}))}
    return OUTCOMES[type(step)]


def _happening(step: Step, node: str, hand: Hand) -> Happening | Back:
    try:
        match step:
            case Play():
                for said in step.said:
                    hand.hears(node, said)
                    if step.stop_on and (key := hand.interrupts()) is not None:
                        return KeyPressed(key=key)
                return Finished()
            case ListenForKey():
                key = hand.presses(step.timeout_s)
                return Silence() if key is None else KeyPressed(key=key)
            case _ if step.ends_with == (Finished,):
                return Finished()
            case _:
                return hand.comes_of(node, step, _outcomes(step))
    except CallerHangsUp:
        return CallerGone()
