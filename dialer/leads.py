"""What becomes of leads: taken on, tried, put to rest, done with. One function moves them."""

from acd.instant import Instant, after, seconds
from dialer import promised, retry
from dialer.attempt import AttemptOutcome
from dialer.attempt_line import Line
from dialer.campaign import StepKind
from dialer.commands import AddLeads
from dialer.events import LeadsAdded, LeadStateChanged
from dialer.ids import AttemptId
from dialer.lead import LEGAL_MOVES, MOST_NUMBERS, Lead, LeadState, OutcomeCount, WhyDone
from dialer.pursuit import Pursuit
from dialer.signals import LeadsRemembered
from dialer.tables import MOST_LEADS, Campaign, DialerTables, LeadKey
from dialer.timers import TimerKind
from dialer.wall import is_zone, next_minute

WAITS_FOR_HIS_TURN = frozenset({LeadState.NEW, LeadState.DUE})
_LEFT_ALONE = WAITS_FOR_HIS_TURN | {LeadState.RESTING}
"""Nobody dials him, looks at him or talks with him."""
_WORTH_CHOOSING = seconds(3_600)
"""Who rests for so long may as well rest until a better hour."""
_LEAST_REST = seconds(1)
"""No lead is due again sooner: nothing goes round in circles within a moment."""


def move(
    t: DialerTables,
    campaign: Campaign,
    pursuit: Pursuit,
    to: LeadState,
    at: Instant,
    because: str,
    *,
    until: Instant | None = None,
    attempt_id: AttemptId | None = None,
) -> None:
    """The one way a lead gets from one state to another. ``until``: while he rests, and only then."""
    was = pursuit.state
    assert to in LEGAL_MOVES[was], f"{pursuit.lead_id}: {was} to {to}, {because}"
    assert (until is not None) is (to is LeadState.RESTING), f"{pursuit.lead_id}: {to} until {until}"
    pursuit.state, pursuit.since = to, at
    if to is not LeadState.DUE or was is not LeadState.RESTING:  # who becomes due keeps the moment it was
        pursuit.next_at = until
    if was is LeadState.DONE:
        pursuit.because = ""
    if to is LeadState.DONE:
        pursuit.promised, pursuit.said = False, None
    _leave_count(campaign, pursuit.lead, was)
    _enter_count(campaign, pursuit.lead, to)
    stand(t, campaign, pursuit)
    tell_standing(t, campaign, pursuit, was, because, attempt_id)


def tell_standing(
    t: DialerTables,
    campaign: Campaign,
    pursuit: Pursuit,
    was: LeadState,
    because: str,
    attempt_id: AttemptId | None = None,
) -> None:
    """Have it kept where he stands; also when he has not moved, and something else of it has."""
    t.tell(
        LeadStateChanged(
            campaign_id=campaign.campaign_id,
            lead_id=pursuit.lead_id,
            was=was,
            standing=pursuit.standing,
            because=because,
            attempt_id=attempt_id,
        )
    )


def _enter_count(campaign: Campaign, lead: Lead, state: LeadState) -> None:
    campaign.by_state[state] += 1
    if state is not LeadState.DONE:
        campaign.left[lead.list_id] = campaign.left.get(lead.list_id, 0) + 1


def _leave_count(campaign: Campaign, lead: Lead, state: LeadState) -> None:
    campaign.by_state[state] -= 1
    if state is not LeadState.DONE:
        campaign.left[lead.list_id] -= 1


def stand(t: DialerTables, campaign: Campaign, pursuit: Pursuit) -> None:
    """Let turns and deadlines be those of where he stands."""
    of, name = campaign.campaign_id, pursuit.lead_id
    campaign.penetration.weigh(campaign.rules, pursuit)
    campaign.turns.leave(name)
    campaign.texts.pop(name, None)
    if pursuit.state in WAITS_FOR_HIS_TURN:
        if in_text_step(campaign, pursuit):
            if campaign.turns.dials(pursuit.lead.list_id):
                campaign.texts[name] = None
        else:
            campaign.turns.enter(pursuit)
    if pursuit.state is LeadState.RESTING and pursuit.next_at is not None:
        t.timers.set(TimerKind.LEAD_DUE, pursuit.next_at, of, name)
    else:
        t.timers.cancel(TimerKind.LEAD_DUE, of, name)
    if pursuit.state is LeadState.TO_DISPOSE:
        if pursuit.attempt_id is not None:
            t.to_dispose[pursuit.attempt_id] = (of, name)
        t.timers.set(TimerKind.DISPOSE, after(pursuit.since, campaign.rules.dispose_within), of, name)
    else:
        if pursuit.attempt_id is not None:
            t.to_dispose.pop(pursuit.attempt_id, None)
            t.counted_live.pop(pursuit.attempt_id, None)
        t.timers.cancel(TimerKind.DISPOSE, of, name)
    if pursuit.state is not LeadState.PREVIEWED:
        t.timers.cancel(TimerKind.PREVIEW, of, name)
    promised.watch(t, campaign, pursuit)
    expires = pursuit.lead.not_after
    if expires is not None and pursuit.state is not LeadState.DONE:
        t.timers.set(TimerKind.LEAD_EXPIRES, expires, of, name)
    else:
        t.timers.cancel(TimerKind.LEAD_EXPIRES, of, name)


