"""What a person who mistyped a word probably meant."""

import difflib
import re
import types
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel


def closest(word: str, choices: Iterable[str]) -> str | None:
    """The choice most like ``word``, or None when none is near."""
    return next(iter(difflib.get_close_matches(word, sorted(choices), n=1, cutoff=0.6)), None)


def choices_in(expected: str) -> tuple[str, ...]:
    """The words in pydantic's list of what it expected: ``'a', 'b' or 'c'``."""
    return tuple(re.findall(r"'([^']*)'", expected))


def keys_at(model: type[BaseModel], loc: Sequence[str | int]) -> tuple[str, ...]:
    """The keys that ``model`` knows at ``loc``, a pydantic location (union tags included)."""
    here: list[Any] = [model]
    for part in loc:
        here = [step for kind in here for step in _into(kind, part)] or here
    models = [kind for outer in here for kind in _plain(outer) if _is_model(kind)]
    return tuple(sorted({_key(name, field) for kind in models for name, field in kind.model_fields.items()}))


def _into(kind: Any, part: str | int) -> Iterator[Any]:
    """The types that may stand at ``part`` inside ``kind``."""
    alternatives = list(_plain(kind))
    tagged = [a for a in alternatives if _is_model(a) and _has_tag(a, part)]
    if tagged and len(alternatives) > 1:
        yield from tagged
        return
    for plain in alternatives:
        if _is_model(plain):
            yield from (f.annotation for n, f in plain.model_fields.items() if part in (n, _key(n, f)))
        elif get_origin(plain) is dict:
            yield get_args(plain)[1]
        elif isinstance(part, int) and get_origin(plain) in (list, tuple, set, frozenset):
            yield get_args(plain)[0]


def _plain(kind: Any) -> Iterator[Any]:
    """The alternatives of a type, without aliases and annotations."""
    if hasattr(kind, "__value__"):
        yield from _plain(kind.__value__)
    elif get_origin(kind) is Annotated:
        yield from _plain(get_args(kind)[0])
    elif get_origin(kind) in (Union, types.UnionType):
        for alternative in get_args(kind):
            yield from _plain(alternative)
    else:
        yield kind


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _has_tag(model: Any, tag: str | int) -> bool:
    annotations = (field.annotation for field in model.model_fields.values())
    return any(get_origin(a) is Literal and tag in get_args(a) for a in annotations)


def _key(name: str, field: Any) -> str:
    return str(field.alias or name)
