"""The one clock of the live engine: monotonic, anchored to UTC once, so that instants never run backwards."""

import time

from acd.instant import Instant


class Clock:
    """Reads now as an :data:`Instant`. A correction of the system's clock while running changes nothing.

    So instants are no wall clock: whoever talks to another program about the time of day reads that instead.
    """

    def __init__(self) -> None:
        self._anchor = time.time_ns() - time.monotonic_ns()

    def now(self) -> Instant:
        """Microseconds since the Unix epoch."""
        return Instant((time.monotonic_ns() + self._anchor) // 1000)
