"""How a flow ends."""

from enum import StrEnum


class Ending(StrEnum):
    """How a flow ended."""

    QUEUED = "queued"
    TRANSFERRED = "transferred"
    HUNG_UP = "hung up"
    CALLER_GONE = "caller gone"
    MUSIC = "music"
    """Of a caller who waits: he hears music for a while."""
    LEFT_QUEUE = "left the queue"
    """He waited, and chose something else: the flow goes on with him outside the waiting room."""
    TOO_LONG = "too long"
    """Hung up after too many steps."""
