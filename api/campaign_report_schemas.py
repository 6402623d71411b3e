"""What the API tells of campaigns' pasts: figures, allowances, attempts."""

from collections.abc import Mapping, Sequence
from typing import Literal, Self

from pydantic import BaseModel, Field

from acd.instant import Instant, in_seconds
from api.call_schemas import CallStory, TimelineEntry
from api.facts import IsoTime, iso, iso_or_none, seconds_or_none
from api.schemas import MOMENT, example
from cti.attempts import AttemptRecord
from cti.campaign_evidence import NodeHeard
from cti.campaign_report import AgentHours, AttemptCounts
from cti.wall_clock import wall_clock
from dialer.budget import Budget
from dialer.compliance.verdict import WhyNot


class CampaignFigures(BaseModel):
    """What is counted of some attempts."""

    dialled: int = Field(description="Attempts: telephones that were dialled.")
    running: int = Field(description="Of these, those without an end yet.")
    outcomes: Mapping[str, int] = Field(description="How the others ended; their sum is dialled - running.")
    refused: int = Field(description="The gate, or the PBX, let nothing out: nobody was dialled.")
    live: int = Field(description="A person answered.")
    contact_rate: float | None = Field(description="live / (dialled - running).")
    counted: int = Field(description="In the ledger of live answers.")
    abandoned: int = Field(description="Of these, those for whom nobody was there in time.")
    abandoned_share: float | None = Field(description="abandoned / counted.")
    connected: int = Field(description="An agent talked with him.")
    average_connected_after_s: float | None = Field(
        description="From when a person was known to be there until an agent was."
    )
    longest_connected_after_s: float
    talked_s: float
    average_talk_s: float | None = Field(description="talked_s / connected.")
    disposed: int = Field(description="Somebody has said what came of it.")
    successes: int
    success_rate: float | None = Field(description="successes / live.")
    opted_out: int = Field(description="Asked, by key or word, not to be called any more.")

    @classmethod
    def of(cls, counted: AttemptCounts) -> Self:
        """The figures of counts."""
        return cls(
            dialled=counted.dialled,
            running=counted.running,
            outcomes=dict(sorted(counted.outcomes.items())),
            refused=counted.refused,
            live=counted.live,
            contact_rate=_share(counted.live, counted.dialled - counted.running),
            counted=counted.counted,
            abandoned=counted.abandoned,
            abandoned_share=_share(counted.abandoned, counted.counted),
            connected=counted.connected,
            average_connected_after_s=_each(counted.connected_after, counted.connected),
            longest_connected_after_s=in_seconds(counted.longest_connected_after),
            talked_s=in_seconds(counted.talked),
            average_talk_s=_each(counted.talked, counted.connected),
            disposed=counted.disposed,
            successes=counted.successes,
            success_rate=_share(counted.successes, counted.live),
            opted_out=counted.opted_out,
        )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _each(span: int, times: int) -> float | None:
    return span / times / 1_000_000 if times else None


class CampaignGroup(BaseModel):
    """The figures of one list, hour, number, outcome, agent or disposition."""

    key: str | None = Field(description="Which one: also what `attempts` is asked for; null: not known.")
    figures: CampaignFigures


class AllowanceStands(BaseModel):
    """An allowance of abandoned calls over the window that ends at a moment. Counted in quarters of an hour;
    what is in the window in part counts its abandoned calls in full and its live answers not at all."""

    percent: float = Field(description="Of live answers that may be abandoned.")
    window_h: float
    least: int = Field(description="The percentage is never taken of fewer live answers than these.")
    live: int
    abandoned: int
    share: float | None = Field(description="abandoned / live.")
    spent: bool = Field(description="abandoned > percent of max(live, least): nobody is dialled.")

    @classmethod
    def of(cls, budget: Budget) -> Self:
        """How a budget stands."""
        return cls(
            percent=round(100 * budget.allowance.share, 6),
            window_h=in_seconds(budget.allowance.window) / 3600,
            least=budget.allowance.least,
            live=budget.live,
            abandoned=budget.abandoned,
            share=budget.share,
            spent=budget.is_spent,
        )


