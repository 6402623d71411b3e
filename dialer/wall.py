"""The clock on somebody's wall: what minute of his day it is, and when it will be another."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from acd.instant import MICROSECONDS_PER_SECOND, Instant

NOBODY_KNOWS = "UTC"
"""The zone of who gives none: whoever fills the lists is expected to know better."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_zone(name: str) -> bool:
    """Whether there is such a time zone."""
    try:
        _zone(name)
    except (KeyError, ValueError, OSError):  # a name may be a directory, or too long for a file
        return False
    return True


def minute_of_day(at: Instant, zone: str | None) -> int:
    """Minutes since midnight, as a clock in ``zone`` shows them."""
    wall = _wall(at, zone)
    return wall.hour * 60 + wall.minute


def hour_of_day(at: Instant, zone: str | None) -> int:
    """0 to 23."""
    return _wall(at, zone).hour


def next_minute(at: Instant, zone: str | None, minute: int) -> Instant:
    """The first moment after ``at`` at which a clock in ``zone`` shows this minute of the day. One that the
    clock jumps over comes at the moment of the jump, or up to an hour after it.
    """
    today = _wall(at, zone).date()
    for days in range(3):
        moment = _moment(today + timedelta(days=days), minute, zone or NOBODY_KNOWS)
        if moment > at:
            return moment
    raise AssertionError(f"minute {minute} does not come in {zone}")


def _moment(day: date, minute: int, zone: str) -> Instant:
    since = (datetime.combine(day, time(), _zone(zone)) + timedelta(minutes=minute)).astimezone(UTC) - _EPOCH
    return Instant((since.days * 86_400 + since.seconds) * MICROSECONDS_PER_SECOND)


def _wall(at: Instant, zone: str | None) -> datetime:
    return (_EPOCH + timedelta(microseconds=at)).astimezone(_zone(zone or NOBODY_KNOWS))


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
