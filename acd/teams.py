"""Who of those who suit a queue's calls is asked first, who later, and who only when it is needed."""

from dataclasses import dataclass
from typing import NamedTuple

from acd.ids import AgentId, QueueId
from acd.instant import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Agents who are asked only once a caller has waited for ``after``, or when nobody before them works."""

    after: Span
    agents: tuple[AgentId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """Agents who are asked only while the wait in the queue is longer than ``above``."""

    above: Span
    agents: tuple[AgentId, ...]


RESERVE = 1_000
"""The tier of those in reserve: after every other one, and opened for all callers at once."""


class Team(NamedTuple):
    """The agents of one tier of one queue. Tier 0 is everybody whom no other tier names."""

    queue_id: QueueId
    tier: int

    def __str__(self) -> str:
        return tier_in_words(self.tier)


def tier_in_words(tier: int) -> str:
    """Where somebody of this tier belongs: ``of tier 2``, ``in reserve``."""
    return "in reserve" if tier == RESERVE else f"of tier {tier + 1}"
