"""Reads the flows of ``config/flows`` and checks what they name outside themselves."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from ivr.document import Document, DocumentError, Loc, Problem, read_document, validate
from ivr.flow import Flow, Purpose
from ivr.nodes.node import Outside
from ivr.number_plan import NumberPlan
from ivr.prompts import Prompt, SayPrompt
from ivr.subflows import misfits
from ivr.suggestion import closest

MAX_FLOWS = 200


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPlan:
    """The number plan as it was written."""

    plan: NumberPlan
    document: Document


class FlowBook:
    """Flows by name and the number plan that leads to them: what is published, as a whole, under one number.

    Immutable. A call keeps the one it began with.
    """

    def __init__(
        self, flows: Iterable[PublishedFlow], *, plan: PublishedPlan | None = None, version: int = 0
    ) -> None:
        self.flows: Mapping[str, PublishedFlow] = MappingProxyType({flow.name: flow for flow in flows})
        self.by_name: Mapping[str, Flow] = {name: published.flow for name, published in self.flows.items()}
        self.plan = plan
        """None: flows alone, as for a check; nobody answers any number."""
        self.version = version
        """The number it was published under; 0 while it has none."""

    @property
    def meaning(self) -> str:
        """SHA-256 of what callers meet: equal for books that differ only in comments and layout."""
        plan = None if self.plan is None else self.plan.plan.model_dump(mode="json")
        flows = {name: published.version for name, published in self.flows.items()}
        return hashlib.sha256(json.dumps([plan, flows], sort_keys=True).encode()).hexdigest()

    def numbered(self, version: int) -> "FlowBook":
        """The same, published under this number."""
        return FlowBook(self.flows.values(), plan=self.plan, version=version)

    def answering(self, dialled: str, open_now: Callable[[str], bool]) -> PublishedFlow | None:
        """The flow that answers ``dialled`` now; None: no flow does. ``open_now`` is asked of a calendar."""
        if self.plan is None:
            return None
        name = self.plan.plan.flow_for(dialled, open_now)
        return None if name is None else self.flows.get(name)

    def unknown_flows(self) -> tuple[Problem, ...]:
        """Numbers of the plan that lead to flows this book does not hold."""
        return tuple(self._plan_problems("flow", self.flows))

    def misfits_within(self) -> tuple[Problem, ...]:
        """What of the flows does not fit into each other."""
        return tuple(
            _problem(self.flows[name].document, loc, message, suggestion)
            for name, loc, message, suggestion in misfits(self.by_name)
        )

    def unknown_calendars(self, calendars: Collection[str]) -> tuple[Problem, ...]:
        """Hours of the number plan that are none of ``calendars``."""
        return tuple(self._plan_problems("calendar", calendars))

    def _plan_problems(self, what: str, known: Collection[str]) -> Iterator[Problem]:
        if self.plan is None:
            return
        plan = self.plan.plan
        for loc, name in plan.flows_named() if what == "flow" else plan.calendars_named():
            if name not in known:
                yield _problem(self.plan.document, loc, f"no {what} is called '{name}'", closest(name, known))
            elif what == "flow" and (purpose := self.flows[name].flow.purpose) is not Purpose.CALL:
                message = f"'{name}' answers no number: its purpose is {purpose}"
                yield _problem(self.plan.document, loc, message)

    def unknown_queues(self, queues: Collection[str]) -> tuple[Problem, ...]:
        """Nodes that name none of ``queues``."""
        return self.unknown(Outside.QUEUE, queues)

    def unknown(self, what: Outside, known: Collection[str]) -> tuple[Problem, ...]:
        """Nodes that name something of this kind which is not among those ``known``."""
        return tuple(
            _problem(
                published.document,
                ("nodes", name, *place),
                f"no {what} is called '{named}'",
                closest(named, known),
            )
            for published in self.flows.values()
            for name, node in published.flow.nodes.items()
            for place, kind, named in node.names_outside()
            if kind is what and named not in known
        )

    def missing_prompts(self, knows: Callable[[str, str], bool]) -> tuple[Problem, ...]:
        """Prompts by name of which callers hear nothing in one of their flow's languages; ``knows`` is asked
        of a name and a language."""
        return tuple(
            _problem(
                published.document, ("nodes", name, *place), f"there is no prompt '{said}' in {language}"
            )
            for published in self.flows.values()
            for name, node in published.flow.nodes.items()
            for place, prompt in node.prompts_named()
            for said, language in named_prompt(prompt, published.flow.languages)
            if not knows(said, language)
        )


def named_prompt(prompt: Prompt, languages: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The name that ``prompt`` is given by, if it is, with each language in which somebody hears it."""
    match prompt:
        case str():
            yield from ((prompt, language) for language in languages)
        case SayPrompt():
            yield prompt.prompt, prompt.language
        case _:
            return


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Entrance:
    """Where a call enters."""

    flow: PublishedFlow
    book: FlowBook
    """The whole that the flow is of: what it names is looked for there. The call keeps it to its end."""


def load_flows(directory: Path) -> FlowBook:
    """Read every ``*.yaml`` file in ``directory`` as a flow; nobody answers any number yet.

    Raises:
        DocumentError: the directory cannot be read or holds no flow, or the mistakes of all its files.
    """
    try:
        files = sorted(path for path in directory.iterdir() if path.suffix == ".yaml")
    except OSError as error:
        raise DocumentError([Problem(str(directory), 0, "", f"cannot be read: {error.strerror}")]) from None
    return FlowBook(read_flows([partial(read_document, path) for path in files], str(directory)))


def read_flows(documents: Collection[Callable[[], Document]], place: str) -> list[PublishedFlow]:
    """Flows from their documents, each read when it is its turn; ``place`` is where they all lie.

    Raises:
        DocumentError: there are none or too many, or the mistakes of all of them.
    """
    if not 0 < len(documents) <= MAX_FLOWS:
        message = f"holds {len(documents)} flows (*.yaml); 1 to {MAX_FLOWS} are expected"
        raise DocumentError([Problem(place, 0, "", message)])
    problems: list[Problem] = []
    flows: dict[str, PublishedFlow] = {}
    for read in documents:
        try:
            published = _published(read())
        except DocumentError as error:
            problems += error.problems
            continue
        if (other := flows.get(published.name)) is not None:
            message = f"the flow '{published.name}' is already in {other.document.file}"
            problems.append(_problem(published.document, ("name",), message))
        flows[published.name] = published
    if problems:
        raise DocumentError(problems)
    return [*flows.values()]


def _published(document: Document) -> PublishedFlow:
    flow = validate(document, Flow)
    content = json.dumps(flow.model_dump(mode="json", exclude={"tests"}), sort_keys=True).encode()
    return PublishedFlow(flow=flow, version=hashlib.sha256(content).hexdigest()[:12], document=document)


def _problem(document: Document, loc: Loc, message: str, suggestion: str | None = None) -> Problem:
    at = document.place(loc)
    return Problem(at.file, at.line, at.field, message, suggestion)
