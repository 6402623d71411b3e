"""Leads whose list names the only agent who calls them: when he does not come to work any more, anybody does,
or they are done. While he comes they wait for him, however many they are.

An agent counts as there while he serves the campaign's queue, and until so long after he last did anything at
all. Before a restart nobody knows when that was: after one he is given half a day to come.
"""

from acd.instant import Instant, Span, after, seconds
from dialer import leads
from dialer.campaign import OwnThen
from dialer.floor_view import FloorView
from dialer.lead import LeadState, WhyDone
from dialer.pursuit import Pursuit
from dialer.tables import Campaign, DialerTables, LeadKey
from dialer.timers import TimerKind

COMES_WITHIN = seconds(12 * 3_600)
"""After a restart of the engine."""
_WAITING = (LeadState.NEW, LeadState.DUE)


def waits_for_one(campaign: Campaign, pursuit: Pursuit) -> bool:
    """Whether it is one agent's alone to call him now. Calls that were promised have rules of their own."""
    waits = pursuit.state in _WAITING and not pursuit.promised and campaign.rules.has_agents
    return waits and pursuit.only_agent is not None


def watch(t: DialerTables, campaign: Campaign, pursuit: Pursuit) -> None:
    """Wake when he has waited for long."""
    of, name = campaign.campaign_id, pursuit.lead_id
    if waits_for_one(campaign, pursuit):
        t.timers.set(TimerKind.OWN_AGENT, after(pursuit.since, campaign.rules.own_late), of, name)
    else:
        t.timers.cancel(TimerKind.OWN_AGENT, of, name)


def due(t: DialerTables, key: LeadKey, at: Instant, floor: FloorView) -> None:
    """He has waited for long: if his agent is not there, for nobody."""
    found = t.find(key)
    if found is None or not waits_for_one(*found):
        return
    campaign, pursuit = found
    until = _until(t, campaign, pursuit, at, floor)
    if until > at:
        t.timers.set(TimerKind.OWN_AGENT, until, *key)
    elif campaign.rules.own_then is OwnThen.DONE:
        leads.finish(t, campaign, pursuit, WhyDone.OWN_AGENT_GONE, at)
    else:
        pursuit.freed = True
        leads.stand(t, campaign, pursuit)
        leads.tell_standing(t, campaign, pursuit, pursuit.state, WhyDone.OWN_AGENT_GONE)


def _until(t: DialerTables, campaign: Campaign, pursuit: Pursuit, at: Instant, floor: FloorView) -> Instant:
    """How long he is waited for, as it is now."""
    late, agent_id, queue_id = campaign.rules.own_late, pursuit.only_agent, campaign.rules.queue_id
    assert agent_id is not None, pursuit.lead_id
    assert queue_id is not None, pursuit.lead_id
    if agent_id in floor.agents_of(queue_id).everybody:
        return after(at, late)
    seen = t.last_seen.get(agent_id)
    if seen is not None:
        return after(max(seen, pursuit.since), late)
    began = at if t.began is None else t.began
    return max(after(pursuit.since, late), after(began, Span(min(late, COMES_WITHIN))))
