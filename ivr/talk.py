"""One call's side of its flow: what is known of the caller, what he typed ahead, how he is talked with."""

import re
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeVar, assert_never

from ivr.expression import Expression, Fault
from ivr.happenings import Happening, KeyPressed, PlaceIs
from ivr.names import ALL_KEYS
from ivr.notes import NodeAnswered, NodeEntered, Note
from ivr.prompts import (
    Prompt,
    SayAmount,
    SayDate,
    SayDigits,
    SayNumber,
    SayPosition,
    SayPrompt,
    SayRecording,
    SayText,
    SayTime,
    SayWait,
)
from ivr.steps import AskPlace, ListenForKey, Play, Step
from ivr.utterance import (
    Amount,
    Date,
    Digits,
    Number,
    PlaceInLine,
    Recording,
    Sound,
    Text,
    TimeOfDay,
    Utterance,
    WaitAtMost,
)
from ivr.values import Secret, Value, as_text
from ivr.ways import Way

T = TypeVar("T")

MAX_KEYS = 64
"""Keys kept that a caller typed ahead; further ones are lost."""
MAX_NOTES = 2000
"""Notes kept until somebody takes them; further ones are lost."""
MAX_VARIABLES = 200
"""Variables a flow may set in one call; further ones are not kept."""

Asking = Generator[Step, Happening, T]
"""Yields steps, is sent what came of them, returns what was learned."""
Run = Asking[Way]
"""What a node does: yields steps, is sent what came of them, returns where the caller goes."""

_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_NOT_TYPED = re.compile(r"[^0-9*#+]")
_RECORDING = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,149}")
MAX_DIGITS = 40
"""Digits that are read out at most."""


@dataclass(slots=True)
class Here:
    """The node the caller is at."""

    flow: str
    node: str
    kind: str


