"""The gate, reason by reason."""

from dataclasses import replace

import pytest

from acd.hours import SpecialDay
from acd.instant import Instant, Span, after, seconds
from acd.outside import NOBODY
from dialer.compliance.attempts import Attempt, AttemptLimit, Whom
from dialer.compliance.caller_ids import CallerId, CallerIdPool
from dialer.compliance.facts import DialFacts, DialRules
from dialer.compliance.found_nobody import MOST, FoundNobody
from dialer.compliance.gate import may_dial
from dialer.compliance.lines import LineLimits
from dialer.compliance.listing import Listing, ListKind
from dialer.compliance.profile import Lockout, NationalList
from dialer.compliance.request import DialRequest, Purpose
from dialer.compliance.verdict import Allowed, Refused, WhyNot
from dialer.ids import CampaignId, LeadId
from tests.dialer.dialled import (
    DAY,
    FACTS,
    HOUR,
    LOS_ANGELES,
    NEW_YORK,
    NOON,
    NUMBER,
    NUMBER_FACTS,
    PLAIN,
    REQUEST,
    RULES,
    every_day,
    moment,
    under,
)

SPRING, AUTUMN = CampaignId("spring"), CampaignId("autumn")


def refused(
    request: DialRequest = REQUEST,
    rules: DialRules = RULES,
    facts: DialFacts = FACTS,
    at: Instant = NOON,
) -> Refused:
    verdict = may_dial(request, rules, facts, at)
    assert isinstance(verdict, Refused), verdict
    return verdict


def why(request: DialRequest = REQUEST, rules: DialRules = RULES, facts: DialFacts = FACTS) -> list[WhyNot]:
    return [reason.why for reason in refused(request, rules, facts).reasons]


def listed(kind: ListKind, at: Instant = NOON, campaign: CampaignId | None = None) -> DialFacts:
    one = Listing(number=NUMBER, kind=kind, campaign_id=campaign, at=at, by="ana", reason="said so")
    return replace(FACTS, listings=(one,))


def dialled(*ago: Span, **said: object) -> DialFacts:
    attempts = [
        Attempt(attempt_id=f"o-{n}", number=NUMBER, at=Instant(NOON - span), **said)  # type: ignore[arg-type]
        for n, span in enumerate(ago)
    ]
    return replace(FACTS, attempts=tuple(attempts))


def test_a_number_that_nothing_speaks_against_is_allowed_once_with_what_it_is_shown() -> None:
    verdict = may_dial(REQUEST, RULES, FACTS, NOON)
    assert verdict == Allowed(request=REQUEST, at=NOON, caller_id="+33100")


def test_every_reason_is_told_at_once() -> None:
    facts = replace(listed(ListKind.INTERNAL), attempts=None)
    rules = replace(under(countries=frozenset({"US"})), outside=NOBODY)
    verdict = refused(REQUEST, rules, facts, moment(2026, 3, 2, 5))
    assert [reason.why for reason in verdict.reasons] == [
        WhyNot.NO_NUMBER,
        WhyNot.LISTED,
        WhyNot.OTHER_COUNTRY,
        WhyNot.OUTSIDE_HOURS,
        WhyNot.ATTEMPTS_UNKNOWN,
    ]
    assert verdict.until is None, "waiting does not take it off a list"
    assert "the internal list: said so" in verdict.told


def test_what_is_no_number_or_an_emergency_number_is_never_dialled() -> None:
    assert why(replace(REQUEST, number="+33\r\nAction: Originate")) == [WhyNot.NO_NUMBER]
    emergency = replace(FACTS, number=replace(NUMBER_FACTS, emergency=True))
    assert why(facts=emergency) == [WhyNot.EMERGENCY]


def test_a_campaign_needs_a_profile_also_for_what_its_agents_dial_and_a_callback_does_not() -> None:
    without = replace(RULES, profile=None)
    for purpose in (Purpose.CAMPAIGN, Purpose.MANUAL, Purpose.TEXT):
        asked = replace(REQUEST, purpose=purpose, campaign_id=SPRING)
        assert why(asked, without) == [WhyNot.NO_PROFILE]
    callback = replace(REQUEST, purpose=Purpose.CALLBACK)
    night = moment(2026, 3, 2, 3)
    assert isinstance(may_dial(callback, without, FACTS, night), Allowed)


