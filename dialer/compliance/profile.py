"""A profile: what a place, or a house, asks of who dials. Data; engineering defaults, not legal advice."""

from dataclasses import dataclass

from acd.instant import Span, seconds
from dialer.budget import Allowance
from dialer.compliance.attempts import AttemptLimit
from dialer.compliance.calling_hours import CallingHours

LEFT_ALONE_WITHIN = seconds(86_400)
"""How long after its attempt somebody may be left alone, and his lock-out begin: he was rung, and who is
called back may have waited, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lockout:
    """How long a number is left alone after it answered and nobody was there."""

    lasts: Span
    unless_agent_guaranteed: bool = False
    """Whether it may be called all the same when an agent is there before it is dialled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalList:
    """A country's register of those who are not to be called."""

    max_age: Span | None = None
    """How old the copy may be that is gone by; None: any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connecting:
    """What is due to who answers. The gate does not look at it: it is for who paces and connects."""

    allowances: tuple[Allowance, ...]
    """How many live answers may be abandoned; all must be kept. None: none may be."""
    within: Span
    """How long after his greeting somebody must be there; else he counts as abandoned."""
    ring_at_least: Span
    """How long a telephone must ring before it may be given up."""
    message: bool
    """Whether who is abandoned must hear a recording that names the caller."""
    opt_out_key: str | None
    """The key in that recording by which he is not called again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Everything that is asked under one name."""

    name: str
    title: str
    countries: frozenset[str]
    """Where it is meant for, by ISO 3166; who is elsewhere is not called under it. Empty: everywhere."""
    hours: CallingHours
    hours_when_asked: CallingHours | None
    """For calls the called have themselves asked for; None: as for all."""
    national: NationalList | None
    """None: there is none to go by."""
    attempts: tuple[AttemptLimit, ...]
    gap: Span
    """Between two attempts to one number, at least."""
    lockout: Lockout | None
    shows_caller_id: bool
    """Whether there must be a number to show, with permission."""
    connecting: Connecting

    @property
    def remembers(self) -> Span:
        """How long an attempt matters under it."""
        spans = [limit.within for limit in self.attempts]
        locked_out = Span(self.lockout.lasts + LEFT_ALONE_WITHIN) if self.lockout else Span(0)
        return max([*spans, self.gap, locked_out])
