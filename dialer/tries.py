"""One attempt, from its lead's side: he is dialled, or not after all, and what follows."""

from acd.instant import Instant, after, seconds
from dialer import leads, retry
from dialer.attempt import AttemptOutcome
from dialer.attempt_line import Line
from dialer.ids import AttemptId
from dialer.lead import LeadState, OutcomeCount, WhyDone
from dialer.pursuit import Pursuit
from dialer.tables import Campaign, DialerTables

_WORTH_CHOOSING = seconds(3_600)
"""Who rests for so long may as well rest until a better hour."""


def dialled(t: DialerTables, campaign: Campaign, pursuit: Pursuit, line: Line, at: Instant) -> None:
    """One of his telephones is about to ring: he is nobody else's meanwhile. It counts from now on."""
    campaign.turns.take(pursuit.lead_id)
    pursuit.attempt_id = line.attempt_id
    _count(pursuit, line.place, 1)
    leads.move(t, campaign, pursuit, LeadState.IN_PROGRESS, at, "dialled", attempt_id=line.attempt_id)


def not_dialled(
    t: DialerTables,
    campaign: Campaign,
    pursuit: Pursuit,
    line: Line,
    at: Instant,
    because: str,
    *,
    never: bool = False,
    of_rules: bool = False,
    until: Instant | None = None,
) -> None:
    """Nobody was dialled after all: he is where he was, but for what this number is not good for."""
    _count(pursuit, line.place, -1)
    campaign.penetration.weigh(campaign.rules, pursuit)
    if pursuit.state is not LeadState.IN_PROGRESS or pursuit.attempt_id != line.attempt_id:
        return
    if line.place >= 0 and never and of_rules:
        pursuit.not_allowed = leads.with_place(pursuit.not_allowed, line.place)
    elif line.place >= 0 and never:
        pursuit.barred = leads.with_place(pursuit.barred, line.place)
    elif line.place >= 0 and until is not None:
        pursuit.asleep = {**(pursuit.asleep or {}), line.place: max(until, after(at, leads.LEAST_REST))}
    elif never and pursuit.call_back_number == line.number:
        pursuit.call_back_number = ""
    pursuit.attempt_id = None
    if not leads.has_number(campaign, pursuit):
        leads.finish(t, campaign, pursuit, leads.why_nothing_left(pursuit), at, line.attempt_id)
        return
    if line.place < 0 and until is not None:  # none of his numbers could be tried instead
        leads.rest(t, campaign, pursuit, until, at, because, line.attempt_id)
    else:
        leads.move(t, campaign, pursuit, leads.back(pursuit), at, because, attempt_id=line.attempt_id)


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
        leads.move(t, campaign, pursuit, LeadState.TO_DISPOSE, at, outcome, attempt_id=line.attempt_id)
    elif reached:
        leads.finish(t, campaign, pursuit, WhyDone.REACHED, at, line.attempt_id)
    else:
        _try_again(t, campaign, pursuit, line.place, outcome, at, line.attempt_id)


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
        pursuit.barred = leads.with_place(pursuit.barred, place)
    following = retry.after_attempt(campaign.rules, pursuit, place, outcome, at)
    if following is not None:
        pursuit.place = following.place
        until = following.not_before
        if until - at >= _WORTH_CHOOSING:
            until = campaign.best_hour.moment(pursuit.lead.list_id, pursuit.lead.zone, until)
        leads.rest(t, campaign, pursuit, until, at, outcome, attempt_id)
    elif not leads.next_step(t, campaign, pursuit, at, attempt_id):
        leads.finish(t, campaign, pursuit, leads.why_nothing_left(pursuit), at, attempt_id)


def _count(pursuit: Pursuit, place: int, by: int) -> None:
    pursuit.attempts += by
    if place >= 0:
        tried = list(pursuit.tried) + [0] * (len(pursuit.lead.numbers) - len(pursuit.tried))
        tried[place] = max(0, tried[place] + by)  # his list may have forgotten the number meanwhile
        pursuit.tried = tuple(tried)


def _once_more(counts: tuple[OutcomeCount, ...], place: int, outcome: str) -> tuple[OutcomeCount, ...]:
    times = next((one.times for one in counts if (one.place, one.outcome) == (place, outcome)), 0)
    others = tuple(one for one in counts if (one.place, one.outcome) != (place, outcome))
    return (*others, OutcomeCount(place=place, outcome=outcome, times=times + 1))
