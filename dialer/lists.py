"""What lists say of leads: taken on, brought up to date, remembered, forgotten."""

from acd.instant import Instant
from dialer import leads
from dialer.commands import AddLeads
from dialer.events import LeadsAdded
from dialer.lead import MOST_NUMBERS, Lead, LeadState, OutcomeCount, WhyDone
from dialer.pursuit import Pursuit
from dialer.signals import LeadsRemembered
from dialer.tables import MOST_LEADS, Campaign, DialerTables, LeadKey
from dialer.timers import TimerKind
from dialer.wall import is_zone


def add(t: DialerTables, command: AddLeads, at: Instant) -> None:
    """Take leads on, or bring what their list says of them up to date."""
    campaign = t.campaigns.get(command.campaign_id)
    if campaign is None:
        t.refuse(f"{command.campaign_id}: no such campaign")
        return
    if campaign.remembering:
        t.refuse(f"{command.campaign_id}: its leads are being remembered")
        return
    new = {lead.lead_id for lead in command.leads} - campaign.leads.keys()
    if t.leads_in_all + len(new) > MOST_LEADS:
        t.refuse(f"{t.leads_in_all} leads are at hand, and {MOST_LEADS} is all there may be")
        return
    for lead in command.leads:
        wrong = mistake_in(lead)
        if wrong is not None:
            t.refuse(f"{lead.lead_id}: {wrong}")
            return
    changed = 0
    for lead in command.leads:
        known = campaign.leads.get(lead.lead_id)
        if known is None:
            _begin(t, campaign, _take_on(t, campaign, lead, at), at)
        elif known.lead != lead:
            changed += 1
            _change(t, campaign, known, lead, at)
    t.tell(LeadsAdded(campaign_id=command.campaign_id, added=len(new), changed=changed))


def mistake_in(lead: Lead) -> str | None:
    """What is wrong with what a list says of somebody; None: nothing."""
    if not 1 <= len(lead.numbers) <= MOST_NUMBERS:
        return f"{len(lead.numbers)} numbers, where 1 to {MOST_NUMBERS} can be"
    if lead.zone is not None and not is_zone(lead.zone):
        return f"there is no time zone {lead.zone!r}"
    if not 0 <= lead.priority <= 100:
        return f"a priority of {lead.priority}, where 0 to 100 can be"
    for one in lead.numbers:
        if not 0 <= one.since_minute < one.until_minute <= 1440:
            return f"hours from minute {one.since_minute} to minute {one.until_minute} of the day"
    return None


def remembered(t: DialerTables, signal: LeadsRemembered, at: Instant) -> None:
    """Leads of an earlier run stand as they stood; but for those whom the house was not set up to dial: it
    may be now, and they are asked about once more."""
    campaign = t.campaigns.get(signal.campaign_id)
    if campaign is None or not campaign.remembering:
        return
    for one in signal.leads:
        if one.lead.lead_id in campaign.leads or mistake_in(one.lead) is not None:
            continue
        if t.leads_in_all >= MOST_LEADS:
            return
        pursuit = _take_on(t, campaign, one.lead, at)
        leads.leave_count(campaign, pursuit.lead, pursuit.state)
        pursuit.take_up(one.standing)
        again = pursuit.state is LeadState.DONE and pursuit.because == WhyDone.NOT_ALLOWED
        if again:
            pursuit.because, pursuit.state = "", leads.back(pursuit)
        if pursuit.state is LeadState.RESTING and (pursuit.next_at is None or pursuit.next_at <= at):
            pursuit.state = LeadState.DUE  # thousands may have rested enough meanwhile: nothing to tell
        leads.enter_count(campaign, pursuit.lead, pursuit.state)
        if again:
            leads.tell_standing(t, campaign, pursuit, LeadState.DONE, "restart")
        if pursuit.state is LeadState.NEW:
            _begin(t, campaign, pursuit, at)
        else:
            leads.stand(t, campaign, pursuit)


def forget(t: DialerTables, campaign: Campaign, pursuit: Pursuit) -> None:
    """Its campaign is forgotten: nothing may wait for this lead any more, nor find it."""
    of, name = campaign.campaign_id, pursuit.lead_id
    for kind in (
        TimerKind.LEAD_DUE,
        TimerKind.DISPOSE,
        TimerKind.LEAD_EXPIRES,
        TimerKind.PROMISED,
        TimerKind.OWN_AGENT,
    ):
        t.timers.cancel(kind, of, name)
    _unindex(t, (of, name), pursuit.lead)
    t.leads_in_all -= 1


