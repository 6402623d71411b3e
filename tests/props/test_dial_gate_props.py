"""Whatever is asked and known, no telephone rings outside hours, beyond limits or for who is on a list."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import assume, example, given
from hypothesis import strategies as st

from acd.hours import MINUTES_A_DAY, DaySpan, SpecialDay
from acd.instant import Instant, Span, after, seconds
from dialer.compliance.attempts import Attempt, AttemptLimit, Whom
from dialer.compliance.calling_hours import CallingHours
from dialer.compliance.facts import DialFacts
from dialer.compliance.gate import may_dial
from dialer.compliance.lines import LineLimits
from dialer.compliance.listing import Listing, ListKind
from dialer.compliance.profile import Lockout
from dialer.compliance.verdict import Allowed, Refused
from dialer.ids import CampaignId, LeadId
from tests.dialer.dialled import FACTS, NOON, NUMBER, NUMBER_FACTS, REQUEST, RULES, under

ZONES = (
    "Europe/Paris",
    "America/New_York",
    "America/Phoenix",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # its summer is half an hour long
    "America/Nuuk",  # its clocks change late in the evening
    "Asia/Beirut",  # and these at midnight
    "America/Havana",
    "Pacific/Apia",
    "Pacific/Pago_Pago",
)
YEAR = Span(366 * seconds(86_400))
SPRING = CampaignId("spring")


def _change(zone: str, year: int, month: int) -> Instant | None:
    """When the clocks of a zone are changed in a month, to the minute."""
    at, until = datetime(year, month, 1, tzinfo=UTC), datetime(year, month, 28, tzinfo=UTC)
    here, step = ZoneInfo(zone), timedelta(hours=12)
    while at < until:
        if (at + step).astimezone(here).utcoffset() != at.astimezone(here).utcoffset():
            if step == timedelta(minutes=1):
                return Instant(int(at.timestamp()) * 1_000_000)
            step = max(step / 12, timedelta(minutes=1))
        else:
            at += step
    return None


CHANGES = [
    (zone, change)
    for zone in ZONES
    for month in (3, 4, 9, 10)
    if (change := _change(zone, 2026, month)) is not None
]


@st.composite
def day_spans(draw: st.DrawFn) -> DaySpan:
    opens = draw(st.integers(0, MINUTES_A_DAY - 1))
    return DaySpan(opens, opens + draw(st.integers(1, MINUTES_A_DAY)))


@st.composite
def calling_hours(draw: st.DrawFn) -> CallingHours:
    day = st.lists(day_spans(), max_size=2).map(tuple)
    special = st.builds(
        SpecialDay, month=st.sampled_from([3, 10]), day=st.integers(1, 31), spans=day, name=st.just("X")
    )
    week = tuple(draw(day) for _ in range(7))
    return CallingHours(week=week, special=tuple(draw(st.lists(special, max_size=2))))


@st.composite
def moments(draw: st.DrawFn) -> tuple[Instant, str]:
    """Any time, but above all those around which clocks are changed."""
    if draw(st.booleans()):
        zone, change = draw(st.sampled_from(CHANGES))
        return Instant(change + draw(st.integers(-2 * 3600, 2 * 3600)) * 1_000_000), zone
    at = Instant(NOON + draw(st.integers(0, YEAR)))
    return at, draw(st.sampled_from(ZONES))


def shown_to_be_open(hours: CallingHours, at: Instant, zone: str) -> bool:
    """The same question, asked minute by minute of the clock on the wall."""
    wall = datetime.fromtimestamp(at / 1e6, UTC).astimezone(ZoneInfo(zone))
    for back in (0, 1):
        day = wall.date() - timedelta(days=back)
        special = [one for one in hours.special if (one.month, one.day) == (day.month, day.day)]
        spans = special[0].spans if special else hours.week[day.weekday()]
        shown = (wall.hour + 24 * back) * 60 + wall.minute
        if any(span.opens <= shown < span.closes for span in spans):
            return True
    return False


def test_clocks_are_changed_in_these_zones() -> None:
    assert len({zone for zone, _ in CHANGES}) >= 5


@given(calling_hours(), moments(), st.lists(st.sampled_from(ZONES), max_size=3), st.integers(0, 120))
def test_nobody_is_called_outside_hours_by_the_clock_on_his_wall(
    hours: CallingHours, when: tuple[Instant, str], others: list[str], ring_s: int
) -> None:
    at, zone = when
    zones = tuple(dict.fromkeys([zone, *others]))
    request = replace(REQUEST, ring_for=seconds(ring_s))
    facts = replace(FACTS, number=replace(NUMBER_FACTS, zones=zones))
    verdict = may_dial(request, under(hours=hours), facts, at)
    ends = after(at, request.ring_for)
    open_all_along = all(shown_to_be_open(hours, one, place) for one in (at, ends) for place in zones)
    assert isinstance(verdict, Allowed) == open_all_along


@given(calling_hours(), moments(), st.lists(st.sampled_from(ZONES), max_size=3))
def test_the_next_opening_is_one_and_none_is_passed_over(
    hours: CallingHours, when: tuple[Instant, str], others: list[str]
) -> None:
    at, zone = when
    zones = tuple(dict.fromkeys([zone, *others]))
    found = hours.next_opening(at, zones)
    if found is not None:
        assert found > at
        assert all(shown_to_be_open(hours, found, place) for place in zones)
    assume(not hours.open_everywhere(at, zones))
    # Between now and then it stays closed, but for what a jump of the clock uncovers: two hours at most.
    half_hour = seconds(1800)
    look_at, closed = after(at, half_hour), True
    until = found if found is not None else after(at, Span(10 * 48 * half_hour))
    opened_at = None
    while look_at < until and closed:
        if all(shown_to_be_open(hours, look_at, place) for place in zones):
            closed, opened_at = False, look_at
        look_at = after(look_at, half_hour)
    if opened_at is not None:
        assert found is not None
        assert found - opened_at <= seconds(24 * 3600)
        assert any(abs(opened_at - change) <= seconds(24 * 3600) for _, change in CHANGES)


@given(
    st.lists(st.integers(0, 50_000), min_size=1, max_size=60),
    st.integers(1, 4),
    st.integers(1, 20_000),
    st.booleans(),
)
@example([0, 0, 0, 1], 1, 1, False)
def test_however_often_it_is_asked_limits_and_gap_are_kept(
    pauses_s: list[int], most: int, within_s: int, by_lead: bool
) -> None:
    limit = AttemptLimit(per=Whom.LEAD if by_lead else Whom.NUMBER, most=most, within=seconds(within_s))
    all_day = CallingHours(week=((DaySpan(0, MINUTES_A_DAY),),) * 7)
    rules = under(attempts=(limit,), gap=seconds(60), hours=all_day)
    assert rules.profile is not None
    log, at, placed = list[Attempt](), NOON, list[Instant]()
    request = replace(REQUEST, lead_id=LeadId("mia"), campaign_id=SPRING)
    for n, pause in enumerate(pauses_s):
        at = after(at, seconds(pause))
        remembered = [one for one in log if one.at > at - rules.profile.remembers]
        facts = replace(FACTS, attempts=tuple(remembered))
        verdict = may_dial(request, rules, facts, at)
        if isinstance(verdict, Allowed):
            log.append(Attempt(attempt_id=str(n), number=NUMBER, at=at, lead_id=request.lead_id))
            placed.append(at)
        else:
            assert verdict.until is not None
            assert verdict.until > at
    for first, later in zip(placed, placed[most:], strict=False):
        assert later - first >= limit.within
    for first, later in pairwise(placed):
        assert later - first >= seconds(60)


@given(
    st.sampled_from(list(ListKind)),
    st.sampled_from([None, "spring", "autumn"]),
    st.integers(-10, 10),
    st.none() | st.integers(-10, 10),
)
def test_who_stands_on_a_list_is_not_called(
    kind: ListKind, campaign: str | None, listed_at: int, asked_at: int | None
) -> None:
    of = SPRING if kind is ListKind.CAMPAIGN else None
    one = Listing(number=NUMBER, kind=kind, campaign_id=of, at=Instant(NOON + listed_at), by="ana", reason="")
    request = replace(
        REQUEST,
        campaign_id=None if campaign is None else CampaignId(campaign),
        asked_at=None if asked_at is None else Instant(NOON + asked_at),
    )
    verdict = may_dial(request, RULES, replace(FACTS, listings=(one,)), NOON)
    theirs = kind is not ListKind.CAMPAIGN or campaign == "spring"
    if asked_at is None:
        assert isinstance(verdict, Refused) == theirs
    elif kind is ListKind.NATIONAL or listed_at < asked_at:
        assert isinstance(verdict, Allowed)
    else:
        assert isinstance(verdict, Refused) == theirs


@given(
    st.booleans(),
    st.none() | st.lists(st.integers(0, 10**13), max_size=5),
    st.none() | st.integers(0, 10**13),
    st.integers(0, 5),
    st.none() | st.integers(1, 3),
)
def test_any_facts_are_answered_and_a_refusal_says_why(
    readable: bool, ago: list[int] | None, left_alone: int | None, in_use: int, most: int | None
) -> None:
    attempts = None
    if ago is not None:
        attempts = tuple(
            Attempt(
                attempt_id=str(n),
                number=NUMBER,
                at=Instant(NOON - one),
                abandoned_at=None if left_alone is None else Instant(NOON - left_alone),
            )
            for n, one in enumerate(ago)
        )
    facts = DialFacts(
        number=NUMBER_FACTS,
        listings=() if readable else None,
        national_as_of=None,
        attempts=attempts,
        lines_in_use=in_use,
        starts=(),
    )
    rules = replace(under(lockout=Lockout(lasts=seconds(72 * 3600))), lines=LineLimits(most=most))
    verdict = may_dial(REQUEST, rules, facts, NOON)
    if isinstance(verdict, Refused):
        assert verdict.told
        assert verdict.until is None or verdict.until > NOON
    else:
        assert readable
        assert attempts is not None
        assert most is None or in_use < most