# -- lists -------------------------------------------------------------------------------------------


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
    """Leads of an earlier run stand as they stood."""
    campaign = t.campaigns.get(signal.campaign_id)
    if campaign is None or not campaign.remembering:
        return
    for one in signal.leads:
        if one.lead.lead_id in campaign.leads or mistake_in(one.lead) is not None:
            continue
        if t.leads_in_all >= MOST_LEADS:
            return
        pursuit = _take_on(t, campaign, one.lead, at)
        _leave_count(campaign, pursuit.lead, pursuit.state)
        pursuit.take_up(one.standing)
        if pursuit.state is LeadState.RESTING and (pursuit.next_at is None or pursuit.next_at <= at):
            pursuit.state = LeadState.DUE  # thousands may have rested enough meanwhile: nothing to tell
        _enter_count(campaign, pursuit.lead, pursuit.state)
        if pursuit.state is LeadState.NEW:
            _begin(t, campaign, pursuit, at)
        else:
            stand(t, campaign, pursuit)


def forget(t: DialerTables, campaign: Campaign, pursuit: Pursuit) -> None:
    """Its campaign is forgotten: nothing may wait for this lead any more, nor find it."""
    of, name = campaign.campaign_id, pursuit.lead_id
    for kind in (TimerKind.LEAD_DUE, TimerKind.DISPOSE, TimerKind.LEAD_EXPIRES, TimerKind.PROMISED):
        t.timers.cancel(kind, of, name)
    _unindex(t, (of, name), pursuit.lead)
    t.leads_in_all -= 1


def _take_on(t: DialerTables, campaign: Campaign, lead: Lead, at: Instant) -> Pursuit:
    pursuit = Pursuit(lead=lead, order=t.next_order(), since=at)
    campaign.leads[lead.lead_id] = pursuit
    _enter_count(campaign, lead, LeadState.NEW)
    t.leads_in_all += 1
    _index(t, (campaign.campaign_id, lead.lead_id), lead)
    return pursuit


def _begin(t: DialerTables, campaign: Campaign, pursuit: Pursuit, at: Instant) -> None:
    """His turn may come, now or when his list says so."""
    lead = pursuit.lead
    if lead.not_after is not None and lead.not_after <= at:
        finish(t, campaign, pursuit, WhyDone.EXPIRED, at)
    elif lead.not_before is not None and lead.not_before > at:
        move(t, campaign, pursuit, LeadState.RESTING, at, "not_before", until=lead.not_before)
    else:
        stand(t, campaign, pursuit)


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
    _leave_count(campaign, pursuit.lead, pursuit.state)
    pursuit.lead = lead
    _enter_count(campaign, lead, pursuit.state)
    for line in campaign.lines.values():
        if line.lead_id == lead.lead_id:
            line.place = now.index(line.number) if line.number in now else -1
    campaign.penetration.weigh(campaign.rules, pursuit)
    if was != now:
        tell_standing(t, campaign, pursuit, pursuit.state, "list")
    if _deserves_another_chance(pursuit, at):
        rest(t, campaign, pursuit, lead.not_before or at, at, "list")
    elif pursuit.state is LeadState.NEW:
        _begin(t, campaign, pursuit, at)
    elif pursuit.state is LeadState.RESTING and not (pursuit.attempts or pursuit.step or pursuit.promised):
        rest(t, campaign, pursuit, lead.not_before or at, at, "list")
    else:
        stand(t, campaign, pursuit)


def _deserves_another_chance(pursuit: Pursuit, at: Instant) -> bool:
    """Who was done with for want of a number, or of time, and has one now."""
    if pursuit.state is not LeadState.DONE:
        return False
    if pursuit.because == WhyDone.EXPIRED:
        return pursuit.lead.not_after is None or pursuit.lead.not_after > at
    return pursuit.because == WhyDone.NO_NUMBER_LEFT and len(pursuit.barred) < len(pursuit.lead.numbers)


def has_number(campaign: Campaign, pursuit: Pursuit) -> bool:
    """Whether one of his numbers may still be tried, in the step he is in."""
    if pursuit.promised and pursuit.call_back_number:
        return True
    if in_text_step(campaign, pursuit):
        return len(pursuit.barred) < len(pursuit.lead.numbers)
    return bool(retry.places_left(campaign.rules, pursuit))


