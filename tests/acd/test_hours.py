"""Opening hours by the wall clock: weeks, holidays, nights, and the two nights a year when clocks jump."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.hours import HORIZON_DAYS, MINUTES_A_DAY, Calendar, DaySpan, SpecialDay
from acd.instant import Instant

PARIS = "Europe/Paris"
NEVER: tuple[DaySpan, ...] = ()
HOUR = 3600 * 1_000_000


def when(text: str, zone: str = PARIS, fold: int = 0) -> Instant:
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return Instant((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))


def wall(at: Instant, zone: str = PARIS) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def span(opens: str, closes: str) -> DaySpan:
    (a, b), (c, d) = (tuple(map(int, text.split(":"))) for text in (opens, closes))
    begins, ends = a * 60 + b, c * 60 + d
    return DaySpan(begins, ends if ends > begins else ends + MINUTES_A_DAY)


def daily(*spans: DaySpan, special: tuple[SpecialDay, ...] = (), zone: str = PARIS) -> Calendar:
    return Calendar(name="office", zone=zone, week=(spans,) * 7, special=special)


OFFICE = Calendar(
    name="office",
    zone=PARIS,
    week=((span("9:00", "12:00"), span("13:00", "18:00")),) * 5 + ((span("10:00", "14:00"),), NEVER),
    special=(
        SpecialDay(month=12, day=25, name="Christmas"),
        SpecialDay(month=3, day=1, year=2026, spans=(span("8:00", "20:00"),), name="open Sunday"),
        SpecialDay(month=3, day=1, name="every first of March"),
    ),
)


@pytest.mark.parametrize(
    ("at", "open_", "changes"),
    [
        ("2026-03-02 08:59", False, "2026-03-02 09:00"),  # a Monday
        ("2026-03-02 09:00", True, "2026-03-02 12:00"),
        ("2026-03-02 12:00", False, "2026-03-02 13:00"),
        ("2026-03-06 18:00", False, "2026-03-07 10:00"),
        ("2026-03-07 14:00", False, "2026-03-09 09:00"),  # over Sunday
        ("2026-03-01 08:00", True, "2026-03-01 20:00"),  # exceptionally; the year's goes before the yearly
        ("2027-03-01 10:00", False, "2027-03-02 09:00"),  # a Monday, yet closed
        ("2026-12-24 18:00", False, "2026-12-26 10:00"),  # over Christmas, a Friday
    ],
)
def test_an_office(at: str, open_: bool, changes: str) -> None:
    assert OFFICE.open_at(when(at)) is open_
    change = OFFICE.next_change(when(at))
    assert change is not None
    assert wall(change) == changes


def test_a_holiday_has_a_name() -> None:
    assert OFFICE.holiday_at(when("2026-12-25 10:00")) == "Christmas"
    assert OFFICE.holiday_at(when("2026-12-24 10:00")) == ""


def test_a_night_shift_goes_on_into_a_holiday_that_it_did_not_begin_on() -> None:
    night = daily(span("22:00", "06:00"), special=(SpecialDay(month=12, day=25),))
    assert night.open_at(when("2026-12-25 05:59"))
    assert not night.open_at(when("2026-12-25 23:00"))
    assert not night.open_at(when("2026-12-26 05:00"))


def test_spans_that_touch_are_one_and_who_never_closes_has_no_change() -> None:
    always = daily(DaySpan(0, MINUTES_A_DAY))
    at = when("2026-03-02 08:59")
    assert always.open_at(at)
    assert always.next_change(at) is None
    assert daily().next_change(at) is None
    closed = daily(DaySpan(0, MINUTES_A_DAY), special=(SpecialDay(month=1, day=1),))
    change = closed.next_change(at)
    assert change is not None
    assert wall(change) == "2027-01-01 00:00"


def test_a_night_in_which_an_hour_is_skipped() -> None:
    """2026-03-29 in Paris: after 01:59 comes 03:00."""
    night = daily(span("2:30", "5:00"))
    assert not night.open_at(when("2026-03-29 01:59"))
    assert night.open_at(when("2026-03-29 03:00"))  # half past two never was: open from the jump
    early = daily(span("0:00", "2:30"))
    assert early.open_at(when("2026-03-29 01:59"))
    assert not early.open_at(when("2026-03-29 03:00"))
    nothing = daily(span("2:10", "2:50"))
    assert not nothing.open_at(when("2026-03-29 03:00"))
    change = nothing.next_change(when("2026-03-28 12:00"))
    assert change is not None
    assert wall(change) == "2026-03-30 02:10"


def test_a_night_in_which_an_hour_comes_twice() -> None:
    """2026-10-25 in Paris: after 02:59 comes 02:00 again."""
    night = daily(span("2:15", "2:45"))
    first, again = when("2026-10-25 02:15"), when("2026-10-25 02:44", fold=1)
    assert night.open_at(first)
    assert night.open_at(when("2026-10-25 02:50"))  # no closing in between
    assert night.open_at(when("2026-10-25 02:05", fold=1))
    assert night.open_at(again)
    assert night.next_change(first) == when("2026-10-25 02:45", fold=1)
    assert when("2026-10-25 02:45", fold=1) - first == 1.5 * HOUR


def test_a_place_that_left_out_a_whole_day() -> None:
    """Samoa had no 30 December 2011."""
    office = daily(span("9:00", "17:00"), zone="Pacific/Apia")
    change = office.next_change(when("2011-12-29 17:00", "Pacific/Apia"))
    assert change is not None
    assert wall(change, "Pacific/Apia") == "2011-12-31 09:00"


ZONES = ("UTC", PARIS, "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/St_Johns")
minutes = st.integers(0, MINUTES_A_DAY - 1)
spans = st.builds(
    lambda opens, length: DaySpan(opens, opens + length), minutes, st.integers(1, MINUTES_A_DAY)
)
days = st.lists(spans, max_size=3).map(tuple)
specials = st.builds(
    lambda date_, yearly, spans_: SpecialDay(
        month=date_.month, day=date_.day, year=None if yearly else date_.year, spans=spans_
    ),
    st.dates(datetime(2026, 1, 1).date(), datetime(2027, 12, 31).date()),
    st.booleans(),
    days,
)
calendars = st.builds(
    lambda zone, week, special: Calendar(name="c", zone=zone, week=tuple(week), special=tuple(special)),
    st.sampled_from(ZONES),
    st.lists(days, min_size=7, max_size=7),
    st.lists(specials, max_size=3),
)
# Around the jumps of 2026, and anywhere else.
instants = st.one_of(
    st.integers(when("2026-01-01 00:00"), when("2027-12-31 00:00")),
    *(
        st.integers(when(day) - 48 * HOUR, when(day) + 48 * HOUR)
        for day in ("2026-03-29 02:00", "2026-10-25 02:00", "2026-03-08 02:00", "2026-11-01 02:00")
    ),
).map(Instant)


@given(calendars, instants)
def test_the_next_change_is_the_next_and_is_a_change(calendar: Calendar, at: Instant) -> None:
    now, change = calendar.open_at(at), calendar.next_change(at)
    last = change if change is not None else Instant(at + HORIZON_DAYS * 24 * HOUR // 2)
    for tenth in range(11):  # nothing changes on the way there
        between = Instant(at + (last - 1 - at) * tenth // 10)
        assert calendar.open_at(between) is now
    if change is not None:
        assert change > at
        assert calendar.open_at(change) is not now


@given(calendars, instants)
def test_far_from_a_jump_it_is_open_when_the_wall_clock_says_so(calendar: Calendar, at: Instant) -> None:
    zone = ZoneInfo(calendar.zone)
    local = datetime.fromtimestamp(at / 1e6, UTC).astimezone(zone)
    around = [local + timedelta(days=n) for n in range(-3, 3)]
    if any(a.utcoffset() != b.utcoffset() for a, b in pairwise(around)):
        return
    shown = local.hour * 60 + local.minute
    todays, _ = calendar.day(local.date())
    yesterdays, _ = calendar.day(local.date() - timedelta(days=1))
    by_the_wall = any(one.opens <= shown < one.closes for one in todays)
    by_the_wall |= any(one.opens <= shown + MINUTES_A_DAY < one.closes for one in yesterdays)
    assert calendar.open_at(at) is by_the_wall


@given(calendars, instants)
def test_a_week_of_changes_alternates(calendar: Calendar, at: Instant) -> None:
    state, moment = calendar.open_at(at), at
    for _ in range(20):
        change = calendar.next_change(moment)
        if change is None:
            break
        state, moment = not state, change
        assert calendar.open_at(moment) is state
