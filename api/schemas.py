"""What the API takes and gives, typed and with examples; ``of`` turns a value of ours into its outer form."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from acd.agent import AgentState
from acd.agent_state import QueueStanding
from acd.commands import LogAgentOut, SetAgentNotReady, SetAgentReady
from acd.ids import AgentId
from acd.reasons import OTHER, NotReadyReason
from acd.views import AgentView
from api.facts import IsoTime, iso, iso_or_none

NAME_PATTERN = "^[a-z][a-z0-9_-]{1,31}$"
REASON_PATTERN = "^[a-z][a-z0-9_]{0,31}$"
CUSTOMER_PATTERN = "^[0-9A-Za-z][0-9A-Za-z._:@-]{0,63}$"
CALL_PATTERN = "^[0-9A-Za-z._+-]{1,150}$"

AgentName = Annotated[str, Path(pattern=NAME_PATTERN, description="The agent's id.", examples=["ana"])]
QueueName = Annotated[str, Path(pattern=NAME_PATTERN, description="The queue's id.", examples=["sales"])]
CallName = Annotated[
    str, Path(pattern=CALL_PATTERN, description="The call's id.", examples=["1772443800.42"])
]

MOMENT = "2026-03-02T09:30:%02d.000000Z"


def example(**fields: Any) -> ConfigDict:
    """A model's settings, with an example of it for the documentation."""
    return ConfigDict(frozen=True, json_schema_extra={"examples": [fields]})


# -- errors ------------------------------------------------------------------------------------


class Detail(BaseModel):
    """Why a request was not carried out."""

    model_config = example(detail="the phone of ana is not registered")

    detail: str


# -- agents ------------------------------------------------------------------------------------


class AwayFrom(BaseModel):
    """How an agent stands to a queue whose callers he does not take."""

    standing: QueueStanding
    reason: NotReadyReason | None
    since: IsoTime


class Agent(BaseModel):
    """An agent, now."""

    model_config = example(
        agent_id="ana",
        name="Ana Alvarez",
        skills={"sales": 8, "lang.en": 9},
        queues=["sales"],
        state="not_ready",
        reason="break",
        since=MOMENT % 0,
        phone_reachable=True,
        call_id=None,
        next_state=None,
        next_reason=None,
        next_by=None,
        until=None,
        extensions_left=0,
        away_from={},
        dwells_too_long=False,
    )

    agent_id: str
    name: str
    skills: Mapping[str, int]
    queues: list[str] = Field(description="The queues whose calls he may take.")
    state: AgentState
    reason: NotReadyReason | None = Field(description="Why he is not ready; null in other states.")
    since: IsoTime | None = Field(description="Null when he has not moved since the engine started.")
    phone_reachable: bool = Field(description="Whether his phone is registered.")
    call_id: str | None = Field(description="The call he talks in, or his phone rings for.")
    next_state: AgentState | None = Field(description="What he will be when he is free; null: ready.")
    next_reason: NotReadyReason | None = Field(description="Why he will not be ready then.")
    next_by: str | None = Field(description="Who decided that over his head; null when he chose it.")
    until: IsoTime | None = Field(description="When his state ends by itself; null when it does not.")
    extensions_left: int = Field(description="How often he may ask for more time in this wrap-up.")
    away_from: Mapping[str, AwayFrom] = Field(
        description="Queues he has paused or left, and goes on elsewhere."
    )
    dwells_too_long: bool = Field(description="Whether his state lasts longer than the rules let pass.")

    @classmethod
    def of(cls, view: AgentView) -> Self:
        """The agent in a view."""
        return cls(
            agent_id=view.agent_id,
            name=view.name,
            skills=view.skills,
            queues=list(view.queues),
            state=view.state,
            reason=view.reason,
            since=iso(view.since) if view.since else None,
            phone_reachable=view.phone_reachable,
            call_id=view.call_id,
            next_state=view.next_state,
            next_reason=view.next_reason,
            next_by=view.next_by,
            until=iso_or_none(view.until),
            extensions_left=view.extensions_left,
            away_from={
                queue_id: AwayFrom(standing=away.standing, reason=away.reason, since=iso(away.since))
                for queue_id, away in view.away_from.items()
            },
            dwells_too_long=view.dwells_too_long,
        )


_ONE_LINE = StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\x00-\x1f\x7f]*$")
"""Text of a person's, for people."""


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BecomeReady(_Request):
    """Ready for calls; logs the agent in if need be."""

    state: Literal["ready"]

    def command(self, agent_id: AgentId) -> SetAgentReady:
        """What is asked of the ACD."""
        return SetAgentReady(agent_id=agent_id)


class BecomeNotReady(_Request):
    """Not ready for calls, with a reason."""

    state: Literal["not_ready"]
    reason: NotReadyReason = Field(
        default=OTHER,
        pattern=REASON_PATTERN,
        examples=["break"],
        description="One of the rules' (`GET /not-ready-reasons`); the engine's own are refused.",
    )

    def command(self, agent_id: AgentId) -> SetAgentNotReady:
        """What is asked of the ACD."""
        return SetAgentNotReady(agent_id=agent_id, reason=self.reason)


class BecomeLoggedOut(_Request):
    """Off duty."""

    state: Literal["logged_out"]

    def command(self, agent_id: AgentId) -> LogAgentOut:
        """What is asked of the ACD."""
        return LogAgentOut(agent_id=agent_id)


class ChosenState(_Request):
    """A state to be in, with its reason."""

    state: Literal["ready", "not_ready", "logged_out"]
    reason: NotReadyReason | None = Field(
        default=None,
        pattern=REASON_PATTERN,
        examples=["break"],
        description="Goes with `not_ready`; `other` when it is not given.",
    )

    @property
    def because(self) -> NotReadyReason | None:
        """The reason, also when none was given."""
        return self.reason or (OTHER if self.state == "not_ready" else None)


class StandingRequest(_Request):
    """How an agent stands to one queue."""

    standing: QueueStanding
    reason: NotReadyReason | None = Field(
        default=None, pattern=REASON_PATTERN, examples=["training"], description="Goes with `paused`."
    )


class ForceRequest(ChosenState):
    """What a supervisor makes an agent be."""

    by: Annotated[str, _ONE_LINE] = Field(max_length=64, examples=["carol"], description="The supervisor.")
    why: Annotated[str, _ONE_LINE] = Field(
        max_length=200, examples=["his shift is over"], description="Kept with the event `AgentForced`."
    )
    now: bool = Field(default=False, description="Without wrap-up. A conversation goes on in any case.")


StateRequest = Annotated[BecomeReady | BecomeNotReady | BecomeLoggedOut, Field(discriminator="state")]
