"""What the API says about queues."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from acd.exits import QueueExit
from acd.service_level import ServiceLevelFormula
from acd.views import QueueView
from api.estimate_schemas import EstimateAccuracy, EstimatedWait
from api.facts import IsoTime, iso_or_none
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
        open=True,
        door="open by its hours",
        changes_at="2026-03-02T18:00:00.000000Z",
        relaxed=0,
        longest_wait_s=11.5,
        agents_logged_in=3,
        agents_ready=0,
        agents_talking=3,
        offered=40,
        answered=35,
        abandoned=3,
        turned_away=0,
        exits={"answered": 35, "abandoned": 3},
        unexplained=0,
        service_level=0.842,
        service_levels={"abandoned_count_against": 0.842, "answered_only": 0.914},
        service_level_within_s=20.0,
        service_level_formula="answered_within / (answered + abandoned)",
        average_speed_of_answer_s=8.3,
        average_talk_s=131.0,
        average_wrap_up_s=12.0,
        average_handling_s=143.0,
        longest_waited_s=61.5,
        estimated_wait={
            "wait_s": 95.0,
            "quantile": 0.8,
            "median_s": 48.5,
            "ahead": 2.0,
            "agents": 3,
            "grew": None,
        },
        estimate_accuracy={
            "told": True,
            "quantile": 0.8,
            "judged": 200,
            "coverage": 0.81,
            "mean_error_s": 41.0,
            "learnt": 1312,
        },
    )

    queue_id: str
    requires: str = Field(description="What an agent must meet before any relaxation, as an expression.")
    prefers: str | None = Field(description="Who meets this too is chosen first of the ready agents.")
    relax: list[RelaxationStep] = Field(description="What is required instead after a wait.")
    waiting: int = Field(description="Callers without an agent, those whose agent is being rung included.")
    open: bool
    door: str = Field(description="Why it is open or closed.")
    changes_at: IsoTime | None = Field(description="When its hours open or close it next; null: never.")
    relaxed: int = Field(description="Those of them for whom less is required than at first.")
    longest_wait_s: float
    agents_logged_in: int = Field(description="Agents counted here meet what is required at first.")
    agents_ready: int
    agents_talking: int
    offered: int = Field(description="Everybody who knocked, also who was not let in.")
    answered: int
    abandoned: int
    turned_away: int = Field(description="Led nowhere else: full, closed, no agent or timed out.")
    exits: dict[QueueExit, int] = Field(
        description="How visits ended, every way there is; with `waiting` they sum up to `offered`."
    )
    unexplained: int = Field(description="Offered, yet neither ended nor here. Anything but 0 is a bug.")
    service_level: float | None = Field(description="By the formula below; null before the first call.")
    service_levels: dict[ServiceLevelFormula, float | None] = Field(
        description="The same calls by every formula there is."
    )
    service_level_within_s: float
    service_level_formula: str
    average_speed_of_answer_s: float | None = Field(description="ASA: the mean wait of who was answered.")
    average_talk_s: float | None
    average_wrap_up_s: float | None = Field(description="Of the calls that were followed by one.")
    average_handling_s: float | None = Field(description="AHT: talk and wrap-up, per conversation.")
    longest_waited_s: float = Field(description="Of everybody who has left the line, however he left.")
    estimated_wait: EstimatedWait | None = Field(
        description="For a normal caller who would come now; null when nothing honest can be said."
    )
    estimate_accuracy: EstimateAccuracy

    @classmethod
    def of(cls, view: QueueView) -> Self:
        """The queue in a view, whose names are these."""
        named = {name: getattr(view, name) for name in cls.model_fields}
        return cls.model_validate(named | {"changes_at": iso_or_none(view.changes_at)})


Word = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class CloseRequest(BaseModel):
    """Why a queue closes, and what becomes of those who wait."""

    model_config = example(because="fire alarm", by="Ada", waiting="leave") | ConfigDict(extra="forbid")

    because: Word
    by: Annotated[str, Field(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    waiting: Literal["serve", "leave", "callbacks"] | None = Field(
        None, description="Whether callers who wait are served or leave; null leaves it to the rules."
    )


class ReopenRequest(BaseModel):
    """Who reopens a queue."""

    model_config = example(by="Ada") | ConfigDict(extra="forbid")

    by: Annotated[str, Field(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
