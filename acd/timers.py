"""Deadlines as values: what falls due, when. The shell asks for the next one and never owns a timer."""

from collections.abc import Iterator
from enum import StrEnum
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from acd.instant import Instant
from acd.lazyheap import FEW


class TimerKind(StrEnum):
    """What a deadline is about."""

    OFFER_LEASE = "offer_lease"
    WRAP_UP = "wrap_up"
    COOL_DOWN = "cool_down"
    DWELL = "dwell"
    BAR = "bar"
    LOCATE = "locate"
    RELAXATION = "relaxation"
    OVERFLOW = "overflow"
    ANNOUNCE = "announce"
    HOURS = "hours"
    TIER = "tier"
    RESERVE = "reserve"
    PREFERRED_AGENT = "preferred_agent"
    CALLBACK = "callback"


class Timer(NamedTuple):
    """One deadline: of what kind and for whom (an offer, agent or call by name)."""

    kind: TimerKind
    name: str


class Timers:
    """At most one deadline per kind and name; setting it again moves it.

    Most deadlines never fall due: an offer is answered, a caller arrives where he was expected. So forgetting
    one only takes it off the list of what counts; its entry in the heap is dropped when met, and the heap is
    rebuilt when dead entries outnumber the living.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[Instant, TimerKind, str]] = []
        self._due: dict[tuple[TimerKind, str], Instant] = {}

    def __len__(self) -> int:
        return len(self._due)

    def set(self, kind: TimerKind, name: str, due: Instant) -> None:
        """Let ``name`` fall due at ``due``."""
        named = (kind, name)
        if self._due.get(named) != due:
            self._due[named] = due
            heappush(self._heap, (due, kind, name))
            if len(self._heap) > 2 * len(self._due) + FEW:
                self._rebuild()

    def cancel(self, kind: TimerKind, name: str) -> None:
        """Forget a deadline; nothing happens when there is none."""
        if self._due.pop((kind, name), None) is not None and len(self._heap) > 2 * len(self._due) + FEW:
            self._rebuild()

    def _rebuild(self) -> None:
        self._heap = [(due, kind, name) for (kind, name), due in self._due.items()]
        heapify(self._heap)

    @property
    def is_trim(self) -> bool:
        """Whether no more dead entries are held than may be."""
        return len(self._heap) <= 2 * len(self._due) + FEW

    def is_set(self, kind: TimerKind, name: str) -> bool:
        """Whether there is such a deadline."""
        return (kind, name) in self._due

    def __iter__(self) -> Iterator[Timer]:
        return (Timer(*named) for named in self._due)

    def deadlines(self) -> list[tuple[Timer, Instant]]:
        """Every deadline and when it falls due, in no particular order."""
        return [(Timer(*named), due) for named, due in self._due.items()]

    def next_due(self) -> Instant | None:
        """When the next deadline falls due."""
        heap = self._heap
        while heap:
            due, kind, name = heap[0]
            if self._due.get((kind, name)) == due:
                return due
            heappop(heap)
        return None

    def pop_due(self, to: Instant) -> tuple[Instant, Timer] | None:
        """Take out the earliest deadline not later than ``to``."""
        heap = self._heap
        while heap and heap[0][0] <= to:
            due, kind, name = heappop(heap)
            if self._due.get((kind, name)) == due:
                del self._due[kind, name]
                return due, Timer(kind, name)
        return None