class CampaignAgents(BaseModel):
    """Those who talked for it."""

    agents: int
    at_work_s: float = Field(
        description="Ready, ringing, talking or wrapping up, for whatever, from its first attempt to its last"
    )
    talk_min_per_agent_hour: float | None = Field(description="talked_s / at_work_s, in minutes an hour.")

    @classmethod
    def of(cls, hours: AgentHours, counted: AttemptCounts) -> Self:
        """What talking and being there come to."""
        share = _share(counted.talked, hours.at_work)
        return cls(
            agents=hours.agents,
            at_work_s=in_seconds(hours.at_work),
            talk_min_per_agent_hour=None if share is None else 60 * share,
        )


class CampaignReport(BaseModel):
    """A campaign's figures over a span of time."""

    campaign_id: str
    since: IsoTime
    until: IsoTime
    by: str
    rules_version: int | None = Field(
        description="By which it decided at the end; null: it was never adopted."
    )
    total: CampaignFigures
    agents: CampaignAgents
    allowances: list[AllowanceStands] = Field(description="At the end, by the rules of that moment.")
    groups: list[CampaignGroup]
    complete: bool = Field(description="Whether the groups are all there are.")


class CampaignAttempt(BaseModel):
    """One attempt's whole life; what nobody saw is null."""

    model_config = example(
        attempt_id="64f0c2a81b7d3-a17",
        campaign_id="sales",
        list_id="march",
        lead_id="march:17",
        number="+33123456789",
        zones=["Europe/Paris"],
        local_earliest="2026-03-02T10:30:00+01:00",
        local_latest="2026-03-02T10:30:00+01:00",
        wanted_by=None,
        placed_at=MOMENT % 0,
        ring_for_s=20.0,
        rang_at=MOMENT % 1,
        answered_at=MOMENT % 6,
        party="person",
        judged_at=MOMENT % 7,
        judged_words="HUMAN-800-800",
        connected_at=MOMENT % 8,
        connected_after_s=0.4,
        agent_id="ana",
        opted_out_at=None,
        ended_at=MOMENT % 58,
        outcome="connected",
        hangup_cause=16,
        trunk=None,
        rang_s=6.0,
        talked_s=50.0,
        live=True,
        counted_at=MOMENT % 8,
        taken_back_at=None,
        abandoned=False,
        refused_why=None,
        refused_reasons=[],
        refused_until=None,
        disposition="sale",
        success=True,
        disposed_at=MOMENT % 59,
        disposed_by="ana",
        note="",
    )

    attempt_id: str
    campaign_id: str
    list_id: str | None
    lead_id: str | None
    number: str
    zones: list[str] = Field(description="Where he was: his list's zone, or all his number may be in.")
    local_earliest: str | None = Field(description="What the clock there showed, in the westernmost ...")
    local_latest: str | None = Field(description="... and in the easternmost of these zones.")
    wanted_by: str | None = Field(description="The agent who wanted to talk with him; null: the pacing did.")
    placed_at: IsoTime
    ring_for_s: float | None
    rang_at: IsoTime | None
    answered_at: IsoTime | None
    party: Literal["person", "machine", "unsure"] | None
    judged_at: IsoTime | None
    judged_words: str | None
    connected_at: IsoTime | None
    connected_after_s: float | None = Field(
        description="Since a person was known to be there: the law's clock."
    )
    agent_id: str | None
    opted_out_at: IsoTime | None
    ended_at: IsoTime | None
    outcome: str | None = Field(description="Null while it lasts; `not_dialled`: refused.")
    hangup_cause: int | None
    trunk: str | None
    rang_s: float | None
    talked_s: float | None
    live: bool | None
    counted_at: IsoTime | None = Field(description="When it went into the ledger of live answers.")
    taken_back_at: IsoTime | None = Field(
        description="When it was taken out again: it was a machine, says who has heard it."
    )
    abandoned: bool | None = Field(description="As the ledger counted it.")
    refused_why: str | None
    refused_reasons: list[WhyNot] = Field(
        description="Every one the gate had; none: it was let out, or not refused by the gate."
    )
    refused_until: IsoTime | None
    disposition: str | None
    success: bool | None
    disposed_at: IsoTime | None
    disposed_by: str | None
    note: str | None
    heard: str | None = Field(
        default=None,
        description="When asked for: where he was in flows, seconds after the answer, keys among it.",
    )

    @classmethod
    def of(cls, record: AttemptRecord, nodes: Sequence[NodeHeard] = ()) -> Self:
        """A record, told; ``nodes``: where he was in flows."""
        zones = record.zones.split(",") if record.zones else []
        earliest, latest = local_times(record.placed_at, zones)
        return cls(
            attempt_id=record.attempt_id,
            campaign_id=record.campaign_id,
            list_id=record.list_id,
            lead_id=record.lead_id,
            number=record.number,
            zones=zones,
            local_earliest=earliest,
            local_latest=latest,
            wanted_by=record.wanted_by,
            placed_at=iso(record.placed_at),
            ring_for_s=seconds_or_none(record.ring_for_us),
            rang_at=iso_or_none(record.rang_at),
            answered_at=iso_or_none(record.answered_at),
            party=None if record.party is None else record.party.value,
            judged_at=iso_or_none(record.judged_at),
            judged_words=record.judged_words,
            connected_at=iso_or_none(record.connected_at),
            connected_after_s=seconds_or_none(record.connected_after_us),
            agent_id=record.agent_id,
            opted_out_at=iso_or_none(record.opted_out_at),
            ended_at=iso_or_none(record.ended_at),
            outcome=record.outcome,
            hangup_cause=record.hangup_cause,
            trunk=record.trunk,
            rang_s=seconds_or_none(record.rang_us),
            talked_s=seconds_or_none(record.talked_us),
            live=record.live,
            counted_at=iso_or_none(record.counted_at),
            taken_back_at=iso_or_none(record.taken_back_at),
            abandoned=record.abandoned,
            refused_why=record.refused_why,
            refused_reasons=[WhyNot(one) for one in (record.refused_reasons or "").split(",") if one],
            refused_until=iso_or_none(record.refused_until),
            disposition=record.disposition,
            success=record.success,
            disposed_at=iso_or_none(record.disposed_at),
            disposed_by=record.disposed_by,
            note=record.note,
            heard="; ".join(_heard(one, record) for one in nodes) or None,
        )


