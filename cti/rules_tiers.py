"""Whether the tiers of queues' agents make sense: who is named there, once, and could serve the queue."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from acd.ids import AgentId
from acd.instant import seconds
from acd.skills import SkillSet
from acd.teams import Tier
from cti.rules_agents import AgentRulesConfig
from cti.rules_queues import QueueConfig
from ivr.document import Misfit
from ivr.suggestion import closest


def tiers_of(queue: QueueConfig) -> tuple[Tier, ...]:
    """As the core takes them."""
    return tuple(
        Tier(after=seconds(tier.after_s), agents=tuple(map(AgentId, tier.agents))) for tier in queue.tiers
    )


def misplaced_tiers(
    agents: Mapping[str, AgentRulesConfig], queues: Sequence[QueueConfig], people: Collection[str]
) -> Iterator[Misfit]:
    """Tiers out of order; agents whom the house does not have, who are named twice or could never serve."""
    for at, queue in enumerate(queues):
        before, named = 0, dict[str, int]()
        for n, tier in enumerate(queue.tiers):
            loc = ("queues", at, "tiers", n)
            if tier.after_s <= before:
                yield Misfit((*loc, "after_s"), f"must be more than the {before} s of the tier before")
            before = tier.after_s
            for k, agent in enumerate(tier.agents):
                here = (*loc, "agents", k)
                skills = SkillSet.of(agents[agent].skills if agent in agents else {})
                if agent not in people:
                    why = f"the configuration has no agent {agent!r}"
                    yield Misfit(here, why, closest(agent, people))
                elif agent in named:
                    yield Misfit(here, f"{agent} is of tier {named[agent] + 2} already")
                elif not queue.steps[-1].suits(skills):
                    lacks = queue.steps[-1].missing(skills)
                    yield Misfit(here, f"{agent} can never serve {queue.id!r}: {lacks}")
                named.setdefault(agent, n)
