"""English, by Asterisk's own sounds (package asterisk-core-sounds-en) wherever they say the whole of it."""

import datetime
from collections.abc import Mapping
from decimal import Decimal

from ivr.speech.money import MINOR_PLACES, NAMES, Currency
from ivr.speech.said import MOST_CHARACTERS, Sayable, Words, sayable, written
from ivr.utterance import Sound, Text

_SCALES = ((10**9, "billion"), (10**6, "million"), (10**3, "thousand"))
_TWENTY, _HUNDRED = 20, 100
_SIGNS: Mapping[str, str] = {
    "*": "digits/star",
    "#": "digits/pound",
    "+": "letters/plus",
    "-": "digits/minus",
    ".": "letters/dot",
    "/": "letters/slash",
}


class English:
    """Implements :class:`ivr.speech.said.Speaker`."""

    def number(self, value: int | Decimal) -> Words:
        """Sounds; a fraction is spoken whole, there being no sound for its point."""
        said = sayable(value)
        if said is None:
            return self.digits(written(value))
        if said.decimals:
            return (Text(_plain(said)),)
        return _sounds((["minus"] if said.negative else []) + _number(said.whole))

    def digits(self, text: str) -> Words:
        """Sounds, letters included."""
        names: list[str] = []
        for character in text[:MOST_CHARACTERS].lower():
            if character in "0123456789":
                names.append(f"digits/{character}")
            elif "a" <= character <= "z":
                names.append(f"letters/{character}")
            elif character in _SIGNS:
                names.append(_SIGNS[character])
        return tuple(Sound(name) for name in names)

    def amount(self, value: int | Decimal, currency: str) -> Words:
        """Whole dollars are sounds; anything else is spoken whole, rather than by two voices."""
        code = currency.upper()
        said = sayable(value, MINOR_PLACES.get(code, 2))
        if said is None:
            return (*self.number(value), *self.digits(code))
        name = NAMES.get(code)
        if name is None:
            return (Text(f"{_plain(said)} {' '.join(code[:3])}"),)
        if code == "USD" and not said.decimals and said.whole != 1:
            return _sounds((["minus"] if said.negative else []) + [*_number(said.whole), "dollars"])
        return (Text(_money(said, name)),)

    def date(self, value: datetime.date) -> Words:
        """Day of the week, month, day, year: *Sunday, November 22nd, 2026*."""
        # Asterisk counts days from Sunday and months from January, both from 0.
        return _sounds(
            [
                f"day-{value.isoweekday() % 7}",
                f"mon-{value.month - 1}",
                *_ordinal(value.day),
                *_year(value.year),
            ]
        )

    def time(self, value: datetime.time) -> Words:
        """Of twelve hours: *six oh five p.m.*"""
        hour, minute = value.hour % 12 or 12, value.minute
        names = [str(hour)]
        if minute == 0:
            names.append("oclock")
        elif minute < 10:
            names += ["oh", str(minute)]
        else:
            names += _number(minute)
        return _sounds([*names, "p-m" if value.hour >= 12 else "a-m"])

    def place(self, position: int) -> Words:
        """*You are currently caller number three waiting to speak with a representative.*"""
        if position == 1:
            return (Sound("queue-youarenext"),)
        return (Sound("queue-thereare"), *self.number(position), Sound("queue-callswaiting"))

    def wait(self, minutes: int) -> Words:
        """*The estimated hold time is currently less than five minutes.*"""
        unit = "queue-minute" if minutes == 1 else "queue-minutes"
        return (Sound("queue-holdtime"), Sound("queue-less-than"), *self.number(minutes), Sound(unit))


def _sounds(names: list[str]) -> Words:
    return tuple(Sound(f"digits/{name}") for name in names)


def _number(value: int) -> list[str]:
    """The names of a whole number's sounds, from 0 to :data:`ivr.speech.said.HIGHEST`."""
    names: list[str] = []
    for scale, name in _SCALES:
        count, value = divmod(value, scale)
        if count:
            names += [*_number(count), name]
    hundreds, rest = divmod(value, _HUNDRED)
    if hundreds:
        names += [str(hundreds), "hundred"]
    if rest > _TWENTY:
        names.append(str(rest - rest % 10))
        rest %= 10
    if rest or not names:
        names.append(str(rest))
    return names


def _ordinal(day: int) -> list[str]:
    if day <= _TWENTY or day % 10 == 0:
        return [f"h-{day}"]
    return [str(day - day % 10), f"h-{day % 10}"]


def _year(year: int) -> list[str]:
    century, rest = divmod(year, _HUNDRED)
    if year < 1000 or (century % 10 == 0 and rest < 10):  # two thousand five
        return _number(year)
    if rest == 0:
        return [*_number(century), "hundred"]
    return [*_number(century), *(["oh"] if rest < 10 else []), *_number(rest)]  # nineteen oh five


def _plain(said: Sayable) -> str:
    """For a voice to read: it knows the point, and says *minus* only when it is told to."""
    return f"{'minus ' if said.negative else ''}{said.whole}{'.' + said.decimals if said.decimals else ''}"


def _money(said: Sayable, name: Currency) -> str:
    minor = int(said.decimals.ljust(name.places, "0") or 0) if name.places else 0
    parts = []
    if said.whole or not minor:
        parts.append(f"{said.whole} {name.one if said.whole == 1 else name.many}")
    if minor:
        parts.append(f"{minor} {name.minor_one if minor == 1 else name.minor_many}")
    return ("minus " if said.negative else "") + " and ".join(parts)
