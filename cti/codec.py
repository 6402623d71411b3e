"""Messages as JSON and back: the one written form of everything that goes into the core or comes out of it.

A message is written as ``{"type": class name, field: value, ...}``. Instants and spans stay whole
microseconds, enums are their values, sets are sorted. Encoders and decoders are built once per class, from
its type hints, when this module is imported: encoding is on the path of every routing decision.
"""

import json
import re
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

from acd.instant import Instant
from cti.envelope import Envelope
from cti.messages import Event, Input, Output

Encoder = Callable[[Any], Any]
Decoder = Callable[[Any], Any]


class CodecError(ValueError):
    """Written data that is no message; ``type`` and ``field`` say where it goes wrong."""

    def __init__(self, message: str, *, type: str = "", field: str = "") -> None:
        self.type = type
        """The message's class name as written, empty when the data names none."""
        self.field = field
        """Path of the value within the message, as in ``seen.calls[2].place``; empty for all of it."""
        self.problem = message
        place = ".".join(part for part in (type, field) if part)
        super().__init__(f"{place}: {message}" if place else message)


class _Misfit(Exception):
    """A value that does not fit its field; the path grows as it rises."""

    def __init__(self, message: str, path: str = "") -> None:
        self.message, self.path = message, path
        super().__init__(message)

    def below(self, step: str) -> "_Misfit":
        joint = "." if self.path and not self.path.startswith("[") else ""
        return _Misfit(self.message, f"{step}{joint}{self.path}")


def _dataclass_encoder(cls: type, head: Mapping[str, Any]) -> Encoder:
    hints = get_type_hints(cls)
    names = tuple(field.name for field in fields(cls))
    special = [(name, enc) for name in names if (enc := _encoder(hints[name])) is not None]
    if len(names) == 1:
        (name,) = names
        convert = special[0][1] if special else None

        def encode_single(value: Any) -> dict[str, Any]:
            content = getattr(value, name)
            return {**head, name: convert(content) if convert else content}

        return encode_single
    values_of = attrgetter(*names)

    def encode_fields(value: Any) -> dict[str, Any]:
        encoded = dict(head)
        encoded.update(zip(names, values_of(value), strict=True))
        for name, convert in special:
            encoded[name] = convert(encoded[name])
        return encoded

    return encode_fields


def _encoder(hint: Any) -> Encoder | None:
    """How values of this type are written; None when they are written as they are."""
    inner = _unwrapped(hint)
    if inner in (str, int, bool):
        return None
    if (optional := _optional(inner)) is not None:
        encode_inner = _encoder(optional)
        return None if encode_inner is None else lambda v: None if v is None else encode_inner(v)
    if get_origin(inner) is tuple:
        encode_item = _encoder(get_args(inner)[0])
        return list if encode_item is None else lambda v: [encode_item(item) for item in v]
    if get_origin(inner) is frozenset and _encoder(get_args(inner)[0]) is None:
        return sorted
    if isinstance(inner, type) and issubclass(inner, StrEnum):
        return attrgetter("_value_")
    if is_dataclass(inner) and isinstance(inner, type):
        return _dataclass_encoder(inner, {})
    raise TypeError(f"no written form is known for {hint!r}")


def _dataclass_decoder(cls: type) -> Decoder:
    hints = get_type_hints(cls)
    decoders = {field.name: _decoder(hints[field.name]) for field in fields(cls)}
    needed = frozenset(f.name for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING)

    def decode_fields(data: Any) -> Any:
        if type(data) is not dict:
            raise _Misfit("must be an object")
        values = {}
        for name, value in data.items():
            try:
                values[name] = decoders[name](value)
            except KeyError:
                raise _Misfit("is no field of it", str(name)) from None
            except _Misfit as misfit:
                raise misfit.below(name) from None
        if not needed <= values.keys():
            raise _Misfit("is missing", min(needed - values.keys()))
        return cls(**values)

    return decode_fields


def _plain_decoder(kind: type, called: str) -> Decoder:
    def decode_plain(value: Any) -> Any:
        if type(value) is not kind:
            raise _Misfit(f"must be {called}, not {_shown(value)}")
        return value

    return decode_plain


def _enum_decoder(enum: type[StrEnum]) -> Decoder:
    members = {member.value: member for member in enum}

    def decode_enum(value: Any) -> StrEnum:
        if type(value) is not str or value not in members:
            raise _Misfit(f"must be one of {', '.join(members)}, not {_shown(value)}")
        return members[value]

    return decode_enum


def _collection_decoder(build: Callable[[list[Any]], Any], decode_item: Decoder) -> Decoder:
    def decode_collection(value: Any) -> Any:
        if type(value) is not list:
            raise _Misfit(f"must be a list, not {_shown(value)}")
        items = []
        for at, item in enumerate(value):
            try:
                items.append(decode_item(item))
            except _Misfit as misfit:
                raise misfit.below(f"[{at}]") from None
        return build(items)

    return decode_collection


