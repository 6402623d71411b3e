"""The life of campaigns: their rules, started, paused, stopped, tried out, over."""

from collections.abc import Iterable

from acd.instant import Instant
from dialer import leads, lines, lists
from dialer.attempt import AttemptState
from dialer.budget import Allowance
from dialer.campaign import LEGAL_MOVES, CampaignRules, CampaignState, Mode
from dialer.commands import ForgetCampaign, PauseCampaign, StartCampaign, StopCampaign
from dialer.estimates import Estimates
from dialer.events import CampaignAdopted, CampaignStateChanged
from dialer.ids import CampaignId
from dialer.lead import LeadState
from dialer.ledger import Ledger, LedgerRow
from dialer.signals import CampaignRemembered
from dialer.tables import MOST_CAMPAIGNS, Campaign, DialerTables
from dialer.timers import TimerKind
from dialer.turns import Turns

_NONE_ALLOWED = (Allowance(share=0.0, least=0),)
"""Where a profile names no allowance."""
_RINGING = frozenset({AttemptState.PLACED, AttemptState.RINGING})
UNDER_WAY = (LeadState.PREVIEWED, LeadState.IN_PROGRESS, LeadState.TO_DISPOSE)
"""Somebody is busy with such a lead."""


def adopt(t: DialerTables, rules: CampaignRules, version: int, at: Instant) -> None:
    """Decide by these rules from now on. Lines that ring keep those they were placed by."""
    known = t.campaigns.get(rules.campaign_id)
    if known is None:
        if len(t.campaigns) >= MOST_CAMPAIGNS:
            t.refuse(f"there are {MOST_CAMPAIGNS} campaigns, which is all there may be")
            return
        t.campaigns[rules.campaign_id] = Campaign(
            rules=rules,
            version=version,
            ledger=_ledger(rules),
            estimates=Estimates(connect_within=rules.connect_within),
            turns=_turns(rules),
            since=at,
        )
    else:
        _change(t, known, rules, version, at)
    t.tell(CampaignAdopted(campaign_id=rules.campaign_id, version=version))


def _change(t: DialerTables, campaign: Campaign, rules: CampaignRules, version: int, at: Instant) -> None:
    was = campaign.rules
    campaign.rules, campaign.version = rules, version
    if was.allowances != rules.allowances:  # a window beyond 30 days knows only what was kept
        campaign.ledger = _ledger(rules, campaign.ledger.rows(rules.campaign_id, at))
    if was.connect_within != rules.connect_within:
        campaign.estimates.connect_within(rules.connect_within)
    campaign.told = ""
    if (was.profile, was.pool) != (rules.profile, rules.pool):
        t.timers.cancel(TimerKind.GATE, campaign.campaign_id)
        for pursuit in campaign.leads.values():
            leads.allow_again(t, campaign, pursuit, at)
    if all(getattr(was, name) == getattr(rules, name) for name in _STANDS_BY):
        return  # everybody stands where he stood
    campaign.turns = _turns(rules)
    for pursuit in campaign.leads.values():
        leads.stand(t, campaign, pursuit)


_STANDS_BY = ("lists", "steps", "dispose_within", "dispositions", "queue_id", "own_late", "profile")
"""What decides where leads stand in line, and as what they are counted; also by night: another profile may
have other hours, and time zones that were found closed are asked about again."""


def _turns(rules: CampaignRules) -> Turns:
    return Turns(((its.list_id, its.share) for its in rules.lists), own=rules.has_agents)


def _ledger(rules: CampaignRules, rows: Iterable[LedgerRow] = ()) -> Ledger:
    return Ledger(rules.allowances or _NONE_ALLOWED, rows)


def start(t: DialerTables, command: StartCampaign, at: Instant) -> None:
    """Begin, or go on."""
    campaign = _found(t, command.campaign_id)
    if campaign is None:
        return
    if campaign.remembering:
        t.refuse(f"{command.campaign_id}: its leads are being remembered")
    elif command.trial is not None and command.trial < 1:
        t.refuse(f"{command.campaign_id}: a trial of {command.trial} attempts")
    elif campaign.state is CampaignState.RUNNING and command.trial is None and campaign.trial_left is None:
        t.refuse(f"{command.campaign_id}: it is running")
    elif campaign.rules.mode is not Mode.MANUAL and not _left(campaign):
        t.refuse(f"{command.campaign_id}: no lead is left to be dialled")
    else:
        campaign.trial_left = command.trial
        campaign.starts += 1
        campaign.told = ""
        _move(t, campaign, CampaignState.RUNNING, at, "trial" if command.trial else "asked", command.by)


