"""``survey``: what the caller says of how he was served."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from ivr.back import Back
from ivr.document import Misfit, Misfits
from ivr.happenings import NotRecorded, Recorded
from ivr.names import FinishKeys, NodeName, Place, Retries, Seconds, VariableName
from ivr.nodes.node import Node
from ivr.prompts import Prompt, Prompts, SomePrompts
from ivr.steps import AskComment, TellGrade
from ivr.talk import Asking, Run, Talk

MOST_QUESTIONS = 10
TEN = 10
FOR_TEN_S = 2.0
"""How long the 0 of a 10 is waited for, in seconds."""

Grade = Annotated[int, Field(strict=True, ge=0, le=TEN)]


class SurveyQuestion(BaseModel):
    """A question that is answered by a grade."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: VariableName
    """What it is called in reports; the variable of this name holds the grade, ``none`` without one."""
    prompts: SomePrompts
    scale: tuple[Grade, Grade]
    """The least and the greatest grade."""

    @model_validator(mode="after")
    def _rises(self) -> Self:
        least, most = self.scale
        if least >= most:
            raise Misfits([Misfit(("scale", 1), f"is not more than the least grade, {least}")])
        return self


class SurveyWords(BaseModel):
    """A question that is answered in words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: VariableName
    """What it is called in reports; the variable of this name holds what they can be played back by."""
    prompts: SomePrompts
    comment_s: Annotated[int, Field(strict=True, ge=1, le=600)]
    """The longest he may speak, in seconds."""
    silence_s: Annotated[int, Field(strict=True, ge=1, le=60)] = 3
    """Silence that ends it."""
    finish_keys: FinishKeys = "#"
    """Keys that end it."""


def _form(given: Any) -> str:
    in_words = isinstance(given, SurveyWords) or (isinstance(given, Mapping) and "comment_s" in given)
    return "in words" if in_words else "by a grade"


AnyQuestion = Annotated[
    Annotated[SurveyQuestion, Tag("by a grade")] | Annotated[SurveyWords, Tag("in words")],
    Discriminator(_form),
]


class SurveyNode(Node):
    """Asks for grades, one question after the other, each with its own tries. Who does not answer one is
    asked the next."""

    asks: ClassVar[bool] = True

    kind: Literal["survey"]
    questions: Annotated[tuple[AnyQuestion, ...], Field(min_length=1, max_length=MOST_QUESTIONS)]
    timeout_s: Seconds
    """How long to wait for a key once the prompts are over, in seconds."""
    retries: Retries
    """How many times a question is asked again after a wrong key or silence."""
    invalid_prompts: Prompts = ()
    timeout_prompts: Prompts = ()
    next: NodeName

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [question.name for question in self.questions]
        found = [
            Misfit(("questions", at, "name"), f"'{name}' is asked twice")
            for at, name in enumerate(names)
            if name in names[:at]
        ]
        if found:
            raise Misfits(found)
        return self

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """On."""
        yield ("next",), self.next

    def sets(self) -> Iterator[tuple[Place, str]]:
        """The grades."""
        for at, question in enumerate(self.questions):
            yield ("questions", at, "name"), question.name

    def more_prompts(self) -> Iterator[tuple[Place, Prompt]]:
        """The questions' own."""
        for at, question in enumerate(self.questions):
            for place, prompt in enumerate(question.prompts):
                yield ("questions", at, "prompts", place), prompt

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Ask everything; a grade is told as soon as it is given: he may hang up on the next question."""
        for question in self.questions:
            talk.set(question.name, None)
            if isinstance(question, SurveyWords):
                yield from self._listen(talk, question)
            else:
                yield from self._ask(talk, question)
        return self.next

    def _listen(self, talk: Talk, question: SurveyWords) -> Asking[None]:
        yield from talk.play(question.prompts, interruptible=True)
        talk.forget_keys()
        here = talk.here
        happening = yield AskComment(
            flow=here.flow,
            node=here.node,
            question=question.name,
            max_s=question.comment_s,
            silence_s=question.silence_s,
            finish_keys=question.finish_keys,
        )
        if isinstance(happening, Recorded):
            talk.set(question.name, happening.name)
            talk.note(result=f"{question.name}: {happening.seconds:.0f} s")
        elif isinstance(happening, NotRecorded):
            talk.note(result=f"{question.name}: {happening.reason}")

    def _ask(self, talk: Talk, question: SurveyQuestion) -> Asking[None]:
        prompts = question.prompts
        least, most = question.scale
        for _ in range(1 + self.retries):
            key = yield from talk.ask_key(prompts, self.timeout_s)
            if key == "1" and most == TEN:
                key = yield from self._one_or_ten(talk)
            if key is not None and key.isdecimal() and least <= int(key) <= most:
                yield from self._tell(talk, question, int(key))
                return
            talk.note(key=key, result=f"{question.name}: {'silence' if key is None else 'invalid'}")
            talk.forget_keys()
            prompts = (self.timeout_prompts if key is None else self.invalid_prompts) + question.prompts

    def _tell(self, talk: Talk, question: SurveyQuestion, grade: int) -> Asking[None]:
        talk.note(key=str(grade), result=question.name)
        talk.set(question.name, grade)
        least, most = question.scale
        yield TellGrade(
            flow=talk.here.flow,
            node=talk.here.node,
            question=question.name,
            grade=grade,
            least=least,
            most=most,
        )

    def _one_or_ten(self, talk: Talk) -> Asking[str]:
        """Any other key than 0 answers the next question."""
        key = yield from talk.listen(FOR_TEN_S)
        if key == "0":
            return "10"
        if key is not None:
            talk.typed_before(key)
        return "1"
