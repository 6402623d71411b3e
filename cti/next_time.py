"""When the clock on a wall shows a time of day next."""

from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from acd.instant import Instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def next_time(now: Instant, wanted: time, zone: str | None) -> Instant:
    """The first instant after ``now`` at which a clock in ``zone`` (None: this machine's) shows ``wanted``;
    on a day whose clock jumps over it, when it would have.
    """
    where: tzinfo | None = ZoneInfo(zone) if zone is not None else None
    today = (_EPOCH + timedelta(microseconds=now)).astimezone(where).date()
    for days in range(3):
        wall = datetime.combine(today + timedelta(days=days), wanted)
        moment = wall.replace(tzinfo=where) if where is not None else wall.astimezone()
        instant = Instant((moment.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1))
        if instant > now:
            return instant
    raise AssertionError("a time of day comes every day")
