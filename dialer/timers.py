"""What the dialer waits for: deadlines as values, at most one of a kind for each thing."""

from enum import StrEnum
from typing import NamedTuple

from acd.instant import Instant
from acd.lazyheap import LazyHeap


class TimerKind(StrEnum):
    """What a deadline is about; ``of`` and ``name`` say whom it concerns."""

    LEAD_DUE = "lead_due"
    """A lead has rested enough. Campaign, lead."""
    LEAD_EXPIRES = "lead_expires"
    """The last moment to try a lead is over. Campaign, lead."""
    DISPOSE = "dispose"
    """Nobody has said what came of a conversation. Campaign, lead."""
    PREVIEW = "preview"
    """An agent has looked at a lead for long enough. Campaign, lead."""
    PROMISED = "promised"
    """An agent is reminded of a call he has promised, or he is late. Campaign, lead."""
    OWN_AGENT = "own_agent"
    """A lead has waited for long for the only agent who calls him. Campaign, lead."""
    TURN = "turn"
    """More leads may be looked at. Campaign, nothing."""
    ZONE = "zone"
    """It may be morning somewhere. Campaign, time zone."""
    HOUSE = "house"
    """The house may have lines again. Nothing, nothing."""
    GATE = "gate"
    """The gate may let somebody of a campaign out again. Campaign, nothing."""
    LINE = "line"
    """A line should have been heard of, or somebody be there for who answered. Campaign, attempt."""
    GIVE_UP = "give_up"
    """A line of a stopped campaign has rung for as long as the law asks. Campaign, attempt."""
    TEXT = "text"
    """A text should have been heard of. Nothing, text."""
    PACE = "pace"
    """What kept a campaign from dialling may be over: only looking tells. Campaign, nothing."""
    ALARM = "alarm"
    """Something lasts for long enough to be told. Campaign, nothing."""


class Timer(NamedTuple):
    """One deadline."""

    kind: TimerKind
    of: str
    name: str


class Timers:
    """All deadlines. Of several at one moment the kinds come in a fixed order, then names."""

    __slots__ = ("_heaps",)

    def __init__(self) -> None:
        self._heaps: dict[TimerKind, LazyHeap[tuple[str, str]]] = {kind: LazyHeap() for kind in TimerKind}

    def __len__(self) -> int:
        return sum(len(heap) for heap in self._heaps.values())

    def set(self, kind: TimerKind, due: Instant, of: str = "", name: str = "") -> None:
        """Let it fall due at ``due``; one that is set already is moved."""
        self._heaps[kind].push((of, name), (due,))

    def cancel(self, kind: TimerKind, of: str = "", name: str = "") -> None:
        """Forget a deadline; nothing happens when there is none."""
        self._heaps[kind].discard((of, name))

    def is_set(self, kind: TimerKind, of: str = "", name: str = "") -> bool:
        """Whether there is such a deadline."""
        return (of, name) in self._heaps[kind]

    def next_due(self) -> Instant | None:
        """When the next one falls due."""
        firsts = (heap.first() for heap in self._heaps.values())
        return min((Instant(first[0][0]) for first in firsts if first is not None), default=None)

    def pop_due(self, to: Instant) -> tuple[Instant, Timer] | None:
        """Take out the earliest deadline not later than ``to``."""
        earliest: Instant | None = None
        found: TimerKind | None = None
        for kind, heap in self._heaps.items():
            first = heap.first()
            if first is not None and first[0][0] <= to and (earliest is None or first[0][0] < earliest):
                earliest, found = Instant(first[0][0]), kind
        if earliest is None or found is None:
            return None
        popped = self._heaps[found].pop()
        assert popped is not None, found
        of, name = popped[1]
        return earliest, Timer(found, of, name)
