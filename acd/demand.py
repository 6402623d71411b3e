"""A demand: what the callers of one queue who got equally far ask for, and who can meet it."""

from acd.agent import Agent
from acd.ids import QueueId
from acd.pool import Pool
from acd.requirement import Requirement
from acd.waiting import WaitingCallers


class Demand:
    """One queue at one step of its relaxation, with so many tiers open. Matching is by demand: whoever of its
    pools is ready may take any caller who waits here, so that nobody is blocked by a caller he may not take.

    There is one object per demand; it is equal to itself alone.
    """

    __slots__ = (
        "_reach",
        "_reach_with_reserve",
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
        return any(self.pools)

    def has_staff(self) -> bool:
        """Whether somebody who may serve these callers is logged in, be it in reserve."""
        return any(pool.staff for pool in self.regular) or any(pool.staff for pool in self.reserve)

    def has_anybody_at_work(self) -> bool:
        """Whether somebody who may serve these callers is ready, or busy and soon ready again."""
        return any(pool.at_work for pool in self.pools)

    def regulars_at_work(self) -> bool:
        """The same, those in reserve left out."""
        return any(pool.at_work for pool in self.regular)
