"""Who is there for whom, and how fast he works: what the callers of a queue can hope for."""

from collections.abc import Iterator, Mapping, Sequence

from acd.agent_state import AgentState
from acd.ids import AgentId, QueueId
from acd.instant import Instant, Span, seconds

Reach = str
"""What is required of whoever takes a caller, in its canonical words: it names a set of agents."""

AWAY = frozenset({AgentState.LOGGED_OUT, AgentState.NOT_READY})
_AT_WORK = frozenset({AgentState.TALKING, AgentState.WRAPPING_UP})
_TAKEN = frozenset({AgentState.OFFERED, AgentState.TALKING})

CALLS_PER = 10**15
"""Agents' speeds are whole calls per so many microseconds, so that sums of them never drift."""
SHORTEST = seconds(1)
FIRST_GUESS = seconds(180)
"""How long a call keeps an agent busy, as long as nobody was seen at work."""
HOUSE_FORGETS = 100
"""An agent's call counts one part in so many in the mean of all agents ..."""
AGENT_FORGETS = 20
"""... and in his own."""


class Pace:
    """Agents who are there (logged in, not away), by whom they may take, with the time a call keeps each of
    them busy: ringing, talk and wrap-up, learnt from those he had. A call costs a look per reach of its
    agent, a login one per pair of them.
    """

    def __init__(self) -> None:
        self.house = FIRST_GUESS
        """The mean time of all agents."""
        self._house_seen = 0
        self._serves: dict[AgentId, tuple[Reach, ...]] = {}
        self._there: dict[AgentId, int] = {}
        """Those who are there, with their speed as it is in the sums."""
        self._takes: dict[AgentId, Span] = {}
        self._busy_since: dict[AgentId, Instant] = {}
        self._heads: dict[Reach, int] = {}
        self._speed: dict[Reach, int] = {}
        self._both: dict[Reach, dict[Reach, int]] = {}
        """Heads who may take these callers and those whom some queue begins with, too."""
        self._first: dict[QueueId, Reach] = {}
        self._begin_with: dict[Reach, tuple[QueueId, ...]] = {}

    def adopt(self, serves: Mapping[AgentId, Sequence[Reach]], first: Mapping[QueueId, Reach]) -> None:
        """Whom everybody may take from now on, and with what each queue's callers begin. Who is there, and
        what was learnt of him, stays.
        """
        there = [agent_id for agent_id in self._there if agent_id in serves]
        for agent_id in list(self._there):
            self.goes(agent_id)
        for counted in (self._heads, self._speed, self._both):
            counted.clear()
        self._serves = {agent_id: tuple(dict.fromkeys(reaches)) for agent_id, reaches in serves.items()}
        self._first, self._begin_with = dict(first), {}
        for queue_id, reach in first.items():
            self._begin_with[reach] = (*self._begin_with.get(reach, ()), queue_id)
        self._takes = {name: span for name, span in self._takes.items() if name in serves}
        self._busy_since = {name: at for name, at in self._busy_since.items() if name in serves}
        for agent_id in there:
            self.comes(agent_id)

    # -- what happens to agents ----------------------------------------------------------------------------

    def comes(self, agent_id: AgentId) -> None:
        """He is there; nothing happens when he was."""
        if agent_id not in self._there:
            self._there[agent_id] = 0
            self._count(agent_id, 1)
            self._set_speed(agent_id)

    def goes(self, agent_id: AgentId) -> None:
        """He is away; nothing happens when he was."""
        if agent_id in self._there:
            speed = self._there.pop(agent_id)
            for reach in self._serves.get(agent_id, ()):
                self._speed[reach] -= speed
            self._count(agent_id, -1)

    def takes(self, agent_id: AgentId, at: Instant) -> None:
        """A call begins to keep him busy; nothing happens when one does."""
        self._busy_since.setdefault(agent_id, at)

    def is_free(self, agent_id: AgentId, at: Instant, *, talked: bool) -> None:
        """The call is done with. Learnt from only when he talked with somebody."""
        since = self._busy_since.pop(agent_id, None)
        if since is None or not talked:
            return
        took = max(Span(at - since), SHORTEST)
        self._house_seen += 1
        self.house = _moved(self.house, took, min(self._house_seen, HOUSE_FORGETS))
        self._takes[agent_id] = _moved(self._takes.get(agent_id, self.house), took, AGENT_FORGETS)
        if agent_id in self._there:
            self._set_speed(agent_id)

    def moved(self, agent_id: AgentId, was: AgentState, now: AgentState, at: Instant) -> None:
        """His state changed: all of the above, as it follows."""
        if was in _AT_WORK and now not in _AT_WORK:
            self.is_free(agent_id, at, talked=True)
        elif was is AgentState.OFFERED and now is not AgentState.TALKING:
            self.is_free(agent_id, at, talked=False)
        if now in _TAKEN:
            self.takes(agent_id, at)
        if now in AWAY:
            self.goes(agent_id)
        else:
            self.comes(agent_id)

    def _count(self, agent_id: AgentId, change: int) -> None:
        serves = self._serves.get(agent_id, ())
        begin = [reach for reach in serves if reach in self._begin_with]
        for reach in serves:
            self._heads[reach] = self._heads.get(reach, 0) + change
            both = self._both.setdefault(reach, {})
            for other in begin:
                both[other] = both.get(other, 0) + change
                if not both[other]:
                    del both[other]

    def _set_speed(self, agent_id: AgentId) -> None:
        speed = CALLS_PER // self._takes.get(agent_id, self.house)
        change, self._there[agent_id] = speed - self._there[agent_id], speed
        for reach in self._serves.get(agent_id, ()):
            self._speed[reach] = self._speed.get(reach, 0) + change

    # -- what callers can hope for -------------------------------------------------------------------------

    def heads(self, reach: Reach) -> int:
        """How many agents are there who may take these callers."""
        return self._heads.get(reach, 0)

    def speed(self, reach: Reach) -> float:
        """How many calls a second they can take together, if they take no others."""
        return self._speed.get(reach, 0) * 1_000_000 / CALLS_PER

    def rivals(self, reach: Reach) -> Iterator[tuple[QueueId, float]]:
        """The queues whose callers these agents may take, too, and of all who may which share these are."""
        for other, both in self._both.get(reach, {}).items():
            share = both / self._heads[other]
            for queue_id in self._begin_with[other]:
                yield queue_id, share

    def there(self) -> frozenset[AgentId]:
        """Everybody who is there."""
        return frozenset(self._there)


def _moved(mean: Span, value: Span, parts: int) -> Span:
    return Span(mean + (value - mean) // parts)
