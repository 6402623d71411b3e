"""Texts with expressions in braces: ``Hello {customer.name}``; ``{{`` and ``}}`` stand for braces."""

import re
from collections.abc import Callable, Iterator
from typing import Any, final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from ivr.expression import Expression, ExpressionError, Fault, Scope
from ivr.values import Value, as_text

MAX_LENGTH = 2000
"""Characters of a template as it is written."""
MAX_FILLED = 4000
"""Characters of one when it is filled in; the rest is cut off."""

_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")


@final
class Template:
    """A text with expressions in it, checked. Two of the same text are equal."""

    __slots__ = ("parts", "source")

    def __init__(self, source: str) -> None:
        """Read ``source``.

        Raises:
            ExpressionError: it is too long, a brace stands alone, or what stands in braces is no expression.
        """
        if len(source) > MAX_LENGTH:
            raise ExpressionError(f"is longer than {MAX_LENGTH} characters")
        self.source = source
        self.parts: tuple[str | Expression, ...] = tuple(_parts(source))

    @property
    def names(self) -> tuple[str, ...]:
        """Every variable it reads."""
        return tuple(
            dict.fromkeys(name for part in self.parts if isinstance(part, Expression) for name in part.names)
        )

    @property
    def always_the_same(self) -> bool:
        """No expression in it: the text is known before any call."""
        return not any(isinstance(part, Expression) for part in self.parts)

    def fill(self, scope: Scope, written: Callable[[Value], str] = as_text) -> str:
        """The text for one caller; ``written`` says how a value stands in it, nothing when it has none."""
        filled = (part if isinstance(part, str) else _filled(part, scope, written) for part in self.parts)
        return "".join(filled)[:MAX_FILLED]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Template) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)

    def __repr__(self) -> str:
        return f"Template({self.source!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._written, serialization=core_schema.plain_serializer_function_ser_schema(_source_of)
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {
            "type": "string",
            "maxLength": MAX_LENGTH,
            "description": "A text with expressions in {braces}",
        }

    @classmethod
    def _written(cls, given: object) -> "Template":
        if isinstance(given, Template):
            return given
        if not isinstance(given, str):
            raise ExpressionError("must be text: put it in quotes")
        return cls(given)


def _source_of(template: Template) -> str:
    return template.source


def _parts(source: str) -> Iterator[str | Expression]:
    for found in _PART.finditer(source):
        match found[0]:
            case "{{" | "}}":
                yield found[0][0]
            case "{" | "}":
                raise ExpressionError("has a brace alone; {{ and }} stand for braces")
            case part if part.startswith("{"):
                yield Expression(found[1])
            case part:
                yield part


def _filled(part: Expression, scope: Scope, written: Callable[[Value], str]) -> str:
    try:
        return written(part.value(scope))
    except Fault:
        return ""
