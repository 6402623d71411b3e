"""``collect``: several digits of the caller."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from ivr.back import Back
from ivr.check_digits import CheckDigit, holds
from ivr.document import Misfit, Misfits
from ivr.names import NodeName, Place, Seconds, VariableName
from ivr.nodes.question import Question
from ivr.talk import Asking, Run, Talk
from ivr.values import Secret

MAX_DIGITS = 40

Count = Annotated[int, Field(strict=True, ge=1, le=MAX_DIGITS)]


class Between(BaseModel):
    """At least ``min`` digits, at most ``max``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min: Count
    max: Count

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min > self.max:
            raise Misfits([Misfit(("min",), f"is more than max, {self.max}")])
        return self


def _form(given: Any) -> str:
    return "between" if isinstance(given, Mapping | Between) else "exactly"


Length = Annotated[
    Annotated[Count, Tag("exactly")] | Annotated[Between, Tag("between")], Discriminator(_form)
]


class CollectNode(Question):
    """Asks the caller for digits: an account number, a PIN, an amount."""

    kind: Literal["collect"]
    into: VariableName
    """The variable that holds them afterwards, as text."""
    length: Length
    terminator: Literal["#", "*"] | None = "#"
    """The key that ends them before there are as many as there may be; None: only silence does."""
    between_s: Seconds = 3.0
    """How long to wait for a further digit, in seconds."""
    check: CheckDigit | None = None
    mask: Annotated[bool, Field(strict=True)] = False
    """Nobody may see them: not in logs, notes, recordings, on screens."""
    next: NodeName
    otherwise: NodeName
    """Where a caller goes who typed nothing of use in all tries; the variable is ``none`` then."""

    @property
    def least(self) -> int:
        """The fewest digits that do."""
        return self.length.min if isinstance(self.length, Between) else self.length

    @property
    def most(self) -> int:
        """With these no more are waited for."""
        return self.length.max if isinstance(self.length, Between) else self.length

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """On, or otherwise."""
        yield ("next",), self.next
        yield ("otherwise",), self.otherwise

    def sets(self) -> Iterator[tuple[Place, str]]:
        """What was typed."""
        yield ("into",), self.into

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Ask until what is typed can be right. What was typed behind a wrong answer is forgotten."""
        talk.set(self.into, None)
        prompts = self.prompts
        for left in range(self.retries, -1, -1):
            first = yield from talk.ask_key(prompts, self.timeout_s)
            typed = "" if first is None else (yield from self._typed(talk, first))
            if first is not None and self._can_be_right(typed):
                talk.set(self.into, Secret(typed) if self.mask else typed)
                talk.note(result="masked" if self.mask else f"{len(typed)} digits", answered=True)
                return self.next
            talk.note_failure(None, silent=first is None, more=left > 0)
            talk.forget_keys()
            prompts = (self.timeout_prompts if first is None else self.invalid_prompts) + self.prompts
        return self.otherwise

    def _typed(self, talk: Talk, first: str) -> Asking[str]:
        """Everything from the ``first`` key to the terminator, silence, or the last that may come."""
        typed = ""
        key: str | None = first
        while key is not None and key != self.terminator:
            typed += key
            if len(typed) == self.most:
                talk.late_key = self.terminator
                break
            key = yield from talk.listen(self.between_s)
        return typed

    def _can_be_right(self, typed: str) -> bool:
        if not (typed.isascii() and typed.isdecimal() and len(typed) >= self.least):
            return False
        return self.check is None or holds(self.check, typed)
