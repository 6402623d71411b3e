"""Opening hours: when a queue is open, by the clock on the wall of a place. Pure arithmetic over time zones.

A span belongs to the day it begins on. It opens the first time the wall clock shows its beginning, and closes
the last time it shows its end: in the night when an hour comes twice, whoever reads a clock before closing is
still served, and nothing opens or closes twice. What a clock skips happens at the moment of the jump.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from acd.instant import MICROSECONDS_PER_SECOND, Instant

MINUTES_A_DAY = 24 * 60
HORIZON_DAYS = 400
"""How far ahead a change is looked for: beyond every yearly day."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS_BEFORE = 2
"""Days before today whose spans may still be open: one that runs over midnight, and one for good measure."""


@dataclass(frozen=True, slots=True, order=True)
class DaySpan:
    """Open from ``opens`` to ``closes``, in minutes of the day it begins on; past midnight beyond 1440."""

    opens: int
    closes: int

    def __post_init__(self) -> None:
        assert 0 <= self.opens < MINUTES_A_DAY, self
        assert self.opens < self.closes <= self.opens + MINUTES_A_DAY, self


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialDay:
    """A day with hours of its own instead of its weekday's; none when closed. Without a year: every year."""

    month: int
    day: int
    year: int | None = None
    spans: tuple[DaySpan, ...] = ()
    name: str = ""

    def falls_on(self, date_: date) -> bool:
        """Whether this is the day."""
        return (self.month, self.day) == (date_.month, date_.day) and self.year in (None, date_.year)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Opening hours under a name. The week begins on Monday."""

    name: str
    zone: str
    week: tuple[tuple[DaySpan, ...], ...]
    special: tuple[SpecialDay, ...] = field(default=())
    """Of two that fall on one day, that of one year goes before the yearly one, then the first named."""

    def __post_init__(self) -> None:
        assert len(self.week) == 7, "a week has seven days"
        _zone(self.zone)

    def day(self, date_: date) -> tuple[tuple[DaySpan, ...], SpecialDay | None]:
        """The spans that begin on a day, and why they are not its weekday's, if so."""
        todays = [special for special in self.special if special.falls_on(date_)]
        special = next((one for one in todays if one.year is not None), todays[0] if todays else None)
        return (special.spans if special is not None else self.week[date_.weekday()]), special

    def open_at(self, at: Instant) -> bool:
        """Whether it is open at ``at``."""
        return any(opens <= at < closes for opens, closes in self._spans(at, 1))

    def next_change(self, at: Instant) -> Instant | None:
        """The first instant after ``at`` at which it opens or closes; None when not within
        :data:`HORIZON_DAYS`. Spans that touch are one.
        """
        until: Instant | None = None
        for opens, closes in self._spans(at, HORIZON_DAYS):
            if until is not None and opens > until:
                return until
            if until is not None:
                until = max(until, closes)
            elif opens > at:
                return opens
            elif closes > at:
                until = closes
        return None

    def holiday_at(self, at: Instant) -> str:
        """The name of the special day at ``at``; empty on an ordinary day."""
        _, special = self.day(_local(at, _zone(self.zone)).date())
        return special.name if special is not None else ""

    def _spans(self, at: Instant, days: int) -> Iterator[tuple[Instant, Instant]]:
        """Spans of the days around ``at`` and of ``days`` after it, by when they open; no empty ones."""
        zone = _zone(self.zone)
        first = _local(at, zone).date() - timedelta(days=_DAYS_BEFORE)
        for offset in range(_DAYS_BEFORE + 1 + days):
            today = first + timedelta(days=offset)
            for span in sorted(self.day(today)[0]):
                opens, closes = _first(today, span.opens, zone), _last(today, span.closes, zone)
                if opens < closes:
                    yield opens, closes


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _local(at: Instant, zone: ZoneInfo) -> datetime:
    return (_EPOCH + timedelta(microseconds=at)).astimezone(zone)


def _wall(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minutes)


def _first(day: date, minutes: int, zone: ZoneInfo) -> Instant:
    """When the wall clock first shows so many minutes of a day, or jumps over them."""
    return _instants(_wall(day, minutes), zone)[0]


def _last(day: date, minutes: int, zone: ZoneInfo) -> Instant:
    """When it shows them for the last time, or jumps over them."""
    return _instants(_wall(day, minutes), zone)[1]


def _instants(wall: datetime, zone: ZoneInfo) -> tuple[Instant, Instant]:
    """The first and the last instant at which a wall clock shows ``wall``; of one it never shows, twice the
    instant of the jump.
    """
    first, last = (_instant(wall.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    if first <= last:
        return first, last
    # In a gap they are the other way round: fold 1 reckons with the offset after the jump, so lies before it.
    jump = _jump(last, first, zone)
    return jump, jump


def _jump(before: Instant, after: Instant, zone: ZoneInfo) -> Instant:
    """From when, in (before, after], the offset is that of ``after``; jumps are on whole seconds."""
    low, high = before // MICROSECONDS_PER_SECOND, after // MICROSECONDS_PER_SECOND
    new = _offset(high, zone)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _offset(middle, zone) == new else (middle, high)
    return Instant(high * MICROSECONDS_PER_SECOND)


def _offset(second: int, zone: ZoneInfo) -> timedelta | None:
    return _local(Instant(second * MICROSECONDS_PER_SECOND), zone).utcoffset()


def _instant(moment: datetime) -> Instant:
    return Instant((moment.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1))
