"""The part of a queue's rules that says which of the ready agents gets a call."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from acd.choice import BY_LEVEL, Choice, Strategy
from acd.instant import seconds
from acd.preferred_rules import PreferredAgent, Whom
from cti.value_types import Section, SkillName
from ivr.document import Misfit, Misfits


class PreferredAgentConfig(Section):
    """Which agent a customer waits for before anybody will do, and for how long at most."""

    whom: Whom
    wait_s: Annotated[int, Field(ge=1, le=3600)]

    @property
    def rule(self) -> PreferredAgent:
        """As the core takes it."""
        return PreferredAgent(whom=self.whom, wait=seconds(self.wait_s))


class ChoiceConfig(Section):
    """Which of the ready agents gets a call; the keys stand among a queue's own."""

    strategy: Strategy = Strategy.LONGEST_IDLE
    measured_by: Annotated[tuple[SkillName, ...], Field(max_length=10)] = ()
    """Skills whose levels a strategy that looks at levels adds up; none: those the queue requires."""

    preferred_agent: PreferredAgentConfig | None = None

    @property
    def choice(self) -> Choice:
        """As the core takes it."""
        return Choice(strategy=self.strategy, skills=self.measured_by)

    @model_validator(mode="after")
    def _is_not_in_vain(self) -> Self:
        if self.measured_by and self.strategy not in BY_LEVEL:
            why = f"{self.strategy} does not look at levels: only {', '.join(sorted(BY_LEVEL))} do"
            raise Misfits([Misfit(("measured_by",), why)])
        return self
