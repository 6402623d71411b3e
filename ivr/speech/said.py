"""What is said of a value, and the limits to what can be said."""

import datetime
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from ivr.utterance import Sound, Text

HIGHEST = 999_999_999_999
"""No number beyond it, and none below minus it, is said in words: its digits are said one by one."""
MOST_PLACES = 6
"""Digits said after the decimal point; the rest is rounded away."""
MOST_CHARACTERS = 40
"""The longest row of digits that is said; nobody follows a longer one."""


Words = tuple[Sound | Text, ...]
"""Sounds of the language's own, and words for a voice to speak, in the order in which they are heard."""


class Speaker(Protocol):
    """Says values in one language. Nothing is raised for any value."""

    def number(self, value: int | Decimal) -> Words:
        """``1234.5``, in words."""
        ...

    def digits(self, text: str) -> Words:
        """``0612*#``, character by character; what cannot be said is left out."""
        ...

    def amount(self, value: int | Decimal, currency: str) -> Words:
        """An amount of money; ``currency`` is its ISO 4217 code, ``EUR``."""
        ...

    def date(self, value: datetime.date) -> Words:
        """A day."""
        ...

    def time(self, value: datetime.time) -> Words:
        """A time of day, to the minute."""
        ...

    def place(self, position: int) -> Words:
        """To a caller who waits: which number he is, or that he is next (1)."""
        ...

    def wait(self, minutes: int) -> Words:
        """To a caller who waits: that it will take less than so many minutes."""
        ...


@dataclass(frozen=True, slots=True)
class Sayable:
    """A number in the form in which it is said."""

    negative: bool
    whole: int
    decimals: str
    """The digits after the point, without zeros at the end."""


def sayable(value: int | Decimal, places: int = MOST_PLACES) -> Sayable | None:
    """``value``, rounded to so many decimal places, half away from zero; None when it is not between plus and
    minus :data:`HIGHEST`, or no number at all.
    """
    if isinstance(value, int):
        return Sayable(value < 0, abs(value), "") if abs(value) <= HIGHEST else None
    if not value.is_finite() or value.adjusted() > len(str(HIGHEST)):
        return None
    scaled = abs(value).scaleb(places)
    # Not quantize(): its result may need more digits than the context has.
    hundreds = int(scaled) + (1 if scaled - int(scaled) >= Decimal("0.5") else 0)
    whole, rest = divmod(hundreds, 10**places)
    if whole > HIGHEST:
        return None
    decimals = f"{rest:0{places}d}".rstrip("0") if places else ""
    return Sayable(value < 0 and bool(hundreds), whole, decimals)


def written(value: int | Decimal) -> str:
    """A number that is not said in words, as a row of at most :data:`MOST_CHARACTERS` digits."""
    if isinstance(value, int):
        # Beyond some thousand digits Python refuses to write an integer.
        return str(value)[:MOST_CHARACTERS] if value.bit_length() < 1000 else ""
    return (
        re.sub(r"[^0-9-]", "", f"{value:E}".partition("E")[0])[:MOST_CHARACTERS] if value.is_finite() else ""
    )
