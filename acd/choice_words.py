"""What people are told about a choice: how an agent stands in an order, and by what another one lost."""

from typing import assert_never

from acd.agent import Agent
from acd.choice import Order, Strategy
from acd.decision import Verdict
from acd.instant import Instant, in_seconds
from acd.ready import contestant_of, level_in, weight_of

MOST_OF_ALL = {
    Strategy.LONGEST_IDLE: "longest",
    Strategy.LEAST_OCCUPIED: "least",
    Strategy.FEWEST_CALLS: "fewest",
    Strategy.BEST_SKILL: "highest",
    Strategy.LOWEST_SUFFICIENT_SKILL: "lowest",
    Strategy.ROUND_ROBIN: "next in turn",
    Strategy.WEIGHTED_RANDOM: "drawn",
    Strategy.LINEAR: "first in the list",
}
"""What the chosen one was, ``... of the ready agents who suit``."""


def standing(order: Order, agent: Agent, at: Instant) -> str:
    """What counts for a ready agent: ``idle 4.0 s, 3 calls taken``."""
    idle = f"idle {in_seconds(at - agent.ready_since):.1f} s"
    skills = agent.profile.skills
    match order.strategy:
        case Strategy.LONGEST_IDLE | Strategy.ROUND_ROBIN | Strategy.LINEAR:
            return idle
        case Strategy.LEAST_OCCUPIED:
            his = contestant_of(agent)
            return f"{idle}, occupied {his.busy / (at - his.zero):.1%} of his shift"
        case Strategy.FEWEST_CALLS:
            return f"{idle}, {agent.workload.calls_in_shift} calls taken"
        case Strategy.BEST_SKILL | Strategy.LOWEST_SUFFICIENT_SKILL:
            return f"{idle}, level {level_in(order.skills, skills)} in {_all(order.skills)}"
        case Strategy.WEIGHTED_RANDOM:
            return f"{idle}, {weight_of(level_in(order.skills, skills))} lots"
        case _:
            assert_never(order.strategy)


def lost_by(order: Order, agent: Agent, chosen: Agent, at: Instant) -> Verdict:
    """Why a ready agent was not chosen, when another one of the same pool was."""
    match order.strategy:
        case Strategy.LONGEST_IDLE:
            return Verdict.IDLE_LESS_LONG
        case Strategy.LEAST_OCCUPIED:
            his, best = contestant_of(agent), contestant_of(chosen)
            as_little = his.busy * (at - best.zero) == best.busy * (at - his.zero)
            return Verdict.IDLE_LESS_LONG if as_little else Verdict.MORE_OCCUPIED
        case Strategy.FEWEST_CALLS:
            as_few = agent.workload.calls_in_shift == chosen.workload.calls_in_shift
            return Verdict.IDLE_LESS_LONG if as_few else Verdict.MORE_CALLS
        case Strategy.BEST_SKILL | Strategy.LOWEST_SUFFICIENT_SKILL:
            his_level = level_in(order.skills, agent.profile.skills)
            if his_level == level_in(order.skills, chosen.profile.skills):
                return Verdict.IDLE_LESS_LONG
            return Verdict.LESS_SKILLED if order.strategy is Strategy.BEST_SKILL else Verdict.MORE_SKILLED
        case Strategy.ROUND_ROBIN:
            return Verdict.LATER_IN_TURN
        case Strategy.WEIGHTED_RANDOM:
            return Verdict.NOT_DRAWN
        case Strategy.LINEAR:
            return Verdict.LATER_IN_LIST
        case _:
            assert_never(order.strategy)


def _all(skills: tuple[str, ...]) -> str:
    return " and ".join(skills) or "no skill"
