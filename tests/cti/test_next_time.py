"""The next time a clock shows a time of day, wherever it hangs."""

from datetime import UTC, datetime, time

import pytest

from acd.instant import Instant
from cti.next_time import next_time


def instant(text: str) -> Instant:
    return Instant(int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000)


@pytest.mark.parametrize(
    ("now", "wanted", "zone", "then"),
    [
        ("2026-11-22T08:00:00", time(9, 30), "UTC", "2026-11-22T09:30:00"),
        ("2026-11-22T09:30:00", time(9, 30), "UTC", "2026-11-23T09:30:00"),
        ("2026-11-22T23:30:00", time(0, 15), "Europe/Paris", "2026-11-23T23:15:00"),
        ("2026-11-22T23:10:00", time(0, 15), "Europe/Paris", "2026-11-22T23:15:00"),
        ("2026-03-28T12:00:00", time(2, 30), "Europe/Paris", "2026-03-29T01:30:00"),  # jumped over
        ("2026-12-31T20:00:00", time(8, 0), "America/New_York", "2027-01-01T13:00:00"),
    ],
)
def test_it_is_today_or_tomorrow(now: str, wanted: time, zone: str, then: str) -> None:
    assert next_time(instant(now), wanted, zone) == instant(then)


def test_without_a_zone_it_is_this_machines_clock() -> None:
    now = instant("2026-11-22T08:00:00")
    found = next_time(now, time(9, 30), None)
    shown = datetime.fromtimestamp(found / 1_000_000).astimezone()
    assert (shown.hour, shown.minute) == (9, 30)
    assert 0 < found - now <= 25 * 3600 * 1_000_000
