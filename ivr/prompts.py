"""Prompts as flows write them: a sound's name, or a mapping that says what is to be spoken."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from ivr.expression import Expression
from ivr.names import MAX_PROMPTS, Language, PromptName
from ivr.template import Template

T = TypeVar("T")


class Said(BaseModel):
    """One prompt that is more than a sound's name."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _by_language(given: Any) -> str:
    return "by language" if isinstance(given, Mapping) else "one text"


Texts = Annotated[
    Annotated[Template, Tag("one text")]
    | Annotated[dict[Language, Template], Field(min_length=1), Tag("by language")],
    Discriminator(_by_language),
]
"""One text, or one for each language."""


class SayPrompt(Said):
    """A prompt by its name, in a language of its own: ``{prompt: hello, language: zh}``."""

    prompt: PromptName
    language: Language


class SayText(Said):
    """Words to be spoken: ``{text: "Hello {customer.name}"}``."""

    text: Texts
    language: Language | None = None
    """Of one text that is not in the caller's language: ``中文服务请按二`` before he has chosen any."""

    @model_validator(mode="after")
    def _one_language(self) -> Self:
        if self.language is not None and isinstance(self.text, dict):
            raise ValueError("a language is for one text; these are in their own languages")
        return self

    def in_language(self, language: str) -> Template | None:
        """The text for a caller of this language; None when there is none."""
        return self.text.get(language) if isinstance(self.text, dict) else self.text


class SayNumber(Said):
    """``{number: EXPR}``: forty-two."""

    number: Expression


class SayDigits(Said):
    """``{digits: EXPR}``: one after the other."""

    digits: Expression


class SayAmount(Said):
    """``{amount: EXPR, currency: EUR}``: money."""

    amount: Expression
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class SayDate(Said):
    """``{date: EXPR}``: a day, given as a date or as the text ``2026-12-24``."""

    date: Expression


class SayTime(Said):
    """``{time: EXPR}``: a time of day, given as the text ``17:30``."""

    time: Expression


class SayRecording(Said):
    """``{recording: EXPR}``: what the caller recorded in this call."""

    recording: Expression


class SayPosition(Said):
    """``{position: true}``: to a caller who waits, his place in line."""

    position: Literal[True]


class SayWait(Said):
    """``{wait: true}``: to a caller who waits, how long it may take; nothing while nobody knows, nor when it
    grew."""

    wait: Literal[True]


_KINDS = ("prompt", "text", "number", "digits", "amount", "date", "time", "recording", "position", "wait")


def _kind(given: Any) -> str | None:
    """The tag of a prompt; tags are no words of documents, or places of mistakes would be misread."""
    if isinstance(given, Said):
        return next(f"to say {kind}" for kind in _KINDS if kind in type(given).model_fields)
    if isinstance(given, Mapping):
        return next((f"to say {kind}" for kind in _KINDS if kind in given), None)
    return None if isinstance(given, list | tuple) else "a name"


Prompt = Annotated[
    Annotated[PromptName, Tag("a name")]
    | Annotated[SayPrompt, Tag("to say prompt")]
    | Annotated[SayText, Tag("to say text")]
    | Annotated[SayNumber, Tag("to say number")]
    | Annotated[SayDigits, Tag("to say digits")]
    | Annotated[SayAmount, Tag("to say amount")]
    | Annotated[SayDate, Tag("to say date")]
    | Annotated[SayTime, Tag("to say time")]
    | Annotated[SayRecording, Tag("to say recording")]
    | Annotated[SayPosition, Tag("to say position")]
    | Annotated[SayWait, Tag("to say wait")],
    Discriminator(
        _kind,
        custom_error_type="prompt",
        custom_error_message=f"must be a name or a mapping with one of: {', '.join(_KINDS)}",
    ),
]
Prompts = Annotated[tuple[Prompt, ...], Field(max_length=MAX_PROMPTS)]
SomePrompts = Annotated[tuple[Prompt, ...], Field(min_length=1, max_length=MAX_PROMPTS)]


def written_in(value: Any, kind: type[T]) -> Iterator[tuple[tuple[str | int, ...], T]]:
    """Everything of ``kind`` inside a model, with its place: models, mappings and lists are gone through."""
    if isinstance(value, kind):
        yield (), value
    if isinstance(value, BaseModel):
        fields = type(value).model_fields.items()
        parts: Iterator[tuple[str | int, Any]]
        parts = ((field.alias or name, getattr(value, name)) for name, field in fields)
    elif isinstance(value, Mapping):
        parts = iter(value.items())
    elif isinstance(value, tuple | list):
        parts = iter(enumerate(value))
    else:
        return
    for name, part in parts:
        for place, found in written_in(part, kind):
            yield (name, *place), found
