"""Who answered in this run of the engine and found nobody there.

On record it is written later, by a writer that may be behind: until then this is what keeps others from
dialling him. After a restart the record alone knows; it has been read before anybody is dialled.
"""

from acd.instant import Instant

MOST = 10_000
"""Numbers that are kept. One more, and the one left alone longest ago goes: it was written long since."""


class FoundNobody:
    """When each was left alone last."""

    def __init__(self) -> None:
        self._at: dict[str, Instant] = {}
        """By the one form of his number, the latest last."""

    def note(self, number: str, at: Instant) -> None:
        """He has found nobody."""
        self._at.pop(number, None)
        self._at[number] = at
        if len(self._at) > MOST:
            del self._at[next(iter(self._at))]

    def latest(self, number: str) -> Instant | None:
        """When he last found nobody; None: not in this run, as far as is kept."""
        return self._at.get(number)
