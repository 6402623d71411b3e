"""Why: decisions, and why nothing was decided yet, over HTTP."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from acd import decision, explain
from acd.agent import AgentState
from acd.call import CallClass
from acd.decision import RivalVerdict, Verdict
from acd.instant import in_seconds
from acd.offer import OfferEnd
from acd.offer_events import OfferEnded, RoutingDecided
from acd.reasons import NotReadyReason
from api.estimate_schemas import EstimatedWait
from api.facts import IsoTime, iso, iso_or_none, told
from api.schemas import MOMENT, example
from cti.envelope import Envelope

BY_RULES = "The version of the rules by which it is so; 0 when nobody numbered them."


class Score(BaseModel):
    """A waiting caller's priority: (waited + offset + boost) / objective * weight. The greatest goes first,
    but for overdue callers, who go before all others."""

    model_config = ConfigDict(frozen=True)

    call_class: CallClass
    waited_s: float
    offset_s: float = Field(description="Credited to everybody of the class.")
    boost_s: float = Field(description="Credited for an earlier unanswered call.")
    objective_s: float
    never_exceed_s: float
    weight_thousandths: int = Field(description="The queue's, times a thousand.")
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
            weight_thousandths=1000,
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
            weight_thousandths=score.weight_thousandths,
            millionths=score.millionths,
            overdue=score.overdue,
        )


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
        rules_version=3,
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
    rules_version: int = Field(description=BY_RULES)
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


class CallerAhead(BaseModel):
    """A caller who goes before another."""

    call_id: str
    queue_id: str
    score: Score
    detail: str


class WhyWaiting(BaseModel):
    """Why a caller is still waiting, at this moment."""

    model_config = ConfigDict(frozen=True)

    because: str = Field(description="The reason in a sentence.")
    position: int
    score: Score
    requirement: str = Field(description="What is required of who takes him, at present.")
    relaxes_at: IsoTime | None = Field(description="When less will be required; null when never.")
    tier: int = Field(description="The last tier of agents that is open to him, from 1.")
    tier_opens_at: IsoTime | None = Field(description="When the next one opens to him; null when none does.")
    candidates: list[CandidateAgent] = Field(description="Agents who could take him first, then others.")
    candidates_unnamed: int
    estimated_wait: EstimatedWait | None = Field(description="Null when nothing honest can be said.")
    ahead: list[CallerAhead] = Field(description="Who goes before him in his queue, the first one first.")
    prospects: list[str] = Field(description="What is going to become of him if nobody takes him.")
    rules_version: int = Field(description=BY_RULES)

    @classmethod
    def of(cls, why: explain.WhyWaiting) -> Self:
        """The explanation of the core."""
        return cls(
            because=why.because,
            position=why.position,
            score=Score.of(why.score),
            requirement=why.requirement,
            relaxes_at=iso_or_none(why.relaxes_at),
            tier=why.tier,
            tier_opens_at=iso_or_none(why.tier_opens_at),
            candidates=[
                CandidateAgent(agent_id=c.agent_id, verdict=c.verdict, detail=c.detail)
                for c in why.candidates
            ],
            candidates_unnamed=why.candidates_unnamed,
            estimated_wait=None
            if why.estimated_wait is None
            else EstimatedWait.model_validate(why.estimated_wait),
            ahead=[
                CallerAhead(call_id=a.call_id, queue_id=a.queue_id, score=Score.of(a.score), detail=a.detail)
                for a in why.ahead
            ],
            prospects=list(why.prospects),
            rules_version=why.rules_version,
        )


class QueueForAgent(BaseModel):
    """One queue as an agent meets it."""

    queue_id: str
    waiting: int
    lacks: str | None = Field(description="What he lacks for its callers; null when he may take them.")
    tier: int | None = Field(
        description="His tier there, from 1; those of later tiers are asked later. Null: he is in reserve."
    )
    not_yet: int = Field(
        description="To how many of those waiting his tier, or the reserve, is not open yet."
    )


class WhyIdle(BaseModel):
    """Why an agent is not being offered anybody, at this moment."""

    model_config = example(
        agent_id="ana",
        because="nobody is waiting whom he could take",
        state="ready",
        reason=None,
        since=MOMENT % 5,
        queues=[{"queue_id": "sales", "waiting": 0, "lacks": None, "tier": 1, "not_yet": 0}],
        rules_version=3,
    )

    agent_id: str
    because: str = Field(description="The reason in a sentence.")
    state: AgentState
    reason: NotReadyReason | None
    since: IsoTime | None = Field(description="Null before his first move since the engine started.")
    queues: list[QueueForAgent]
    rules_version: int = Field(description=BY_RULES)

    @classmethod
    def of(cls, why: explain.WhyIdle) -> Self:
        """The explanation of the core."""
        return cls(
            agent_id=why.agent_id,
            because=why.because,
            state=why.state,
            reason=why.reason,
            since=iso_or_none(why.since or None),
            queues=[
                QueueForAgent(
                    queue_id=q.queue_id, waiting=q.waiting, lacks=q.lacks, tier=q.tier, not_yet=q.not_yet
                )
                for q in why.queues
            ],
            rules_version=why.rules_version,
        )
