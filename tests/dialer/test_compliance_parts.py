"""What the gate goes by: hours by the clock of the called, numbers to show."""

from dataclasses import replace

from acd.hours import DaySpan, SpecialDay
from acd.instant import Instant, Span, after
from dialer.compliance.caller_ids import CallerId, CallerIdPool
from dialer.compliance.calling_hours import CallingHours
from dialer.compliance.profile import Lockout
from tests.dialer.dialled import HOUR, NOON, PARIS, PLAIN, every_day, moment

NIGHT = CallingHours(week=((DaySpan(22 * 60, 26 * 60),),) * 7)
"""From 22:00 to 02:00 the next morning."""


def test_hours_that_run_over_midnight_belong_to_the_day_they_begin_on() -> None:
    assert NIGHT.open_at(moment(2026, 3, 2, 23), PARIS)
    assert NIGHT.open_at(moment(2026, 3, 3, 1, 59), PARIS)
    assert not NIGHT.open_at(moment(2026, 3, 3, 2), PARIS)
    no_monday = replace(NIGHT, special=(SpecialDay(month=3, day=2),))
    assert no_monday.open_at(moment(2026, 3, 2, 1), PARIS), "Sunday's"
    assert not no_monday.open_at(moment(2026, 3, 3, 1), PARIS)


def test_in_the_night_of_the_long_hour_the_clock_on_the_wall_decides_both_times() -> None:
    # At 03:00 on 25 October 2026 clocks in Paris go back to 02:00.
    until_half_past_two = CallingHours(week=((DaySpan(0, 150),),) * 7)
    first = moment(2026, 10, 25, 2, 29)
    assert until_half_past_two.open_at(first, PARIS)
    assert not until_half_past_two.open_at(after(first, Span(HOUR // 2)), PARIS), "2:59, the first time"
    assert until_half_past_two.open_at(after(first, HOUR), PARIS), "2:29 again"
    assert not until_half_past_two.open_at(after(first, Span(HOUR + HOUR // 2)), PARIS)


def test_an_opening_that_the_clock_jumps_over_is_found_by_the_clock_it_jumps_to() -> None:
    # At 02:00 on 29 March 2026 clocks in Paris go on to 03:00.
    from_half_past_two = CallingHours(week=((DaySpan(150, 300),),) * 7)
    jump = moment(2026, 3, 29, 3)
    assert from_half_past_two.open_at(jump, PARIS)
    assert not from_half_past_two.open_at(Instant(jump - 1), PARIS)
    found = from_half_past_two.next_opening(Instant(jump - HOUR), (PARIS,))
    assert found is not None
    assert jump <= found <= after(jump, HOUR)
    assert from_half_past_two.open_at(found, PARIS)


def test_the_day_of_the_year_goes_before_that_of_every_year() -> None:
    christmas = SpecialDay(month=12, day=25, name="Christmas")
    this_year = SpecialDay(year=2026, month=12, day=25, spans=(DaySpan(600, 660),), name="an hour")
    hours = replace(every_day(8, 21), special=(christmas, this_year))
    assert hours.open_at(moment(2026, 12, 25, 10, 30), PARIS)
    assert hours.holiday_at(moment(2027, 12, 25, 10, 30), PARIS) == "Christmas"
    assert not hours.open_at(moment(2027, 12, 25, 10, 30), PARIS)


def test_the_next_opening_may_be_on_tomorrows_date_where_the_day_begins_earlier() -> None:
    monday, tuesday = (
        (DaySpan(opens=0, closes=121), DaySpan(opens=121, closes=122)),
        (DaySpan(opens=0, closes=2),),
    )
    hours = CallingHours(week=(monday, tuesday, (), (), (), (), ()))
    monday_in_samoa = Instant(1_772_449_200_000_000)  # 11:00 UTC, when it is Monday 22:00 on Lord Howe
    zones = ("Pacific/Pago_Pago", "Australia/Lord_Howe")
    assert hours.next_opening(monday_in_samoa, zones) == monday_in_samoa + 2 * HOUR


def test_who_never_opens_has_no_next_opening() -> None:
    assert CallingHours(week=((),) * 7).next_opening(NOON, (PARIS,)) is None


def test_a_number_is_shown_one_like_itself_and_always_the_same() -> None:
    numbers = ("+33155", "+33455", "+33456", "+4420")
    pool = CallerIdPool(
        name="many", numbers=tuple(CallerId(number=one, permission="ours") for one in numbers)
    )
    assert {pool.shown_to("+331234") for _ in range(5)} == {pool.numbers[0]}
    nearest = {shown.number for n in range(50) if (shown := pool.shown_to(f"+334{n}"))}
    assert nearest == {"+33455", "+33456"}
    assert pool.shown_to("+3341") == pool.shown_to("+3341")


def test_a_number_without_a_permission_is_never_shown() -> None:
    pool = CallerIdPool(name="own", numbers=(CallerId(number="+331", permission=" "),))
    assert pool.shown_to("+331") is None


def test_a_lock_out_is_remembered_to_its_end_though_the_attempt_is_older() -> None:
    profile = replace(PLAIN, attempts=(), gap=Span(0), lockout=Lockout(lasts=Span(72 * HOUR)))
    assert profile.remembers >= 73 * HOUR, "it begins when he was left alone, and that is after the attempt"
