"""What the gate says, with every reason it has."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from acd.instant import Instant
from dialer.compliance.request import DialRequest


class WhyNot(StrEnum):
    """Why a number may not be dialled."""

    NO_NUMBER = "no_number"
    """It is no number, or none that the house dials."""
    EMERGENCY = "emergency"
    NO_PROFILE = "no_profile"
    """There is nothing to go by for such a call."""
    OTHER_COUNTRY = "other_country"
    """The profile is not meant for where it is."""
    NOWHERE = "nowhere"
    """Nobody knows which time it is there."""
    OUTSIDE_HOURS = "outside_hours"
    LISTED = "listed"
    LISTS_UNKNOWN = "lists_unknown"
    """The lists cannot be read, or are too old."""
    TOO_OFTEN = "too_often"
    TOO_SOON = "too_soon"
    ATTEMPTS_UNKNOWN = "attempts_unknown"
    LOCKED_OUT = "locked_out"
    NO_CALLER_ID = "no_caller_id"
    LINES_FULL = "lines_full"
    TOO_FAST = "too_fast"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason, which alone would be enough."""

    why: WhyNot
    told: str
    """In words, for people."""
    until: Instant | None
    """When it is worth asking again; None: waiting changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """It may be dialled: this once, now, showing this number. Made by the gate alone
    (:func:`dialer.compliance.gate.may_dial`); who sends an order to dial must hold one."""

    request: DialRequest
    at: Instant
    caller_id: str | None
    """What is shown; None: nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """It may not be dialled now."""

    request: DialRequest
    at: Instant
    reasons: tuple[Reason, ...]
    """All there are, at least one."""

    def __post_init__(self) -> None:
        assert self.reasons, "a refusal says why"

    @property
    def until(self) -> Instant | None:
        """When to ask again at the earliest; None: there is no use in waiting."""
        moments = [reason.until for reason in self.reasons]
        known = [moment for moment in moments if moment is not None]
        return max(known) if len(known) == len(moments) else None

    @property
    def told(self) -> str:
        """All reasons in words."""
        return "; ".join(dict.fromkeys(self._told()))

    def _told(self) -> Iterator[str]:
        for reason in self.reasons:
            yield reason.told


Verdict = Allowed | Refused
