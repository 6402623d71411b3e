"""Written documents (configuration, flows): YAML read so that every mistake is reported with its place.

Scalars follow YAML 1.2's core rules, not 1.1's: ``no``, ``0612`` and ``18:30`` stay text. Keys are always
text, so a menu may say ``1: sales`` and a number plan ``8000: main``.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from ivr.suggestion import choices_in, closest, keys_at

M = TypeVar("M", bound=BaseModel)

MAX_BYTES = 1_048_576
"""The largest document that is read."""
MAX_DEPTH = 32
"""The deepest nesting that is read; also ends documents that contain themselves."""
MAX_VALUES = 50_000
"""The most values a document may hold once its aliases are followed."""

Loc = Sequence[str | int]
"""Where a value stands: keys and list positions from the document's root."""

_INT = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?([eE][-+]?[0-9]{1,3})?")
_CORE_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "timestamp", "value", "merge", "map", "seq")
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a document."""

    file: str
    """The document, as its reader named it."""
    line: int
    """Counted from 1; 0 when the mistake is not in one line (a missing file, an environment variable)."""
    field: str
    """Dotted path of the value (``agents.0.skills.sales``), or empty for the whole document."""
    message: str
    suggestion: str | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        field = f" {self.field}:" if self.field else ""
        hint = f" (did you mean '{self.suggestion}'?)" if self.suggestion else ""
        return f"{place}:{field} {self.message}{hint}"


class DocumentError(Exception):
    """A document that cannot be used; ``problems`` says everything that is wrong with it, in its order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Misfit:
    """A mistake a model's own validator found, at a place relative to that model."""

    loc: tuple[str | int, ...]
    message: str
    suggestion: str | None = None


class Misfits(ValueError):
    """Raised by a model's validator to report mistakes at exact places below it."""

    def __init__(self, misfits: Iterable[Misfit]) -> None:
        self.misfits = tuple(misfits)
        super().__init__("; ".join(misfit.message for misfit in self.misfits))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value was written: see :class:`Problem`."""

    file: str
    line: int
    field: str


@dataclass(frozen=True)
class Document:
    """A parsed document: plain data, and the line of every value in it."""

    file: str
    data: Any
    root: yaml.Node | None

    def place(self, loc: Loc) -> Place:
        """Where ``loc`` was written, as near as the document goes.

        pydantic's locations also name union tags and validators, which no document holds: they are skipped.
        """
        node, line, path = self.root, 1, list[str]()
        for part in loc:
            if (step := _step(node, part)) is not None:
                line, node = step
                path.append(str(part))
        return Place(self.file, line, ".".join(path))

    def problems(self, error: ValidationError, model: type[BaseModel]) -> tuple[Problem, ...]:
        """What pydantic found, at the lines where it stands, in the document's order."""
        found = [p for detail in error.errors(include_url=False) for p in self._told(detail, model)]
        return tuple(sorted(dict.fromkeys(found), key=lambda p: p.line))

    def _told(self, detail: Any, model: type[BaseModel]) -> Iterable[Problem]:
        loc, kind, context = tuple(detail["loc"]), detail["type"], detail.get("ctx", {})
        place = self.place(loc)
        if isinstance(cause := context.get("error"), Misfits):
            for misfit in cause.misfits:
                at = self.place((*loc, *misfit.loc))
                yield Problem(at.file, at.line, at.field, misfit.message, misfit.suggestion)
            return
        if kind == "missing":
            field = ".".join(filter(None, (place.field, str(loc[-1]))))
            yield Problem(place.file, place.line, field, "is required but missing")
            return
        if kind == "union_tag_invalid":
            place = self.place((*loc, context["discriminator"].strip("'")))
        message, suggestion = _wording(detail, lambda: keys_at(model, loc[:-1]))
        yield Problem(place.file, place.line, place.field, message, suggestion)


