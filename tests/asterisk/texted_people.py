"""People who are texted, and what the gateway heard for them; where it is morning, where afternoon."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from tests.cti.bad_service import Heard

NOON = "12:00"
TEXTED_AND_CALLED: dict[str, Any] = {
    "retry": {one: {"after_min": 60, "most": 1} for one in ("busy", "rejected")},
    "steps": [
        {"kind": "text", "text": "Dear {name}, we shall call you."},
        {"kind": "call", "not_before": NOON},
        {"kind": "text", "text": "We have not met, {name}."},
    ],
}


def where_it_is(hour: int) -> str:
    """A time zone in which this hour of the day, 3 to 20, has begun and is not over."""
    ahead = (hour - datetime.now(UTC).hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+d}"  # their signs are the wrong way round, by an old habit


def texts_to(number: str, heard: Sequence[Heard]) -> list[tuple[str, str]]:
    """What was ordered for a number: each order's name and text once, however often it was offered."""
    told = [json.loads(one.body) for one in heard]
    named = [(one["id"], one["text"]) for one in told if one["to"] == number]
    assert [one.headers["idempotency-key"] for one in heard] == [one["id"] for one in told]
    return list(dict.fromkeys(named))