@dataclass(slots=True, kw_only=True)
class Talk:
    """The call, as the nodes of its flow see it."""

    given: Mapping[str, Value] = field(default_factory=dict)
    """What is known without the flow: ``caller``, ``dialled``, ``flow``, ``customer.id`` …"""
    variables: dict[str, Value] = field(default_factory=dict)
    """What the flow (a sub-flow: it alone) has set."""
    language: str = "en"
    """What he is spoken to in, and ``language`` in expressions."""
    languages: tuple[str, ...] = ("en",)
    """What he can be spoken to in."""
    now: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    """When this session of his began, by the clock on the wall of the house."""
    waits: bool = False
    """He waits in a queue, and may be taken away to an agent at any moment."""
    here: Here = field(default_factory=lambda: Here("", "", ""))
    late_key: str | None = None
    """A key that many press out of habit after their last digit, when nothing waits for it any more: it
    answers nothing. None, once he has pressed any key since."""
    _keys: deque[str] = field(default_factory=lambda: deque[str](), repr=False)
    """Not to be shown either: a PIN may be typed before it is asked for."""
    _notes: list[Note] = field(default_factory=list)

    # --- what is known -----------------------------------------------------------------------------------

    def value_of(self, name: str) -> Value:
        """What a variable holds; None when there is none of this name."""
        if name == "language":
            return self.language
        return self.given[name] if name in self.given else self.variables.get(name)

    def set(self, name: str, value: Value) -> None:
        """Let a variable hold ``value`` from now on."""
        if name in self.variables or len(self.variables) < MAX_VARIABLES:
            self.variables[name] = value

    def value(self, expression: Expression) -> Value:
        """What an expression comes to; None where it comes to nothing."""
        try:
            return expression.value(self)
        except Fault:
            return None

    # --- what is told ------------------------------------------------------------------------------------

    def entered(self, flow: str, node: str, kind: str) -> None:
        """The caller comes to a node."""
        self.at(flow, node, kind)
        self._note(NodeEntered(flow=flow, node=node, kind=kind))

    def at(self, flow: str, node: str, kind: str) -> None:
        """The caller is at a node again: that is no news."""
        self.here = Here(flow, node, kind)

    def note(self, key: str | None = None, result: str | None = None, answered: bool | None = None) -> None:
        """The node has learned something. ``result`` says what came of it, never what was typed."""
        at = {"flow": self.here.flow, "node": self.here.node, "kind": self.here.kind}
        self._note(NodeAnswered(**at, key=key, result=result, answered=answered))

    def note_failure(self, key: str | None, *, silent: bool, more: bool) -> None:
        """A try at a question came to nothing; ``more`` are left, or none."""
        self.note(key=key, result="silence" if silent else "invalid", answered=None if more else False)

    def take_notes(self) -> tuple[Note, ...]:
        """What was noted since the last time, oldest first."""
        taken, self._notes = tuple(self._notes), []
        return taken

    def _note(self, note: Note) -> None:
        if len(self._notes) < MAX_NOTES:
            self._notes.append(note)

    # --- what is typed -----------------------------------------------------------------------------------

    def typed(self, key: str) -> None:
        """A key that nothing asked for yet: the next question takes it."""
        if len(self._keys) < MAX_KEYS and key in set(ALL_KEYS):
            self._keys.append(key)

    def typed_before(self, key: str) -> None:
        """A key that was asked for, and belongs to the next question."""
        self._keys.appendleft(key)

    def next_key(self) -> str | None:
        """The first key typed ahead; it is taken."""
        return self._keys.popleft() if self._keys else None

    def forget_keys(self) -> None:
        """Whatever was typed ahead was meant for something else."""
        self._keys.clear()
        self.late_key = None

    # --- how he is talked with ---------------------------------------------------------------------------

    def play(self, prompts: Sequence[Prompt], *, interruptible: bool, by: str = ALL_KEYS) -> Asking[None]:
        """Say ``prompts``. A key interrupts them where it may (one of ``by``; others are lost), and is kept
        for the next question; where keys are waiting already they are not even begun."""
        while interruptible and self._keys and self._keys[0] not in by:
            self._keys.popleft()
        if interruptible and self._keys:
            return
        place = None
        if any(isinstance(prompt, SayPosition | SayWait) for prompt in prompts):
            told = yield AskPlace()
            place = told if isinstance(told, PlaceIs) else None
        said = self.say(prompts, place)
        if not said:
            return
        stop_on = by if interruptible else ""
        step = Play(said=said, language=self.language, stop_on=stop_on)
        happening = yield step
        pressed = _keys_of(happening)
        if pressed and self._comes_late(pressed[0]):
            pressed = pressed[1:] or _keys_of((yield step))  # it has cut them short
        for key in pressed:
            self.typed(key)

    def ask_key(self, prompts: Sequence[Prompt], timeout_s: float, by: str = ALL_KEYS) -> Asking[str | None]:
        """Ask for one key by ``prompts``, which it interrupts if it is one of ``by``; None: silence for
        ``timeout_s`` seconds."""
        yield from self.play(prompts, interruptible=True, by=by)
        return (yield from self.listen(timeout_s))

    def listen(self, timeout_s: float) -> Asking[str | None]:
        """The next key: typed ahead, or within ``timeout_s`` seconds; None: silence."""
        if (key := self.next_key()) is not None and not self._comes_late(key):
            return key
        if (key := self.next_key()) is not None:
            return key
        happening = yield ListenForKey(timeout_s=timeout_s)
        if isinstance(happening, KeyPressed) and self._comes_late(happening.key):
            happening = yield ListenForKey(timeout_s=timeout_s)
        return happening.key if isinstance(happening, KeyPressed) else None

    def _comes_late(self, key: str) -> bool:
        """Whether this is the late key; whatever it is, no later one is."""
        late, self.late_key = self.late_key, None
        return key == late

    def say(self, prompts: Sequence[Prompt], place: PlaceIs | None = None) -> tuple[Utterance, ...]:
        """What he hears by ``prompts``. What has no value for this caller is left out."""
        return tuple(said for prompt in prompts if (said := self._said(prompt, place)) is not None)

    def _said(self, prompt: Prompt, place: PlaceIs | None) -> Utterance | None:
        match prompt:
            case str():
                return Sound(prompt)
            case SayPrompt():
                return Sound(prompt.prompt, prompt.language)
            case SayText():
                template = prompt.in_language(self.language)
                text = template.fill(self).strip() if template is not None else ""
                return Text(text, prompt.language or "") if text else None
            case SayNumber():
                number = _number(self.value(prompt.number))
                return None if number is None else Number(number)
            case SayDigits():
                return _if(_digits(self.value(prompt.digits)), Digits)
            case SayAmount():
                amount = _number(self.value(prompt.amount))
                return None if amount is None else Amount(amount=Decimal(amount), currency=prompt.currency)
            case SayDate():
                return _if(_day(self.value(prompt.date)), Date)
            case SayTime():
                return _time(self.value(prompt.time))
            case SayPosition():
                return _if(place.position if place is not None else None, PlaceInLine)
            case SayWait():
                return _if(place.wait_minutes if place is not None else None, WaitAtMost)
            case SayRecording():
                return _if(_recording(self.value(prompt.recording)), Recording)
            case _:
                assert_never(prompt)


def _if(value: T | None, utterance: Callable[[T], Utterance]) -> Utterance | None:
    return None if value is None else utterance(value)


def _keys_of(happening: Happening) -> str:
    return happening.key + happening.then if isinstance(happening, KeyPressed) else ""


def _number(value: Value) -> int | Decimal | None:
    return value if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _digits(value: Value) -> str | None:
    if isinstance(value, Secret | bool):
        return None
    return _NOT_TYPED.sub("", as_text(value))[:MAX_DIGITS] or None


def _day(value: Value) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _time(value: Value) -> TimeOfDay | None:
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    return None if found is None else TimeOfDay(hour=int(found[1]), minute=int(found[2]))


def _recording(value: Value) -> str | None:
    return value if isinstance(value, str) and _RECORDING.fullmatch(value) else None
