"""Alarms: when somebody should look at a campaign. Told when they begin and when they end, never twice."""

from collections.abc import Iterator

from acd.instant import Instant, after, in_seconds
from dialer.campaign import CampaignState
from dialer.events import AlarmChanged
from dialer.floor_view import FloorView
from dialer.pace import budget_of
from dialer.tables import Campaign, DialerTables
from dialer.timers import TimerKind

BUDGET, SPENT, ANSWER_RATE, LEADS, AGENTS_WAITING = (
    "budget",
    "budget_spent",
    "answer_rate",
    "leads",
    "agents_waiting",
)
ENOUGH_TRIED = 50
"""Fewer attempts say nothing of the answer rate."""


def look(t: DialerTables, at: Instant, floor: FloorView) -> None:
    """Tell what has begun to be wrong since the last look, and what is not any more."""
    for campaign in [*t.awake.values()]:
        if campaign.state is not CampaignState.RUNNING and not campaign.alarms:
            del t.awake[campaign.campaign_id]
            continue
        if campaign.remembering:
            continue
        for kind, told in _wrong(t, campaign, at, floor):
            _set(t, campaign, kind, told)


def _set(t: DialerTables, campaign: Campaign, kind: str, told: str) -> None:
    """``told`` empty: it is off."""
    if bool(told) is (kind in campaign.alarms):
        return
    if told:
        campaign.alarms[kind] = None
    else:
        del campaign.alarms[kind]
    t.tell(AlarmChanged(campaign_id=campaign.campaign_id, kind=kind, on=bool(told), told=told))


def _wrong(t: DialerTables, campaign: Campaign, at: Instant, floor: FloorView) -> Iterator[tuple[str, str]]:
    """Every alarm, and what is to be told of it; empty: nothing."""
    running = campaign.state is CampaignState.RUNNING
    yield from _of_budget(campaign, at) if running else ((BUDGET, ""), (SPENT, ""))
    yield ANSWER_RATE, _answer_rate(campaign) if running else ""
    yield LEADS, _leads(campaign) if running else ""
    yield AGENTS_WAITING, _agents_waiting(t, campaign, at, floor) if running else ""


def _of_budget(campaign: Campaign, at: Instant) -> Iterator[tuple[str, str]]:
    if not campaign.rules.has_agents:
        return
    budget = budget_of(campaign, at)
    told = f"{budget.abandoned} of {budget.live} live answers abandoned"
    yield SPENT, told if budget.is_spent else ""
    allowed = budget.allowance.share * max(budget.live, budget.allowance.least)
    low = allowed > 0 and 1 - budget.abandoned / allowed < campaign.rules.alarms.budget_left
    yield BUDGET, told if low and not budget.is_spent else ""


def _answer_rate(campaign: Campaign) -> str:
    """Of the list and the hour of who was learnt from last: that is how it goes now."""
    below, latest = campaign.rules.alarms.answer_rate_below, campaign.learnt_of
    if not below or latest is None or campaign.learnt < ENOUGH_TRIED:
        return ""
    rate = campaign.estimates.answer_rate(*latest)
    return f"{rate:.1%} answer" if rate < below else ""


def _leads(campaign: Campaign) -> str:
    left = campaign.leads_left
    return f"{left} leads left" if left < campaign.rules.alarms.leads_left else ""


def _agents_waiting(t: DialerTables, campaign: Campaign, at: Instant, floor: FloorView) -> str:
    """Agents free and leads due, and nobody connected for too long: something is wrong with the lines."""
    rules, of = campaign.rules, campaign.campaign_id
    waits = bool(
        rules.queue_id is not None
        and rules.dials_by_itself
        and campaign.turns.for_anybody
        and floor.agents_of(rules.queue_id).idle
    )
    if not waits:
        campaign.idle_since = None
        t.timers.cancel(TimerKind.ALARM, of)
        return ""
    if campaign.idle_since is None:
        campaign.idle_since = at
    since = max(campaign.idle_since, campaign.connected_at or campaign.idle_since)
    due = after(since, rules.alarms.agents_waiting)
    if due > at:
        t.timers.set(TimerKind.ALARM, due, of)
        return ""
    t.timers.cancel(TimerKind.ALARM, of)
    return f"agents wait, and nobody was connected for {in_seconds(at - since):.0f} s"
