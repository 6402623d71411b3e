"""Who is chosen, by the plain words of the strategies: looks at everybody, knows no index."""

from fractions import Fraction

from acd.agent import Agent
from acd.chance import Chance
from acd.choice import Order, Strategy
from acd.ids import AgentId
from acd.instant import Instant


def occupancy(agent: Agent, at: Instant) -> Fraction:
    """His share of the shift spent ringing, talking and wrapping up."""
    staffed = agent.workload.staffed_in_shift + (at - agent.since) + 1
    return Fraction(agent.workload.busy_in_shift, staffed)


def level(agent: Agent, skills: tuple[str, ...]) -> int:
    return sum(agent.profile.skills.level(skill) for skill in skills)


def naive_choice(
    order: Order,
    ready: list[Agent],
    everybody: list[AgentId],
    last: AgentId | None,
    chance: Chance,
    at: Instant,
) -> AgentId:
    """Of ``ready`` agents, in the order of the rules."""

    def idle(agent: Agent) -> tuple[int, AgentId]:
        return agent.ready_since, agent.agent_id

    skills = order.skills
    match order.strategy:
        case Strategy.LONGEST_IDLE:
            return min(ready, key=idle).agent_id
        case Strategy.LEAST_OCCUPIED:
            return min(ready, key=lambda a: (occupancy(a, at), *idle(a))).agent_id
        case Strategy.FEWEST_CALLS:
            return min(ready, key=lambda a: (a.workload.calls_in_shift, *idle(a))).agent_id
        case Strategy.BEST_SKILL:
            return min(ready, key=lambda a: (-level(a, skills), *idle(a))).agent_id
        case Strategy.LOWEST_SUFFICIENT_SKILL:
            return min(ready, key=lambda a: (level(a, skills), *idle(a))).agent_id
        case Strategy.ROUND_ROBIN:
            start = everybody.index(last) + 1 if last in everybody else 0
            names = [agent.agent_id for agent in ready]
            return next(name for name in (*everybody[start:], *everybody[:start]) if name in names)
        case Strategy.WEIGHTED_RANDOM:
            lots = [agent.agent_id for agent in ready for _ in range(max(1, level(agent, skills)))]
            return lots[chance.below(len(lots))]
        case Strategy.LINEAR:
            return ready[0].agent_id
