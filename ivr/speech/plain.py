"""Any other language: values as they are written, for its voice to read in its own way."""

import datetime
from decimal import Decimal

from ivr.speech.money import MINOR_PLACES
from ivr.speech.said import MOST_CHARACTERS, Sayable, Words, sayable, written
from ivr.utterance import Sound, Text


class Plain:
    """Implements :class:`ivr.speech.said.Speaker`."""

    def number(self, value: int | Decimal) -> Words:
        """``-12.5``"""
        said = sayable(value)
        return self.digits(written(value)) if said is None else (Text(_plain(said)),)

    def digits(self, text: str) -> Words:
        """Apart from each other: ``0 6 1 2``."""
        told = [c for c in text[:MOST_CHARACTERS] if c.isalnum() or c in "*#+-."]
        return (Text(" ".join(told)),) if told else ()

    def amount(self, value: int | Decimal, currency: str) -> Words:
        """``12.50 EUR``"""
        code = currency.upper()[:3]
        places = MINOR_PLACES.get(code, 2)
        said = sayable(value, places)
        if said is None:
            return (*self.number(value), *self.digits(code))
        decimals = f".{said.decimals.ljust(places, '0')}" if said.decimals else ""
        return (Text(f"{'-' if said.negative else ''}{said.whole}{decimals} {code}"),)

    def date(self, value: datetime.date) -> Words:
        """``2026-11-22``"""
        return (Text(value.isoformat()),)

    def time(self, value: datetime.time) -> Words:
        """``18:05``"""
        return (Text(value.strftime("%H:%M")),)

    def place(self, position: int) -> Words:
        """By the language's own queue sounds, or its prompts of these names."""
        if position == 1:
            return (Sound("queue-youarenext"),)
        return (Sound("queue-thereare"), *self.number(position), Sound("queue-callswaiting"))

    def wait(self, minutes: int) -> Words:
        """Likewise."""
        unit = "queue-minute" if minutes == 1 else "queue-minutes"
        return (Sound("queue-holdtime"), Sound("queue-less-than"), *self.number(minutes), Sound(unit))


def _plain(said: Sayable) -> str:
    return f"{'-' if said.negative else ''}{said.whole}{'.' + said.decimals if said.decimals else ''}"