def _step(node: yaml.Node | None, part: str | int) -> tuple[int, yaml.Node] | None:
    """The line and the node at ``part`` in a node, or None when the node has no such part."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line + 1, node.value[part]
    return None


def _wording(detail: Any, known_keys: Callable[[], Iterable[str]]) -> tuple[str, str | None]:
    """Message and suggestion for one of pydantic's findings."""
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    match kind:
        case "extra_forbidden":
            return "unknown key", closest(str(detail["loc"][-1]), known_keys())
        case "literal_error" | "enum":
            return f"must be {context['expected']}", closest(str(given), choices_in(context["expected"]))
        case "union_tag_invalid":
            tag, expected = str(context["tag"]), context["expected_tags"]
            return f"{tag!r} is none of {expected}", closest(tag, choices_in(expected))
        case "union_tag_not_found":
            return f"needs the key {context['discriminator']}", None
        case "string_type" if isinstance(given, int | float):
            written = str(given).lower() if isinstance(given, bool) else str(given)
            return "must be text: put it in quotes", f'"{written}"'
        case "model_type" | "dict_type" | "model_attributes_type":
            return "must be a mapping (key: value)", None
        case "list_type" | "tuple_type" | "set_type" | "frozen_set_type":
            return "must be a list", None
        case _:
            return str(detail["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, "), None


def load_document(path: Path | str, model: type[M]) -> M:
    """Read the YAML file at ``path`` as a ``model``.

    Raises:
        DocumentError: the file cannot be read, is not YAML, or does not fit the model.
    """
    return validate(read_document(path), model)


def validate(document: Document, model: type[M]) -> M:
    """The document as a ``model``.

    Raises:
        DocumentError: it does not fit.
    """
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise DocumentError(document.problems(error, model)) from None


def read_document(path: Path | str) -> Document:
    """Read the YAML file at ``path``.

    Raises:
        DocumentError: the file cannot be read, is too large, or is not YAML.
    """
    file = str(path)
    try:
        with open(path, "rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DocumentError([Problem(file, 0, "", f"cannot be read: {reason}")]) from None
    return parse_document(content, file)


def parse_document(content: bytes, file: str) -> Document:
    """Parse YAML; ``file`` names it in messages.

    Raises:
        DocumentError: it is too large, not UTF-8, not YAML, repeats a key or nests without end.
    """

    def refuse(line: int, message: str, field: str = "") -> DocumentError:
        return DocumentError([Problem(file, line, field, message)])

    if len(content) > MAX_BYTES:
        raise refuse(0, f"is larger than {MAX_BYTES} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refuse(content.count(b"\n", 0, error.start) + 1, "is not UTF-8 text") from None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = {} if root is None else _Builder(file).value(root, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise refuse(
            mark.line + 1 if mark else 1, f"is not valid YAML: {error.problem or error.context}"
        ) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise refuse(
            line, f"holds a character that YAML does not allow: U+{_code(error.character):04X}"
        ) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise refuse(1, f"is not valid YAML: {error}") from None
    except RecursionError:
        raise refuse(1, f"is nested more than {MAX_DEPTH} deep") from None
    return Document(file, data, root)


def _code(character: int | str) -> int:
    return character if isinstance(character, int) else ord(character)


class _Builder:
    """Turns composed nodes into plain data, within the limits above."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._values_left = MAX_VALUES

    def value(self, node: yaml.Node, path: tuple[str, ...]) -> Any:
        self._values_left -= 1
        if len(path) > MAX_DEPTH:
            raise self._refusal(node, path[:3], f"is nested more than {MAX_DEPTH} deep")
        if self._values_left < 0:
            raise self._refusal(node, path, f"makes the document hold more than {MAX_VALUES} values")
        if node.tag not in _CORE_TAGS:
            raise self._refusal(node, path, f"has the tag {node.tag}, which is not used here")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, str(at))) for at, item in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: tuple[str, ...]) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self._refusal(key, path, "has a key that is not plain text")
            if key.value in mapping:
                raise self._refusal(key, (*path, key.value), "is given twice")
            mapping[key.value] = self.value(value, (*path, key.value))
        return mapping

    def _refusal(self, node: yaml.Node, path: tuple[str, ...], message: str) -> DocumentError:
        return DocumentError([Problem(self._file, node.start_mark.line + 1, ".".join(path), message)])


def _scalar(node: yaml.Node) -> str | int | float | bool | None:
    text = str(node.value)
    if getattr(node, "style", None) is not None or node.tag == "tag:yaml.org,2002:str":
        return text
    if text in {"", "~", "null"}:
        return None
    if text in {"true", "false"}:
        return text == "true"
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
