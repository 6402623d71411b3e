"""Numbers that may be shown to whom we call, and which of them is shown to whom."""

from dataclasses import dataclass
from zlib import crc32


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerId:
    """A number of the house that may be shown."""

    number: str
    permission: str
    """Why it may be: a contract, a carrier's letter. For people; empty is no permission."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdPool:
    """Numbers to choose from."""

    name: str
    numbers: tuple[CallerId, ...]

    def shown_to(self, number: str) -> CallerId | None:
        """What a number is shown: of those with a permission the most alike one, so that it looks like one
        from there; of several the same one each time. None when there is none.
        """
        permitted = [one for one in self.numbers if one.permission.strip()]
        if not permitted:
            return None
        alike = [_alike(one.number, number) for one in permitted]
        nearest = [one for one, much in zip(permitted, alike, strict=True) if much == max(alike)]
        return nearest[crc32(number.encode()) % len(nearest)]


def _alike(one: str, other: str) -> int:
    """How many first digits they share."""
    shared = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        shared += 1
    return shared
