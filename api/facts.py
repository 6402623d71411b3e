"""Facts of the domain in the API's words: instants as ISO 8601 in UTC, spans in seconds, the rest by name.

Encoders and schemas are made from the same type hints, once per class, when this module is imported: what is
documented is what is sent.
"""

import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    NewType,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import BaseModel, Field, create_model

from acd.events import Refused
from acd.instant import Instant, Span, in_seconds
from cti.envelope import Envelope
from cti.messages import Event

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 253_402_300_799_999_999
"""The last microsecond of the year 9999: beyond it there is no date to write."""

IsoTime = Annotated[
    str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-03-02T09:30:00.123456Z"])
]
"""A point in time: ISO 8601, UTC, microseconds."""


def iso(at: int) -> str:
    """An instant for people and machines outside."""
    moment = _EPOCH + timedelta(microseconds=min(max(at, 0), _LATEST))
    return f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def iso_or_none(at: int | None) -> str | None:
    """The same for an instant that may not be known."""
    return None if at is None else iso(at)


def seconds_or_none(span: int | None) -> float | None:
    """Seconds of a span that may not be known."""
    return None if span is None else in_seconds(span)


def _optional(hint: Any) -> Any | None:
    if get_origin(hint) not in (Union, types.UnionType):
        return None
    (inner,) = (arg for arg in get_args(hint) if arg is not types.NoneType)
    return inner


def _is_span(hint: Any) -> bool:
    return hint is Span or _optional(hint) is Span


def _name(name: str, hint: Any) -> str:
    return f"{name}_s" if _is_span(hint) else name


def _plain(hint: Any) -> Any:
    while isinstance(hint, NewType):
        hint = hint.__supertype__
    return hint


def _converter(hint: Any) -> Callable[[Any], Any]:
    if (inner := _optional(hint)) is not None:
        convert = _converter(inner)
        return lambda value: None if value is None else convert(value)
    if hint is Instant:
        return iso
    if hint is Span:
        return in_seconds
    if get_origin(hint) is tuple:
        item = _converter(get_args(hint)[0])
        return lambda value: [item(one) for one in value]
    plain = _plain(hint)
    if isinstance(plain, type) and issubclass(plain, StrEnum):
        return lambda value: value.value
    if isinstance(plain, type) and is_dataclass(plain):
        return _dataclass_converter(plain)
    assert plain in (str, int, bool), f"no outside form is known for {hint!r}"
    return lambda value: value


def _dataclass_converter(cls: type) -> Callable[[Any], dict[str, Any]]:
    hints = get_type_hints(cls)
    steps = [(f.name, _name(f.name, hints[f.name]), _converter(hints[f.name])) for f in fields(cls)]
    return lambda value: {outside: convert(getattr(value, inside)) for inside, outside, convert in steps}


def _schema_of(hint: Any) -> Any:
    if (inner := _optional(hint)) is not None:
        return Union[_schema_of(inner), None]  # noqa: UP007 - made from values
    if hint is Instant:
        return IsoTime
    if hint is Span:
        return float
    if get_origin(hint) is tuple:
        return list[_schema_of(get_args(hint)[0])]  # type: ignore[misc]
    plain = _plain(hint)
    return _MODELS.get(plain) or (_model_of(plain) if is_dataclass(plain) else plain)


def _model_of(cls: Any, **head: Any) -> type[BaseModel]:
    hints = get_type_hints(cls)
    body = {_name(f.name, hints[f.name]): (_schema_of(hints[f.name]), ...) for f in fields(cls)}
    made: type[BaseModel] = create_model(cls.__name__, __doc__=cls.__doc__, **{**head, **body})
    _MODELS[cls] = made
    return made


FACTS: tuple[type, ...] = tuple(cls for cls in get_args(Event) if cls is not Refused)
"""What is told to everybody. A refusal is an answer to one asker, no fact."""
_ENCODERS = {cls: _dataclass_converter(cls) for cls in FACTS}
_MODELS: dict[Any, type[BaseModel]] = {}
FACT_MODELS: tuple[type[BaseModel], ...] = tuple(
    _model_of(cls, type=(Literal[cls.__name__], ...)) for cls in FACTS
)

if TYPE_CHECKING:
    Fact = dict[str, Any]
else:
    Fact = Annotated[Union[FACT_MODELS], Field(discriminator="type")]  # noqa: UP007 - made from values
"""Any fact, told apart by ``type``."""


def is_fact(envelope: Envelope) -> bool:
    """Whether an envelope carries what outsiders are told."""
    return type(envelope.message) in _ENCODERS


def told(envelope: Envelope) -> dict[str, Any]:
    """The fact in an envelope: its ``type``, then its fields."""
    message = envelope.message
    return {"type": type(message).__name__, **_ENCODERS[type(message)](message)}
