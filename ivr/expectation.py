"""What a flow expects of an answer: where in it a value stands, and of what kind it must be."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ivr.document import Misfit, Misfits
from ivr.question import Json
from ivr.values import Secret, Value

MAX_TEXT = 500
"""Characters of the longest text a flow takes from an answer."""
MAX_NUMBER = 10**15
"""No number it takes is as large."""
MAX_PLACES = 9
"""Digits after the point."""

_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Kind(StrEnum):
    """What a value must be."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"


class NotAsExpected(Exception):
    """An answer without a value that a flow needs. The text names the variable, nothing of the answer."""


class Expected(BaseModel):
    """One value of an answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Kind
    path: Annotated[str | None, Field(max_length=200, pattern=r"^[0-9A-Za-z_-]+(\.[0-9A-Za-z_-]+)*$")] = None
    """Keys and positions in lists, from the outermost on: ``accounts.0.balance``. None: a key of the
    variable's own name."""
    optional: Annotated[bool, Field(strict=True)] = False
    """It may be missing, or null: the variable is not known then."""
    choices: Annotated[tuple[str, ...] | None, Field(min_length=1, max_length=100)] = None
    """Texts it may be; None: any."""
    secret: Annotated[bool, Field(strict=True)] = False
    """Nobody may see it: the variable holds a secret."""

    @model_validator(mode="after")
    def _only_texts(self) -> "Expected":
        for name in ("choices", "secret"):
            if getattr(self, name) and self.type is not Kind.TEXT:
                raise Misfits([Misfit((name,), "is for texts only")])
        return self

    def value(self, name: str, answer: Json) -> Value:
        """The value for the variable ``name``.

        Raises:
            NotAsExpected: it is not there, or of another kind.
        """
        found = _at(answer, (self.path or name).split("."))
        if found is None and self.optional:
            return None
        value = _of_kind(self.type, found)
        if value is None or (self.choices is not None and value not in self.choices):
            raise NotAsExpected(name)
        return Secret(value) if self.secret and isinstance(value, str) else value


def _written(given: Any) -> Any:
    """``balance: decimal`` is short for ``balance: {type: decimal}``."""
    return {"type": given} if isinstance(given, str) else given


Expectation = Annotated[Expected, BeforeValidator(_written, json_schema_input_type=Expected | Kind)]


def taken(expect: Mapping[str, Expected], answer: Json) -> dict[str, Value]:
    """Every value expected of ``answer``, by its variable.

    Raises:
        NotAsExpected: one of them is not there, or of another kind.
    """
    return {name: expected.value(name, answer) for name, expected in expect.items()}


def made_up(expect: Mapping[str, Expected], values: Mapping[str, str | int | float | bool | None]) -> Json:
    """An answer as it is expected, with these values; where none is given, with some of the right kind."""
    answer: dict[str, Any] = {}
    for name, expected in expect.items():
        *above, last = (expected.path or name).split(".")
        inside = answer
        for part in above:
            if not isinstance(inside.get(part), dict):
                inside[part] = {}
            inside = inside[part]
        inside[last] = _as_kind(expected, values[name]) if name in values else _some(expected)
    return answer


def _as_kind(expected: Expected, value: str | int | float | bool | None) -> Json:
    if expected.type is Kind.TEXT and isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # a number needs no quotes where a text is meant
    return Decimal(str(value)) if isinstance(value, float) else value


def _some(expected: Expected) -> Json:
    match expected.type:
        case Kind.TEXT:
            return expected.choices[0] if expected.choices else "something"
        case Kind.BOOLEAN:
            return True
        case Kind.DATE:
            return "2026-01-02"
        case Kind.INTEGER | Kind.DECIMAL:
            return 1


def _at(answer: Json, path: Sequence[str]) -> Json:
    for part in path:
        match answer:
            case Mapping():
                answer = answer.get(part)
            case list() if part.isdecimal() and part.isascii() and len(part) <= 4 and int(part) < len(answer):
                answer = answer[int(part)]
            case _:
                return None
    return answer


def _of_kind(kind: Kind, found: Json) -> Value:
    """``found`` as a value of this kind; None when it is none."""
    match kind, found:
        case Kind.TEXT, str() if len(found) <= MAX_TEXT and found.isprintable():
            return found
        case Kind.BOOLEAN, bool():
            return found
        case ((Kind.INTEGER | Kind.DECIMAL), bool()):
            return None
        case Kind.INTEGER, int() if abs(found) < MAX_NUMBER:
            return found
        case Kind.DECIMAL, int(number) if abs(number) < MAX_NUMBER:
            return Decimal(number)
        case Kind.DECIMAL, Decimal() if abs(found) < MAX_NUMBER:
            return _rounded(found)
        case Kind.DECIMAL, str() if found.isascii() and _DECIMAL.fullmatch(found):
            return Decimal(found)
        case Kind.DATE, str() if found.isascii() and _DAY.fullmatch(found):
            return _day(found)
        case _:
            return None


def _rounded(number: Decimal) -> Decimal | None:
    try:
        rounded = round(number, MAX_PLACES)
    except ArithmeticError:
        return None
    return number if rounded == number else rounded


def _day(found: str) -> date | None:
    try:
        return date.fromisoformat(found)
    except ValueError:
        return None
