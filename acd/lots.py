"""Lots with weights: who holds the n-th, found without counting (a Fenwick tree)."""


class Lots:
    """A fixed number of holders with whole weights."""

    __slots__ = ("_half", "_sums", "_weights", "total")

    def __init__(self, holders: int) -> None:
        self._weights = [0] * holders
        self._half = 1 << max(0, holders - 1).bit_length()
        self._sums = [0] * (self._half + 1)
        self.total = 0
        """How many lots there are."""

    def __getitem__(self, holder: int) -> int:
        return self._weights[holder]

    def __setitem__(self, holder: int, weight: int) -> None:
        more = weight - self._weights[holder]
        self._weights[holder] = weight
        self.total += more
        node = holder + 1
        while node <= self._half:
            self._sums[node] += more
            node += node & -node

    def holder(self, lot: int) -> int:
        """Whose lot this is, counted from 0 in the order of holders; less than :attr:`total`."""
        node, step = 0, self._half
        while step:
            if node + step <= self._half and self._sums[node + step] <= lot:
                node += step
                lot -= self._sums[node]
            step //= 2
        return node
