"""Calls that an agent has promised to make himself: he is reminded before, and when he is not there in time,
anybody does.
"""

from acd.instant import Instant, Span, after
from dialer import leads
from dialer.events import CallPromised
from dialer.lead import LeadState
from dialer.pursuit import Pursuit
from dialer.tables import Campaign, DialerTables, LeadKey
from dialer.timers import TimerKind

LATE = "promised_late"
"""His agent was not there in time."""


def watch(t: DialerTables, campaign: Campaign, pursuit: Pursuit) -> None:
    """Wake for the reminder, then for when it is too late."""
    of, name = campaign.campaign_id, pursuit.lead_id
    due = _next(campaign, pursuit)
    if due is None:
        t.timers.cancel(TimerKind.PROMISED, of, name)
    else:
        t.timers.set(TimerKind.PROMISED, max(due, pursuit.since), of, name)


def _next(campaign: Campaign, pursuit: Pursuit) -> Instant | None:
    moment = pursuit.promised_for
    if not pursuit.promised or pursuit.agent_id is None or moment is None:
        return None
    if pursuit.state is LeadState.RESTING and pursuit.reminded_of != moment:
        return after(moment, Span(-campaign.rules.remind_before))
    if pursuit.state in (LeadState.RESTING, *leads.WAITS_FOR_HIS_TURN):
        return after(moment, campaign.rules.promised_late)
    return None


def due(t: DialerTables, key: LeadKey, at: Instant) -> None:
    """His agent is reminded, or it is too late for him."""
    found = t.find(key)
    if found is None:
        return
    campaign, pursuit = found
    moment = pursuit.promised_for
    if not pursuit.promised or moment is None or pursuit.agent_id is None:
        return
    if at < after(moment, campaign.rules.promised_late):
        pursuit.reminded_of = moment
        watch(t, campaign, pursuit)
        t.tell(
            CallPromised(
                campaign_id=campaign.campaign_id,
                lead_id=pursuit.lead_id,
                agent_id=pursuit.agent_id,
                when=moment,
                reminder=True,
            )
        )
        return
    pursuit.agent_id = None
    leads.stand(t, campaign, pursuit)
    leads.tell_standing(t, campaign, pursuit, pursuit.state, LATE)
