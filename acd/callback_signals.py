"""Signals of telephones outside that callbacks ring."""

from dataclasses import dataclass

from acd.callback import DialFailure
from acd.ids import CallId, OfferId
from acd.instant import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class DialRefused:
    """The gate did not let an order for a callback out: nobody was rung."""

    offer_id: OfferId
    why: str
    """In words, for people."""
    not_before: Instant | None
    """When it may be asked again; None: waiting changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAnswered:
    """The customer of this callback has answered his phone."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class DialFailed:
    """Dialling the customer of this callback came to nothing; its line is about to go."""

    call_id: CallId
    why: DialFailure
