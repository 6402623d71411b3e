"""Preview and manual: an agent decides whether and whom. He looks at one lead at a time, for a while.

Nothing keeps the ACD from offering him something else meanwhile: whoever calls in goes first. Then his look
is over, and the lead is back in line as if nobody had looked.
"""

import re
from typing import assert_never

from acd.agent import AgentState
from acd.agent_events import AgentStateChanged
from acd.ids import AgentId
from acd.instant import Instant, after, seconds
from dialer import agents_calls, inbound, leads, turn
from dialer.campaign import Mode
from dialer.commands import AcceptLead, DialByHand, SkipLead, TakeLead
from dialer.events import CallPromised, PreviewBegun, PreviewEnded
from dialer.floor_view import FloorView
from dialer.ids import LeadId
from dialer.lead import LeadState, WhyDone
from dialer.pursuit import Pursuit
from dialer.tables import Campaign, DialerTables, LeadKey
from dialer.timers import TimerKind

PreviewCommand = TakeLead | AcceptLead | SkipLead | DialByHand

SKIPPED_FOR = seconds(300)
"""How long a lead is left alone whom an agent skipped without saying for how long."""
MOST_AHEAD = seconds(366 * 86_400)
ACCEPTED, SKIPPED, TIME_OUT, BUSY, HALTED, HOURS, SETTLED = (
    "accepted",
    "skipped",
    "time_out",
    "agent_busy",
    "campaign_halted",
    "hours",
    "settled",
)
"""Why a look is over."""
_AGENTS_CHOOSE = (Mode.PREVIEW, Mode.MANUAL)
_MAY_BE_TAKEN = (LeadState.NEW, LeadState.DUE, LeadState.RESTING)
_DIALLABLE = re.compile(r"\+?[0-9]{3,15}")


def handle(t: DialerTables, command: PreviewCommand, at: Instant, floor: FloorView) -> None:
    """An agent asks for a lead, or says what becomes of the one he looks at, or dials."""
    match command:
        case TakeLead():
            why = _take(t, command, at, floor)
        case AcceptLead():
            why = _accept(t, command.agent_id, at, floor)
        case SkipLead():
            why = _skip(t, command, at)
        case DialByHand():
            why = _dial(t, command, at, floor)
        case _:
            assert_never(command)
    if why:
        t.refuse(why)


# -- looking ------------------------------------------------------------------------------------------


def _take(t: DialerTables, c: TakeLead, at: Instant, floor: FloorView) -> str:
    campaign = t.campaigns.get(c.campaign_id)
    if campaign is None:
        return f"{c.campaign_id}: no such campaign"
    if campaign.rules.mode not in _AGENTS_CHOOSE:
        return f"{c.campaign_id} is {campaign.rules.mode}: agents do not choose its leads"
    why = why_not_now(t, campaign, c.agent_id, floor)
    if not why and c.agent_id in t.previews:
        why = f"{c.agent_id} looks at {t.previews[c.agent_id][1]} already"
    if not why and inbound.is_first(t, campaign, at, floor):
        why = f"{c.campaign_id}: {inbound.COMES_FIRST}"
    if why:
        return why
    if c.lead_id is None:
        pursuit = _next_for(t, campaign, c.agent_id, at)
        if pursuit is None:
            return f"{c.campaign_id}: no lead is due now"
    else:
        found = campaign.leads.get(c.lead_id)
        why = _why_not_him(campaign, found, c.lead_id, c.agent_id)
        if why or found is None:
            return why
        pursuit = found
    _begin(t, campaign, pursuit, c.agent_id, at)
    return ""


def why_not_now(t: DialerTables, campaign: Campaign, agent_id: AgentId, floor: FloorView) -> str:
    """Why this agent calls nobody for this campaign now; empty: he may."""
    name, queue_id = campaign.campaign_id, campaign.rules.queue_id
    if queue_id is None:
        return f"{name} has no agents"
    if campaign.remembering:
        return f"{name}: its leads are being remembered"
    if not campaign.may_dial:
        return f"{name} is {campaign.state}"
    if campaign.trial_left == 0:
        return f"{name}: its trial is over"
    if not floor.is_ready(agent_id):
        return f"{agent_id} is not ready"
    if agent_id not in floor.agents_of(queue_id).everybody:
        return f"{agent_id} does not serve {queue_id}"
    if agents_calls.calls(t, agent_id):
        return f"{agent_id} is calling somebody"
    return ""


