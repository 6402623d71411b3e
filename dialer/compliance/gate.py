"""The one gate on every way of dialling: may this number be dialled now, and if not, why not, all at once.

Engineering defaults, not legal advice. What cannot be known is a reason to refuse, never one to allow.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from acd.instant import Instant, after, seconds
from acd.outside import refusal
from dialer.compliance.attempts import AttemptLimit, Whom
from dialer.compliance.calling_hours import CallingHours
from dialer.compliance.facts import DialFacts, DialRules
from dialer.compliance.listing import that_count
from dialer.compliance.profile import Profile
from dialer.compliance.request import DialRequest, Purpose
from dialer.compliance.verdict import Allowed, Reason, Refused, Verdict, WhyNot

ASK_AGAIN = seconds(5)
"""What could not be found out may be known then."""
LINE_AGAIN = seconds(1)
"""A line may be free then."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def may_dial(request: DialRequest, rules: DialRules, facts: DialFacts, at: Instant) -> Verdict:
    """Whether this number may be dialled at ``at``; if not, everything that keeps it from being dialled."""
    pool = rules.pools.get(request.pool or rules.own_pool)
    shown = pool.shown_to(facts.number.number) if pool is not None else None
    profile, is_text = rules.profile_of(request), request.purpose is Purpose.TEXT
    is_transfer = request.purpose is Purpose.TRANSFER
    reasons = (
        *_of_number(request, rules, facts),
        *([] if is_transfer else _of_lists(request, profile, facts, at)),
        *([] if is_text else _of_lines(rules, facts, at)),
        *([] if profile is None or is_transfer else _of_profile(request, profile, facts, at)),
        *([] if is_text else _of_caller_id(request, rules, profile, shown is not None)),
    )
    if reasons:
        return Refused(request=request, at=at, reasons=reasons)
    return Allowed(request=request, at=at, caller_id=None if shown is None else shown.number)


def _never(why: WhyNot, told: str) -> Reason:
    return Reason(why=why, told=told, until=None)


def _of_number(request: DialRequest, rules: DialRules, facts: DialFacts) -> Iterator[Reason]:
    if (why := refusal(rules.outside, request.number)) is not None:
        yield _never(WhyNot.NO_NUMBER, why)
    if facts.number.emergency:
        yield _never(WhyNot.EMERGENCY, f"{request.number} is an emergency number")
    if rules.profile_of(request) is not None:
        return
    if request.profile is not None:
        yield _never(WhyNot.NO_PROFILE, f"there is no profile {request.profile!r} to dial by")
    elif request.purpose in (Purpose.CAMPAIGN, Purpose.TEXT) or _by_hand_for_a_campaign(request):
        yield _never(WhyNot.NO_PROFILE, "a campaign needs a profile to dial by")


def _by_hand_for_a_campaign(request: DialRequest) -> bool:
    return request.purpose is Purpose.MANUAL and request.campaign_id is not None


def _of_lists(
    request: DialRequest, profile: Profile | None, facts: DialFacts, at: Instant
) -> Iterator[Reason]:
    if facts.listings is None:
        told = "the do-not-call lists cannot be read now"
        yield Reason(why=WhyNot.LISTS_UNKNOWN, told=told, until=after(at, ASK_AGAIN))
        return
    for one in that_count(facts.listings, request.campaign_id, request.asked_at):
        because = f": {one.reason}" if one.reason else ""
        yield _never(WhyNot.LISTED, f"{one.number} is on {one.list_name}{because}")
    if profile is None or profile.national is None or request.asked_at is not None:
        return
    oldest = profile.national.max_age
    if facts.national_as_of is None:
        told = f"the national list was never imported, and {profile.name} goes by it"
        yield _never(WhyNot.LISTS_UNKNOWN, told)
    elif oldest is not None and at - facts.national_as_of > oldest:
        told = f"the national list is of {_day(facts.national_as_of)}, too old for {profile.name}"
        yield _never(WhyNot.LISTS_UNKNOWN, told)


def _of_lines(rules: DialRules, facts: DialFacts, at: Instant) -> Iterator[Reason]:
    if rules.lines.most is not None and facts.lines_in_use >= rules.lines.most:
        told = f"all {rules.lines.most} lines are in use"
        yield Reason(why=WhyNot.LINES_FULL, told=told, until=after(at, LINE_AGAIN))
    if (free := rules.lines.allows_from(facts.starts, at)) > at:
        told = f"{rules.lines.most_a_second} calls were placed within a second"
        yield Reason(why=WhyNot.TOO_FAST, told=told, until=free)


