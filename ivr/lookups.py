"""The port behind which flows' questions are answered."""

from typing import Protocol

from ivr.happenings import Answered, NothingThere
from ivr.question import Question


class NoAnswer(Exception):
    """No answer that can be understood. The text says why in a few words; nothing of what was asked or
    answered is in it."""

    def __init__(self, reason: str, *, again: bool = False) -> None:
        super().__init__(reason)
        self.again = again
        """Whether asking the same once more may help."""


class Lookups(Protocol):
    """Whoever answers flows' questions."""

    async def ask(self, question: Question, key: str) -> Answered | NothingThere:
        """Ask once. It may take for ever: who asks sets the limit, and cancels. ``key`` is the same when the
        same is asked again, so that nothing is done twice.

        Raises:
            NoAnswer: none came, or none that can be understood.
        """
        ...


class NobodyToAsk:
    """A house without services and customers."""

    async def ask(self, question: Question, key: str) -> Answered | NothingThere:
        """Nobody answers.

        Raises:
            NoAnswer: always.
        """
        raise NoAnswer("there is nobody to ask")
