"""What a clock on somebody's wall shows."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from acd.instant import Instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def wall_clock(at: Instant, zone: str) -> datetime | None:
    """What it shows in a zone at an instant; None when nobody here knows such a zone, or such a moment."""
    known = _zone(zone)
    try:
        return None if known is None else (_EPOCH + timedelta(microseconds=at)).astimezone(known)
    except OverflowError:
        return None


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
