"""The ready agents of a pool in the order a strategy chooses them: one structure per kind of order."""

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import assert_never

from acd.agent import Agent
from acd.chance import Chance
from acd.choice import Order, Strategy
from acd.ids import AgentId, QueueId
from acd.instant import Instant
from acd.lazyheap import Key, LazyHeap
from acd.lots import Lots
from acd.skills import SkillSet
from acd.tournament import Contestant, Tournament


class ReadyAgents(ABC):
    """A set of ready agents that knows who of them is chosen first."""

    __slots__ = ()

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __contains__(self, agent_id: object) -> bool: ...

    @property
    def is_trim(self) -> bool:
        """Whether no more is kept than needed."""
        return True

    @abstractmethod
    def push(self, agent: Agent) -> None:
        """Ready from now on."""

    @abstractmethod
    def discard(self, agent: Agent) -> None:
        """Not any more; nothing happens when he was not before."""

    @abstractmethod
    def first(self, at: Instant) -> AgentId | None:
        """Who is chosen first at ``at``; None when nobody is ready."""

    @abstractmethod
    def some(self, most: int) -> list[AgentId]:
        """At most ``most`` of them, without sorting: examples, not a ranking."""


class ByKey(ReadyAgents):
    """For orders that stand still while agents are ready."""

    __slots__ = ("_heap", "_key")

    def __init__(self, key: Callable[[Agent], Key]) -> None:
        self._heap: LazyHeap[AgentId] = LazyHeap()
        self._key = key

    def __len__(self) -> int:
        return len(self._heap)

    def __contains__(self, agent_id: object) -> bool:
        return agent_id in self._heap

    @property
    def is_trim(self) -> bool:
        return self._heap.is_trim

    def push(self, agent: Agent) -> None:
        self._heap.push(agent.agent_id, self._key(agent))

    def discard(self, agent: Agent) -> None:
        self._heap.discard(agent.agent_id)

    def first(self, at: Instant) -> AgentId | None:
        first = self._heap.first()
        return None if first is None else first[1]

    def some(self, most: int) -> list[AgentId]:
        return [agent_id for _, agent_id in self._heap.some(most)]


class _Seated(ReadyAgents):
    """For orders that give every member a seat, in the order of the rules."""

    __slots__ = ("_here", "_seats")

    def __init__(self, members: tuple[Agent, ...]) -> None:
        self._seats = {agent.agent_id: seat for seat, agent in enumerate(members)}
        self._here: dict[AgentId, None] = {}

    def __len__(self) -> int:
        return len(self._here)

    def __contains__(self, agent_id: object) -> bool:
        return agent_id in self._here

    def some(self, most: int) -> list[AgentId]:
        return list(islice(self._here, most))


class ByOccupancy(_Seated):
    """The least occupied first; see :mod:`acd.tournament`."""

    __slots__ = ("_tournament",)

    def __init__(self, members: tuple[Agent, ...]) -> None:
        super().__init__(members)
        self._tournament = Tournament(len(members))

    def push(self, agent: Agent) -> None:
        contestant = contestant_of(agent)
        seat = self._seats[agent.agent_id]
        if self._tournament.seated(seat) != contestant:
            self._here[agent.agent_id] = None
            self._tournament.seat(seat, contestant)

    def discard(self, agent: Agent) -> None:
        if agent.agent_id in self._here:
            del self._here[agent.agent_id]
            self._tournament.seat(self._seats[agent.agent_id], None)

    def first(self, at: Instant) -> AgentId | None:
        winner = self._tournament.winner(at)
        return None if winner is None else winner.agent_id


def contestant_of(agent: Agent) -> Contestant:
    """A ready agent's occupancy as it stands while he is ready. A microsecond is added to his time logged in,
    so that nobody is divided by zero.
    """
    zero = agent.since - agent.workload.staffed_in_shift - 1
    return Contestant(agent.workload.busy_in_shift, zero, agent.ready_since, agent.agent_id)