def _of_caller_id(
    request: DialRequest, rules: DialRules, profile: Profile | None, shown: bool
) -> Iterator[Reason]:
    needed = request.pool is not None or (profile is not None and profile.shows_caller_id)
    if needed and not shown:
        pool = request.pool or rules.own_pool
        yield _never(WhyNot.NO_CALLER_ID, f"there is no permitted number to show in {pool!r}")


def _of_profile(request: DialRequest, profile: Profile, facts: DialFacts, at: Instant) -> Iterator[Reason]:
    number = facts.number
    if profile.countries and number.country not in profile.countries:
        where = number.country or "no country that is known"
        yield _never(WhyNot.OTHER_COUNTRY, f"{number.number} is in {where}, and {profile.name} is not for it")
    asked = request.asked_at is not None and profile.hours_when_asked is not None
    hours = profile.hours_when_asked if asked and profile.hours_when_asked is not None else profile.hours
    yield from _of_hours(request, hours, facts, at)
    if request.purpose is Purpose.TEXT:
        return  # nothing rings: it is not too often, nor too soon
    if facts.attempts is None:
        told = "it is not known yet who was dialled before the restart"
        yield Reason(why=WhyNot.ATTEMPTS_UNKNOWN, told=told, until=after(at, ASK_AGAIN))
        return
    for limit in profile.attempts:
        yield from _of_limit(request, limit, facts, at)
    to_number = [one for one in facts.attempts if one.number == number.number]
    latest = max((one.at for one in to_number), default=None)
    if latest is not None and at - latest < profile.gap:
        told = f"it was dialled at {_minute(latest)}"
        yield Reason(why=WhyNot.TOO_SOON, told=told, until=after(latest, profile.gap))
    if profile.lockout is not None and not (
        profile.lockout.unless_agent_guaranteed and request.agent_guaranteed
    ):
        on_record = [one.abandoned_at for one in to_number]
        left_alone = [moment for moment in (*on_record, facts.left_alone_at) if moment is not None]
        if left_alone and at - max(left_alone) < profile.lockout.lasts:
            told = f"it answered at {_minute(max(left_alone))} and nobody was there"
            until = after(max(left_alone), profile.lockout.lasts)
            yield Reason(why=WhyNot.LOCKED_OUT, told=told, until=until)


def _of_hours(request: DialRequest, hours: CallingHours, facts: DialFacts, at: Instant) -> Iterator[Reason]:
    zones = _zones(request, facts)
    if not zones:
        yield _never(WhyNot.NOWHERE, f"nobody knows what time it is at {facts.number.number}")
        return
    moments = (at, after(at, request.ring_for))
    closed = [(moment, zone) for zone in zones for moment in moments if not hours.open_at(moment, zone)]
    if closed:
        moment, zone = closed[0]
        holiday = hours.holiday_at(moment, zone)
        day = f" ({holiday})" if holiday else ""
        told = f"it is outside calling hours in {zone}{day}"
        yield Reason(why=WhyNot.OUTSIDE_HOURS, told=told, until=hours.next_opening(at, zones))


def _zones(request: DialRequest, facts: DialFacts) -> tuple[str, ...]:
    """Every one in which whoever answers may be; none when nobody knows."""
    numbers = facts.number.zones
    if request.lead_zone is None or (request.elsewhere and not numbers):
        return numbers
    if not request.elsewhere:
        return (request.lead_zone,)
    return (request.lead_zone, *(zone for zone in numbers if zone != request.lead_zone))


def _of_limit(request: DialRequest, limit: AttemptLimit, facts: DialFacts, at: Instant) -> Iterator[Reason]:
    assert facts.attempts is not None
    match limit.per:
        case Whom.NUMBER:
            counted = [one for one in facts.attempts if one.number == facts.number.number]
        case Whom.LEAD:
            counted = [
                one
                for one in facts.attempts
                if request.lead_id is not None and one.lead_id == request.lead_id
            ]
    free = limit.allows_from(counted, request.campaign_id, at)
    if free > at:
        hours = limit.within / seconds(3600)
        told = f"this {limit.per} was dialled {limit.most} times within {hours:g} h"
        yield Reason(why=WhyNot.TOO_OFTEN, told=told, until=free)


def _day(moment: Instant) -> str:
    return f"{_EPOCH + timedelta(microseconds=moment):%Y-%m-%d}"


def _minute(moment: Instant) -> str:
    return f"{_EPOCH + timedelta(microseconds=moment):%Y-%m-%d %H:%M} UTC"
