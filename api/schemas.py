"""What the API takes and gives, typed and with examples; ``of`` turns a value of ours into its outer form."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from acd import decision
from acd.agent import AgentState, NotReadyReason
from acd.call import CallClass, CallState, Outcome
from acd.commands import LogAgentOut, SetAgentNotReady, SetAgentReady
from acd.decision import RivalVerdict, Verdict
from acd.events import OfferEnded, RoutingDecided
from acd.ids import AgentId
from acd.instant import Span, in_seconds
from acd.ledger import OpenItem
from acd.offer import OfferEnd
from acd.views import AgentView, CallView
from api.facts import Fact, IsoTime, iso, iso_or_none, seconds_or_none, told
from cti.envelope import Envelope
from cti.projections import CallRecord

NAME_PATTERN = "^[a-z][a-z0-9_-]{1,31}$"
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
    next_state: AgentState | None = Field(description="What he asked to become when he is free.")

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
        )


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
        default=NotReadyReason.OTHER,
        description="`no_answer`, `rejected` and `phone_unreachable` are the engine's own and refused.",
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


StateRequest = Annotated[BecomeReady | BecomeNotReady | BecomeLoggedOut, Field(discriminator="state")]


# -- calls -------------------------------------------------------------------------------------


class Score(BaseModel):
    """A waiting caller's priority: (waited + offset + boost) / objective. The greatest goes first, but for
    overdue callers, who go before all others."""

    model_config = ConfigDict(frozen=True)

    call_class: CallClass
    waited_s: float
    offset_s: float = Field(description="Credited to everybody of the class.")
    boost_s: float = Field(description="Credited for an earlier unanswered call.")
    objective_s: float
    never_exceed_s: float
    millionths: int = Field(description="The score times a million.")
    overdue: bool = Field(description="Waited for as long as the class may never exceed.")

    @classmethod
    def example(cls) -> dict[str, Any]:
        """One of them, for other examples."""
        return cls(
            call_class=CallClass.VIP,
            waited_s=5,
            offset_s=60,
            boost_s=0,
            objective_s=20,
            never_exceed_s=180,
            millionths=3_250_000,
            overdue=False,
        ).model_dump(mode="json")

    @classmethod
    def of(cls, score: decision.Score) -> Self:
        """The score in a view."""
        return cls(
            call_class=score.call_class,
            waited_s=in_seconds(score.waited),
            offset_s=in_seconds(score.offset),
            boost_s=in_seconds(score.boost),
            objective_s=in_seconds(score.objective),
            never_exceed_s=in_seconds(score.never_exceed),
            millionths=score.millionths,
            overdue=score.overdue,
        )


class LiveCall(BaseModel):
    """A call that is not over."""

    model_config = example(
        call_id="1772443800.42",
        caller="+33123456789",
        dialled="8000",
        state="waiting",
        since=MOMENT % 5,
        arrived_at=MOMENT % 0,
        queue_id="sales",
        call_class="vip",
        queued_at=MOMENT % 5,
        position=1,
        score=None,
        agent_id=None,
        offers_made=0,
    )

    call_id: str
    caller: str
    dialled: str
    state: CallState
    since: IsoTime
    arrived_at: IsoTime
    queue_id: str | None
    call_class: CallClass | None
    queued_at: IsoTime | None
    position: int | None = Field(description="Place in the queue, from 1; null when he does not wait.")
    score: Score | None = Field(description="His priority now; null when he does not wait.")
    agent_id: str | None = Field(description="Who talks with him, or whose phone rings for him.")
    offers_made: int

    @classmethod
    def of(cls, view: CallView) -> Self:
        """The call in a view."""
        return cls(
            call_id=view.call_id,
            caller=view.caller,
            dialled=view.dialled,
            state=view.state,
            since=iso(view.since),
            arrived_at=iso(view.arrived_at),
            queue_id=view.queue_id,
            call_class=view.call_class,
            queued_at=iso_or_none(view.queued_at),
            position=view.position,
            score=None if view.score is None else Score.of(view.score),
            agent_id=view.agent_id,
            offers_made=view.offers_made,
        )


class Call(BaseModel):
    """A call's history in one row."""

    model_config = example(
        call_id="1772443800.42",
        caller="+33123456789",
        dialled="8000",
        arrived_at=MOMENT % 0,
        found=False,
        flow="main",
        menu_keys="1",
        queue_id="sales",
        call_class="vip",
        queued_at=MOMENT % 5,
        offers_made=1,
        connected_at=MOMENT % 9,
        agent_id="ana",
        ended_at=MOMENT % 50,
        outcome="answered",
        waited_s=4.0,
        talked_s=41.0,
    )

    call_id: str
    caller: str
    dialled: str
    arrived_at: IsoTime
    found: bool = Field(description="Not seen arriving, but met after a restart or a lost link.")
    flow: str | None
    menu_keys: str = Field(description="What the caller pressed, in order.")
    queue_id: str | None = Field(description="The last queue he waited in.")
    call_class: CallClass | None
    queued_at: IsoTime | None
    offers_made: int
    connected_at: IsoTime | None
    agent_id: str | None = Field(description="The agent he talked with.")
    ended_at: IsoTime | None = Field(description="Null while the call lives.")
    outcome: Outcome | None
    waited_s: float | None = Field(description="From first queued until he talked with an agent or left.")
    talked_s: float | None

    @classmethod
    def of(cls, record: CallRecord) -> Self:
        """The call in a record."""
        return cls(
            call_id=record.call_id,
            caller=record.caller,
            dialled=record.dialled,
            arrived_at=iso(record.arrived_at),
            found=record.found,
            flow=record.flow,
            menu_keys=record.menu_keys,
            queue_id=record.queue_id,
            call_class=record.call_class,
            queued_at=iso_or_none(record.queued_at),
            offers_made=record.offers_made,
            connected_at=iso_or_none(record.connected_at),
            agent_id=record.agent_id,
            ended_at=iso_or_none(record.ended_at),
            outcome=record.outcome,
            waited_s=seconds_or_none(record.waited_us),
            talked_s=seconds_or_none(record.talked_us),
        )


