"""What the API says of calls: live, past, and one call's story."""

from typing import Self

from pydantic import BaseModel, Field

from acd.call import CallClass, CallState, Outcome, Presence
from acd.instant import Span, in_seconds
from acd.ledger import OpenItem, WhyOwed
from acd.views import CallView
from api.customer_schemas import Caller
from api.decision_schemas import Decision, Score, WhyWaiting
from api.estimate_schemas import EstimatedWait
from api.facts import Fact, IsoTime, iso, iso_or_none, seconds_or_none
from api.ivr_schemas import PathStay
from api.schemas import MOMENT, example
from cti.projections import CallRecord


class LiveCall(BaseModel):
    """A call that is not over."""

    model_config = example(
        call_id="1772443800.42",
        caller="+33123456789",
        dialled="8000",
        state="waiting",
        presence="channel",
        since=MOMENT % 5,
        arrived_at=MOMENT % 0,
        queue_id="sales",
        call_class="vip",
        class_because="his segment is gold",
        queued_at=MOMENT % 5,
        position=1,
        score=None,
        estimated_wait={
            "wait_s": 95.0,
            "quantile": 0.8,
            "median_s": 48.5,
            "ahead": 2.0,
            "agents": 5,
            "grew": None,
        },
        agent_id=None,
        offers_made=0,
        customer_id="c-1042",
        requires="sales >= 3 and lang.zh",
        data={"account": "1234"},
        flow="main",
        flow_version=3,
        node=None,
    )

    call_id: str
    caller: str
    dialled: str
    state: CallState
    presence: Presence = Field(description="Whether he is on the line, or will be called back.")
    since: IsoTime
    arrived_at: IsoTime
    queue_id: str | None
    call_class: CallClass | None
    class_because: str | None = Field(description="Why he is of this class; null while he has none.")
    queued_at: IsoTime | None
    position: int | None = Field(description="Place in the queue, from 1; null when he does not wait.")
    score: Score | None = Field(description="His priority now; null when he does not wait.")
    estimated_wait: EstimatedWait | None = Field(
        description="His remaining wait; null when he does not wait or nothing honest can be said."
    )
    agent_id: str | None = Field(description="Who talks with him, or whose phone rings for him.")
    offers_made: int
    customer_id: str | None = Field(description="Who he is; null while that is not known.")
    requires: str | None = Field(
        description="What is required of who takes him, now; null when he is in no queue."
    )
    data: dict[str, str] = Field(description="What his flow learnt and handed on, for the agent's screen.")
    flow: str | None = Field(description="The flow that talks with him, or did last.")
    flow_version: int | None = Field(
        description="The published version of the flows that he began with, and keeps."
    )
    node: str | None = Field(
        description="Where in its flow it is, a sub-flow's name before it; null when it is in none."
    )

    @classmethod
    def of(cls, view: CallView) -> Self:
        """The call in a view."""
        return cls(
            call_id=view.call_id,
            caller=view.caller,
            dialled=view.dialled,
            state=view.state,
            presence=view.presence,
            since=iso(view.since),
            arrived_at=iso(view.arrived_at),
            queue_id=view.queue_id,
            call_class=view.call_class,
            class_because=view.class_because,
            queued_at=iso_or_none(view.queued_at),
            position=view.position,
            score=None if view.score is None else Score.of(view.score),
            estimated_wait=None
            if view.estimated_wait is None
            else EstimatedWait.model_validate(view.estimated_wait),
            agent_id=view.agent_id,
            offers_made=view.offers_made,
            customer_id=view.customer_id,
            requires=view.requires,
            data=view.data,
            flow=view.flow,
            flow_version=view.flow_version,
            node=view.node,
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
        flow_version=3,
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
        customer_id="c-1042",
    )

    call_id: str
    caller: str
    dialled: str
    arrived_at: IsoTime
    found: bool = Field(description="Not seen arriving, but met after a restart or a lost link.")
    flow: str | None
    flow_version: int | None = Field(description="The published version of the flows that he met.")
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
    customer_id: str | None = Field(description="Who he was, when that was known.")

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
            flow_version=record.flow_version,
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
            customer_id=record.customer_id,
        )


class CallPage(BaseModel):
    """One page of history, the latest arrivals first."""

    calls: list[Call]
    next: str | None = Field(description="Give it as `before` for the next page; null on the last one.")


class TimelineEntry(BaseModel):
    """One fact about a call."""

    run: str = Field(description="Which life of the engine told it.")
    seq: int = Field(description="Its place among everything that run heard and said.")
    at: IsoTime
    event: Fact


class Unanswered(BaseModel):
    """A caller we owe an answer: his latest contact came to nothing."""

    model_config = example(
        caller="+33123456789",
        customer_id="c-1042",
        call_id="1772443800.42",
        since=MOMENT % 9,
        why="abandoned",
        attempts=2,
        boost_s=57.5,
    )

    caller: str = Field(description="The number of the latest call.")
    customer_id: str | None = Field(description="Null while he is known by his number alone.")
    call_id: str = Field(description="The latest call that came to nothing.")
    since: IsoTime = Field(description="When it ended.")
    why: WhyOwed
    attempts: int = Field(description="Calls that came to nothing since the last that succeeded.")
    boost_s: float = Field(description="Waiting time he would be credited with now.")

    @classmethod
    def of(cls, item: OpenItem, boost: Span) -> Self:
        """The item in the ledger."""
        return cls(
            caller=item.caller,
            customer_id=item.customer_id,
            call_id=item.call_id,
            since=iso(item.since),
            why=item.why,
            attempts=item.attempts,
            boost_s=in_seconds(boost),
        )


class CallStory(BaseModel):
    """Everything that is known of one call."""

    call: Call
    live: LiveCall | None = Field(description="Where the call is now; null when it is over.")
    customer: Caller | None = Field(
        description="Who is calling; null when that is not known or the call is over."
    )
    owed: Unanswered | None = Field(
        description="What we owe the caller of a live call; null when nothing is open."
    )
    waiting: WhyWaiting | None = Field(description="Why he still waits; null when he does not.")
    path: list[PathStay] = Field(description="Its stays in flows, node by node, in order.")
    decisions: list[Decision] = Field(description="Why each agent was chosen, in order.")
    timeline: list[TimelineEntry]
    complete: bool = Field(description="False when the database is away and only recent events are told.")
