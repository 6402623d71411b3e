"""Chance, seeded: the same seed gives the same lots, in a replay and on every machine."""

from hashlib import blake2b

_64_BITS = (1 << 64) - 1


class Chance:
    """A generator of lots (SplitMix64). Not for secrets."""

    __slots__ = ("_state",)

    def __init__(self, seed: str) -> None:
        self._state = int.from_bytes(blake2b(seed.encode(), digest_size=8).digest(), "big")

    def below(self, end: int) -> int:
        """A number from 0 to ``end`` - 1, all equally likely (to one part in 2^64 / ``end``)."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _64_BITS
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _64_BITS
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _64_BITS
        return ((mixed ^ (mixed >> 31)) * end) >> 64
