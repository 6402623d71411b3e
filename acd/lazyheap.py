"""A priority queue whose members can leave from the middle: the building block of every index here."""

from heapq import heapify, heappop, heappush
from itertools import islice
from typing import Any, Generic, TypeVar

Member = TypeVar("Member", bound=str | tuple[str, str])
Key = tuple[Any, ...]

FEW = 16
"""Dead entries not worth a rebuild."""


class LazyHeap(Generic[Member]):
    """Members ordered by a key, equal keys by name. Leaving is O(1); dead entries are dropped when met, and
    the heap is rebuilt when they outnumber the living: it never grows beyond twice its members and a few.
    """

    __slots__ = ("_heap", "_keys")

    def __init__(self) -> None:
        self._heap: list[tuple[Key, Member]] = []
        self._keys: dict[Member, Key] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, member: object) -> bool:
        return member in self._keys

    def push(self, member: Member, key: Key) -> None:
        """Add a member, or move it to a new place."""
        if self._keys.get(member) != key:
            self._keys[member] = key
            heappush(self._heap, (key, member))
            if len(self._heap) > 2 * len(self._keys) + FEW:
                self._rebuild()

    def discard(self, member: Member) -> None:
        """Take a member out; nothing happens when it is not in."""
        if self._keys.pop(member, None) is not None and len(self._heap) > 2 * len(self._keys) + FEW:
            self._rebuild()

    def _rebuild(self) -> None:
        self._heap = [(key, name) for name, key in self._keys.items()]
        heapify(self._heap)

    @property
    def entries(self) -> int:
        """Entries kept, dead ones included."""
        return len(self._heap)

    @property
    def is_trim(self) -> bool:
        """Whether it holds no more dead entries than it may."""
        return self.entries <= 2 * len(self._keys) + FEW

    def first(self) -> tuple[Key, Member] | None:
        """The member with the least key, left in its place; None when empty."""
        heap, keys = self._heap, self._keys
        while heap:
            entry = heap[0]
            if keys.get(entry[1]) == entry[0]:
                return entry
            heappop(heap)
        return None

    def pop(self) -> tuple[Key, Member] | None:
        """The same, taken out."""
        entry = self.first()
        if entry is not None:
            heappop(self._heap)
            del self._keys[entry[1]]
        return entry

    def some(self, most: int) -> list[tuple[Key, Member]]:
        """At most ``most`` members in the order they came in, without sorting: examples, not a ranking."""
        return [(key, member) for member, key in islice(self._keys.items(), most)]
