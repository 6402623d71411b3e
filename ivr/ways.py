"""Where a caller goes from a node."""

from collections.abc import Mapping
from dataclasses import dataclass

from ivr.ending import Ending
from ivr.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterFlow:
    """Into a sub-flow, and on here when it returns."""

    flow: str
    given: Mapping[str, Value]
    """Its parameters."""
    into: Mapping[str, str]
    """Variables here, each by the one there that it takes its value from."""
    next: str


@dataclass(frozen=True, slots=True)
class ReturnFromFlow:
    """Out of a sub-flow, back to whoever entered it."""


Way = str | Ending | EnterFlow | ReturnFromFlow
"""Another node's name, or the end of the flow, or into a sub-flow, or out of it."""
