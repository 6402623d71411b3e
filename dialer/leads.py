"""Where leads stand: put to rest, done with, in line. One function moves them."""

from acd.instant import Instant, after, seconds
from dialer import own_agent, promised, retry
from dialer.campaign import StepKind
from dialer.events import LeadStateChanged
from dialer.ids import AttemptId
from dialer.lead import LEGAL_MOVES, Lead, LeadState, WhyDone
from dialer.pursuit import Pursuit
from dialer.tables import Campaign, DialerTables, LeadKey
from dialer.timers import TimerKind
from dialer.wall import minute_of_day, next_minute

WAITS_FOR_HIS_TURN = frozenset({LeadState.NEW, LeadState.DUE})
_LEFT_ALONE = WAITS_FOR_HIS_TURN | {LeadState.RESTING}
"""Nobody dials him, looks at him or talks with him."""
LEAST_REST = seconds(1)
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
    leave_count(campaign, pursuit.lead, was)
    enter_count(campaign, pursuit.lead, to)
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


def enter_count(campaign: Campaign, lead: Lead, state: LeadState) -> None:
    campaign.by_state[state] += 1
    if state is not LeadState.DONE:
        campaign.left[lead.list_id] = campaign.left.get(lead.list_id, 0) + 1


def leave_count(campaign: Campaign, lead: Lead, state: LeadState) -> None:
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
    own_agent.watch(t, campaign, pursuit)
    expires = pursuit.lead.not_after
    if expires is not None and pursuit.state is not LeadState.DONE:
        t.timers.set(TimerKind.LEAD_EXPIRES, expires, of, name)
    else:
        t.timers.cancel(TimerKind.LEAD_EXPIRES, of, name)


def has_number(campaign: Campaign, pursuit: Pursuit) -> bool:
    """Whether one of his numbers may still be tried, in the step he is in."""
    if pursuit.promised and pursuit.call_back_number:
        return True
    if in_text_step(campaign, pursuit):
        return not _all_out(pursuit)
    return bool(retry.places_left(campaign.rules, pursuit))


def why_nothing_left(pursuit: Pursuit) -> WhyDone:
    """Why there is no number to try any more."""
    if not _all_out(pursuit):
        return WhyDone.OUT_OF_ATTEMPTS
    return WhyDone.NOT_ALLOWED if pursuit.not_allowed else WhyDone.NO_NUMBER_LEFT


def _all_out(pursuit: Pursuit) -> bool:
    return len({*pursuit.barred, *pursuit.not_allowed}) >= len(pursuit.lead.numbers)


def allow_again(t: DialerTables, campaign: Campaign, pursuit: Pursuit, at: Instant) -> None:
    """What the house is set up to dial has changed: what it was not is asked about again."""
    pursuit.not_allowed = ()
    if pursuit.state is LeadState.DONE and pursuit.because == WhyDone.NOT_ALLOWED:
        rest(t, campaign, pursuit, max(pursuit.lead.not_before or at, at), at, "rules")


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
    if minute_of_day(begins, pursuit.lead.zone) < step.not_before_minute:
        begins = next_minute(begins, pursuit.lead.zone, step.not_before_minute)
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
        until = max(until, after(at, LEAST_REST))
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
            pursuit.barred = with_place(pursuit.barred, place)
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


def with_place(places: tuple[int, ...], place: int) -> tuple[int, ...]:
    return places if place in places else tuple(sorted((*places, place)))
