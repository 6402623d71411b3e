"""A pool: agents who may serve the same callers, and of those who are ready the one to be chosen first."""

from typing import TYPE_CHECKING

from acd.agent import Agent
from acd.ids import AgentId, QueueId
from acd.lazyheap import Key, LazyHeap
from acd.requirement import Requirement

if TYPE_CHECKING:
    from acd.demand import Demand


class Pool:
    """Demands whose agents and order of choice are the same share one, so that an agent who gets ready is
    entered once, however many queues require the same of him.
    """

    __slots__ = ("_ready", "members", "queues", "requirement", "staff", "waited_for_by")

    def __init__(self, requirement: Requirement) -> None:
        self.requirement = requirement
        """What each of its agents meets."""
        self.members: tuple[Agent, ...] = ()
        """Who may serve here, in the order of the rules."""
        self.queues: dict[QueueId, None] = {}
        """The queues with a demand that takes agents from here."""
        self.staff = 0
        """How many of the members are logged in."""
        self.waited_for_by: dict[Demand, None] = {}
        """Demands with callers waiting for somebody from here."""
        self._ready: LazyHeap[AgentId] = LazyHeap()

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
        self._ready.push(agent.agent_id, (agent.ready_since,))

    def discard(self, agent: Agent) -> None:
        """He is not; nothing happens when he was not before."""
        self._ready.discard(agent.agent_id)

    def first(self) -> AgentId | None:
        """Who is chosen first: the longest idle; None when nobody is ready."""
        first = self._ready.first()
        return None if first is None else first[1]

    def some(self, most: int) -> list[tuple[Key, AgentId]]:
        """At most ``most`` of the ready ones, without sorting: examples, not a ranking."""
        return self._ready.some(most)