def test_a_text_takes_no_line_and_is_no_attempt_but_goes_by_lists_and_hours() -> None:
    text = replace(REQUEST, purpose=Purpose.TEXT, ring_for=seconds(0))
    full = replace(RULES, lines=LineLimits(most=1, most_a_second=1), pools={})
    busy = replace(FACTS, lines_in_use=1, attempts=None)
    assert isinstance(may_dial(text, full, busy, NOON), Allowed)
    assert isinstance(may_dial(REQUEST, full, busy, NOON), Refused)
    told = may_dial(text, full, listed(ListKind.INTERNAL), NOON)
    assert isinstance(told, Refused)
    assert [one.why for one in told.reasons] == [WhyNot.LISTED]
    night = may_dial(text, full, FACTS, Instant(NOON + seconds(12 * 3600)))
    assert isinstance(night, Refused)
    assert [one.why for one in night.reasons] == [WhyNot.OUTSIDE_HOURS]
    told = may_dial(text, replace(full, profile=None), FACTS, NOON)
    assert isinstance(told, Refused)
    assert [one.why for one in told.reasons] == [WhyNot.NO_PROFILE]


def test_who_is_put_through_at_his_own_wish_goes_by_numbers_lines_and_what_is_shown() -> None:
    transfer = replace(REQUEST, purpose=Purpose.TRANSFER, campaign_id=None, lead_id=None)
    night, unknown = moment(2026, 3, 2, 3), replace(FACTS, listings=None, attempts=None)
    rules = under(countries=frozenset({"US"}), lockout=Lockout(lasts=DAY), shows_caller_id=True)
    assert isinstance(may_dial(transfer, rules, unknown, night), Allowed), "nothing about him was looked up"
    full = replace(rules, lines=LineLimits(most=1, most_a_second=1), pools={})
    busy = replace(unknown, lines_in_use=1, starts=(night,), number=replace(NUMBER_FACTS, emergency=True))
    assert [one.why for one in refused(transfer, full, busy, night).reasons] == [
        WhyNot.EMERGENCY,
        WhyNot.LINES_FULL,
        WhyNot.TOO_FAST,
        WhyNot.NO_CALLER_ID,
    ]
    assert why(transfer, replace(rules, outside=NOBODY), unknown) == [WhyNot.NO_NUMBER]
    assert isinstance(may_dial(transfer, replace(RULES, profile=None), unknown, night), Allowed)


def test_a_request_goes_by_the_profile_it_names_and_by_no_other() -> None:
    rules = replace(RULES, profiles={"strict": replace(PLAIN, name="strict", gap=HOUR)})
    just_now, strict = dialled(seconds(60)), replace(REQUEST, profile="strict")
    assert why(strict, rules, just_now) == [WhyNot.TOO_SOON]
    assert isinstance(may_dial(REQUEST, rules, just_now, NOON), Allowed)
    assert isinstance(may_dial(strict, replace(rules, profile=None), FACTS, NOON), Allowed)
    # What is not there lets nobody out, whatever the house's own would say; also no callback.
    for purpose in Purpose:
        named = replace(REQUEST, profile="gone", purpose=purpose)
        assert why(named, rules) == [WhyNot.NO_PROFILE]


def test_a_campaign_shows_a_number_of_its_own_pool_or_calls_nobody() -> None:
    shown = CallerIdPool(name="sales", numbers=(CallerId(number="+33142", permission="contract"),))
    rules = replace(RULES, pools={**RULES.pools, "sales": shown})
    allowed = may_dial(replace(REQUEST, pool="sales"), rules, FACTS, NOON)
    assert isinstance(allowed, Allowed)
    assert allowed.caller_id == "+33142"
    assert why(replace(REQUEST, pool="gone"), rules) == [WhyNot.NO_CALLER_ID]


# -- hours -------------------------------------------------------------------------------------------


