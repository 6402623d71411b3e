"""Which of the ready agents gets a caller: a strategy per queue."""

from dataclasses import dataclass
from enum import StrEnum

from acd.ids import QueueId


class Strategy(StrEnum):
    """How a queue chooses among the ready agents who suit. Among equals the longest idle."""

    LONGEST_IDLE = "longest_idle"
    """Whoever became ready first."""
    LEAST_OCCUPIED = "least_occupied"
    """Whoever was ringing, talking or wrapping up for the least share of his shift."""
    FEWEST_CALLS = "fewest_calls"
    """Whoever took the fewest calls in his shift."""
    BEST_SKILL = "best_skill"
    """Whoever has the highest level."""
    LOWEST_SUFFICIENT_SKILL = "lowest_sufficient_skill"
    """Whoever has the lowest level of those who suit: it keeps the experts free."""
    ROUND_ROBIN = "round_robin"
    """Whoever comes next, in the order of the rules, after the one this queue chose last."""
    WEIGHTED_RANDOM = "weighted_random"
    """By lot; whoever has twice the level is drawn twice as often."""
    LINEAR = "linear"
    """Whoever comes first in the order of the rules."""


BY_LEVEL = frozenset({Strategy.BEST_SKILL, Strategy.LOWEST_SUFFICIENT_SKILL, Strategy.WEIGHTED_RANDOM})
"""Strategies that measure agents by levels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A queue's way to choose."""

    strategy: Strategy = Strategy.LONGEST_IDLE
    skills: tuple[str, ...] = ()
    """Where a strategy measures levels: the sum of an agent's in these; none: in those the queue requires."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the order of ready agents depends on: demands with equal ones can share it."""

    strategy: Strategy = Strategy.LONGEST_IDLE
    skills: tuple[str, ...] = ()
    """Measured by :data:`BY_LEVEL` strategies."""
    queue_id: QueueId | None = None
    """Whose turns are counted, for :attr:`Strategy.ROUND_ROBIN`."""


def order_of(choice: Choice, required: tuple[str, ...], queue_id: QueueId) -> Order:
    """The order in which a queue that requires the skills ``required`` chooses."""
    return Order(
        choice.strategy,
        (choice.skills or required) if choice.strategy in BY_LEVEL else (),
        queue_id if choice.strategy is Strategy.ROUND_ROBIN else None,
    )
