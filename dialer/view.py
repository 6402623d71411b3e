"""What pacing sees of the floor, at one moment."""

from collections.abc import Sequence
from dataclasses import dataclass

from acd.instant import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing:
    """Lines that ring since about as long, to people who answer as often."""

    age: Span
    rate: float
    """The chance there was, when they were placed, that each is answered by a person."""
    lines: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The agents and the lines of one campaign."""

    idle: int
    """Agents who could talk at once."""
    waiting: int = 0
    """Live answers for whom nobody is there yet."""
    talking: Sequence[Span] = ()
    """Of each agent who talks: since how long."""
    wrapping_up: Sequence[Span] = ()
    """The same of those who wrap up."""
    ringing: Sequence[Ringing] = ()
    rate: float
    """The chance that whoever would be dialled next answers."""
    most: int
    """Lines that may be placed at all now: leads there are, lines free."""
