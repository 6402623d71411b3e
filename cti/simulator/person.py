"""An agent of the lean world, and his habits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from acd.ids import AgentId
from acd.instant import Instant
from cti.simulator.people import Draw


@dataclass(slots=True, kw_only=True)
class Person:
    """An agent and his habits."""

    agent_id: AgentId
    shifts: Sequence[tuple[Instant, Instant]]
    """When he works; in order."""
    answers_after: Draw
    back_after: Draw
    unheard: float = 0.0
    """The share of rings he does not hear."""
    rejected: float = 0.0
    chance: Callable[[], float]
    """Between 0 and 1, for these two."""
    at_work: bool = False
