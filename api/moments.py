"""Points in time as people and machines outside write them."""

import re
from datetime import UTC, datetime, timedelta

import typer
from fastapi import HTTPException

from acd.instant import Instant


def an_instant(name: str, given: datetime) -> Instant:
    """A point in time as a request gives it.

    Raises:
        HTTPException: it does not say in which time zone, or there is no such moment in UTC.
    """
    if given.tzinfo is None:
        raise HTTPException(422, f"{name}: needs an offset from UTC, such as 2026-03-02T08:00:00Z")
    try:
        span = given.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    except OverflowError:
        raise HTTPException(422, f"{name}: no such moment") from None
    return Instant(max(0, (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds))


def a_moment(text: str, now: datetime) -> datetime:
    """A point in time as people write it; a time of day alone is the next one to come.

    Raises:
        typer.BadParameter: it is none.
    """
    if re.fullmatch(r"\d{1,2}:\d{2}", text):
        hour, minute = map(int, text.split(":"))
        if hour < 24 and minute < 60:
            today = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
            later = today if today > now else today + timedelta(days=1)
            return datetime.combine(later.date(), later.time()).astimezone()
    else:
        try:
            return datetime.fromisoformat(text).astimezone()
        except (ValueError, OverflowError):
            pass
    raise typer.BadParameter(f"{text!r} is no time, such as 18:30 or 2026-03-02T18:30", param_hint="--at")
