"""What is counted: every visit to a queue by its exit, every wait, and what agents did with their time."""

from array import array
from collections.abc import Iterable

from acd.agent import AgentState
from acd.call import CallClass
from acd.exits import QueueExit
from acd.ids import AgentId, QueueId
from acd.instant import Instant

Kind = tuple[QueueId, CallClass]

BUSY = frozenset({AgentState.OFFERED, AgentState.TALKING, AgentState.WRAPPING_UP})


class Visits:
    """Visits of one kind: of one class to one queue."""

    __slots__ = ("exits", "offered", "still_here", "waits")

    def __init__(self) -> None:
        self.offered = 0
        """Everybody who knocked."""
        self.exits: dict[QueueExit, int] = {}
        self.still_here = 0
        """Who waited when the run was broken off; 0 unless somebody could never be served."""
        self.waits: dict[QueueExit, array[int]] = {}
        """Of those who were let in: their waits, in µs, by how the visit ended."""

    @property
    def unexplained(self) -> int:
        """Visits that neither ended nor go on; anything but 0 is a bug."""
        return self.offered - sum(self.exits.values()) - self.still_here

    def add(self, other: "Visits") -> None:
        """Count others' visits here too."""
        self.offered += other.offered
        self.still_here += other.still_here
        for exit_, count in other.exits.items():
            self.exits[exit_] = self.exits.get(exit_, 0) + count
        for exit_, waits in other.waits.items():
            self.waits_until(exit_).extend(waits)

    def waits_until(self, exit_: QueueExit) -> "array[int]":
        """The waits that ended so, to be added to."""
        known = self.waits.get(exit_)
        if known is None:
            known = self.waits[exit_] = array("q")
        return known


class Staffed:
    """The time of some agents, in µs."""

    __slots__ = ("busy", "here", "not_ready", "talked")

    def __init__(self) -> None:
        self.here = 0
        """Logged in."""
        self.busy = 0
        """A phone ringing, talking, wrapping up."""
        self.talked = 0
        self.not_ready = 0

    def add(self, other: "Staffed") -> None:
        """Count others' time here too."""
        self.here += other.here
        self.busy += other.busy
        self.talked += other.talked
        self.not_ready += other.not_ready


class Chapter:
    """What is counted of one stretch of a run: callers who came in it, agents' time in it."""

    __slots__ = ("agents", "kinds")

    def __init__(self, agents: Iterable[AgentId]) -> None:
        self.kinds: dict[Kind, Visits] = {}
        self.agents: dict[AgentId, Staffed] = {agent_id: Staffed() for agent_id in agents}

    def visits(self, kind: Kind) -> Visits:
        """The visits of a kind, new if need be."""
        known = self.kinds.get(kind)
        if known is None:
            known = self.kinds[kind] = Visits()
        return known

    def add(self, other: "Chapter") -> None:
        """Count another stretch here too."""
        for kind, visits in other.kinds.items():
            self.visits(kind).add(visits)
        for agent_id, staffed in other.agents.items():
            self.agents.setdefault(agent_id, Staffed()).add(staffed)


class Book:
    """Counts a run in chapters; each begins, and the last one ends, with :meth:`turn`."""

    def __init__(self, agents: Iterable[AgentId], chapters: int) -> None:
        known = list(agents)
        self.chapters = [Chapter(known) for _ in range(chapters)]
        self.current: Chapter | None = None
        """Where those who come now are counted; None: nowhere."""
        self._turned = 0
        self._states: dict[AgentId, tuple[AgentState, Instant]] = dict.fromkeys(
            known, (AgentState.LOGGED_OUT, Instant(0))
        )

    def turn(self, at: Instant) -> None:
        """Begin the next chapter, or end the last; what agents did until now belongs to the one before."""
        for agent_id, (state, _) in self._states.items():
            self.agent_moved(agent_id, state, at)
        more = self._turned < len(self.chapters)
        self.current = self.chapters[self._turned] if more else None
        self._turned += 1

    def agent_moved(self, agent_id: AgentId, now: AgentState, at: Instant) -> None:
        """An agent does something else from now on."""
        was, since = self._states[agent_id]
        self._states[agent_id] = now, at
        if self.current is not None and was is not AgentState.LOGGED_OUT:
            staffed, spent = self.current.agents[agent_id], at - since
            staffed.here += spent
            if was is AgentState.TALKING:
                staffed.talked += spent
                staffed.busy += spent
            elif was in BUSY:
                staffed.busy += spent
            elif was is AgentState.NOT_READY:
                staffed.not_ready += spent