_PLAIN = {
    str: _plain_decoder(str, "text"),
    int: _plain_decoder(int, "a whole number"),
    bool: _plain_decoder(bool, "true or false"),
}


def _decoder(hint: Any) -> Decoder:
    inner = _unwrapped(hint)
    if inner in _PLAIN:
        return _PLAIN[inner]
    if (optional := _optional(inner)) is not None:
        decode_inner = _decoder(optional)
        return lambda v: None if v is None else decode_inner(v)
    if get_origin(inner) in (tuple, frozenset):
        return _collection_decoder(get_origin(inner), _decoder(get_args(inner)[0]))
    if isinstance(inner, type) and issubclass(inner, StrEnum):
        return _enum_decoder(inner)
    if is_dataclass(inner) and isinstance(inner, type):
        return _dataclass_decoder(inner)
    raise TypeError(f"no written form is known for {hint!r}")


def _unwrapped(hint: Any) -> Any:
    while isinstance(hint, NewType):
        hint = hint.__supertype__
    return hint


def _optional(hint: Any) -> Any | None:
    """X of ``X | None``, else None."""
    if get_origin(hint) not in (Union, types.UnionType):
        return None
    others = [arg for arg in get_args(hint) if arg is not types.NoneType]
    return others[0] if len(others) == 1 else None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


MESSAGE_TYPES: Mapping[str, type] = {cls.__name__: cls for cls in (*get_args(Input), *get_args(Output))}
"""Every message's class by its written name."""

EVENT_TYPES: frozenset[str] = frozenset(cls.__name__ for cls in get_args(Event))
"""Written names of the domain's events: what is told to the outside."""


def record_decoder(cls: type, called: str | None = None) -> Decoder:
    """A function from plain data to a ``cls``, a dataclass; it raises nothing but :class:`CodecError`.

    ``called`` is what messages for people call it, where that is not its own name.
    """
    decode_fields = _dataclass_decoder(cls)

    def decode_record(data: Any) -> Any:
        try:
            return decode_fields(data)
        except _Misfit as misfit:
            raise CodecError(misfit.message, type=called or cls.__name__, field=misfit.path) from None

    return decode_record


_ENCODERS = {cls: _dataclass_encoder(cls, {"type": name}) for name, cls in MESSAGE_TYPES.items()}
_DECODERS = {name: record_decoder(cls) for name, cls in MESSAGE_TYPES.items()}
_as_json = json.JSONEncoder(separators=(",", ":")).encode  # ASCII only: no text can break a line or an index


def small_name(kind: type) -> str:
    """The name of a kind of message in small letters: ``call_queued``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


def encode(message: Input | Output) -> dict[str, Any]:
    """The message as JSON-ready data."""
    encoded: dict[str, Any] = _ENCODERS[type(message)](message)
    return encoded


def decode(data: Any) -> Input | Output:
    """The message that :func:`encode` wrote. A field with a default may be missing, nothing may be added.

    Raises:
        CodecError: the data is no message; whatever the data, nothing else is raised.
    """
    if type(data) is not dict:
        raise CodecError(f"a message must be an object, not {_shown(data)}")
    content = dict(data)
    name = content.pop("type", None)
    decoder = _DECODERS.get(name) if type(name) is str else None
    if decoder is None:
        raise CodecError(f"{_shown(name)} is no type of message", field="type")
    message: Input | Output = decoder(content)
    return message


def encode_envelope(envelope: Envelope) -> bytes:
    """The envelope as one line of JSON, its line feed included."""
    line = _as_json(
        {
            "run": envelope.run,
            "seq": envelope.seq,
            "at": envelope.at,
            "cause": envelope.cause,
            "message": _ENCODERS[type(envelope.message)](envelope.message),
        }
    )
    return f"{line}\n".encode("ascii")


def decode_envelope(line: bytes | str) -> Envelope:
    """The envelope that :func:`encode_envelope` wrote.

    Raises:
        CodecError: the line holds no envelope; whatever the line, nothing else is raised.
    """
    return envelope_from(parse(line))


def parse(line: bytes | str) -> Any:
    """The JSON of one line.

    Raises:
        CodecError: it is not JSON.
    """
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:  # ValueError: also UnicodeDecodeError and too long numbers
        raise CodecError(f"not JSON: {error}") from None


_ENVELOPE_KEYS = frozenset({"run", "seq", "at", "cause", "message"})


def envelope_from(data: Any) -> Envelope:
    """The envelope in a parsed line.

    Raises:
        CodecError: it holds none.
    """
    if type(data) is not dict or data.keys() != _ENVELOPE_KEYS:
        raise CodecError(f"not an envelope: {_shown(data)}")
    header: _Header = _decode_header({name: value for name, value in data.items() if name != "message"})
    return Envelope(
        run=header.run,
        seq=header.seq,
        at=header.at,
        cause=header.cause,
        message=decode(data["message"]),
    )


@dataclass(frozen=True, slots=True)
class _Header:
    run: str
    seq: int
    at: Instant
    cause: int | None


_decode_header = record_decoder(_Header, "Envelope")
