"""The rules' section ``queues``: whom each queue's calls require and how long things may take."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from acd.requirement import Requirement
from acd.service_level import ServiceLevelFormula
from acd.skills import SkillSet
from cti.rules_choice import ChoiceConfig
from cti.rules_overflow import LifeConfig
from cti.rules_states import OffersConfig
from cti.value_types import Id, Requires, Section


def requirement_of(written: str | Mapping[str, int]) -> Requirement:
    """The requirement a document writes as an expression or as least levels."""
    return Requirement.parse(written) if isinstance(written, str) else Requirement.of(written)


class RelaxConfig(Section):
    """What a queue requires of agents for who has waited for so long."""

    after_s: Annotated[int, Field(ge=1, le=86_400)]
    requires: Requires


class TierConfig(Section):
    """Agents who are asked only for callers who have waited for so long."""

    after_s: Annotated[int, Field(ge=1, le=86_400)]
    agents: Annotated[tuple[Id, ...], Field(min_length=1)]


class ReserveConfig(Section):
    """Agents who are asked only while the wait in the queue is longer than so long."""

    above_s: Annotated[int, Field(ge=1, le=86_400)]
    agents: Annotated[tuple[Id, ...], Field(min_length=1)]


class QueueConfig(ChoiceConfig, OffersConfig, LifeConfig):
    """A queue: whom its calls require and how long things may take."""

    id: Id
    requires: Requires = Field({})
    prefers: Requires | None = None
    """Of the ready agents who may take a call, those who meet this too are chosen first."""
    relax: Annotated[tuple[RelaxConfig, ...], Field(max_length=10)] = ()
    """Steps in the order of their times; each must accept everybody whom the one before accepts, and more."""
    tiers: Annotated[tuple[TierConfig, ...], Field(max_length=10)] = ()
    """The second tier of agents, the third, and so on; whoever is named in none is of the first."""
    reserve: ReserveConfig | None = None
    weight: Annotated[float, Field(ge=0.01, le=100)] = 1
    """Callers' scores are multiplied by it before they are compared with those of other queues."""
    ring_timeout_s: Annotated[int, Field(ge=3, le=120)] = 15
    service_level_s: Annotated[int, Field(ge=1, le=3600)] = 20
    service_level_formula: ServiceLevelFormula = ServiceLevelFormula.ABANDONED_COUNT_AGAINST
    """How the service level is computed; the formula is told with every figure."""
    short_abandonment_s: Annotated[int, Field(ge=0, le=600)] = 5
    """Who gives up within this span could hardly have been answered; one formula forgives it."""
    estimate_quantile: Annotated[float, Field(ge=0.5, le=0.99)] = 0.8
    """How sure a caller may be that he does not wait for longer than he is told."""
    capacity: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Most callers waiting at once."""

    @property
    def steps(self) -> tuple[Requirement, ...]:
        """What is required at first and after each relaxation."""
        return tuple(map(requirement_of, (self.requires, *(step.requires for step in self.relax))))

    def is_served_by(self, skills: Mapping[str, int]) -> bool:
        """Whether somebody with these skills meets what the queue requires before any relaxation."""
        return self.steps[0].suits(SkillSet.of(skills))
