"""What the API tells as evidence of how a campaign dialled."""

from collections.abc import Iterator
from typing import Self

from pydantic import BaseModel, Field

from acd.hours import DaySpan
from acd.instant import in_seconds
from api.campaign_report_schemas import AllowanceStands, CampaignFigures
from api.facts import IsoTime, iso
from cti.campaign_evidence import AroundIt
from cti.campaign_memory import Adopted
from cti.campaign_windows import DayOfAllowance
from dialer.budget import Allowance
from dialer.compliance.calling_hours import CallingHours
from dialer.compliance.profile import Profile

NOTICE = (
    "Engineering, not legal advice: this shows what the engine decided and saw. Whether that was lawful has "
    "to be judged by somebody who knows the law of the place."
)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class RulesInForce(BaseModel):
    """What a campaign decided by from a moment on, as far as the law may ask."""

    version: int
    since: IsoTime
    mode: str
    profile: str | None = Field(description="Null: the house's.")
    allowances: list[str]
    connect_within_s: float
    ring_for_s: float
    ring_at_least_s: float
    message: bool = Field(description="Whether who is abandoned hears who called.")
    message_prompts: list[str]
    opt_out_key: str | None
    machines: str = Field(description="What becomes of answering machines.")
    persons_taken_permille: int | None = Field(description="Of persons, how many are taken for machines.")
    pool: str | None
    max_attempts: int

    @classmethod
    def of(cls, adopted: Adopted) -> Self:
        """Rules that were adopted."""
        rules = adopted.rules
        return cls(
            version=adopted.version,
            since=iso(adopted.at),
            mode=rules.mode.value,
            profile=rules.profile,
            allowances=[_allowance(one) for one in rules.allowances],
            connect_within_s=in_seconds(rules.connect_within),
            ring_for_s=in_seconds(rules.gives_up_after),
            ring_at_least_s=in_seconds(rules.ring_at_least),
            message=rules.message,
            message_prompts=list(rules.message_prompts),
            opt_out_key=rules.opt_out_key,
            machines="no detection" if rules.machine is None else rules.machine.then.value,
            persons_taken_permille=None if rules.machine is None else rules.machine.persons_taken_permille,
            pool=rules.pool,
            max_attempts=rules.max_attempts,
        )


class AllowanceDay(BaseModel):
    """An allowance over one day."""

    begins: IsoTime
    ends: IsoTime
    live: int = Field(description="In the window that ends with the day.")
    abandoned: int
    share: float | None
    worst_share: float | None = Field(description="Of all windows that ended within the day at a quarter.")
    worst_live: int
    worst_abandoned: int
    worst_at: IsoTime
    exceeded: bool = Field(description="Whether one of them had more abandoned than is allowed.")

    @classmethod
    def of(cls, day: DayOfAllowance) -> Self:
        """A day, told."""
        return cls(
            begins=iso(day.begins),
            ends=iso(day.ends),
            live=day.at_end.live,
            abandoned=day.at_end.abandoned,
            share=day.at_end.share,
            worst_share=day.worst.share,
            worst_live=day.worst.live,
            worst_abandoned=day.worst.abandoned,
            worst_at=iso(day.worst_at),
            exceeded=day.exceeded,
        )


class AllowanceEvidence(BaseModel):
    """One allowance, day by day."""

    stands: AllowanceStands
    days: list[AllowanceDay]


class CampaignEvidence(BaseModel):
    """Everything about a span of time but the attempts themselves."""

    campaign_id: str
    title: str
    since: IsoTime
    until: IsoTime
    made_at: IsoTime
    engine: str
    notice: str = NOTICE
    rules: list[RulesInForce]
    profile: list[str] = Field(description="What the gate asks of this campaign now, in words.")
    total: CampaignFigures
    allowances: list[AllowanceEvidence] = Field(description="By the rules in force at the end.")
    texts_sent: int
    texts_failed: int
    listed_for_it: int = Field(description="Numbers put on the campaign's own do-not-call list in this time.")
    given_up_early: int = Field(
        description="Telephones given up that rang for less than `ring_at_least_s` of the latest rules: the "
        "campaign was stopped at once, or he called in, or was put on a list."
    )
    leads: int = Field(description="That it has now.")
    leads_not_to_be_called: int = Field(description="Of these, done with as not to be called.")

    @staticmethod
    def around(found: AroundIt) -> dict[str, int]:
        """Fields of what else was done."""
        return {
            "texts_sent": found.texts_sent,
            "texts_failed": found.texts_failed,
            "listed_for_it": found.listed_for_it,
            "given_up_early": found.given_up_early,
            "leads": found.leads,
            "leads_not_to_be_called": found.leads_not_to_be_called,
        }


def _allowance(one: Allowance) -> str:
    return f"{100 * one.share:g} % of at least {one.least} live answers, over {_h(one.window):g} h"


def profile_in_words(profile: Profile | None) -> Iterator[str]:
    """What a profile asks, line by line."""
    if profile is None:
        yield "no profile: no campaign is dialled"
        return
    yield f"{profile.name}: {profile.title}"
    yield f"countries: {', '.join(sorted(profile.countries)) or 'everywhere'}"
    yield f"calling hours, by the clock of the called: {_hours(profile.hours)}"
    if profile.hours_when_asked is not None:
        yield f"for calls that were asked for: {_hours(profile.hours_when_asked)}"
    if profile.national is not None:
        days = (
            ""
            if profile.national.max_age is None
            else f", no older than {_h(profile.national.max_age) / 24:g} days"
        )
        yield f"a national do-not-call list must have been imported{days}"
    for limit in profile.attempts:
        same = ", for the same campaign" if limit.same_campaign else ""
        yield f"at most {limit.most} attempts per {limit.per.value} within {_h(limit.within):g} h{same}"
    if profile.gap:
        yield f"{in_seconds(profile.gap) / 60:g} min at least between two attempts to a number"
    if profile.lockout is not None:
        but = ", unless an agent is guaranteed" if profile.lockout.unless_agent_guaranteed else ""
        yield f"who was abandoned is left alone for {_h(profile.lockout.lasts):g} h{but}"
    yield f"a number {'must' if profile.shows_caller_id else 'need not'} be shown"
    yield f"somebody must be there within {in_seconds(profile.connecting.within):g} s of the greeting's end"
    yield f"a telephone rings for {in_seconds(profile.connecting.ring_at_least):g} s at least"


def _h(span: int) -> float:
    return in_seconds(span) / 3600


def _hours(hours: CallingHours) -> str:
    days = [f"{name} {_spans(spans)}" for name, spans in zip(_DAYS, hours.week, strict=True) if spans]
    special = f"; and {len(hours.special)} special days" if hours.special else ""
    return f"{', '.join(days)}{special}"


def _spans(spans: tuple[DaySpan, ...]) -> str:
    return " ".join(f"{_clock(span.opens)}-{_clock(span.closes)}" for span in spans)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
