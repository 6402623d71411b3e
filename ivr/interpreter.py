"""Follows a flow with one caller: told what happened, it says what to do next. Waits for nothing itself."""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from ivr.flow import CallbackNode, Flow, HangUpNode, MenuNode, PlayNode, QueueNode

ALL_KEYS = "0123456789*#"
MAX_STEPS = 1000
"""Steps one call may take; a caller who only goes round in menus is hung up on after them."""
MAX_PATH = 100
"""Visits remembered of one call: the first ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """Play the prompts in turn. Ends with ``Finished``, or ``KeyPressed`` when one of ``stop_on`` came."""

    prompts: tuple[str, ...]
    stop_on: str
    """Keys that interrupt; empty: none does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenForKey:
    """Wait for one key. Ends with ``KeyPressed`` or ``Silence``."""

    timeout_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterQueue:
    """Ask the queue to take the call. Ends with ``QueueAccepted`` or ``QueueRefused``."""

    node: str
    """The node that says so: where he goes on, should the queue send him back."""
    queue: str
    priority: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCallback:
    """Ask the queue to keep a place and call back. Ends with ``CallbackBooked`` or ``QueueRefused``."""

    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """End the call. Ends with ``Finished``."""


class Ending(StrEnum):
    """How a flow ended."""

    QUEUED = "queued"
    HUNG_UP = "hung up"
    CALLER_GONE = "caller gone"
    TOO_LONG = "too long"
    """Hung up after ``MAX_STEPS`` steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Nothing more to do."""

    reason: Ending


Step = Play | ListenForKey | EnterQueue | AskCallback | HangUp | Done


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The step was carried out to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPressed:
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """No key came in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerGone:
    """The caller hung up; may happen at any step, and more than once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAccepted:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRefused:
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackBooked:
    """He is going to be called back."""


Happening = Finished | KeyPressed | Silence | CallerGone | QueueAccepted | QueueRefused | CallbackBooked


class OutOfTurn(ValueError):
    """Something was told that cannot have happened at this step: a mistake in the shell."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A node the caller passed; at a menu, one per try."""

    node: str
    key: str | None
    """The key pressed at a menu; None: silence, or not a menu."""


class Interpreter:
    """One caller's way through ``flow``. Call ``begin`` once, then ``proceed`` after each step."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._node = flow.start
        self._step: Step | None = None
        self._steps_given = 0
        self._tries = 0
        self._typed_ahead: str | None = None
        self._path: list[Visit] = []

    @property
    def path(self) -> tuple[Visit, ...]:
        """The caller's way so far, oldest first; the first ``MAX_PATH`` visits."""
        return tuple(self._path)

    def begin(self, refused_at: str = "") -> Step:
        """The first step; of a caller whom a queue sends back, the one after the node that handed him over. A
        flow that no longer has this node begins anew.

        Raises:
            OutOfTurn: it has begun already.
        """
        if self._step is not None:
            raise OutOfTurn("the flow has begun already")
        node = self._flow.nodes.get(refused_at)
        return self._give(self._enter(node.refused if isinstance(node, QueueNode) else self._flow.start))

    def proceed(self, happening: Happening) -> Step:
        """What to do after ``happening``.

        Raises:
            OutOfTurn: ``happening`` is not one of those that end the current step; nothing has changed.
        """
        step = self._step
        if isinstance(step, Done) and isinstance(happening, CallerGone):
            return step
        if step is None or isinstance(step, Done):
            raise OutOfTurn(f"{happening} while {step}")
        if isinstance(happening, CallerGone):
            return self._give(Done(reason=Ending.CALLER_GONE))
        return self._give(self._after(step, happening))

    def _give(self, step: Step) -> Step:
        self._steps_given += 1
        if self._steps_given >= MAX_STEPS and not isinstance(step, HangUp | Done):
            step = HangUp()
        self._step = step
        return step

    def _after(
        self, step: Play | ListenForKey | EnterQueue | AskCallback | HangUp, happening: Happening
    ) -> Step:
        match step, happening:
            case HangUp(), Finished():
                too_long = self._steps_given >= MAX_STEPS
                return Done(reason=Ending.TOO_LONG if too_long else Ending.HUNG_UP)
            case EnterQueue(), QueueAccepted():
                return Done(reason=Ending.QUEUED)
            case EnterQueue() | AskCallback(), QueueRefused():
                return self._refused()
            case AskCallback(), CallbackBooked():
                node = self._flow.nodes[self._node]
                assert isinstance(node, CallbackNode), "only a callback node books"
                return self._enter(node.booked)
            case ListenForKey(), KeyPressed(key=key):
                return self._answered(key)
            case ListenForKey(), Silence():
                return self._answered(None)
            case Play(), Finished():
                return self._played(None)
            case Play(stop_on=stop_on), KeyPressed(key=key) if key in set(stop_on):
                return self._played(key)
            case _:
                raise OutOfTurn(f"{happening} while {step}")

    def _enter(self, name: str) -> Step:
        node = self._flow.nodes[name]
        while isinstance(node, PlayNode) and node.interruptible and self._typed_ahead is not None:
            self._node = name
            self._visit(None)
            name, node = node.next, self._flow.nodes[node.next]
        self._node, self._tries = name, 0
        match node:
            case PlayNode():
                self._visit(None)
                return Play(prompts=node.prompts, stop_on=ALL_KEYS if node.interruptible else "")
            case MenuNode():
                key, self._typed_ahead = self._typed_ahead, None
                if key is not None:
                    return self._answered(key)
                return Play(prompts=node.prompts, stop_on=ALL_KEYS)
            case QueueNode():
                self._visit(None)
                self._typed_ahead = None
                return EnterQueue(node=name, queue=node.queue, priority=node.priority)
            case CallbackNode():
                self._visit(None)
                return AskCallback(queue=node.queue)
            case HangUpNode():
                self._visit(None)
                return Play(prompts=node.prompts, stop_on="") if node.prompts else HangUp()
            case _:
                assert_never(node)

    def _played(self, key: str | None) -> Step:
        node = self._flow.nodes[self._node]
        match node:
            case PlayNode():
                self._typed_ahead = key or self._typed_ahead
                return self._enter(node.next)
            case MenuNode():
                return ListenForKey(timeout_s=node.timeout_s) if key is None else self._answered(key)
            case HangUpNode():
                return HangUp()
            case QueueNode() | CallbackNode():
                raise AssertionError("a queue node plays nothing")
            case _:
                assert_never(node)

    def _answered(self, key: str | None) -> Step:
        """A try at the current menu is over: with ``key``, or in silence."""
        node = self._flow.nodes[self._node]
        assert isinstance(node, MenuNode), "only a menu is answered"
        self._visit(key)
        if key is not None and key in node.keys:
            return self._enter(node.keys[key])
        self._tries += 1
        if self._tries > node.retries:
            return self._enter(node.otherwise)
        first = node.timeout_prompts if key is None else node.invalid_prompts
        return Play(prompts=first + node.prompts, stop_on=ALL_KEYS)

    def _refused(self) -> Step:
        node = self._flow.nodes[self._node]
        assert isinstance(node, QueueNode | CallbackNode), "only a queue refuses"
        return self._enter(node.refused)

    def _visit(self, key: str | None) -> None:
        if len(self._path) < MAX_PATH:
            self._path.append(Visit(self._node, key))
