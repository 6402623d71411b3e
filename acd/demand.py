"""A demand: what the callers of one queue who got equally far ask for, and who can meet it."""

from collections.abc import Mapping

from acd.agent import Agent
from acd.agent_state import AgentState, QueueStanding
from acd.ids import AgentId, QueueId
from acd.pool import Pool
from acd.requirement import Requirement
from acd.waiting import WaitingCallers

AT_REST = frozenset({AgentState.LOGGED_OUT, AgentState.NOT_READY})
"""States in which nobody takes calls, nor will by himself soon."""


class Demand:
    """One queue at one step of its relaxation, with so many tiers open. Matching is by demand: whoever of its
    pools is ready may take any caller who waits here, so that nobody is blocked by a caller he may not take.

    There is one object per demand; it is equal to itself alone.
    """

    __slots__ = (
        "_reach",
        "_reach_with_reserve",
        "away",
        "pools",
        "queue_id",
        "regular",
        "requirement",
        "reserve",
        "servers",
        "step",
        "tier",
        "waiting",
    )

    def __init__(
        self,
        queue_id: QueueId,
        step: int,
        tier: int,
        requirement: Requirement,
        pools: tuple[Pool, ...],
        waiting: WaitingCallers,
        reserve: tuple[Pool, ...] = (),
    ) -> None:
        self.queue_id, self.step, self.requirement = queue_id, step, requirement
        self.tier = tier
        """How many of the queue's later tiers are open."""
        self.regular, self.reserve = pools, reserve
        self.pools = pools
        """Where its agents come from now: one is tried when those before it are empty. Tier by tier, the
        preferred ones of a tier before all of it; last the reserve, while it is open."""
        has_teams = any(pool.kind.team is not None for pool in (*pools, *reserve))
        self._reach = f"{requirement.text} of {queue_id}, tier {tier + 1}" if has_teams else requirement.text
        self._reach_with_reserve = f"{self._reach} and the reserve"
        self.away: Mapping[AgentId, Agent] = {}
        """Agents who have paused or left the queue: they are passed over."""
        self.waiting = waiting
        """The callers who can be served."""
        self.servers: tuple[Agent, ...] = tuple(
            {agent.agent_id: agent for pool in (*pools, *reserve) for agent in pool.members}.values()
        )
        """Everybody who may serve them, those in reserve included."""

    def __str__(self) -> str:
        if self.pools[0].kind.alone is not None:
            return f"{self.queue_id} for {self.pools[0]}"
        tier = f", tier {self.tier + 1}" if self.tier else ""
        return f"{self.queue_id} at step {self.step}{tier} ({self.requirement})"

    @property
    def reach(self) -> str:
        """A name for the agents these callers may have now. Demands that take the same ones share it: without
        tiers and reserve it is what they require, in words.
        """
        return self._reach_with_reserve if self.pools is not self.regular else self._reach

    def reaches(self) -> list[tuple[str, tuple[Pool, ...]]]:
        """Each name it may go by, and where those agents come from."""
        with_reserve = [(self._reach_with_reserve, (*self.regular, *self.reserve))] if self.reserve else []
        return [(self._reach, self.regular), *with_reserve]

    def can_be_met(self) -> bool:
        """Whether somebody who may serve these callers is ready."""
        if self.away:
            return any(pool.has_but(self.away.values()) for pool in self.pools)
        return any(self.pools)

    def has_staff(self) -> bool:
        """Whether somebody who may serve these callers is logged in, be it in reserve."""
        return any(self._staff(pool) for pool in self.regular) or any(self._staff(p) for p in self.reserve)

    def _staff(self, pool: Pool) -> int:
        if not self.away or not pool.staff:
            return pool.staff
        left = [a for a in self.away.values() if a.away_from[self.queue_id].standing is QueueStanding.LEFT]
        gone = sum(a.state is not AgentState.LOGGED_OUT and a in pool.members for a in left)
        return pool.staff - gone

    def _at_work(self, pool: Pool) -> int:
        if not self.away or not pool.at_work:
            return pool.at_work
        return pool.at_work - sum(a.state not in AT_REST and a in pool.members for a in self.away.values())

    def has_anybody_at_work(self) -> bool:
        """Whether somebody who may serve these callers is ready, or busy and soon ready again."""
        return any(self._at_work(pool) for pool in self.pools)

    def regulars_at_work(self) -> bool:
        """The same, those in reserve left out."""
        return any(self._at_work(pool) for pool in self.regular)
