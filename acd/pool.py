"""A pool: agents who may serve the same callers, and of those who are ready the one to be chosen first."""

from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from acd.agent import Agent
from acd.choice import Order
from acd.ids import AgentId, QueueId
from acd.instant import Instant
from acd.ready import Surroundings, ready_agents
from acd.requirement import Requirement
from acd.teams import Team

if TYPE_CHECKING:
    from acd.demand import Demand


class PoolKind(NamedTuple):
    """What makes a pool; demands that ask for the same kind share it."""

    requirement: Requirement
    """What each of its agents meets."""
    order: Order
    """How one of the ready ones is chosen."""
    team: Team | None = None
    """Which of those who meet it; None: all."""
    alone: AgentId | None = None
    """Only he; then nothing else counts."""


class Pool:
    """Demands whose agents and order of choice are the same share one, so that an agent who gets ready is
    entered once, however many queues require the same of him.
    """

    __slots__ = ("_ready", "at_work", "kind", "members", "queues", "staff", "waited_for_by")

    def __init__(self, kind: PoolKind, members: tuple[Agent, ...], around: Surroundings) -> None:
        self.kind = kind
        self.members = members
        """Who may serve here, in the order of the rules."""
        self.queues: dict[QueueId, int] = {}
        """The queues with demands that take agents from here, and how many."""
        self.staff = 0
        """How many of the members are logged in."""
        self.at_work = 0
        """How many of them take calls: ready, or busy and soon ready again."""
        self.waited_for_by: dict[Demand, None] = {}
        """Demands with callers waiting for somebody from here."""
        self._ready = ready_agents(kind.order, members, around)

    def __str__(self) -> str:
        if self.kind.alone is not None:
            return f"{self.kind.alone} alone"
        team = self.kind.team
        of_tier = "" if team is None else f", {team} in {team.queue_id}"
        return f"{self.kind.requirement}, {self.kind.order.strategy}{of_tier}"

    def __len__(self) -> int:
        """How many of the members are ready."""
        return len(self._ready)

    def __contains__(self, agent_id: object) -> bool:
        """Whether this member is ready."""
        return agent_id in self._ready

    @property
    def is_trim(self) -> bool:
        """Whether its index holds no more dead entries than it may."""
        return self._ready.is_trim

    def push(self, agent: Agent) -> None:
        """A member is ready from now on."""
        self._ready.push(agent)

    def discard(self, agent: Agent) -> None:
        """He is not; nothing happens when he was not before."""
        self._ready.discard(agent)

    def first(self, at: Instant) -> AgentId | None:
        """Who is chosen first at ``at``; None when nobody is ready. Lots are drawn: ask once per decision."""
        return self._ready.first(at)

    def has_but(self, barred: Collection[Agent]) -> bool:
        """Whether somebody is ready besides these."""
        return len(self._ready) > sum(agent.agent_id in self._ready for agent in barred)

    def first_but(self, barred: Collection[Agent], at: Instant) -> AgentId | None:
        """Who is chosen first of all but these; None when nobody else is ready. Ask once per decision."""
        passed_over = [agent for agent in barred if agent.agent_id in self._ready]
        for agent in passed_over:
            self._ready.discard(agent)
        first = self._ready.first(at)
        for agent in passed_over:
            self._ready.push(agent)
        return first

    def some(self, most: int) -> list[AgentId]:
        """At most ``most`` of the ready ones, without sorting: examples, not a ranking."""
        return self._ready.some(most)