def why_nothing_left(pursuit: Pursuit) -> WhyDone:
    """Why there is no number to try any more."""
    all_barred = len(pursuit.barred) >= len(pursuit.lead.numbers)
    return WhyDone.NO_NUMBER_LEFT if all_barred else WhyDone.OUT_OF_ATTEMPTS


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


# -- one attempt ------------------------------------------------------------------------------------


def dialled(t: DialerTables, campaign: Campaign, pursuit: Pursuit, line: Line, at: Instant) -> None:
    """One of his telephones is about to ring: he is nobody else's meanwhile. It counts from now on."""
    campaign.turns.take(pursuit.lead_id)
    pursuit.attempt_id = line.attempt_id
    _count(pursuit, line.place, 1)
    move(t, campaign, pursuit, LeadState.IN_PROGRESS, at, "dialled", attempt_id=line.attempt_id)


def not_dialled(
    t: DialerTables,
    campaign: Campaign,
    pursuit: Pursuit,
    line: Line,
    at: Instant,
    because: str,
    *,
    never: bool = False,
    until: Instant | None = None,
) -> None:
    """Nobody was dialled after all: he is where he was, but for what this number is not good for."""
    _count(pursuit, line.place, -1)
    campaign.penetration.weigh(campaign.rules, pursuit)
    if pursuit.state is not LeadState.IN_PROGRESS or pursuit.attempt_id != line.attempt_id:
        return
    if line.place >= 0 and never:
        pursuit.barred = _with(pursuit.barred, line.place)
    elif line.place >= 0 and until is not None:
        pursuit.asleep = {**(pursuit.asleep or {}), line.place: max(until, after(at, _LEAST_REST))}
    elif never and pursuit.call_back_number == line.number:
        pursuit.call_back_number = ""
    pursuit.attempt_id = None
    if not has_number(campaign, pursuit):
        finish(t, campaign, pursuit, why_nothing_left(pursuit), at, line.attempt_id)
        return
    if line.place < 0 and until is not None:  # none of his numbers could be tried instead
        rest(t, campaign, pursuit, until, at, because, line.attempt_id)
    else:
        move(t, campaign, pursuit, back(pursuit), at, because, attempt_id=line.attempt_id)


def attempt_over(
    t: DialerTables, campaign: Campaign, pursuit: Pursuit, line: Line, outcome: AttemptOutcome, at: Instant
) -> None:
    """An attempt has its outcome: what becomes of him."""
    pursuit.last_outcome = outcome
    if line.place >= 0:
        pursuit.outcomes = _once_more(pursuit.outcomes, line.place, outcome)
    if pursuit.state is not LeadState.IN_PROGRESS or pursuit.attempt_id != line.attempt_id:
        return  # he is done with already, or it is not the attempt that decides about him
    if line.agent_id is not None and line.connected_at is not None:
        pursuit.agent_id = line.agent_id
    reached = outcome in (AttemptOutcome.CONNECTED, AttemptOutcome.SERVED)
    if (outcome is AttemptOutcome.CONNECTED and campaign.rules.dispositions) or pursuit.said is not None:
        move(t, campaign, pursuit, LeadState.TO_DISPOSE, at, outcome, attempt_id=line.attempt_id)
    elif reached:
        finish(t, campaign, pursuit, WhyDone.REACHED, at, line.attempt_id)
    else:
        _try_again(t, campaign, pursuit, line.place, outcome, at, line.attempt_id)


def back(pursuit: Pursuit) -> LeadState:
    """Where he waits for his turn."""
    return LeadState.DUE if pursuit.attempts else LeadState.NEW


def unseen(t: DialerTables, campaign: Campaign, pursuit: Pursuit, at: Instant, because: str) -> None:
    """Nobody looks at him any more, nor calls him: he stands where he stood before, resting too."""
    until = pursuit.rested_until
    if until is not None and until > at:
        rest(t, campaign, pursuit, until, at, because)
    else:
        move(t, campaign, pursuit, back(pursuit), at, because)


def _try_again(
    t: DialerTables,
    campaign: Campaign,
    pursuit: Pursuit,
    place: int,
    outcome: AttemptOutcome,
    at: Instant,
    attempt_id: AttemptId | None,
) -> None:
    pursuit.promised = False
    pursuit.call_back_number = ""
    if place >= 0 and outcome is AttemptOutcome.INVALID:
        pursuit.barred = _with(pursuit.barred, place)
    following = retry.after_attempt(campaign.rules, pursuit, place, outcome, at)
    if following is not None:
        pursuit.place = following.place
        until = following.not_before
        if until - at >= _WORTH_CHOOSING:
            until = campaign.best_hour.moment(pursuit.lead.list_id, pursuit.lead.zone, until)
        rest(t, campaign, pursuit, until, at, outcome, attempt_id)
    elif not next_step(t, campaign, pursuit, at, attempt_id):
        finish(t, campaign, pursuit, why_nothing_left(pursuit), at, attempt_id)