def _next_for(t: DialerTables, campaign: Campaign, agent_id: AgentId, at: Instant) -> Pursuit | None:
    """Whom only he calls go first."""
    for _ in range(turn.MOST_PUT_TO_REST):
        own = campaign.turns.first_of(agent_id)
        if own is None:
            break
        if turn.ready(t, campaign, campaign.leads[own], at) is not None:
            return campaign.leads[own]
    chosen = turn.choose(t, campaign, at)
    return None if chosen is None else chosen.pursuit


def _why_not_him(campaign: Campaign, pursuit: Pursuit | None, lead_id: LeadId, agent_id: AgentId) -> str:
    """Why an agent may not look at this very lead, or dial him; empty: he may."""
    if pursuit is None:
        return f"{campaign.campaign_id}: no lead {lead_id}"
    if pursuit.state is LeadState.DONE:
        return f"{lead_id} is done: {pursuit.because}"
    if pursuit.state not in _MAY_BE_TAKEN:
        return f"somebody is busy with {lead_id} ({pursuit.state})"
    only = pursuit.only_agent
    if only is not None and only != agent_id:
        return f"{lead_id} is called by {only} alone"
    if not leads.has_number(campaign, pursuit):
        return f"{lead_id} has no number that may be tried any more"
    return ""


def _begin(t: DialerTables, campaign: Campaign, pursuit: Pursuit, agent_id: AgentId, at: Instant) -> None:
    until = after(at, campaign.rules.preview_for)
    t.previews[agent_id] = (campaign.campaign_id, pursuit.lead_id)
    campaign.turns.take(pursuit.lead_id)
    pursuit.rested_until = pursuit.next_at if pursuit.state is LeadState.RESTING else None
    leads.move(t, campaign, pursuit, LeadState.PREVIEWED, at, "taken")
    t.timers.set(TimerKind.PREVIEW, until, campaign.campaign_id, pursuit.lead_id)
    t.tell(
        PreviewBegun(
            campaign_id=campaign.campaign_id,
            lead_id=pursuit.lead_id,
            agent_id=agent_id,
            until=until,
            promised=pursuit.promised,
        )
    )


def _end(
    t: DialerTables, agent_id: AgentId, because: str, *, accepted: bool = False
) -> tuple[Campaign, Pursuit] | None:
    """He looks at nobody any more; what becomes of the lead is the caller's to say."""
    key = t.previews.pop(agent_id, None)
    found = t.find(key) if key is not None else None
    if found is not None:
        t.tell(
            PreviewEnded(
                campaign_id=found[0].campaign_id,
                lead_id=found[1].lead_id,
                agent_id=agent_id,
                accepted=accepted,
                because=because,
            )
        )
    return found


def _back(t: DialerTables, agent_id: AgentId, because: str, at: Instant) -> None:
    found = _end(t, agent_id, because)
    if found is not None and found[1].state is LeadState.PREVIEWED:
        leads.unseen(t, *found, at, because)


def time_out(t: DialerTables, key: LeadKey, at: Instant) -> None:
    """He has said nothing for so long: somebody else may look."""
    for agent_id, looked_at in list(t.previews.items()):
        if looked_at == key:
            _back(t, agent_id, TIME_OUT, at)


def agent_changed(t: DialerTables, event: AgentStateChanged, at: Instant) -> None:
    """Who is not ready any more looks at nobody."""
    if event.agent_id in t.previews and event.now is not AgentState.READY:
        _back(t, event.agent_id, BUSY, at)


def settle(t: DialerTables, at: Instant) -> None:
    """Nobody looks at leads of a campaign that does not run, nor at one of whom something was decided
    meanwhile: somebody has said more of his last call, or his opting out was heard of late."""
    for agent_id, key in list(t.previews.items()):
        campaign, found = t.campaigns.get(key[0]), t.find(key)
        if campaign is None or not campaign.may_dial:
            _back(t, agent_id, HALTED, at)
        elif found is None or found[1].state is not LeadState.PREVIEWED:
            _end(t, agent_id, SETTLED)


# -- what he says -------------------------------------------------------------------------------------


def _accept(t: DialerTables, agent_id: AgentId, at: Instant, floor: FloorView) -> str:
    found = _looks_at(t, agent_id)
    if found is None:
        return f"{agent_id} looks at nobody"
    campaign, pursuit = found
    why = why_not_now(t, campaign, agent_id, floor)
    why = why or agents_calls.why_not_him_now(t, campaign, agent_id, at, floor)
    if why:
        return why
    place = turn.ready(t, campaign, pursuit, at)
    if place is None:  # he rests by now, or is done
        _end(t, agent_id, HOURS)
        return f"{pursuit.lead_id}: none of his numbers may ring now"
    _end(t, agent_id, ACCEPTED, accepted=True)
    agents_calls.call(t, campaign, turn.Chosen(pursuit, place), agent_id, at)
    return ""


