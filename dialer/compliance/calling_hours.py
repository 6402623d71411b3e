"""Hours within which people may be called, by the clock on their own wall.

An opening of a queue may run on through the hour that comes twice in an autumn night; calling hours may not:
what counts is what the clock of the called shows at that instant, and nothing else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from acd.hours import MINUTES_A_DAY, DaySpan, SpecialDay
from acd.instant import MICROSECONDS_PER_SECOND, Instant

HORIZON_DAYS = 35
"""How far ahead an opening is looked for: beyond any row of holidays."""
DAYS_APART = 2
"""No two clocks of the world are further apart: 26 hours."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallingHours:
    """A week and its special days, in no zone of their own. The week begins on Monday."""

    week: tuple[tuple[DaySpan, ...], ...]
    special: tuple[SpecialDay, ...] = ()
    """Of two that fall on one day, that of one year goes before the yearly one, then the first named."""

    def __post_init__(self) -> None:
        assert len(self.week) == 7, "a week has seven days"

    def open_at(self, at: Instant, zone: str) -> bool:
        """Whether somebody in ``zone`` may be called at ``at``."""
        wall = _wall_clock(at, zone)
        minutes = wall.hour * 60 + wall.minute
        yesterday = wall.date() - timedelta(days=1)
        return any(span.opens <= minutes < span.closes for span in self._day(wall.date())[0]) or any(
            minutes < span.closes - MINUTES_A_DAY for span in self._day(yesterday)[0]
        )

    def holiday_at(self, at: Instant, zone: str) -> str:
        """The name of the special day in ``zone``; empty on an ordinary day, or one without a name."""
        special = self._day(_wall_clock(at, zone).date())[1]
        return special.name if special is not None else ""

    def open_everywhere(self, at: Instant, zones: Sequence[str]) -> bool:
        """Whether somebody who may be in any of these zones may be called at ``at``."""
        return all(self.open_at(at, zone) for zone in zones)

    def next_opening(self, at: Instant, zones: Sequence[str]) -> Instant | None:
        """The next instant after ``at`` at which it is open in all of these zones; None when there is none
        within :data:`HORIZON_DAYS`. Where a clock jumps over an opening, somewhat later than need be.
        """
        first = _EPOCH + timedelta(microseconds=at) - timedelta(days=1)
        found: list[Instant] = []
        days, last = 0, HORIZON_DAYS + 2
        while days < last:
            day = (first + timedelta(days=days)).date()
            opens = [
                moment
                for zone in zones
                for moment in self._openings(day, zone)
                if moment > at and self.open_everywhere(moment, zones)
            ]
            if opens and not found:  # a later day begins earlier elsewhere
                last = min(last, days + 1 + DAYS_APART)
            found += opens
            days += 1
        return min(found, default=None)

    def _day(self, date_: date) -> tuple[tuple[DaySpan, ...], SpecialDay | None]:
        todays = [special for special in self.special if special.falls_on(date_)]
        special = next((one for one in todays if one.year is not None), todays[0] if todays else None)
        return (special.spans if special is not None else self.week[date_.weekday()]), special

    def _openings(self, day: date, zone: str) -> Iterator[Instant]:
        for span in self._day(day)[0]:
            wall = datetime.combine(day, time(), _zone(zone)) + timedelta(minutes=span.opens)
            for fold in (0, 1):
                yield _instant(wall.replace(fold=fold))


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _wall_clock(at: Instant, zone: str) -> datetime:
    return (_EPOCH + timedelta(microseconds=at)).astimezone(_zone(zone))


def _instant(moment: datetime) -> Instant:
    since = moment.astimezone(UTC) - _EPOCH
    return Instant((since.days * 86_400 + since.seconds) * MICROSECONDS_PER_SECOND + since.microseconds)