def test_outside_hours_it_is_told_when_they_begin() -> None:
    verdict = refused(at=moment(2026, 3, 2, 7, 59))
    assert verdict.told == "it is outside calling hours in Europe/Paris"
    assert verdict.until == moment(2026, 3, 2, 8)
    assert isinstance(may_dial(REQUEST, RULES, FACTS, moment(2026, 3, 2, 8)), Allowed)


def test_a_telephone_does_not_ring_on_after_the_hours() -> None:
    last = after(moment(2026, 3, 2, 21), Span(-1 - REQUEST.ring_for))
    assert isinstance(may_dial(REQUEST, RULES, FACTS, last), Allowed)
    assert refused(at=after(last, Span(1))).until == moment(2026, 3, 3, 8)


def test_where_a_number_may_be_in_several_zones_it_must_be_open_in_all() -> None:
    facts = replace(FACTS, number=replace(NUMBER_FACTS, zones=(NEW_YORK, LOS_ANGELES)))
    assert refused(facts=facts, at=moment(2026, 3, 2, 10, zone=NEW_YORK)).until == moment(
        2026, 3, 2, 8, zone=LOS_ANGELES
    )
    assert refused(facts=facts, at=moment(2026, 3, 2, 21, zone=NEW_YORK)).until == moment(
        2026, 3, 3, 8, zone=LOS_ANGELES
    )


def test_the_zone_of_the_list_goes_before_that_of_the_number() -> None:
    moved = replace(REQUEST, lead_zone=LOS_ANGELES)
    assert refused(moved, at=NOON).until == moment(2026, 3, 2, 8, zone=LOS_ANGELES)


def test_a_number_that_is_none_of_the_lists_may_be_elsewhere_and_it_must_be_open_there_too() -> None:
    there = replace(FACTS, number=replace(NUMBER_FACTS, zones=("Pacific/Honolulu",)))
    asked = replace(REQUEST, lead_zone=NEW_YORK, elsewhere=True)
    noon = moment(2026, 3, 2, 12, zone=NEW_YORK)
    assert refused(asked, facts=there, at=noon).told == "it is outside calling hours in Pacific/Honolulu"
    assert refused(asked, facts=there, at=noon).until == moment(2026, 3, 2, 8, zone="Pacific/Honolulu")
    evening = moment(2026, 3, 2, 17, zone="Pacific/Honolulu")  # and 22 h where his list says that he is
    assert refused(asked, facts=there, at=evening).told == f"it is outside calling hours in {NEW_YORK}"
    both = moment(2026, 3, 2, 13, zone="Pacific/Honolulu")
    assert isinstance(may_dial(asked, RULES, there, both), Allowed)
    nowhere = replace(FACTS, number=replace(NUMBER_FACTS, zones=()))
    assert why(asked, facts=nowhere) == [WhyNot.NOWHERE]


def test_who_is_nowhere_is_not_called_but_by_a_zone_of_the_list() -> None:
    nowhere = replace(FACTS, number=replace(NUMBER_FACTS, zones=()))
    assert why(facts=nowhere) == [WhyNot.NOWHERE]
    assert isinstance(may_dial(replace(REQUEST, lead_zone="Europe/Paris"), RULES, nowhere, NOON), Allowed)


def test_a_holiday_has_hours_of_its_own_and_is_named() -> None:
    hours = replace(every_day(8, 21), special=(SpecialDay(month=3, day=2, name="Founders' Day"),))
    verdict = refused(rules=under(hours=hours))
    assert verdict.told == "it is outside calling hours in Europe/Paris (Founders' Day)"
    assert verdict.until == moment(2026, 3, 3, 8)


def test_zones_too_far_apart_have_no_hour_in_common() -> None:
    facts = replace(FACTS, number=replace(NUMBER_FACTS, zones=("Pacific/Guam", "Pacific/Honolulu")))
    rules = under(hours=every_day(9, 12))
    assert refused(rules=rules, facts=facts).until is None


