"""What every report is asked: from when to when, and where its next page begins."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Annotated

from fastapi import HTTPException, Query

from acd.instant import Instant, in_seconds, seconds
from api.context import TheEngine
from api.moments import an_instant

A_DAY = seconds(24 * 3600)
LONGEST = seconds(400 * 24 * 3600)
"""The longest span of one report."""

_CURSOR = re.compile(r"([0-9]{1,18}) ([0-9]{1,18}) (.{1,64})", re.DOTALL)

Since = Annotated[
    datetime | None,
    Query(description="Beginning, with its UTC offset; by default a day before the end."),
]
Until = Annotated[datetime | None, Query(description="End, with its UTC offset; by default now.")]
After = Annotated[str | None, Query(max_length=400, description="`next` of the page before.")]


def span(engine: TheEngine, since: datetime | None, until: datetime | None) -> tuple[Instant, Instant]:
    """The span that was asked for.

    Raises:
        HTTPException: 422, there is no such span.
    """
    end = engine.runtime.clock.now() if until is None else an_instant("until", until)
    begin = Instant(max(0, end - A_DAY)) if since is None else an_instant("since", since)
    if begin >= end:
        raise HTTPException(422, "until: must be later than since")
    if end - begin > LONGEST:
        raise HTTPException(422, f"since: a report spans {in_seconds(LONGEST) / 86_400:.0f} days at the most")
    return begin, end


def cursor(at: Instant, run: str, seq: int) -> str:
    """Names a row, for the page after it."""
    return urlsafe_b64encode(f"{at} {seq} {run}".encode()).decode().rstrip("=")


def position(given: str) -> tuple[Instant, str, int]:
    """The row that :func:`cursor` named: its instant, run and number in it.

    Raises:
        HTTPException: 422, it named none.
    """
    try:
        padded = given.encode("ascii") + b"=" * (-len(given) % 4)
        match = _CURSOR.fullmatch(urlsafe_b64decode(padded).decode())
    except ValueError:
        match = None
    if match is None:
        raise HTTPException(422, "after: must be `next` of an earlier page")
    return Instant(int(match[1])), match[3], int(match[2])
