"""Whom the house may call outside: one gate that every way of dialling passes, open for nobody by default."""

import re
from dataclasses import dataclass

_NUMBER = re.compile(r"\+?[0-9]{3,20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideRules:
    """The allow-list of outside calls. Empty: no outside call at all."""

    allow: tuple[str, ...] = ()
    """Beginnings of numbers that may be dialled, as they are dialled: ``+33``, ``0``."""
    extensions: tuple[str, ...] = ()
    """Numbers of the house itself that callers may be put through to."""
    region: str | None = None
    """Where numbers without a country code are at home: a trunk may show a caller's so."""


NOBODY = OutsideRules()


def is_number(number: str) -> bool:
    """Whether it is one at all: three to twenty digits, with a plus in front or without."""
    return _NUMBER.fullmatch(number) is not None


def refusal(rules: OutsideRules, number: str) -> str | None:
    """Why this number may not be dialled; None when it may.

    A number is three to twenty digits, with a plus in front or without: nothing else reaches a dialplan.
    """
    if not is_number(number):
        return "that is no number that could be called"
    if not rules.allow:
        return "no outside calls are allowed"
    if not number.startswith(rules.allow):
        return f"calls to {number} are not allowed: numbers must begin with {' or '.join(rules.allow)}"
    return None


def extension_refusal(rules: OutsideRules, number: str) -> str | None:
    """Why nobody is put through to this number of the house; None when he may be."""
    return None if number in rules.extensions else f"{number[:20]!r} is no extension of the house"
