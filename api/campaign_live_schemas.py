"""What the API says of a campaign that is watched: figures of this moment and of the last hour."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from acd.instant import in_seconds
from api.facts import IsoTime, iso
from api.schemas import example
from cti.campaign_meter import Counted, Metered
from cti.campaign_store import CampaignRecord
from dialer.budget import Budget
from dialer.campaign import CampaignState
from dialer.campaign_view import CampaignView


class LinesNow(BaseModel):
    """Lines, by how far they are."""

    model_config = example(placed=1, ringing=6, answered=0, waiting=0, machine=0, connected=8)

    placed: int = Field(description="Ordered; the gate or the carrier may still say no.")
    ringing: int
    answered: int = Field(description="Nobody has said yet whether by a person.")
    waiting: int = Field(description="A person is there and no agent; agentless: the flow talks with him.")
    machine: int
    connected: int


class BudgetNow(BaseModel):
    """What an allowance of abandoned calls has left."""

    model_config = example(
        allowed_share=0.03, window_s=2592000, live=812, abandoned=11, share=0.0135, left=13.36, spent=False
    )

    allowed_share: float
    window_s: float
    live: int = Field(description="Answered by a person within the window, or taken for a machine.")
    abandoned: int
    share: float | None
    left: float = Field(description="Calls that may still be abandoned.")
    spent: bool = Field(description="Then nobody is dialled until older calls have left the window.")

    @classmethod
    def of(cls, budget: Budget) -> Self:
        """One allowance's."""
        return cls(
            allowed_share=budget.allowance.share,
            window_s=in_seconds(budget.allowance.window),
            live=budget.live,
            abandoned=budget.abandoned,
            share=budget.share,
            left=budget.left,
            spent=budget.is_spent,
        )


class CountedNow(BaseModel):
    """What happened within some time."""

    model_config = example(
        attempts=420,
        live=120,
        connected=117,
        abandoned=2,
        answer_rate=0.29,
        talked_s=21060.0,
        agents_s=28800.0,
        talk_share=0.73,
    )

    attempts: int
    live: int = Field(description="Attempts that were answered by a person and are over.")
    connected: int
    abandoned: int
    answer_rate: float | None = Field(description="Of the attempts that are over; null before there was one.")
    talked_s: float = Field(description="Conversations that are over.")
    agents_s: float = Field(description="Agents of its queue at work, all together, while it ran.")
    talk_share: float | None = Field(description="The first of the second: 0.75 is 45 minutes of every hour.")

    @classmethod
    def of(cls, counted: Counted) -> Self:
        """As it was counted."""
        return cls(
            attempts=counted.attempts,
            live=counted.live,
            connected=counted.connected,
            abandoned=counted.abandoned,
            answer_rate=counted.answer_rate,
            talked_s=in_seconds(counted.talked),
            agents_s=in_seconds(counted.agents),
            talk_share=counted.talk_share,
        )


class DecidedNow(BaseModel):
    """How many lines were placed when that was last told, and what was seen then."""

    model_config = example(
        lines=2, because="predicted", idle=1, waiting=0, ringing=6, talking=8, wrapping_up=1, answer_rate=0.29
    )

    lines: int
    because: str
    idle: int
    waiting: int
    ringing: int
    talking: int
    wrapping_up: int
    answer_rate: float


class CampaignLive(BaseModel):
    """A campaign, now."""

    model_config = ConfigDict(frozen=True)

    campaign_id: str
    state: CampaignState
    since: IsoTime
    trial_left: int | None = Field(description="Attempts until it pauses by itself; null: it is no trial.")
    in_memory: bool = Field(description="False of one that is over since before the engine started.")
    being_read: bool = Field(description="Its leads of an earlier run are still being read.")
    lines: LinesNow
    why_none: str = Field(
        description="Why no more lines are placed: `budget_spent`, `inbound_first`, `no_agents`, `no_leads`, "
        "`lines_full`, `house_full`, `gate_closed`, `risk`, `link_down`; empty: the last look placed some, "
        "or it does not run."
    )
    budgets: list[BudgetNow] = Field(description="All must be kept; none of agentless campaigns.")
    leads: dict[str, int] = Field(description="By where they stand.")
    left: dict[str, int] = Field(description="Leads that are not done, by list.")
    penetration: float | None = Field(description="Of all leads, those who are done; null without leads.")
    alarms: list[str]
    hour: CountedNow = Field(description="The latest hour.")
    total: CountedNow = Field(description="Since the engine started.")
    decided: DecidedNow | None = Field(description="Null before anything was decided.")

    @classmethod
    def of(cls, view: CampaignView, metered: Metered) -> Self:
        """One in memory."""
        leads = {state.value: count for state, count in view.leads.items() if count}
        decided = metered.decided
        return cls(
            campaign_id=view.campaign_id,
            state=view.state,
            since=iso(view.since),
            trial_left=view.trial_left,
            in_memory=True,
            being_read=view.remembering,
            lines=LinesNow(**_slots(view.lines)),
            why_none=view.why_none,
            budgets=[BudgetNow.of(budget) for budget in view.budgets],
            leads=leads,
            left={str(name): count for name, count in view.left.items()},
            penetration=_penetration(leads),
            alarms=list(view.alarms),
            hour=CountedNow.of(metered.hour),
            total=CountedNow.of(metered.total),
            decided=None
            if decided is None
            else DecidedNow(
                lines=decided.lines,
                because=decided.because,
                idle=decided.idle,
                waiting=decided.waiting,
                ringing=decided.ringing,
                talking=decided.talking,
                wrapping_up=decided.wrapping_up,
                answer_rate=decided.answer_rate_permille / 1000,
            ),
        )

    @classmethod
    def over(cls, record: CampaignRecord, leads: dict[str, dict[str, int]]) -> Self:
        """One that the database alone remembers."""
        by_state: dict[str, int] = {}
        for of_list in leads.values():
            for state, count in of_list.items():
                by_state[state] = by_state.get(state, 0) + count
        nothing = CountedNow.of(Counted())
        return cls(
            campaign_id=record.campaign_id,
            state=record.state,
            since=iso(record.since),
            trial_left=record.trial_left,
            in_memory=False,
            being_read=False,
            lines=LinesNow(placed=0, ringing=0, answered=0, waiting=0, machine=0, connected=0),
            why_none="",
            budgets=[],
            leads=by_state,
            left={name: sum(states.values()) - states.get("done", 0) for name, states in leads.items()},
            penetration=_penetration(by_state),
            alarms=[],
            hour=nothing,
            total=nothing,
            decided=None,
        )


def _penetration(leads: dict[str, int]) -> float | None:
    in_all = sum(leads.values())
    return leads.get("done", 0) / in_all if in_all else None


def _slots(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}
