"""Whether the tiers of queues' agents make sense: who is named there, once, and could serve the queue."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from acd.ids import AgentId
from acd.instant import seconds
from acd.skills import SkillSet
from acd.teams import Reserve, Tier
from cti.rules_agents import AgentRulesConfig
from cti.rules_queues import QueueConfig
from ivr.document import Misfit
from ivr.suggestion import closest


def tiers_of(queue: QueueConfig) -> tuple[Tier, ...]:
    """As the core takes them."""
    return tuple(
        Tier(after=seconds(tier.after_s), agents=tuple(map(AgentId, tier.agents))) for tier in queue.tiers
    )


def reserve_of(queue: QueueConfig) -> Reserve | None:
    """As the core takes it."""
    if queue.reserve is None:
        return None
    return Reserve(above=seconds(queue.reserve.above_s), agents=tuple(map(AgentId, queue.reserve.agents)))


def misplaced_tiers(
    agents: Mapping[str, AgentRulesConfig], queues: Sequence[QueueConfig], people: Collection[str]
) -> Iterator[Misfit]:
    """Tiers out of order; agents in a tier or in reserve whom the house does not have, who are named twice or
    could never serve.
    """
    for at, queue in enumerate(queues):
        before, named = 0, dict[str, str]()
        for n, tier in enumerate(queue.tiers):
            loc = ("queues", at, "tiers", n)
            if tier.after_s <= before:
                yield Misfit((*loc, "after_s"), f"must be more than the {before} s of the tier before")
            before = tier.after_s
            for k, agent in enumerate(tier.agents):
                yield from _misplaced((*loc, "agents", k), agent, agents, queue, people, named)
                named.setdefault(agent, f"of tier {n + 2}")
        for k, agent in enumerate(queue.reserve.agents if queue.reserve is not None else ()):
            here = ("queues", at, "reserve", "agents", k)
            yield from _misplaced(here, agent, agents, queue, people, named)
            named.setdefault(agent, "in reserve")


def _misplaced(
    loc: tuple[str | int, ...],
    agent: str,
    agents: Mapping[str, AgentRulesConfig],
    queue: QueueConfig,
    people: Collection[str],
    named: Mapping[str, str],
) -> Iterator[Misfit]:
    skills = SkillSet.of(agents[agent].skills if agent in agents else {})
    if agent not in people:
        yield Misfit(loc, f"the configuration has no agent {agent!r}", closest(agent, people))
    elif agent in named:
        yield Misfit(loc, f"{agent} is {named[agent]} already")
    elif not queue.steps[-1].suits(skills):
        lacks = queue.steps[-1].missing(skills)
        yield Misfit(loc, f"{agent} can never serve {queue.id!r}: {lacks}")
