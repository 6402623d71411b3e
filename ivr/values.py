"""What the variables of a call may hold."""

from datetime import date
from decimal import Decimal
from typing import final


@final
class Secret:
    """Something a caller typed that nobody may see: a PIN, a card number.

    It can be compared and counted in a flow's expressions, and given to a lookup's body; written anywhere
    else (logs, notes, texts, screens) it is ``***``.
    """

    __slots__ = ("_hidden",)

    def __init__(self, hidden: str) -> None:
        self._hidden = hidden

    def reveal(self) -> str:
        """What was typed. Only for the one who has to know: a lookup's body, a comparison."""
        return self._hidden

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._hidden == self._hidden

    def __hash__(self) -> int:
        return hash(Secret)  # its own hash would let a shorter secret be guessed

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, specification: str) -> str:
        return "***"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written down")


MAX_NUMBER = 10**18
"""No number of a flow is as large."""

Value = str | int | Decimal | bool | date | Secret | None
"""None: not known."""


def is_reasonable(number: Decimal) -> bool:
    """Whether it has a size and a precision that anybody means; others cost time and memory to write out."""
    return number.is_finite() and abs(number.adjusted()) <= 30 and abs(number) < MAX_NUMBER


def as_text(value: Value) -> str:
    """A value as people write it; nothing for what is not known, ``***`` for a secret."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}" if is_reasonable(value) else ""
        case date():
            return value.isoformat()
        case _:
            return str(value)