def _heard(one: NodeHeard, record: AttemptRecord) -> str:
    since = one.entered_at - (record.answered_at or record.placed_at)
    lasted = "" if one.spent_us is None else f" for {in_seconds(one.spent_us):.1f} s"
    key = "" if one.key is None else f", key {one.key}"
    return f"{one.node} ({one.kind}) at {in_seconds(since):.1f} s{lasted}{key}"


def local_times(at: Instant, zones: list[str]) -> tuple[str | None, str | None]:
    """The earliest and the latest that clocks in these zones show, with their offsets."""
    shown = [clock for zone in zones if (clock := wall_clock(at, zone)) is not None]
    if not shown:
        return None, None
    by_wall = sorted(shown, key=lambda clock: clock.replace(tzinfo=None))
    return by_wall[0].isoformat(timespec="seconds"), by_wall[-1].isoformat(timespec="seconds")


class AttemptPage(BaseModel):
    """Some attempts, earliest first."""

    attempts: list[CampaignAttempt]
    next: str | None = Field(description="For `after`; null on the last page.")


class AttemptStory(BaseModel):
    """One attempt: what happened, and why."""

    attempt: CampaignAttempt
    timeline: list[TimelineEntry]
    call: CallStory | None = Field(
        description="Who answered is a call of the attempt's name; null: nobody did."
    )
    complete: bool = Field(description="False while the database is away and earlier events may be missing.")
