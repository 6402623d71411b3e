"""Texts: sent to a lead instead of a call, in campaigns of several steps.

A text bears a name of its own and is ordered once. Whether it came through nobody can always tell; so one of
which nothing was heard, also because the engine ended, counts as sent, and the next step follows.
"""

import re

from acd.instant import Instant, after, seconds
from dialer import leads
from dialer.events import TextEnded, TextOrdered
from dialer.ids import AttemptId
from dialer.lead import Lead, LeadState, OutcomeCount, WhyDone
from dialer.orders import SendText
from dialer.out_text import OutText
from dialer.pursuit import Pursuit
from dialer.retry import TEXT_NEVER
from dialer.signals import TextFailed, TextSent
from dialer.tables import Campaign, DialerTables
from dialer.timers import TimerKind
from dialer.wall import minute_of_day, next_minute

MOST_UNDER_WAY = 100
"""Texts of which nothing was heard yet, of the house; others wait until one of these has an end."""
HEARD_OF_WITHIN = seconds(3_600)
"""After so long one counts as sent."""
MOST_LETTERS = 1_600
"""Of one text, filled in; the rest is left out."""
MOBILE = "mobile"
"""The kind of number that texts go to."""
UNHEARD_OF = "nothing was heard of it; it counts as sent"
AT_RESTART = "the engine ended meanwhile; it counts as sent"

_FIELD = re.compile(r"\{([^{}]{1,100})\}")
_A_MOMENT = seconds(1)
_NO_LETTER = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def settle(t: DialerTables, at: Instant) -> None:
    """Order the texts whose moment has come."""
    for campaign in t.awake.values():
        while campaign.may_dial and campaign.texts and campaign.trial_left != 0:
            if len(t.texts) >= MOST_UNDER_WAY:
                return
            _send(t, campaign, campaign.leads[next(iter(campaign.texts))], at)


def handle(t: DialerTables, signal: TextSent | TextFailed, at: Instant) -> None:
    """What came of one; news of one that is over changes nothing."""
    match signal:
        case TextSent():
            _end(t, signal.text_id, at, sent=True, why="")
        case TextFailed():
            _end(
                t,
                signal.text_id,
                at,
                sent=False,
                why=signal.why,
                never=signal.never,
                of_rules=signal.of_rules,
                until=signal.until,
            )


def overdue(t: DialerTables, text_id: AttemptId, at: Instant) -> None:
    """Nothing was heard of one for too long."""
    _end(t, text_id, at, sent=True, why=UNHEARD_OF)


def after_restart(t: DialerTables, campaign: Campaign, pursuit: Pursuit, at: Instant) -> None:
    """An earlier run had ordered one, and knows no end of it."""
    text_id, of = pursuit.attempt_id, campaign.campaign_id
    assert text_id is not None, pursuit.lead_id
    t.tell(TextEnded(text_id=text_id, campaign_id=of, lead_id=pursuit.lead_id, sent=True, why=AT_RESTART))
    _go_on(t, campaign, pursuit, at, text_id)


def filled_in(text: str, lead: Lead) -> str:
    """A text with ``{name}`` and the lead's data in the places that name them. What is not known of him is
    left out, and what his data says is never looked at for places again."""
    known = {one.name: one.value for one in lead.data} | {"name": lead.name}
    said = _FIELD.sub(lambda place: str(known.get(place[1].strip(), "")), text)
    return _NO_LETTER.sub(" ", said)[:MOST_LETTERS]


