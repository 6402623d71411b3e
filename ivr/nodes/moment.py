"""When something is to be done, as flows say it: in so many seconds, or at a time of day."""

import re
from decimal import Decimal

from ivr.utterance import TimeOfDay
from ivr.values import Value

MOST_S = 14 * 24 * 3600
"""Nothing is booked for later than that, in seconds."""
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):?([0-5][0-9])")


def moment(value: Value) -> int | TimeOfDay | None:
    """A number is seconds from now, a text a time of day (``09:30``, ``0930``); None: it says neither."""
    if isinstance(value, Decimal):
        value = int(value) if value.is_finite() else None
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 <= value <= MOST_S else None
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    return None if found is None else TimeOfDay(hour=int(found[1]), minute=int(found[2]))
