"""``language``: what the caller is spoken to in from now on."""

from collections.abc import Collection, Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Tag, WithJsonSchema

from ivr.back import Back
from ivr.expression import Expression
from ivr.names import LANGUAGE, Language, NodeName, Place
from ivr.nodes.node import Node
from ivr.steps import SpeakLanguage
from ivr.talk import Run, Talk


def _form(given: Any) -> str:
    """``zh`` is a language; ``customer.language`` is where to find one."""
    named = isinstance(given, str) and LANGUAGE.fullmatch(given)
    return "a language" if named else "an expression"


class LanguageNode(Node):
    """Changes the language. One that the flow does not speak changes nothing."""

    while_waiting: ClassVar[bool] = True

    kind: Literal["language"]
    language: Annotated[
        Annotated[Language, Tag("a language")] | Annotated[Expression, Tag("an expression")],
        Discriminator(_form),
        WithJsonSchema({"type": "string", "maxLength": 500, "description": "A language or an expression"}),
    ]
    next: NodeName

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """On."""
        yield ("next",), self.next

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Change it, for us and for the channel."""
        language = talk.value(self.language) if isinstance(self.language, Expression) else self.language
        spoken = _spoken(language, talk.languages) if isinstance(language, str) else None
        if spoken is not None and spoken != talk.language:
            talk.language = spoken
            yield SpeakLanguage(language=spoken)
        talk.note(result=talk.language)
        return self.next


def _spoken(wanted: str, languages: Collection[str]) -> str | None:
    """Which of ``languages`` is meant by ``pt-BR``: that of the country, else the plain one."""
    whole = wanted.replace("-", "_")
    return next((one for one in (whole, whole.partition("_")[0]) if one in languages), None)
