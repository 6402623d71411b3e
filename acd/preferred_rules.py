"""Which agent a caller would rather have, and how long he waits for him before anybody will do."""

from dataclasses import dataclass
from enum import StrEnum

from acd.instant import Span


class Whom(StrEnum):
    """Whom customers of a queue wait for."""

    OWN = "own"
    """The agent who looks after him."""
    LAST = "last"
    """The agent he talked with last."""
    OWN_OR_LAST = "own_or_last"
    """His own; if he has none, the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferredAgent:
    """A queue's rule."""

    whom: Whom
    wait: Span
    """How long at most, from when he joined the queue."""
