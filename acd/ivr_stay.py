"""A caller's stay in a flow, as long as it lasts."""

from dataclasses import dataclass

from acd.instant import Instant


@dataclass(slots=True, kw_only=True)
class IvrStay:
    """Which flow a caller is in, since when, and where in it. Changed only by :mod:`acd.stays`."""

    flow: str
    began_at: Instant
    node: str = ""
    """The node he is at; before it, the flow it is in if he entered by another: ``identify/pin``."""
    waits: bool = False
    """Whether he waits in a queue meanwhile."""
    notes: int = 0
    """Notes taken of his way."""
    gave_up: bool = False
    """Whether he answered the last question in none of his tries."""
