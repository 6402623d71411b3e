"""Whether a number somebody typed can be right: by the digit or digits that check the others."""

from enum import StrEnum
from typing import assert_never


class CheckDigit(StrEnum):
    """How the last digits follow from the others."""

    LUHN = "luhn"
    """Payment cards: every second digit from the right is doubled; the digits' sum is a multiple of 10."""
    MOD97 = "mod97"
    """ISO 7064 MOD 97-10: the whole number leaves 1 when divided by 97."""
    MOD11 = "mod11"
    """ISBN-10, NHS numbers: digits times their place from the right; the sum is a multiple of 11."""


def holds(check: CheckDigit, digits: str) -> bool:
    """Whether ``digits`` (0-9 only, at least two) pass."""
    if len(digits) < 2 or not (digits.isascii() and digits.isdecimal()):
        return False
    backwards = [int(digit) for digit in reversed(digits)]
    match check:
        case CheckDigit.LUHN:
            doubled = [sum(divmod(2 * digit, 10)) for digit in backwards[1::2]]
            return (sum(backwards[::2]) + sum(doubled)) % 10 == 0
        case CheckDigit.MOD97:
            return int(digits) % 97 == 1
        case CheckDigit.MOD11:
            return sum(place * digit for place, digit in enumerate(backwards, 1)) % 11 == 0
        case _:
            assert_never(check)
