"""Reads the flows of ``config/flows`` and checks what they name outside themselves."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ivr.document import Document, DocumentError, Loc, Problem, read_document, validate
from ivr.flow import CallbackNode, Flow, HangUpNode, MenuNode, PlayNode, QueueNode
from ivr.suggestion import closest

MAX_FLOWS = 200
ANY_NUMBER = "default"
"""The key of the number plan that catches every number not named in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFlow:
    """A flow as callers meet it."""

    flow: Flow
    version: str
    """Twelve hexadecimal digits of the content's hash; comments and layout of the file do not change it."""
    document: Document
    """Where it was written, to name the line of what is wrong with it."""

    @property
    def name(self) -> str:
        """The flow's name, unique in its book."""
        return self.flow.name


class FlowBook:
    """The published flows, by name."""

    def __init__(self, flows: Iterable[PublishedFlow]) -> None:
        self.flows: Mapping[str, PublishedFlow] = MappingProxyType({flow.name: flow for flow in flows})

    def resolve(self, dialled: str, numbers: Mapping[str, str]) -> PublishedFlow | None:
        """The flow that answers ``dialled`` by the number plan ``numbers``; None: no flow answers it."""
        name = numbers.get(dialled, numbers.get(ANY_NUMBER))
        return None if name is None else self.flows.get(name)

    def unknown_flows(self, numbers: Mapping[str, str], *, file: str) -> tuple[Problem, ...]:
        """Numbers of the plan (written in ``file``) that lead to flows this book does not hold."""
        return tuple(
            Problem(
                file,
                0,
                f"numbers.{number}",
                f"no flow is called '{name}'",
                closest(name, self.flows),
            )
            for number, name in numbers.items()
            if name not in self.flows
        )

    def unknown_queues(self, queues: Collection[str]) -> tuple[Problem, ...]:
        """Queue nodes that name none of ``queues``."""
        return tuple(
            _problem(
                published.document,
                ("nodes", name, "queue"),
                f"no queue is called '{node.queue}'",
                closest(node.queue, queues),
            )
            for published in self.flows.values()
            for name, node in published.flow.nodes.items()
            if isinstance(node, QueueNode | CallbackNode) and node.queue not in queues
        )

    def missing_prompts(self, sounds: Path) -> tuple[Problem, ...]:
        """Prompts with no sound file in ``sounds`` (one language's directory): callers hear nothing there."""
        return tuple(
            _problem(published.document, loc, f"no sound file '{prompt}' in {sounds}")
            for published in self.flows.values()
            for loc, prompt in _prompts(published.flow)
            if not has_sound(sounds, prompt)
        )


def load_flows(directory: Path) -> FlowBook:
    """Read every ``*.yaml`` file in ``directory`` as a flow.

    Raises:
        DocumentError: the directory cannot be read or holds no flow, or the mistakes of all its files.
    """
    try:
        files = sorted(path for path in directory.iterdir() if path.suffix == ".yaml")
    except OSError as error:
        raise DocumentError([Problem(str(directory), 0, "", f"cannot be read: {error.strerror}")]) from None
    if not 0 < len(files) <= MAX_FLOWS:
        message = f"holds {len(files)} flows (*.yaml); 1 to {MAX_FLOWS} are expected"
        raise DocumentError([Problem(str(directory), 0, "", message)])
    problems: list[Problem] = []
    flows: dict[str, PublishedFlow] = {}
    for path in files:
        try:
            published = _read(path)
        except DocumentError as error:
            problems += error.problems
            continue
        if (other := flows.get(published.name)) is not None:
            message = f"the flow '{published.name}' is already in {other.document.file}"
            problems.append(_problem(published.document, ("name",), message))
        flows[published.name] = published
    if problems:
        raise DocumentError(problems)
    return FlowBook(flows.values())


def _read(path: Path) -> PublishedFlow:
    document = read_document(path)
    flow = validate(document, Flow)
    content = json.dumps(flow.model_dump(mode="json"), sort_keys=True).encode()
    return PublishedFlow(flow=flow, version=hashlib.sha256(content).hexdigest()[:12], document=document)


def _problem(document: Document, loc: Loc, message: str, suggestion: str | None = None) -> Problem:
    at = document.place(loc)
    return Problem(at.file, at.line, at.field, message, suggestion)


def _prompts(flow: Flow) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every prompt of a flow, with its place."""
    for name, node in flow.nodes.items():
        lists: dict[str, tuple[str, ...]] = {}
        match node:
            case MenuNode():
                lists = {
                    "prompts": node.prompts,
                    "invalid_prompts": node.invalid_prompts,
                    "timeout_prompts": node.timeout_prompts,
                }
            case PlayNode() | HangUpNode():
                lists = {"prompts": node.prompts}
            case QueueNode() | CallbackNode():
                pass
        for field, prompts in lists.items():
            yield from ((("nodes", name, field, at), prompt) for at, prompt in enumerate(prompts))


def has_sound(sounds: Path, prompt: str) -> bool:
    """Asterisk takes any format it can play: a file of that name with one extension."""
    wanted = sounds / prompt
    return any(found.stem == wanted.name for found in wanted.parent.glob(f"{wanted.name}.*"))