def test_who_asked_to_be_called_may_be_called_in_hours_of_their_own_where_there_are_any() -> None:
    asked = replace(REQUEST, purpose=Purpose.CALLBACK, asked_at=NOON)
    night = moment(2026, 3, 2, 22)
    assert isinstance(may_dial(asked, under(hours_when_asked=every_day(0, 24)), FACTS, night), Allowed)
    assert refused(asked, RULES, FACTS, night).until == moment(2026, 3, 3, 8)


# -- lists -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [ListKind.NATIONAL, ListKind.INTERNAL])
def test_who_is_on_a_list_is_not_called(kind: ListKind) -> None:
    assert why(facts=listed(kind)) == [WhyNot.LISTED]


def test_a_campaigns_list_counts_for_it_alone() -> None:
    facts = listed(ListKind.CAMPAIGN, campaign=SPRING)
    assert why(replace(REQUEST, campaign_id=SPRING), facts=facts) == [WhyNot.LISTED]
    assert isinstance(may_dial(replace(REQUEST, campaign_id=AUTUMN), RULES, facts, NOON), Allowed)


def test_who_asked_to_be_called_is_kept_from_it_only_by_what_he_said_since() -> None:
    asked = replace(REQUEST, purpose=Purpose.CALLBACK, asked_at=NOON)
    before, since = Instant(NOON - 1), Instant(NOON + 1)
    for kind in (ListKind.NATIONAL, ListKind.INTERNAL):
        assert isinstance(may_dial(asked, RULES, listed(kind, before), NOON), Allowed)
    assert isinstance(may_dial(asked, RULES, listed(ListKind.NATIONAL, since), NOON), Allowed)
    assert why(asked, facts=listed(ListKind.INTERNAL, since)) == [WhyNot.LISTED]


def test_lists_that_cannot_be_read_are_a_reason_to_ask_again_soon() -> None:
    verdict = refused(facts=replace(FACTS, listings=None))
    assert [reason.why for reason in verdict.reasons] == [WhyNot.LISTS_UNKNOWN]
    assert verdict.until == after(NOON, seconds(5))


def test_a_national_list_must_be_there_and_young_where_it_counts() -> None:
    rules = under(national=NationalList(max_age=Span(31 * DAY)))
    assert why(rules=rules) == [WhyNot.LISTS_UNKNOWN]
    young = replace(FACTS, national_as_of=Instant(NOON - 31 * DAY))
    assert isinstance(may_dial(REQUEST, rules, young, NOON), Allowed)
    old = replace(FACTS, national_as_of=Instant(NOON - 31 * DAY - 1))
    assert "of 2026-01-30, too old for plain" in refused(rules=rules, facts=old).told
    asked = replace(REQUEST, asked_at=NOON)
    assert isinstance(may_dial(asked, rules, FACTS, NOON), Allowed), "who asked is called all the same"


# -- attempts ----------------------------------------------------------------------------------------


def test_a_number_is_dialled_so_often_in_a_day_and_then_when_the_first_is_a_day_old() -> None:
    rules = under(attempts=(AttemptLimit(per=Whom.NUMBER, most=2, within=DAY),))
    assert isinstance(may_dial(REQUEST, rules, dialled(HOUR), NOON), Allowed)
    verdict = refused(rules=rules, facts=dialled(HOUR, Span(3 * HOUR), Span(25 * HOUR)))
    assert verdict.told == "this number was dialled 2 times within 24 h"
    assert verdict.until == after(NOON, Span(21 * HOUR))


def test_a_lead_is_counted_over_all_his_numbers_and_a_campaign_for_itself() -> None:
    lead = AttemptLimit(per=Whom.LEAD, most=1, within=DAY)
    other_number = replace(
        FACTS,
        attempts=(
            Attempt(attempt_id="o", number="+331", at=NOON, lead_id=LeadId("mia"), campaign_id=AUTUMN),
        ),
    )
    mia = replace(REQUEST, lead_id=LeadId("mia"), campaign_id=SPRING)
    assert why(mia, under(attempts=(lead,)), other_number) == [WhyNot.TOO_OFTEN]
    assert isinstance(may_dial(REQUEST, under(attempts=(lead,)), other_number, NOON), Allowed)
    of_campaign = under(attempts=(replace(lead, same_campaign=True),))
    assert isinstance(may_dial(mia, of_campaign, other_number, NOON), Allowed)


