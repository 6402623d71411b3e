"""Follows a flow with one caller: told what happened, it says what to do next. Waits for nothing itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from ivr.back import AgentLeft, Back, LeftQueue
from ivr.ending import Ending
from ivr.flow import Flow
from ivr.happenings import CallerGone, Happening, Left, OutOfTurn
from ivr.nodes.node import Node
from ivr.notes import Note
from ivr.steps import Away, Done, HangUp, LeaveQueue, SpeakLanguage, Step
from ivr.talk import Run, Talk
from ivr.values import Value
from ivr.ways import EnterFlow, ReturnFromFlow, Way

MAX_STEPS = 1000
"""Steps one call may take; a caller who only goes round in menus is hung up on after them."""
MAX_VISITS = 5000
"""Nodes one call may pass."""
ASTERISKS_LANGUAGE = "en"
"""What a channel speaks until it is told another."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """A flow whose sub-flow the caller is in."""

    flow: Flow
    variables: dict[str, Value]
    entered: EnterFlow


class Interpreter:
    """One caller's way through ``flow``. Call ``begin`` once, then ``proceed`` after each step; when the
    caller comes back from where an :class:`ivr.steps.Away` step had sent him, ``rejoin``."""

    def __init__(
        self,
        flow: Flow,
        talk: Talk | None = None,
        *,
        flows: Mapping[str, Flow] | None = None,
        channel_speaks: str = ASTERISKS_LANGUAGE,
    ) -> None:
        """``flows`` holds its sub-flows; ``channel_speaks`` the language the channel is in already."""
        self._channel_speaks = channel_speaks
        self._flow = flow
        self._flows = {} if flows is None else flows
        self._talk = talk if talk is not None else Talk(language=flow.languages[0], languages=flow.languages)
        self._node = flow.start
        self._frames: list[_Frame] = []
        self._run: Run = _straight_to(flow.start)
        self._step: Step | None = None
        self._away = False
        self._steps = 0
        self._visits = 0

    @property
    def talk(self) -> Talk:
        """The call's side."""
        return self._talk

    @property
    def is_away(self) -> bool:
        """The caller has left the flow, and may come back."""
        return self._away

    def take_notes(self) -> tuple[Note, ...]:
        """What was noted since the last time, oldest first."""
        return self._talk.take_notes()

    def begin(self, at: str = "", back: Back | None = None) -> Step:
        """The first step; of a caller who comes ``back`` to the node ``at`` when nothing else is known of him
        (the engine was restarted meanwhile), the one there. A flow that has no such node begins anew, but for
        who has talked with an agent: his call is over.

        Raises:
            OutOfTurn: it has begun already.
        """
        if self._step is not None:
            raise OutOfTurn("the flow has begun already")
        node = self._flow.nodes.get(at)
        if back is not None and node is not None and (node.comes_back or isinstance(back, LeftQueue)):
            return self._give(self._come_back(at, node, back))
        if isinstance(back, AgentLeft):
            self._run = _hang_up(Ending.HUNG_UP)
        elif self._talk.language != self._channel_speaks:
            self._run = _speak(self._talk.language, self._flow.start)
        return self._give(self._on())

    def rejoin(self, back: Back) -> Step:
        """The caller who had left the flow comes back: the next step.

        Raises:
            OutOfTurn: he has not left it.
        """
        if not self._away:
            raise OutOfTurn("nobody has left this flow")
        self._away = False
        return self._give(self._come_back(self._node, self._flow.nodes[self._node], back))

    def proceed(self, happening: Happening) -> Step:
        """What to do after ``happening``.

        Raises:
            OutOfTurn: ``happening`` is not one of those that end the current step; nothing has changed.
        """
        step = self._step
        if step is None or not step.may_end_with(happening):
            raise OutOfTurn(f"{type(happening).__name__} while {type(step).__name__}")
        if isinstance(step, Done):
            return step
        if isinstance(happening, CallerGone):
            return self._give(self._end(Ending.CALLER_GONE))
        if isinstance(step, Away) and isinstance(happening, Left):
            self._away = True
            return self._give(self._end(step.ending))
        return self._give(self._on(happening))

    def _give(self, step: Step) -> Step:
        self._steps += 1
        if self._steps >= MAX_STEPS and not isinstance(step, HangUp | Done):
            step = self._too_long()
        self._step = step
        return step

    def _on(self, happening: Happening | None = None) -> Step:
        """The next step, through as many nodes as have nothing to be done."""
        while True:
            try:
                return next(self._run) if happening is None else self._run.send(happening)
            except StopIteration as stop:
                way: Way = stop.value
            happening = None
            if isinstance(way, Ending):
                return self._end(way)
            if self._visits >= MAX_VISITS:
                return self._too_long()
            self._enter(self._name_of(way))

    def _name_of(self, way: str | EnterFlow | ReturnFromFlow) -> str:
        """The node that ``way`` leads to, in the flow that is the current one then."""
        match way:
            case EnterFlow():
                self._frames.append(_Frame(self._flow, self._talk.variables, way))
                self._flow = self._flows[way.flow]
                self._talk.variables = dict(way.given)
                for name, default in self._flow.parameters.items():
                    if name not in way.given and default is not None:
                        self._talk.set(name, self._talk.value(default))
                return self._flow.start
            case ReturnFromFlow():
                frame = self._frames.pop()
                theirs = self._talk.variables
                self._flow, self._talk.variables = frame.flow, frame.variables
                for ours, name in frame.entered.into.items():
                    self._talk.set(ours, theirs.get(name))
                return frame.entered.next
            case _:
                return way

    def _enter(self, name: str) -> None:
        self._visits += 1
        self._node, node = name, self._flow.nodes[name]
        if self._talk.waits and not node.while_waiting:
            self._run = _take_out(self._flow.name, name)
            return
        self._talk.entered(self._flow.name, name, node.kind)
        self._run = node.run(self._talk, None)

    def _come_back(self, name: str, node: Node, back: Back) -> Step:
        self._node = name
        if isinstance(back, LeftQueue):
            self._talk.waits = False
        if isinstance(back, LeftQueue) and not node.while_waiting:
            self._enter(name)
        else:
            self._talk.at(self._flow.name, name, node.kind)
            self._run = node.run(self._talk, back)
        return self._on()

    def _too_long(self) -> Step:
        self._run.close()
        self._talk.note(result="went round too long", answered=False)
        self._run = _hang_up(Ending.TOO_LONG)
        return next(self._run)

    def _end(self, ending: Ending) -> Done:
        self._run.close()
        return Done(reason=ending)


def _straight_to(start: str) -> Run:
    yield from ()
    return start


def _speak(language: str, start: str) -> Run:
    yield SpeakLanguage(language=language)
    return start


def _take_out(flow: str, node: str) -> Run:
    yield LeaveQueue(flow=flow, node=node)
    return node


def _hang_up(ending: Ending) -> Run:
    yield HangUp()
    return ending
