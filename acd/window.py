"""The latest observations of something, in order of size: any quantile of them is a look."""

from bisect import bisect_left, insort
from collections import deque

PERMILLE = 1000


class Window:
    """At most ``most`` numbers; the oldest makes room for the newest."""

    __slots__ = ("_arrived", "_most", "_ordered")

    def __init__(self, most: int) -> None:
        self._most = most
        self._arrived: deque[float] = deque()
        self._ordered: list[float] = []

    def __len__(self) -> int:
        return len(self._ordered)

    def add(self, value: float) -> None:
        """One more observation."""
        self._arrived.append(value)
        insort(self._ordered, value)
        if len(self._arrived) > self._most:
            oldest = self._arrived.popleft()
            del self._ordered[bisect_left(self._ordered, oldest)]

    def quantile(self, permille: int) -> float:
        """The value which the next observation, if it is like these, does not exceed with this probability:
        of ``n`` observations the ``permille * (n + 1)``-th in size, rounded up; else the greatest.
        """
        assert self._ordered, "nothing was observed"
        rank = -(-permille * (len(self._ordered) + 1) // PERMILLE)
        return self._ordered[min(max(rank, 1), len(self._ordered)) - 1]
