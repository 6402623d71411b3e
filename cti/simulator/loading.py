"""Files into a study: the scenario, the trace if any, and the rules, which must fit together."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from acd.rules import Rules
from cti.config import AgentConfig
from cti.rules import rules_of
from cti.rules_document import rules_in
from cti.simulator.fitted import FittedTrace
from cti.simulator.scenario import Scenario
from cti.simulator.trace import read
from ivr.document import Document, DocumentError, Problem, read_document, validate
from ivr.suggestion import closest

SKILL_LEVEL = 5
"""Of an agent known from a trace alone, for each queue he serves there; the skill is named like the queue."""


def load_scenario(path: Path, *, with_trace: bool) -> tuple[Scenario, Document]:
    """The scenario, and the document it was written in.

    Raises:
        DocumentError: it is wrong, or counts on a trace and there is none; every problem names its line.
    """
    document = read_document(path)
    scenario = validate(document, Scenario)
    if not with_trace:
        places = [(where, document.place(_loc(where))) for where in scenario.of_the_trace()]
        if places:
            raise DocumentError(
                Problem(at.file, at.line, where, "comes from a trace: name it with --trace")
                for where, at in places
            )
    return scenario, document


def load_trace(path: Path) -> FittedTrace:
    """A trace, fitted.

    Raises:
        DocumentError: it is none, or none of its callers came to a queue.
    """
    try:
        return FittedTrace.of(read(path))
    except OSError as error:
        raise DocumentError([Problem(str(path), 0, "", f"cannot be read: {error.strerror}")]) from None
    except ValueError as error:
        raise DocumentError([Problem(str(path), 0, "", str(error))]) from None


def load_rules(path: Path, scenario: Scenario, written: Document, trace: FittedTrace | None) -> Rules:
    """The rules, with those who work in the scenario as the house's agents.

    Raises:
        DocumentError: they are wrong, or do not fit the scenario; every problem names its line.
    """
    document = read_document(path)
    data = dict(document.data) if isinstance(document.data, dict) else document.data
    people: Collection[str] = ()
    if isinstance(data, dict) and isinstance(data.get("agents", {}), dict):
        known = dict(data.get("agents") or {})
        strangers = [*_unknown_agents(scenario, written, known)]
        if strangers:
            raise DocumentError(strangers)
        people = _working(scenario, trace, known)
        data["agents"] = known
    house = {*people, *(data.get("agents", {}) if isinstance(data, dict) else ())}
    rules_document = rules_in(replace(document, data=data), sorted(house))
    workers = [AgentConfig.model_construct(id=name, name=name) for name in people]
    rules = rules_of(workers, rules_document, "sim")
    missing = [*_unknown_queues(rules, path, scenario, written, trace)]
    if missing:
        raise DocumentError(missing)
    return rules


def _working(scenario: Scenario, trace: FittedTrace | None, known: dict[str, object]) -> list[str]:
    """Who works; what the scenario or the trace knows of their skills is added to ``known``."""
    if scenario.agents:
        for group in scenario.agents:
            if group.skills is not None:
                known.update({name: {"skills": dict(group.skills)} for name in group.agent_ids()})
        return [name for group in scenario.agents for name in group.agent_ids()]
    if trace is not None and not scenario.arrivals:
        for name, queues in trace.serves.items():
            known.setdefault(name, {"skills": dict.fromkeys(queues, SKILL_LEVEL)})
        return list(trace.serves)
    return list(known)


def _unknown_agents(scenario: Scenario, written: Document, known: Collection[str]) -> Iterator[Problem]:
    for at, group in enumerate(scenario.agents):
        if group.skills is None:
            for n, name in enumerate(group.agent_ids()):
                if name not in known:
                    place = written.place(("agents", at, *(("ids", n) if group.ids else ("name",))))
                    message = f"the rules know no agent {name!r}"
                    yield Problem(place.file, place.line, place.field, message, closest(name, known))


def _unknown_queues(
    rules: Rules, path: Path, scenario: Scenario, written: Document, trace: FittedTrace | None
) -> Iterator[Problem]:
    for at, kind in enumerate(scenario.arrivals):
        if kind.queue not in rules.queues:
            place = written.place(("arrivals", at, "queue"))
            message = f"{path} has no queue {kind.queue!r}"
            yield Problem(place.file, place.line, place.field, message, closest(kind.queue, rules.queues))
    if trace is not None and not scenario.arrivals:
        for queue_id in trace.queues:
            if queue_id not in rules.queues:
                message = f"has no queue {queue_id!r}, to which callers of the trace come"
                yield Problem(str(path), 0, "queues", message, closest(queue_id, rules.queues))


def _loc(field: str) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in field.split(".")]
