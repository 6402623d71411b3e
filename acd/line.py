"""A queue's line: its callers in the order they will be served."""

from bisect import bisect_left, insort
from collections.abc import Iterator

from acd.ids import CallId
from acd.lazyheap import Key


class Line:
    """Callers ordered by a key that never ties. A place in line costs a binary search, not a count."""

    __slots__ = ("_keys", "_order")

    def __init__(self) -> None:
        self._order: list[tuple[Key, CallId]] = []
        self._keys: dict[CallId, Key] = {}

    def __len__(self) -> int:
        return len(self._order)

    def __contains__(self, call_id: object) -> bool:
        return call_id in self._keys

    def __iter__(self) -> Iterator[CallId]:
        """First to be served first."""
        return (call_id for _, call_id in self._order)

    def add(self, call_id: CallId, key: Key) -> None:
        """A caller takes his place; he must not be in line yet."""
        assert call_id not in self._keys, f"{call_id} is in line already"
        self._keys[call_id] = key
        insort(self._order, (key, call_id))

    def discard(self, call_id: CallId) -> None:
        """A caller leaves; nothing happens when he is not in line."""
        key = self._keys.pop(call_id, None)
        if key is not None:
            del self._order[bisect_left(self._order, (key, call_id))]

    def position(self, call_id: CallId) -> int:
        """His place, from 1."""
        return 1 + bisect_left(self._order, (self._keys[call_id], call_id))