def pause(t: DialerTables, command: PauseCampaign, at: Instant) -> None:
    """Finish what rings, and dial nothing new."""
    campaign = _found(t, command.campaign_id)
    if campaign is None:
        return
    if campaign.state is not CampaignState.RUNNING:
        t.refuse(f"{command.campaign_id}: it is {campaign.state}")
        return
    _move(t, campaign, CampaignState.PAUSED, at, command.because or "asked", command.by)


def stop(t: DialerTables, command: StopCampaign, at: Instant) -> None:
    """Dial nothing new, and give up what rings: at once if that is asked, else as soon as the law lets it."""
    campaign = _found(t, command.campaign_id)
    if campaign is None:
        return
    ringing = [line for line in campaign.lines.values() if line.state in _RINGING and not line.dropped]
    hurried = command.at_once and campaign.state is CampaignState.STOPPED and ringing
    if CampaignState.STOPPED not in LEGAL_MOVES[campaign.state] and not hurried:
        t.refuse(f"{command.campaign_id}: it is {campaign.state}")
        return
    _move(t, campaign, CampaignState.STOPPED, at, command.because or "asked", command.by)
    for line in ringing:
        if command.at_once:
            lines.give_up(t, line)
        else:
            lines.give_up_when_rung(t, campaign, line, at)


def forget(t: DialerTables, command: ForgetCampaign) -> None:
    """Know nothing of it any more."""
    campaign = _found(t, command.campaign_id)
    if campaign is None:
        return
    if campaign.state in (CampaignState.RUNNING, CampaignState.PAUSED):
        t.refuse(f"{command.campaign_id}: it is {campaign.state}; stop it first")
        return
    under_way = len(campaign.lines) + sum(campaign.by_state[state] for state in UNDER_WAY)
    if under_way:
        t.refuse(
            f"{command.campaign_id}: {under_way} leads are called or talked with, or wait to be disposed"
        )
        return
    for pursuit in campaign.leads.values():
        lists.forget(t, campaign, pursuit)
    for attempt_id in [
        line.attempt_id for line in t.ended.values() if line.campaign_id == campaign.campaign_id
    ]:
        del t.ended[attempt_id]
    for kind in (TimerKind.GATE, TimerKind.PACE, TimerKind.TURN):
        t.timers.cancel(kind, campaign.campaign_id)
    del t.campaigns[campaign.campaign_id]
    t.awake.pop(campaign.campaign_id, None)


def remembered(t: DialerTables, signal: CampaignRemembered, at: Instant) -> None:
    """It stood so in an earlier run; its leads follow."""
    campaign = t.campaigns.get(signal.campaign_id)
    if campaign is None or campaign.leads or campaign.state is not CampaignState.DRAFT:
        return
    campaign.state, campaign.since = signal.state, at
    if signal.state is CampaignState.RUNNING:
        t.awake[signal.campaign_id] = campaign
    campaign.trial_left = signal.trial_left
    campaign.ledger = _ledger(campaign.rules, signal.ledger)
    campaign.remembering = True


def settle(t: DialerTables, at: Instant) -> None:
    """Whose trial is over pauses; who has nobody left is finished."""
    for campaign in t.awake.values():
        if not campaign.may_dial or campaign.lines:
            continue
        if campaign.leads and not _left(campaign):
            _move(t, campaign, CampaignState.FINISHED, at, "leads_done")
        elif campaign.trial_left == 0 and not _texts(t, campaign):
            campaign.trial_left = None
            _move(t, campaign, CampaignState.PAUSED, at, "trial_over")


def _texts(t: DialerTables, campaign: Campaign) -> bool:
    """Whether a text of it is on its way: one that is paused meanwhile is not wanted any more."""
    return any(out.campaign_id == campaign.campaign_id for out in t.texts.values())


def _left(campaign: Campaign) -> int:
    """Leads that are not done, of the lists that are dialled; those of others do not keep it from its end."""
    if not campaign.rules.lists:
        return campaign.leads_left
    return sum(campaign.left.get(its.list_id, 0) for its in campaign.rules.lists if its.share > 0)


def _found(t: DialerTables, campaign_id: CampaignId) -> Campaign | None:
    campaign = t.campaigns.get(campaign_id)
    if campaign is None:
        t.refuse(f"{campaign_id}: no such campaign")
    return campaign


def _move(
    t: DialerTables, campaign: Campaign, to: CampaignState, at: Instant, because: str, by: str = ""
) -> None:
    was = campaign.state
    assert to in LEGAL_MOVES[was] or to is was, f"{campaign.campaign_id}: {was} to {to}, {because}"
    if to is not was:
        campaign.since = at
    campaign.state = to
    if to is CampaignState.RUNNING:
        t.awake[campaign.campaign_id] = campaign
    t.tell(
        CampaignStateChanged(
            campaign_id=campaign.campaign_id,
            was=was,
            now=to,
            because=because,
            by=by,
            trial_left=campaign.trial_left,
        )
    )
