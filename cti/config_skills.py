"""Whether queues and agents fit together: what is required, preferred, relaxed to, and who can serve it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from acd.requirement import Requirement, widens
from acd.skills import SkillSet
from ivr.document import Loc, Misfit
from ivr.suggestion import closest

if TYPE_CHECKING:
    from cti.config import AgentConfig, QueueConfig


def requirement_of(written: str | Mapping[str, int]) -> Requirement:
    """The requirement a configuration writes as an expression or as least levels."""
    return Requirement.parse(written) if isinstance(written, str) else Requirement.of(written)


def unknown_skills(agents: "Sequence[AgentConfig]", queues: "Sequence[QueueConfig]") -> Iterator[Misfit]:
    """Skills that a queue names and nobody has: a typing mistake, told before it makes callers wait."""
    known = {skill for agent in agents for skill in agent.skills}
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


def misplaced_relaxations(queues: "Sequence[QueueConfig]") -> Iterator[Misfit]:
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


def unserved_queues(agents: "Sequence[AgentConfig]", queues: "Sequence[QueueConfig]") -> Iterator[Misfit]:
    """Queues that nobody can serve, not even after the last relaxation."""
    known = {skill for agent in agents for skill in agent.skills}
    for at, queue in enumerate(queues):
        last = queue.steps[-1]
        served = any(last.suits(SkillSet.of(agent.skills)) for agent in agents)
        if not served and known.issuperset(last.skills()):
            loc = ("relax", len(queue.relax) - 1, "requires") if queue.relax else ("requires",)
            yield Misfit(("queues", at, *loc), f"no agent can serve {queue.id!r}: it needs {last}")
