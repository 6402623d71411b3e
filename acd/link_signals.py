"""Signals of the link to the world, and of what was seen over it."""

from dataclasses import dataclass

from acd.ids import CallId
from acd.instant import Instant
from acd.observation import LiveCall, Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLost:
    """Orders reach nobody and events no longer arrive."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRestored:
    """The link is back, and this is what is true."""

    seen: Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorObserved:
    """A routine audit of what is true."""

    seen: Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLocated:
    """The answer to :class:`acd.orders.LocateCall`; ``found`` is None when no such channel exists."""

    call_id: CallId
    as_of: Instant
    found: LiveCall | None