def _send(t: DialerTables, campaign: Campaign, pursuit: Pursuit, at: Instant) -> None:
    rules, lead = campaign.rules, pursuit.lead
    step, quota = rules.steps[pursuit.step], rules.quota(lead.list_id)
    if lead.not_after is not None and lead.not_after <= at:
        leads.finish(t, campaign, pursuit, WhyDone.EXPIRED, at)
    elif quota is not None and campaign.penetration.won(lead.list_id) >= quota:
        leads.finish(t, campaign, pursuit, WhyDone.QUOTA, at)
    elif minute_of_day(at, lead.zone) < step.not_before_minute:
        until = next_minute(at, lead.zone, step.not_before_minute)
        leads.rest(t, campaign, pursuit, until, at, "hours")
    elif (number := _number(pursuit)) is None:
        _go_on(t, campaign, pursuit, at)
    else:
        text_id = t.next_text_id()
        t.texts[text_id] = OutText(
            campaign_id=campaign.campaign_id,
            lead_id=lead.lead_id,
            number=number,
            in_trial=None if campaign.trial_left is None else campaign.starts,
        )
        t.timers.set(TimerKind.TEXT, after(at, HEARD_OF_WITHIN), name=text_id)
        if campaign.trial_left is not None:
            campaign.trial_left -= 1
        pursuit.attempt_id = text_id
        leads.move(t, campaign, pursuit, LeadState.IN_PROGRESS, at, "text", attempt_id=text_id)
        t.tell(
            TextOrdered(
                text_id=text_id,
                campaign_id=campaign.campaign_id,
                lead_id=lead.lead_id,
                number=number,
                step=pursuit.step,
            )
        )
        t.tell(
            SendText(
                text_id=text_id,
                campaign_id=campaign.campaign_id,
                lead_id=lead.lead_id,
                number=number,
                zone=lead.zone,
                text=filled_in(step.text, lead),
                profile=rules.profile,
            )
        )


def _end(
    t: DialerTables,
    text_id: AttemptId,
    at: Instant,
    *,
    sent: bool,
    why: str,
    never: bool = False,
    of_rules: bool = False,
    until: Instant | None = None,
) -> None:
    out = t.texts.pop(text_id, None)
    if out is None:
        return
    t.timers.cancel(TimerKind.TEXT, name=text_id)
    found = t.find((out.campaign_id, out.lead_id))
    t.tell(TextEnded(text_id=text_id, campaign_id=out.campaign_id, lead_id=out.lead_id, sent=sent, why=why))
    if found is None:
        return
    campaign, pursuit = found
    later = not sent and not never and until is not None
    if later and campaign.trial_left is not None and out.in_trial == campaign.starts:
        campaign.trial_left += 1
    if pursuit.state is not LeadState.IN_PROGRESS or pursuit.attempt_id != text_id:
        return  # he has responded meanwhile, or was taken off
    pursuit.attempt_id = None
    if later and until is not None:
        leads.rest(t, campaign, pursuit, max(until, after(at, _A_MOMENT)), at, "text_later", text_id)
        return
    if never and of_rules:
        _leave_out(pursuit, out.number)
    elif never:
        _bar(pursuit, out.number)
    if never and of_rules and not leads.has_number(campaign, pursuit):
        leads.finish(t, campaign, pursuit, leads.why_nothing_left(pursuit), at, text_id)
    elif never and _number(pursuit) is not None:
        leads.rest(t, campaign, pursuit, at, at, "next_number", text_id)
    else:
        _go_on(t, campaign, pursuit, at, text_id)


def _go_on(
    t: DialerTables, campaign: Campaign, pursuit: Pursuit, at: Instant, text_id: AttemptId | None = None
) -> None:
    """This step is over."""
    pursuit.attempt_id = None
    if not leads.next_step(t, campaign, pursuit, at, text_id):
        all_barred = len(pursuit.barred) >= len(pursuit.lead.numbers)
        why = WhyDone.NO_NUMBER_LEFT if all_barred else WhyDone.STEPS_OVER
        leads.finish(t, campaign, pursuit, why, at, text_id)


def _number(pursuit: Pursuit) -> str | None:
    """Where his text goes: to his first mobile number, else to his first one; None: to none of them."""
    numbers = pursuit.lead.numbers
    mobile = [place for place, one in enumerate(numbers) if one.kind.strip().lower() == MOBILE]
    for place in mobile or range(len(numbers)):
        out = place in pursuit.barred or place in pursuit.not_allowed
        if not out and not pursuit.times(place, TEXT_NEVER):
            return numbers[place].number
    return None


def _leave_out(pursuit: Pursuit, number: str) -> None:
    """The house is not set up for it, whether for a text or a call."""
    for place, one in enumerate(pursuit.lead.numbers):
        if one.number == number:
            pursuit.not_allowed = leads.with_place(pursuit.not_allowed, place)


def _bar(pursuit: Pursuit, number: str) -> None:
    """No text can be sent there, for as long as this step lasts; it may still be called."""
    for place, one in enumerate(pursuit.lead.numbers):
        if one.number == number and not pursuit.times(place, TEXT_NEVER):
            never = OutcomeCount(place=place, outcome=TEXT_NEVER, times=1)
            pursuit.outcomes = (*pursuit.outcomes, never)
