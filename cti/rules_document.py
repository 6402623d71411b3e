"""The rules document, ``config/rules.yaml``: what operations staff decide and may change while calls wait.

One file per section; each section's own mistakes are found there, what must fit between sections here. The
house's people and their phones stand in the configuration (:mod:`cti.config`).
"""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import to_jsonable_python

from cti.rules_agents import AgentRulesConfig
from cti.rules_classes import ClassesConfig, RequeueConfig, ReturningConfig, claimed_twice
from cti.rules_hours import CalendarConfig, named_twice
from cti.rules_overflow import misplaced_overflows
from cti.rules_queues import QueueConfig
from cti.rules_skills import misplaced_relaxations, unknown_agents, unknown_skills, unserved_queues
from cti.rules_states import AllNotTakenConfig, DwellConfig, ReasonConfig, default_reasons, engines_own
from cti.rules_tiers import misplaced_tiers
from cti.value_types import Id, PhoneNumber, ReasonCode, Section
from ivr.document import Document, DocumentError, Misfit, Misfits, Problem, read_document, validate


class RulesDocument(Section):
    """Everything the ACD decides by. Read a file with :func:`load_rules`."""

    agents: Mapping[Id, AgentRulesConfig] = {}
    """What the house's agents can do; who is left out has no skills."""
    calendars: Mapping[Id, CalendarConfig] = {}
    """Opening hours that queues name."""
    queues: tuple[QueueConfig, ...]
    classes: ClassesConfig = ClassesConfig()
    returning: ReturningConfig = ReturningConfig()
    requeue: RequeueConfig = RequeueConfig()
    vip_callers: frozenset[PhoneNumber] = frozenset()
    rejected_pause_s: Annotated[int, Field(ge=0, le=3600)] = 10
    """How long an agent who rejected a call, or was busy, is left alone when no policy says otherwise."""
    not_ready_reasons: Annotated[Mapping[ReasonCode, ReasonConfig], Field(max_length=50)] = default_reasons()
    """What agents may give as a reason for being not ready, in the order shown."""
    dwell: DwellConfig = DwellConfig()
    not_taken: AllNotTakenConfig = AllNotTakenConfig()
    """What follows offers that were not taken, where a queue does not say otherwise."""
    pause_after_not_taken: Annotated[int, Field(ge=0, le=100)] = 0
    """Who does not take so many offers in a row is not ready until he comes back by himself; 0: nobody."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        misfits = [
            *self._repeated_queues(),
            *unknown_skills(self.agents, self.queues),
            *misplaced_relaxations(self.queues),
            *claimed_twice(self.classes),
            *engines_own(self.not_ready_reasons),
            *named_twice(self.calendars),
            *misplaced_overflows(self.queues, self.calendars),
        ]
        if misfits:
            raise Misfits(misfits)
        return self

    def _repeated_queues(self) -> Iterator[Misfit]:
        seen = Counter[str]()
        for at, queue in enumerate(self.queues):
            seen[queue.id] += 1
            if seen[queue.id] > 1:
                yield Misfit(("queues", at, "id"), f"{queue.id!r} is given to two queues")

    def misfits_with(self, people: Collection[str]) -> Iterator[Misfit]:
        """What does not fit the house's agents, given by their ids."""
        yield from unknown_agents(self.agents, people)
        yield from unserved_queues(self.agents, self.queues, people)
        yield from misplaced_tiers(self.agents, self.queues, people)


def load_rules(path: Path | str, people: Collection[str]) -> RulesDocument:
    """Read the rules document for the house's agents, given by their ids.

    Raises:
        DocumentError: it is wrong; every problem names its line.
    """
    return rules_in(read_document(path), people)


class UnreadableRules(ValueError):
    """JSON that is no rules document; it was written by another version of ours, or by nobody of ours."""


def to_json(rules: RulesDocument) -> str:
    """The whole document, defaults written out, in its one written form: equal rules, equal text."""
    return json.dumps(plain(rules), ensure_ascii=False, separators=(",", ":"))


def plain(rules: RulesDocument) -> dict[str, Any]:
    """The whole document as JSON data, defaults written out."""
    # Defaults are taken as they stand, 1 where 1.0 is meant; what was written out and read again is not.
    as_read = RulesDocument.model_validate(rules.model_dump())
    data: dict[str, Any] = _plain(as_read.model_dump())
    return data


def from_json(text: str) -> RulesDocument:
    """What :func:`to_json` wrote.

    Raises:
        UnreadableRules: it is something else.
    """
    try:
        return RulesDocument.model_validate_json(text)
    except ValidationError as error:
        raise UnreadableRules("; ".join(f"{_dotted(e['loc'])}: {e['msg']}" for e in error.errors())) from None


def _dotted(loc: tuple[int | str, ...]) -> str:
    return ".".join(map(str, loc)) or "document"


def _plain(value: Any) -> Any:
    """What JSON can hold; sets have no order of their own."""
    match value:
        case Mapping():
            return {str(key): _plain(each) for key, each in value.items()}
        case set() | frozenset():
            return sorted(_plain(each) for each in value)
        case tuple() | list():
            return [_plain(each) for each in value]
        case _:
            return to_jsonable_python(value)


def rules_in(document: Document, people: Collection[str]) -> RulesDocument:
    """The rules a parsed document writes, for the house's agents, given by their ids.

    Raises:
        DocumentError: it is wrong; every problem names its line.
    """
    rules = validate(document, RulesDocument)
    problems = []
    for misfit in rules.misfits_with(people):
        at = document.place(misfit.loc)
        problems.append(Problem(at.file, at.line, at.field, misfit.message, misfit.suggestion))
    if problems:
        raise DocumentError(sorted(problems, key=lambda problem: problem.line))
    return rules
