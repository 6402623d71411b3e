"""Somebody at a terminal plays the caller and the world, for ``callwright ivr try``."""

from collections import deque
from collections.abc import Callable

from ivr.back import Back
from ivr.happenings import Happening
from ivr.names import ALL_KEYS
from ivr.rehearsal import CallerHangsUp, Outcomes
from ivr.steps import Step
from ivr.talk import Talk
from ivr.utterance import Utterance
from ivr.wording import wording

HANGS_UP = "h"
HELP = "keys as they would be pressed; Enter alone: silence; h: hang up; v: what is known so far"


class HandAtTerminal:
    """Asks by ``ask`` (a prompt → a line; EOFError: nobody is there any more), tells by ``tell``."""

    def __init__(
        self,
        talk: Talk,
        *,
        ask: Callable[[str], str],
        tell: Callable[[str], None],
        text_of: Callable[[str, str], str | None],
    ) -> None:
        self._talk, self._ask, self._tell, self._text_of = talk, ask, tell, text_of
        self._typing = deque[str]()
        self._node = ""

    def hears(self, node: str, said: Utterance) -> None:
        """Print it, under its node."""
        self._at(node)
        self._tell(f"    \N{SPEAKER} {wording(said, lambda name: self._text_of(name, self._talk.language))}")

    def interrupts(self) -> str | None:
        """What was typed on one line comes at once."""
        return self._typing.popleft() if self._typing else None

    def presses(self, timeout_s: float) -> str | None:
        """Ask for keys."""
        self._at(self._talk.here.node)
        while not self._typing:
            line = self._line(f"  keys ({timeout_s:g} s)> ")
            if line == "":
                return None
            if set(line) <= set(ALL_KEYS):
                self._typing.extend(line)
            elif line == "v":
                known = {**self._talk.given, **self._talk.variables, "language": self._talk.language}
                self._tell("    " + ", ".join(f"{name} = {value}" for name, value in known.items()))
            else:
                self._tell(f"    {HELP}")
        return self._typing.popleft()

    def comes_of(self, node: str, step: Step, outcomes: Outcomes) -> Happening | Back:
        """Let one be chosen; the first by Enter alone."""
        self._at(node)
        words = list(outcomes)
        while True:
            line = self._line(
                f"  what comes of it? [{words[0]}]{''.join(f', {word}' for word in words[1:])}> "
            )
            likely = [word for word in words if word.startswith(line)]
            if len(likely) == 1 or line in ("", *words):
                return outcomes[line if line in words else likely[0]]()
            self._tell(f"    one of: {', '.join(words)}")

    def _at(self, node: str) -> None:
        if node != self._node:
            self._node = node
            self._tell(f"{node} ({self._talk.here.kind})")

    def _line(self, prompt: str) -> str:
        try:
            line = self._ask(prompt).strip()
        except EOFError:
            raise CallerHangsUp from None
        if line == HANGS_UP:
            raise CallerHangsUp
        return line