class CallPage(BaseModel):
    """One page of history, the latest arrivals first."""

    calls: list[Call]
    next: str | None = Field(description="Give it as `before` for the next page; null on the last one.")


class CandidateAgent(BaseModel):
    """An agent who was looked at."""

    model_config = example(agent_id="ben", verdict="lacks_skill", detail="has no sales, needs 5")

    agent_id: str
    verdict: Verdict
    detail: str


class RivalCaller(BaseModel):
    """Another caller who was waiting, and why the agent was not for him."""

    model_config = example(
        call_id="1772443798.40",
        call_class="normal",
        queued_at=MOMENT % 1,
        verdict="lower_score",
        detail="waiting 4.2 s; normal after vip",
    )

    call_id: str
    call_class: CallClass
    queued_at: IsoTime
    verdict: RivalVerdict
    detail: str


class Decision(BaseModel):
    """Why this caller got this agent, and what became of it."""

    model_config = example(
        at=MOMENT % 5,
        offer_id="18f2c-7",
        agent_id="ana",
        queue_id="sales",
        because="a caller was waiting and agents were ready",
        score=Score.example(),
        requirement="lang.en >= 5 and sales >= 5",
        candidates=[{"agent_id": "ana", "verdict": "chosen", "detail": "idle 12.0 s, longest of the ready"}],
        candidates_unnamed=0,
        rivals=[],
        rivals_unnamed=0,
        ended_at=MOMENT % 9,
        ended_as="accepted",
    )

    at: IsoTime
    offer_id: str
    agent_id: str
    queue_id: str
    because: str
    score: Score = Field(description="The caller's priority at that moment.")
    requirement: str = Field(
        description="What was required of the agent then; empty where this was not recorded yet."
    )
    candidates: list[CandidateAgent]
    candidates_unnamed: int = Field(description="Agents not named one by one.")
    rivals: list[RivalCaller]
    rivals_unnamed: int
    ended_at: IsoTime | None = Field(description="Null while the agent's phone rings.")
    ended_as: OfferEnd | None

    @classmethod
    def of(cls, decided: Envelope, ended: Envelope | None) -> Self:
        """The decision in an envelope, and the end of its offer."""
        how = ended.message.how if ended and isinstance(ended.message, OfferEnded) else None
        assert isinstance(decided.message, RoutingDecided)
        fact = {name: value for name, value in told(decided).items() if name in cls.model_fields}
        at, ended_at = iso(decided.at), iso(ended.at) if ended else None
        return cls.model_validate({**fact, "at": at, "ended_at": ended_at, "ended_as": how})


class TimelineEntry(BaseModel):
    """One fact about a call."""

    run: str = Field(description="Which life of the engine told it.")
    seq: int = Field(description="Its place among everything that run heard and said.")
    at: IsoTime
    event: Fact


class CallStory(BaseModel):
    """Everything that is known of one call."""

    call: Call
    live: LiveCall | None = Field(description="Where the call is now; null when it is over.")
    decisions: list[Decision] = Field(description="Why each agent was chosen, in order.")
    timeline: list[TimelineEntry]
    complete: bool = Field(description="False when the database is away and only recent events are told.")


class Unanswered(BaseModel):
    """A caller we owe an answer: his latest contact came to nothing."""

    model_config = example(
        caller="+33123456789",
        call_id="1772443800.42",
        since=MOMENT % 9,
        why="abandoned",
        attempts=2,
        boost_s=57.5,
    )

    caller: str
    call_id: str = Field(description="The latest call that came to nothing.")
    since: IsoTime = Field(description="When it ended.")
    why: Outcome
    attempts: int = Field(description="Calls that came to nothing since the last that succeeded.")
    boost_s: float = Field(description="Waiting time he would be credited with now.")

    @classmethod
    def of(cls, item: OpenItem, boost: Span) -> Self:
        """The item in the ledger."""
        return cls(
            caller=item.caller,
            call_id=item.call_id,
            since=iso(item.since),
            why=item.why,
            attempts=item.attempts,
            boost_s=in_seconds(boost),
        )
