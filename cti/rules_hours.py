"""The rules' section ``calendars``: opening hours, holidays and exceptional days, by time zone."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, Field, StringConstraints

from acd.hours import MINUTES_A_DAY, Calendar, DaySpan, SpecialDay
from cti.value_types import Section
from ivr.document import Misfit
from ivr.suggestion import closest

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LEAP_YEAR = 2000
_SPAN = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])-([01]?[0-9]|2[0-4]):([0-5][0-9])")
_DATE = re.compile(r"(?:([0-9]{4})-)?([0-9]{2})-([0-9]{2})")


def day_span(written: str) -> DaySpan:
    """What ``09:00-17:30`` says; ``22:00-06:00`` ends the next morning, ``00:00-24:00`` is a whole day.

    Raises:
        ValueError: it says nothing of the kind.
    """
    parts = _SPAN.fullmatch(written)
    if parts is None:
        raise ValueError("must be two times of day, such as 09:00-17:30; 24:00 ends the day")
    from_hour, from_minute, to_hour, to_minute = map(int, parts.groups())
    opens, closes = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if closes > MINUTES_A_DAY:
        raise ValueError("a day ends at 24:00")
    return DaySpan(opens, closes if closes > opens else closes + MINUTES_A_DAY)


def weekdays(written: str) -> tuple[int, ...]:
    """The days that ``mon-fri`` or ``sat`` names, from 0 for Monday.

    Raises:
        ValueError: it names no days.
    """
    first, hyphen, last = written.partition("-")
    if first not in WEEKDAYS or (hyphen and last not in WEEKDAYS):
        raise ValueError(f"must be a day or days, such as sat or mon-fri: {', '.join(WEEKDAYS)}")
    begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    if end < begin:
        raise ValueError("the days of a span follow each other in the week, which begins with mon")
    return tuple(range(begin, end + 1))


def special_date(written: str) -> tuple[int | None, int, int]:
    """Year (None: every year), month and day of ``2026-12-24`` or ``12-25``.

    Raises:
        ValueError: there is no such day.
    """
    parts = _DATE.fullmatch(written)
    if parts is None:
        raise ValueError("must be a date, such as 2026-12-24, or 12-25 for every year")
    year = int(parts[1]) if parts[1] else None
    month, day = int(parts[2]), int(parts[3])
    try:
        date(year or _LEAP_YEAR, month, day)
    except ValueError:
        raise ValueError("there is no such day") from None
    return year, month, day


def _span(written: str) -> str:
    day_span(written)
    return written


def _days(written: str) -> str:
    weekdays(written)
    return written


def _date(written: str) -> str:
    special_date(written)
    return written


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        likely = closest(name, available_timezones())
        hint = f"; did you mean {likely}?" if likely else ", such as Europe/Paris"
        raise ValueError(f"must be a time zone{hint}") from None
    return name


TimeSpan = Annotated[str, AfterValidator(_span)]
Days = Annotated[str, AfterValidator(_days)]
SpecialDate = Annotated[str, AfterValidator(_date)]
Zone = Annotated[str, AfterValidator(_zone)]


class SpecialDayConfig(Section):
    """A day with hours of its own: a holiday when none are given."""

    date: SpecialDate
    open: Annotated[tuple[TimeSpan, ...], Field(max_length=10)] = ()
    name: Annotated[str, StringConstraints(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


class CalendarConfig(Section):
    """Opening hours by the clock of a place; queues name it in ``hours``."""

    zone: Zone
    week: Mapping[Days, Annotated[tuple[TimeSpan, ...], Field(max_length=10)]]
    """Days that are not named are closed."""
    days: Annotated[tuple[SpecialDayConfig, ...], Field(max_length=1000)] = ()
    """Each goes before its weekday; that of one year before one of every year."""

    def calendar(self, name: str) -> Calendar:
        """As the core knows it."""
        return Calendar(
            name=name, zone=self.zone, week=week_of(self.week), special=special_days_of(self.days)
        )


def week_of(written: Mapping[str, Sequence[str]]) -> tuple[tuple[DaySpan, ...], ...]:
    """The seven days that a week is written as; those it does not name are closed."""
    week: list[tuple[DaySpan, ...]] = [() for _ in WEEKDAYS]
    for days, spans in written.items():
        for day in weekdays(days):
            week[day] = (*week[day], *map(day_span, spans))
    return tuple(week)


def special_days_of(written: Sequence[SpecialDayConfig]) -> tuple[SpecialDay, ...]:
    """The days with hours of their own."""
    special = []
    for one in written:
        year, month, day = special_date(one.date)
        hours = tuple(map(day_span, one.open))
        special.append(SpecialDay(year=year, month=month, day=day, spans=hours, name=one.name))
    return tuple(special)


def named_twice(calendars: Mapping[str, CalendarConfig]) -> Iterator[Misfit]:
    """Weekdays and special days that a calendar names more than once: which of them counts?"""
    for name, calendar in calendars.items():
        for misfit in days_named_twice(calendar.week, calendar.days):
            yield Misfit(("calendars", name, *misfit.loc), misfit.message)


def days_named_twice(
    week: Mapping[str, Sequence[str]], special_days: Sequence[SpecialDayConfig]
) -> Iterator[Misfit]:
    """The same of one week, and of its special days."""
    seen: dict[int, str] = {}
    for days in week:
        for day in weekdays(days):
            if (other := seen.setdefault(day, days)) != days:
                yield Misfit(("week", days), f"{WEEKDAYS[day]} is named in {other!r} already")
    dates: set[str] = set()
    for at, special in enumerate(special_days):
        if special.date in dates:
            yield Misfit(("days", at, "date"), f"{special.date} is named twice")
        dates.add(special.date)