def _take_on(t: DialerTables, campaign: Campaign, lead: Lead, at: Instant) -> Pursuit:
    pursuit = Pursuit(lead=lead, order=t.next_order(), since=at)
    campaign.leads[lead.lead_id] = pursuit
    leads.enter_count(campaign, lead, LeadState.NEW)
    t.leads_in_all += 1
    _index(t, (campaign.campaign_id, lead.lead_id), lead)
    return pursuit


def _begin(t: DialerTables, campaign: Campaign, pursuit: Pursuit, at: Instant) -> None:
    """His turn may come, now or when his list says so."""
    lead = pursuit.lead
    if lead.not_after is not None and lead.not_after <= at:
        leads.finish(t, campaign, pursuit, WhyDone.EXPIRED, at)
    elif lead.not_before is not None and lead.not_before > at:
        leads.move(t, campaign, pursuit, LeadState.RESTING, at, "not_before", until=lead.not_before)
    else:
        leads.stand(t, campaign, pursuit)


def _change(t: DialerTables, campaign: Campaign, pursuit: Pursuit, lead: Lead, at: Instant) -> None:
    """The list says something else of him now; what was done is kept, by number where numbers are."""
    key = (campaign.campaign_id, lead.lead_id)
    was = [one.number for one in pursuit.lead.numbers]
    now = [one.number for one in lead.numbers]
    _unindex(t, key, pursuit.lead)
    _index(t, key, lead)
    tried = dict(zip(was, pursuit.tried, strict=False))
    places = {place: now.index(number) for place, number in enumerate(was) if number in now}
    pursuit.tried = tuple(tried.get(number, 0) for number in now) if pursuit.tried else ()
    pursuit.barred = tuple(sorted(places[place] for place in pursuit.barred if place in places))
    pursuit.outcomes = tuple(
        OutcomeCount(place=places[one.place], outcome=one.outcome, times=one.times)
        for one in pursuit.outcomes
        if one.place in places
    )
    pursuit.place = places.get(pursuit.place, 0)
    pursuit.asleep = None
    pursuit.not_allowed = tuple(sorted(places[place] for place in pursuit.not_allowed if place in places))
    pursuit.freed = pursuit.freed and lead.agent_id == pursuit.lead.agent_id
    if lead.zone != pursuit.lead.zone:  # by which the gate may judge otherwise
        pursuit.not_allowed = ()
    leads.leave_count(campaign, pursuit.lead, pursuit.state)
    pursuit.lead = lead
    leads.enter_count(campaign, lead, pursuit.state)
    for line in campaign.lines.values():
        if line.lead_id == lead.lead_id:
            line.place = now.index(line.number) if line.number in now else -1
    campaign.penetration.weigh(campaign.rules, pursuit)
    if was != now:
        leads.tell_standing(t, campaign, pursuit, pursuit.state, "list")
    if _deserves_another_chance(pursuit, at):
        leads.rest(t, campaign, pursuit, lead.not_before or at, at, "list")
    elif pursuit.state is LeadState.NEW:
        _begin(t, campaign, pursuit, at)
    elif pursuit.state is LeadState.RESTING and not (pursuit.attempts or pursuit.step or pursuit.promised):
        leads.rest(t, campaign, pursuit, lead.not_before or at, at, "list")
    else:
        leads.stand(t, campaign, pursuit)


def _deserves_another_chance(pursuit: Pursuit, at: Instant) -> bool:
    """Who was done with for want of a number, or of time, and has one now."""
    if pursuit.state is not LeadState.DONE:
        return False
    if pursuit.because == WhyDone.NOT_ALLOWED:
        return len({*pursuit.barred, *pursuit.not_allowed}) < len(pursuit.lead.numbers)
    if pursuit.because == WhyDone.EXPIRED:
        return pursuit.lead.not_after is None or pursuit.lead.not_after > at
    return pursuit.because == WhyDone.NO_NUMBER_LEFT and len(pursuit.barred) < len(pursuit.lead.numbers)


def _index(t: DialerTables, key: LeadKey, lead: Lead) -> None:
    for one in lead.numbers:
        t.by_number.setdefault(one.number, {})[key] = None
    if lead.customer_id is not None:
        t.by_customer.setdefault(lead.customer_id, {})[key] = None


def _unindex(t: DialerTables, key: LeadKey, lead: Lead) -> None:
    for one in lead.numbers:
        named = t.by_number.get(one.number)
        if named is not None and named.pop(key, key) is None and not named:
            del t.by_number[one.number]
    if lead.customer_id is not None:
        known = t.by_customer.get(lead.customer_id)
        if known is not None and known.pop(key, key) is None and not known:
            del t.by_customer[lead.customer_id]
