"""Runs a flow's own dialogues: does it say and do what they ask for?"""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC
from decimal import Decimal

from ivr.back import Back
from ivr.dialogue import HANG_UP, SILENCE, Dialogue, Scalar
from ivr.expectation import made_up
from ivr.flow import Purpose
from ivr.happenings import Answered, Happening
from ivr.interpreter import Interpreter
from ivr.loader import FlowBook, PublishedFlow
from ivr.rehearsal import CallerHangsUp, Outcomes, Rehearsed, rehearse
from ivr.steps import LookUp, Step
from ivr.talk import Talk
from ivr.utterance import Sound, Utterance
from ivr.values import Value
from ivr.wording import wording


class Unanswerable(Exception):
    """A dialogue gives a node an outcome it cannot have."""


class _Script:
    """Plays a dialogue's caller."""

    def __init__(self, dialogue: Dialogue, text_of: Callable[[str, str], str | None], talk: Talk) -> None:
        self._given = dialogue.given
        self._turns = deque(dialogue.keys)
        self._typing = deque[str]()
        self._text_of, self._talk = text_of, talk
        self.heard: list[str] = []
        """A prompt's name and its text are both found in one."""

    def hears(self, node: str, said: Utterance) -> None:
        words = wording(said, lambda name: self._text_of(name, self._talk.language))
        self.heard.append(f"{said.name} {words}" if isinstance(said, Sound) else words)

    def interrupts(self) -> str | None:
        return self._typing.popleft() if self._typing else None

    def presses(self, timeout_s: float) -> str | None:
        if self._typing:
            return self._typing.popleft()
        turn = self._turns.popleft() if self._turns else SILENCE
        if turn == HANG_UP:
            raise CallerHangsUp
        if turn == SILENCE:
            return None
        self._typing.extend(turn[1:])
        return turn[0]

    def comes_of(self, node: str, step: Step, outcomes: Outcomes) -> Happening | Back:
        word = self._given.get(node, next(iter(outcomes)))
        if isinstance(step, LookUp) and isinstance(word, dict):
            if unknown := [name for name in word if name not in step.expects]:
                raise Unanswerable(f"given.{node}.{unknown[0]}: is not expected of this lookup")
            return Answered(data=made_up(step.expects, word))
        if not isinstance(word, str) or word not in outcomes:
            raise Unanswerable(f"given.{node}: must be one of {', '.join(outcomes)}, not {word}")
        return outcomes[word]()


def play_through(
    book: FlowBook,
    published: PublishedFlow,
    dialogue: Dialogue,
    text_of: Callable[[str, str], str | None] = lambda name, language: None,
) -> list[str]:
    """What is not as the dialogue asks for, one line each; nothing: it passes. ``text_of`` knows the text of
    a prompt in a language."""
    talk = talk_for(published, dialogue)
    script = _Script(dialogue, text_of, talk)
    try:
        went = rehearse(Interpreter(published.flow, talk, flows=book.by_name), script)
    except Unanswerable as problem:
        return [str(problem)]
    return _complaints(dialogue, went, script.heard)


def talk_for(published: PublishedFlow, dialogue: Dialogue) -> Talk:
    """The call's side as it is at the beginning of a dialogue."""
    given: dict[str, Value] = {
        "caller": dialogue.caller,
        "dialled": dialogue.dialled,
        "flow": published.name,
    }
    given |= {f"customer.{name}": value for name, value in dialogue.customer.items()}
    given |= {f"lead.{name}": value for name, value in dialogue.lead.items()}
    now = dialogue.at if dialogue.at.tzinfo is not None else dialogue.at.replace(tzinfo=UTC)
    languages = published.flow.languages
    waits = published.flow.purpose is Purpose.WAIT
    return Talk(given=given, language=languages[0], languages=languages, now=now, waits=waits)


def _complaints(dialogue: Dialogue, went: Rehearsed, heard: list[str]) -> list[str]:
    found = []
    if (missing := _first_missing(dialogue.hears, heard, lambda wanted, said: wanted in said)) is not None:
        found.append(
            f"never heard '{missing}' (or not in this order); heard: {' / '.join(heard) or 'nothing'}"
        )
    if (missing := _first_missing(dialogue.passes, went.passed, str.__eq__)) is not None:
        found.append(f"never came to '{missing}' (or not in this order); passed: {' -> '.join(went.passed)}")
    if dialogue.language not in (None, went.talk.language):
        found.append(f"is spoken to in '{went.talk.language}', not '{dialogue.language}'")
    found += _wrong_values(dialogue.sets, went.talk)
    if dialogue.ends not in (None, went.ending):
        found.append(f"ends: {went.ending}, not {dialogue.ends}")
    return found


def _first_missing(wanted: tuple[str, ...], there: list[str], same: Callable[[str, str], bool]) -> str | None:
    ahead = iter(there)
    return next((want for want in wanted if not any(same(want, one) for one in ahead)), None)


def _wrong_values(wanted: Mapping[str, Scalar], talk: Talk) -> list[str]:
    """Numbers are compared as such: 12.5 is 12.50."""
    found = []
    for name, value in wanted.items():
        holds = talk.value_of(name)
        meant: Value = Decimal(str(value)) if isinstance(value, float) else value
        if str(holds) != str(meant) and holds != meant:
            found.append(f"{name} holds {holds}, not {meant}")
    return found