def next_step(
    t: DialerTables, campaign: Campaign, pursuit: Pursuit, at: Instant, attempt_id: AttemptId | None = None
) -> bool:
    """Go on with the campaign's next step, if it has one more for him."""
    steps = campaign.rules.steps
    if pursuit.step + 1 >= len(steps):
        return False
    pursuit.step += 1
    pursuit.place, pursuit.outcomes = 0, ()
    step = steps[pursuit.step]
    begins = after(at, step.after)
    if step.not_before_minute:
        begins = next_minute(Instant(begins - 1), pursuit.lead.zone, step.not_before_minute)
    rest(t, campaign, pursuit, begins, at, "next_step", attempt_id)
    return True


def in_text_step(campaign: Campaign, pursuit: Pursuit) -> bool:
    """Whether he is to be sent a text now, and not called. A call that was promised goes before."""
    steps = campaign.rules.steps
    return not pursuit.promised and pursuit.step < len(steps) and steps[pursuit.step].kind is StepKind.TEXT


def rest(
    t: DialerTables,
    campaign: Campaign,
    pursuit: Pursuit,
    until: Instant,
    at: Instant,
    because: str,
    attempt_id: AttemptId | None = None,
) -> None:
    """Leave him alone until then; when that is now, his turn may come at once. Past his last moment he is
    done."""
    expires = pursuit.lead.not_after
    if not has_number(campaign, pursuit):
        finish(t, campaign, pursuit, why_nothing_left(pursuit), at, attempt_id)
    elif expires is not None and until >= expires:
        finish(t, campaign, pursuit, WhyDone.EXPIRED, at, attempt_id)
    elif until <= at and LeadState.DUE in LEGAL_MOVES[pursuit.state]:
        move(t, campaign, pursuit, LeadState.DUE, at, because, attempt_id=attempt_id)
    else:
        until = max(until, after(at, _LEAST_REST))
        move(t, campaign, pursuit, LeadState.RESTING, at, because, until=until, attempt_id=attempt_id)


def finish(
    t: DialerTables,
    campaign: Campaign,
    pursuit: Pursuit,
    why: WhyDone,
    at: Instant,
    attempt_id: AttemptId | None = None,
) -> None:
    """Nothing more is tried."""
    if pursuit.state is LeadState.DONE:
        return
    pursuit.because = why
    move(t, campaign, pursuit, LeadState.DONE, at, why, attempt_id=attempt_id)


def bar(t: DialerTables, campaign: Campaign, pursuit: Pursuit, number: str, at: Instant) -> None:
    """A number of his stands on a do-not-call list. Who is being tried or spoken with is left to what is
    under way; who has no other number is done."""
    for place, one in enumerate(pursuit.lead.numbers):
        if one.number == number:
            pursuit.barred = _with(pursuit.barred, place)
    if pursuit.call_back_number == number:
        pursuit.call_back_number = ""
    if len(pursuit.barred) >= len(pursuit.lead.numbers) and pursuit.state in _LEFT_ALONE:
        finish(t, campaign, pursuit, WhyDone.OPTED_OUT, at)


def due(t: DialerTables, key: LeadKey, at: Instant) -> None:
    """He has rested enough."""
    found = t.find(key)
    if found is not None and found[1].state is LeadState.RESTING:
        move(t, *found, LeadState.DUE, at, "rested")


def expired(t: DialerTables, key: LeadKey, at: Instant) -> None:
    """The last moment to try him is over. Who is being dialled or spoken with is left to it."""
    found = t.find(key)
    if found is not None and found[1].state in _LEFT_ALONE:
        finish(t, *found, WhyDone.EXPIRED, at)


def _count(pursuit: Pursuit, place: int, by: int) -> None:
    pursuit.attempts += by
    if place >= 0:
        tried = list(pursuit.tried) + [0] * (len(pursuit.lead.numbers) - len(pursuit.tried))
        tried[place] = max(0, tried[place] + by)  # his list may have forgotten the number meanwhile
        pursuit.tried = tuple(tried)


def _with(places: tuple[int, ...], place: int) -> tuple[int, ...]:
    return places if place in places else tuple(sorted((*places, place)))


def _once_more(counts: tuple[OutcomeCount, ...], place: int, outcome: str) -> tuple[OutcomeCount, ...]:
    times = next((one.times for one in counts if (one.place, one.outcome) == (place, outcome)), 0)
    others = tuple(one for one in counts if (one.place, one.outcome) != (place, outcome))
    return (*others, OutcomeCount(place=place, outcome=outcome, times=times + 1))
