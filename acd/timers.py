"""Deadlines as values: what falls due, when. The shell asks for the next one and never owns a timer."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from acd.instant import Instant
from acd.lazyheap import LazyHeap


class TimerKind(StrEnum):
    """What a deadline is about."""

    OFFER_LEASE = "offer_lease"
    WRAP_UP = "wrap_up"
    COOL_DOWN = "cool_down"
    DWELL = "dwell"
    LOCATE = "locate"
    RELAXATION = "relaxation"


class Timer(NamedTuple):
    """One deadline: of what kind and for whom (an offer, agent or call by name)."""

    kind: TimerKind
    name: str


class Timers:
    """At most one deadline per kind and name; setting it again moves it."""

    def __init__(self) -> None:
        self._heap: LazyHeap[tuple[TimerKind, str]] = LazyHeap()

    def __len__(self) -> int:
        return len(self._heap)

    def set(self, kind: TimerKind, name: str, due: Instant) -> None:
        """Let ``name`` fall due at ``due``."""
        self._heap.push((kind, name), (due,))

    def cancel(self, kind: TimerKind, name: str) -> None:
        """Forget a deadline; nothing happens when there is none."""
        self._heap.discard((kind, name))

    def is_set(self, kind: TimerKind, name: str) -> bool:
        """Whether there is such a deadline."""
        return (kind, name) in self._heap

    def __iter__(self) -> Iterator[Timer]:
        return (Timer(*named) for _, named in self._heap.some(len(self._heap)))

    def next_due(self) -> Instant | None:
        """When the next deadline falls due."""
        first = self._heap.first()
        return None if first is None else Instant(first[0][0])

    def pop_due(self, to: Instant) -> tuple[Instant, Timer] | None:
        """Take out the earliest deadline not later than ``to``."""
        first = self._heap.first()
        if first is None or first[0][0] > to:
            return None
        self._heap.pop()
        (due,), named = first
        return Instant(due), Timer(*named)