class InTurn(ReadyAgents):
    """The next in the order of the rules after the one chosen last; after the last one the first."""

    __slots__ = ("_chosen_last", "_here", "_order", "_positions", "_queue_id")

    def __init__(
        self, positions: Mapping[AgentId, int], chosen_last: Mapping[QueueId, AgentId], queue_id: QueueId
    ) -> None:
        self._positions = positions
        self._here: dict[AgentId, None] = {}
        self._order: list[tuple[int, AgentId]] = []
        self._chosen_last, self._queue_id = chosen_last, queue_id

    def __len__(self) -> int:
        return len(self._here)

    def __contains__(self, agent_id: object) -> bool:
        return agent_id in self._here

    def push(self, agent: Agent) -> None:
        if agent.agent_id not in self._here:
            self._here[agent.agent_id] = None
            insort(self._order, self._place(agent.agent_id))

    def discard(self, agent: Agent) -> None:
        if agent.agent_id in self._here:
            del self._here[agent.agent_id]
            del self._order[bisect_left(self._order, self._place(agent.agent_id))]

    def _place(self, agent_id: AgentId) -> tuple[int, AgentId]:
        return self._positions[agent_id], agent_id

    def first(self, at: Instant) -> AgentId | None:
        if not self._order:
            return None
        last = self._chosen_last.get(self._queue_id)
        if last is None or last not in self._positions:  # a new queue, or he is gone from the rules
            return self._order[0][1]
        turn = bisect_right(self._order, self._place(last))
        return self._order[turn if turn < len(self._order) else 0][1]

    def some(self, most: int) -> list[AgentId]:
        return list(islice(self._here, most))


class ByLot(_Seated):
    """Drawn by weight. Whoever asks draws: ask once per decision."""

    __slots__ = ("_chance", "_lots", "_members", "_weight")

    def __init__(self, members: tuple[Agent, ...], weight: Callable[[Agent], int], chance: Chance) -> None:
        super().__init__(members)
        self._members = members
        self._lots = Lots(len(members))
        self._weight, self._chance = weight, chance

    def push(self, agent: Agent) -> None:
        self._here[agent.agent_id] = None
        self._lots[self._seats[agent.agent_id]] = self._weight(agent)

    def discard(self, agent: Agent) -> None:
        if agent.agent_id in self._here:
            del self._here[agent.agent_id]
            self._lots[self._seats[agent.agent_id]] = 0

    def first(self, at: Instant) -> AgentId | None:
        if not self._here:
            return None
        return self._members[self._lots.holder(self._chance.below(self._lots.total))].agent_id


def level_in(skills: tuple[str, ...], of: SkillSet) -> int:
    """The sum of the levels in ``skills``."""
    has = dict(of.levels)
    return sum(has.get(skill, 0) for skill in skills)


def weight_of(level: int) -> int:
    """How many lots an agent of this level holds: he without the skill holds one too."""
    return max(1, level)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What orders look at besides the agents themselves."""

    positions: Mapping[AgentId, int]
    """Everybody's place in the order of the rules."""
    chosen_last: Mapping[QueueId, AgentId]
    """Whom each queue chose last; read when turns count."""
    chance: Chance


def ready_agents(order: Order, members: tuple[Agent, ...], around: Surroundings) -> ReadyAgents:
    """An empty set of ready agents in this order, for these members."""
    levels = {agent.profile.skills: level_in(order.skills, agent.profile.skills) for agent in members}
    match order.strategy:
        case Strategy.LONGEST_IDLE:
            return ByKey(lambda agent: (agent.ready_since,))
        case Strategy.LEAST_OCCUPIED:
            return ByOccupancy(members)
        case Strategy.FEWEST_CALLS:
            return ByKey(lambda agent: (agent.workload.calls_in_shift, agent.ready_since))
        case Strategy.BEST_SKILL:
            return ByKey(lambda agent: (-levels[agent.profile.skills], agent.ready_since))
        case Strategy.LOWEST_SUFFICIENT_SKILL:
            return ByKey(lambda agent: (levels[agent.profile.skills], agent.ready_since))
        case Strategy.ROUND_ROBIN:
            assert order.queue_id is not None
            return InTurn(around.positions, around.chosen_last, order.queue_id)
        case Strategy.WEIGHTED_RANDOM:
            return ByLot(members, lambda agent: weight_of(levels[agent.profile.skills]), around.chance)
        case Strategy.LINEAR:
            return ByKey(lambda agent: (around.positions[agent.agent_id],))
        case _:
            assert_never(order.strategy)
