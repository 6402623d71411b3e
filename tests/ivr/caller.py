"""A caller in a flow, without a telephone: told what happens to him, he remembers what he is to hear."""

from collections.abc import Mapping

from ivr.flow import Flow
from ivr.happenings import Finished, Happening, KeyPressed, Silence
from ivr.interpreter import Interpreter
from ivr.names import ALL_KEYS
from ivr.notes import NodeAnswered, Note
from ivr.steps import Play, Step
from ivr.talk import Talk
from ivr.utterance import Sound
from ivr.values import Value

FINISHED = Finished()
SILENCE = Silence()


class Caller:
    """A caller in a flow: tells what happened, remembers the last step."""

    def __init__(self, flow: Flow, given: Mapping[str, Value] | None = None) -> None:
        talk = Talk(given=given or {}, language=flow.languages[0], languages=flow.languages)
        self.interpreter = Interpreter(flow, talk)
        self.step: Step = self.interpreter.begin()
        self._notes: list[Note] = []

    def then(self, *happenings: Happening) -> Step:
        for happening in happenings:
            self.step = self.interpreter.proceed(happening)
        return self.step

    def types(self, keys: str) -> Step:
        """He presses these keys, one by one, while he is asked or hears something."""
        return self.then(*map(key, keys))

    def knows(self, name: str) -> Value:
        """What a variable of his holds."""
        return self.interpreter.talk.value_of(name)

    @property
    def learned(self) -> list[str | None]:
        """What the nodes noted, but for keys."""
        return [note.result for note in self.notes if isinstance(note, NodeAnswered)]

    @property
    def notes(self) -> list[Note]:
        self._notes += self.interpreter.take_notes()
        return self._notes

    @property
    def path(self) -> list[tuple[str, str | None]]:
        """Every node passed, a menu once for each try."""
        return [
            (note.node, note.key if isinstance(note, NodeAnswered) else None)
            for note in self.notes
            if (note.kind == "menu") is isinstance(note, NodeAnswered)
        ]


def plays(*names: str, stop_on: str = ALL_KEYS) -> Play:
    return Play(said=tuple(map(Sound, names)), language="en", stop_on=stop_on)


def key(pressed: str) -> KeyPressed:
    return KeyPressed(key=pressed)
