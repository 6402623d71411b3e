"""Who of those who suit a queue's calls is asked first, and who later: tiers of agents."""

from dataclasses import dataclass
from typing import NamedTuple

from acd.ids import AgentId, QueueId
from acd.instant import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Agents who are asked only once a caller has waited for ``after``, or when nobody before them works."""

    after: Span
    agents: tuple[AgentId, ...]


class Team(NamedTuple):
    """The agents of one tier of one queue. Tier 0 is everybody whom no other tier names."""

    queue_id: QueueId
    tier: int
