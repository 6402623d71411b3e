"""What is said to a caller, before it is known by which sounds (:mod:`ivr.prompter` finds those)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Sound:
    """A prompt by its name: of the catalogue, or a sound of Asterisk's."""

    name: str
    language: str = ""
    """Another one than the caller's; empty: his own."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words to be spoken as they are written."""

    text: str
    language: str = ""
    """Another one than the caller's; empty: his own."""


@dataclass(frozen=True, slots=True)
class Number:
    """``42``: forty-two."""

    number: int | Decimal


@dataclass(frozen=True, slots=True)
class Digits:
    """``0612``: one after the other. Only 0-9, ``*``, ``#`` and ``+``."""

    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Money: ``12.50`` and ``EUR``."""

    amount: Decimal
    currency: str
    """Three capital letters, ISO 4217."""


@dataclass(frozen=True, slots=True)
class Date:
    """A day: 24 December 2026."""

    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOfDay:
    """``17:30``, by the clock on the wall."""

    hour: int
    minute: int


@dataclass(frozen=True, slots=True)
class Recording:
    """What a caller recorded in this call: the name of a file among the instance's recordings, no path."""

    name: str


@dataclass(frozen=True, slots=True)
class PlaceInLine:
    """To a caller who waits: which number he is, or that he is next (1)."""

    position: int


@dataclass(frozen=True, slots=True)
class WaitAtMost:
    """To a caller who waits: that it will take less than so many minutes, as far as can be told."""

    minutes: int


Utterance = Sound | Text | Number | Digits | Amount | Date | TimeOfDay | Recording | PlaceInLine | WaitAtMost
