"""Whether queues and agents fit together: what is required, preferred, relaxed to, and who can serve it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

from acd.requirement import widens
from acd.skills import SkillSet
from cti.rules_agents import AgentRulesConfig
from cti.rules_queues import QueueConfig, requirement_of
from ivr.document import Loc, Misfit
from ivr.suggestion import closest


def unknown_skills(agents: Mapping[str, AgentRulesConfig], queues: Sequence[QueueConfig]) -> Iterator[Misfit]:
    """Skills that a queue names and nobody has: a typing mistake, told before it makes callers wait."""
    known = _skills_had(agents)
    for at, queue in enumerate(queues):
        written: dict[Loc, str | Mapping[str, int] | None] = {
            ("requires",): queue.requires,
            ("prefers",): queue.prefers,
            **{("relax", n, "requires"): step.requires for n, step in enumerate(queue.relax)},
        }
        for loc, requires in written.items():
            if requires is None:
                continue
            for skill in requirement_of(requires).skills():
                if skill not in known:
                    exact = () if isinstance(requires, str) else (skill,)
                    yield Misfit(
                        ("queues", at, *loc, *exact),
                        f"no agent has the skill {skill!r}",
                        closest(skill, known),
                    )
        for n, skill in enumerate(queue.measured_by):
            if skill not in known:
                loc = ("queues", at, "measured_by", n)
                yield Misfit(loc, f"no agent has the skill {skill!r}", closest(skill, known))


def misplaced_relaxations(queues: Sequence[QueueConfig]) -> Iterator[Misfit]:
    """Steps out of order, and steps that do not accept everybody of the one before and more."""
    for at, queue in enumerate(queues):
        before = 0
        for n, (step, (narrow, wide)) in enumerate(zip(queue.relax, pairwise(queue.steps), strict=True)):
            loc = ("queues", at, "relax", n)
            if step.after_s <= before:
                yield Misfit((*loc, "after_s"), f"must be more than the {before} s of the step before")
            if not widens(narrow, wide):
                why = "adds nobody to" if wide.accepts_all_of(narrow) else "does not accept everybody of"
                yield Misfit((*loc, "requires"), f"a relaxation only widens: {wide} {why} {narrow}")
            before = step.after_s


def unserved_queues(
    agents: Mapping[str, AgentRulesConfig], queues: Sequence[QueueConfig], people: Collection[str]
) -> Iterator[Misfit]:
    """Queues that nobody of the house's ``people`` can serve, not even after the last relaxation."""
    known = _skills_had(agents)
    teams = [SkillSet.of(agents[person].skills if person in agents else {}) for person in people]
    for at, queue in enumerate(queues):
        last = queue.steps[-1]
        if known.issuperset(last.skills()) and not any(last.suits(skills) for skills in teams):
            loc = ("relax", len(queue.relax) - 1, "requires") if queue.relax else ("requires",)
            yield Misfit(("queues", at, *loc), f"no agent can serve {queue.id!r}: it needs {last}")


def unknown_agents(agents: Mapping[str, AgentRulesConfig], people: Collection[str]) -> Iterator[Misfit]:
    """Agents of the rules who are not among the house's ``people``."""
    for agent in agents:
        if agent not in people:
            yield Misfit(
                ("agents", agent), f"the configuration has no agent {agent!r}", closest(agent, people)
            )


def _skills_had(agents: Mapping[str, AgentRulesConfig]) -> set[str]:
    return {skill for agent in agents.values() for skill in agent.skills}
