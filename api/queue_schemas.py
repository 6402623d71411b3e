"""What the API says about queues."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from acd.views import QueueView
from api.schemas import example


class RelaxationStep(BaseModel):
    """What is required of agents for who has waited for so long."""

    model_config = example(after_s=45.0, requires="sales >= 3") | ConfigDict(from_attributes=True)

    after_s: float
    requires: str


class Queue(BaseModel):
    """A queue's live figures. Counts are calls since the engine started."""

    model_config = example(
        queue_id="sales",
        requires="sales >= 5",
        prefers="lang.fr >= 5",
        relax=[{"after_s": 45.0, "requires": "sales >= 3"}],
        waiting=2,
        relaxed=0,
        longest_wait_s=11.5,
        agents_logged_in=3,
        agents_ready=0,
        agents_talking=3,
        offered=40,
        answered=35,
        abandoned=3,
        lost=0,
        left_for_ivr=0,
        refused=0,
        unexplained=0,
        service_level=0.842,
        service_level_within_s=20.0,
        service_level_formula="answered_within / (answered + abandoned)",
        average_speed_of_answer_s=8.3,
        average_talk_s=131.0,
    )

    queue_id: str
    requires: str = Field(description="What an agent must meet before any relaxation, as an expression.")
    prefers: str | None = Field(description="Who meets this too is chosen first of the ready agents.")
    relax: list[RelaxationStep] = Field(description="What is required instead after a wait.")
    waiting: int = Field(description="Callers without an agent, those whose agent is being rung included.")
    relaxed: int = Field(description="Those of them for whom less is required than at first.")
    longest_wait_s: float
    agents_logged_in: int = Field(description="Agents counted here meet what is required at first.")
    agents_ready: int
    agents_talking: int
    offered: int
    answered: int
    abandoned: int
    lost: int = Field(description="Gone while the link to the PBX was down; nobody saw how.")
    left_for_ivr: int
    refused: int = Field(description="Not taken in, because the queue was full; not among the offered.")
    unexplained: int = Field(description="Offered, yet neither ended nor here. Anything but 0 is a bug.")
    service_level: float | None = Field(description="By the formula below; null before the first call.")
    service_level_within_s: float
    service_level_formula: str
    average_speed_of_answer_s: float | None
    average_talk_s: float | None

    @classmethod
    def of(cls, view: QueueView) -> Self:
        """The queue in a view, whose names are these."""
        return cls.model_validate({name: getattr(view, name) for name in cls.model_fields})