def _skip(t: DialerTables, c: SkipLead, at: Instant) -> str:
    found = _looks_at(t, c.agent_id)
    if found is None:
        return f"{c.agent_id} looks at nobody"
    campaign, pursuit = found
    if c.again_at is not None and not at < c.again_at <= after(at, MOST_AHEAD):
        return "that moment is over" if c.again_at <= at else "that is more than a year ahead"
    _end(t, c.agent_id, c.because[:200] or SKIPPED)
    if pursuit.promised:
        _not_me(t, campaign, pursuit, c, at)
        return ""
    pursuit.skipped += 1
    if pursuit.skipped >= campaign.rules.skips:
        leads.finish(t, campaign, pursuit, WhyDone.SKIPPED, at)
    else:
        soonest = max(after(at, SKIPPED_FOR), pursuit.rested_until or at)
        leads.rest(t, campaign, pursuit, c.again_at or soonest, at, SKIPPED)
    return ""


def _not_me(t: DialerTables, campaign: Campaign, pursuit: Pursuit, c: SkipLead, at: Instant) -> None:
    """What was promised is kept: later, or when it was promised, by anybody else."""
    if c.again_at is None:
        pursuit.agent_id = None
        leads.unseen(t, campaign, pursuit, at, SKIPPED)
        return
    pursuit.promised_for = c.again_at
    leads.rest(t, campaign, pursuit, c.again_at, at, SKIPPED)
    if pursuit.state is LeadState.RESTING:
        t.tell(
            CallPromised(
                campaign_id=campaign.campaign_id,
                lead_id=pursuit.lead_id,
                agent_id=pursuit.agent_id,
                when=c.again_at,
                reminder=False,
            )
        )


def _looks_at(t: DialerTables, agent_id: AgentId) -> tuple[Campaign, Pursuit] | None:
    key = t.previews.get(agent_id)
    return None if key is None else t.find(key)


# -- by hand ------------------------------------------------------------------------------------------


def _dial(t: DialerTables, c: DialByHand, at: Instant, floor: FloorView) -> str:
    campaign = t.campaigns.get(c.campaign_id)
    if campaign is None:
        return f"{c.campaign_id}: no such campaign"
    if not _DIALLABLE.fullmatch(c.number):
        return f"{c.number!r} is no number"
    why = why_not_now(t, campaign, c.agent_id, floor)
    why = why or agents_calls.why_not_him_now(t, campaign, c.agent_id, at, floor)
    if not why and c.number in t.in_use:
        why = f"{c.number} is being called already"
    if why:
        return why
    pursuit = campaign.leads.get(c.lead_id) if c.lead_id is not None else _whose(t, campaign, c)
    if c.lead_id is not None or pursuit is not None:
        mine = pursuit is not None and _looks_at(t, c.agent_id) == (campaign, pursuit)
        lead_id = c.lead_id if pursuit is None else pursuit.lead_id
        assert lead_id is not None
        why = "" if mine else _why_not_him(campaign, pursuit, lead_id, c.agent_id)
        if why:
            return why
    place = turn.ELSEWHERE
    if pursuit is not None:
        numbers = [one.number for one in pursuit.lead.numbers]
        place = numbers.index(c.number) if c.number in numbers else place
        if place in pursuit.barred:
            return f"{c.number} is not tried any more"
    if c.agent_id in t.previews:  # whom he looks at instead is back in line
        if _looks_at(t, c.agent_id) == (campaign, pursuit):
            _end(t, c.agent_id, ACCEPTED, accepted=True)
        else:
            _back(t, c.agent_id, BUSY, at)
    agents_calls.by_hand(t, campaign, pursuit, place, c.number, c.agent_id, at)
    return ""


def _whose(t: DialerTables, campaign: Campaign, c: DialByHand) -> Pursuit | None:
    """The campaign's lead who has this number, the first of several that is not done."""
    theirs = [
        campaign.leads[lead_id]
        for campaign_id, lead_id in t.by_number.get(c.number, {})
        if campaign_id == campaign.campaign_id and lead_id in campaign.leads
    ]
    return min(theirs, key=lambda one: (one.state is LeadState.DONE, one.order), default=None)