def test_between_two_attempts_there_is_a_gap() -> None:
    verdict = refused(rules=under(gap=HOUR), facts=dialled(Span(HOUR - 1)))
    assert [reason.why for reason in verdict.reasons] == [WhyNot.TOO_SOON]
    assert verdict.until == after(NOON, Span(1))


def test_who_answered_and_found_nobody_is_left_alone_unless_an_agent_is_there() -> None:
    days = Lockout(lasts=Span(3 * DAY), unless_agent_guaranteed=True)
    facts = dialled(Span(2 * DAY), abandoned_at=Instant(NOON - 2 * DAY))
    verdict = refused(rules=under(lockout=days), facts=facts)
    assert [reason.why for reason in verdict.reasons] == [WhyNot.LOCKED_OUT]
    assert verdict.until == after(NOON, DAY)
    sure = replace(REQUEST, agent_guaranteed=True)
    assert isinstance(may_dial(sure, under(lockout=days), facts, NOON), Allowed)
    strict = under(lockout=replace(days, unless_agent_guaranteed=False))
    assert why(sure, strict, facts) == [WhyNot.LOCKED_OUT]


def test_the_later_of_what_is_on_record_and_what_was_seen_counts() -> None:
    days = under(lockout=Lockout(lasts=DAY))
    on_record = dialled(Span(HOUR), abandoned_at=Instant(NOON - HOUR))
    for seen, free in ((None, DAY - HOUR), (2 * HOUR, DAY - HOUR), (HOUR // 2, DAY - HOUR // 2)):
        at = None if seen is None else Instant(NOON - seen)
        assert refused(rules=days, facts=replace(on_record, left_alone_at=at)).until == after(
            NOON, Span(free)
        )
    assert why(REQUEST, days, replace(FACTS, left_alone_at=Instant(NOON - 1))) == [WhyNot.LOCKED_OUT]
    assert isinstance(
        may_dial(REQUEST, days, replace(FACTS, left_alone_at=Instant(NOON - DAY)), NOON), Allowed
    )


def test_of_more_who_found_nobody_than_are_kept_the_one_longest_ago_goes() -> None:
    kept = FoundNobody()
    for n in range(MOST):
        kept.note(f"+33{n}", Instant(n))
    kept.note("+330", Instant(MOST))  # again
    kept.note("+34", Instant(MOST + 1))
    assert kept.latest("+331") is None
    assert [kept.latest(number) for number in ("+330", "+332", "+34")] == [MOST, 2, MOST + 1]


def test_limits_of_a_profile_are_not_kept_by_guessing_after_a_restart() -> None:
    assert why(facts=replace(FACTS, attempts=None)) == [WhyNot.ATTEMPTS_UNKNOWN]


# -- lines and what is shown -------------------------------------------------------------------------


def test_lines_and_rate_have_limits() -> None:
    rules = replace(RULES, lines=LineLimits(most=2, most_a_second=2))
    starts = (Instant(NOON - 900_000), Instant(NOON - 100_000))
    verdict = refused(rules=rules, facts=replace(FACTS, lines_in_use=2, starts=starts))
    assert [reason.why for reason in verdict.reasons] == [WhyNot.LINES_FULL, WhyNot.TOO_FAST]
    assert verdict.reasons[1].until == after(NOON, Span(100_000))
    free = replace(FACTS, lines_in_use=1, starts=starts[:1])
    assert isinstance(may_dial(REQUEST, rules, free, NOON), Allowed)


def test_a_number_is_shown_where_one_must_be() -> None:
    without = replace(under(shows_caller_id=True), pools={})
    assert why(rules=without) == [WhyNot.NO_CALLER_ID]
    assert why(replace(REQUEST, pool="none such")) == [WhyNot.NO_CALLER_ID]
    hidden = may_dial(REQUEST, replace(RULES, pools={}), FACTS, NOON)
    assert isinstance(hidden, Allowed)
    assert hidden.caller_id is None
