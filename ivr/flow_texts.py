"""Flows and number plan as they were written: texts by file, which are published, kept and read again.

Texts rather than what they mean, so that comments survive, mistakes have lines, and a version that is read by
a later release of ours is read by its rules.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from ivr.document import MAX_BYTES, DocumentError, Problem, parse_document, validate
from ivr.loader import MAX_FLOWS, FlowBook, PublishedPlan, read_flows
from ivr.number_plan import NumberPlan

NUMBERS_FILE = "numbers.yaml"
FLOWS_DIRECTORY = "flows"
MAX_TOTAL_BYTES = 4 * MAX_BYTES
"""The most that all texts together may hold."""
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}\.yaml")


class UnreadableFlows(ValueError):
    """JSON that does not hold flows as :meth:`FlowTexts.to_json` writes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowTexts:
    """What is published."""

    numbers: str
    """The number plan."""
    flows: Mapping[str, str]
    """Each flow under the name of its file, ``main.yaml``."""

    def to_json(self) -> str:
        """The one form they are kept in: equal texts, equal JSON."""
        content = {"numbers": self.numbers, "flows": dict(sorted(self.flows.items()))}
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"))

    @property
    def digest(self) -> str:
        """SHA-256 of them, in hexadecimal digits."""
        return sha256(self.to_json().encode("utf-8", "surrogatepass")).hexdigest()

    def book(self, *, beside: Path = Path(), version: int = 0) -> FlowBook:
        """What they mean. ``beside`` is the directory that messages name them in.

        Raises:
            DocumentError: all that is wrong with them.
        """
        self.check_names()
        if sum(map(len, (self.numbers, *self.flows.values()))) > MAX_TOTAL_BYTES:
            message = f"hold more than {MAX_TOTAL_BYTES} bytes together"
            raise DocumentError([Problem(FLOWS_DIRECTORY, 0, "", message)])
        problems: list[Problem] = []
        flows, plan = [], None
        place = beside / FLOWS_DIRECTORY
        try:
            documents = [
                partial(parse_document, _bytes(text), str(place / name))
                for name, text in sorted(self.flows.items())
            ]
            flows = read_flows(documents, str(place))
        except DocumentError as error:
            problems += error.problems
        try:
            document = parse_document(_bytes(self.numbers), str(beside / NUMBERS_FILE))
            plan = PublishedPlan(plan=validate(document, NumberPlan), document=document)
        except DocumentError as error:
            problems += error.problems
        book = FlowBook(flows, plan=plan, version=version)
        if flows:
            problems += [*book.unknown_flows(), *book.misfits_within()]
        if problems:
            raise DocumentError(problems)
        return book

    def check_names(self) -> None:
        """Whether the files' names are decent, wherever they came from.

        Raises:
            DocumentError: one of them is no name for a flow's file.
        """
        wrong = [name for name in self.flows if not FILE_NAME.fullmatch(name)]
        if wrong:
            message = "is no name for a flow's file, such as main.yaml"
            raise DocumentError(Problem(repr(name[:100]), 0, "", message) for name in wrong[:MAX_FLOWS])


def from_json(text: str) -> FlowTexts:
    """What :meth:`FlowTexts.to_json` wrote.

    Raises:
        UnreadableFlows: it is something else.
    """
    try:
        content: Any = json.loads(text)
        numbers, flows = content["numbers"], content["flows"]
        whole = isinstance(numbers, str) and all(
            isinstance(each, str) for pair in flows.items() for each in pair
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise UnreadableFlows("these are no flows as we keep them")
    return FlowTexts(numbers=numbers, flows=flows)


def load_book(directory: Path) -> FlowBook:
    """The flows and the number plan that lie in a directory.

    Raises:
        DocumentError: all that is wrong with them.
    """
    return read_texts(directory).book(beside=directory)


def files_in(directory: Path) -> list[Path]:
    """The files of a directory that are published: ``numbers.yaml`` and ``flows/*.yaml``, in order; hidden
    ones are nobody's. A directory that cannot be read has no flows."""
    flows = directory / FLOWS_DIRECTORY
    try:
        files = sorted(p for p in flows.iterdir() if p.suffix == ".yaml" and not p.name.startswith("."))
    except OSError:
        files = []
    return [directory / NUMBERS_FILE, *files]


def read_texts(directory: Path) -> FlowTexts:
    """The texts that lie in a directory.

    Raises:
        DocumentError: one of them cannot be read, is no text, or there are too many.
    """
    plan, *files = files_in(directory)
    flows = directory / FLOWS_DIRECTORY
    if len(files) > MAX_FLOWS:
        raise DocumentError([Problem(str(flows), 0, "", f"holds more than {MAX_FLOWS} flows")])
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    for path in (plan, *files):
        try:
            texts[path.name if path.parent == flows else ""] = _text(path)
        except DocumentError as error:
            problems += error.problems
    if problems:
        raise DocumentError(problems)
    return FlowTexts(numbers=texts.pop(""), flows=texts)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise DocumentError([Problem(str(path), 0, "", f"is larger than {MAX_BYTES} bytes")])
        return content.decode("utf-8-sig")
    except OSError as error:
        raise DocumentError([Problem(str(path), 0, "", f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DocumentError([Problem(str(path), line, "", "is not UTF-8 text")]) from None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
