"""What a caller hears, written for people: in tests of flows, in the terminal."""

from collections.abc import Callable
from typing import assert_never

from ivr.utterance import (
    Amount,
    Date,
    Digits,
    Number,
    PlaceInLine,
    Recording,
    Sound,
    Text,
    TimeOfDay,
    Utterance,
    WaitAtMost,
)


def wording(said: Utterance, text_of: Callable[[str], str | None] = lambda name: None) -> str:
    """One utterance in words. ``text_of`` knows the texts of some sounds; the others are told by their names
    in brackets.
    """
    match said:
        case Sound(name):
            return text_of(name) or f"[{name}]"
        case Text(text):
            return text
        case Number(number):
            return f"{number}"
        case Digits(digits):
            return " ".join(digits)
        case Amount(amount=amount, currency=currency):
            return f"{amount:.2f} {currency}"
        case Date(day):
            return day.isoformat()
        case TimeOfDay(hour=hour, minute=minute):
            return f"{hour:02d}:{minute:02d}"
        case Recording(name):
            return f"[recording {name}]"
        case PlaceInLine(position):
            return f"[caller number {position}]"
        case WaitAtMost(minutes):
            return f"[less than {minutes} min]"
        case _:
            assert_never(said)
