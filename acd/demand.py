"""A demand: what the callers of one queue who got equally far ask for, and who can meet it."""

from collections.abc import Mapping

from acd.agent import Agent
from acd.call import CallClass
from acd.ids import QueueId
from acd.pool import Pool
from acd.requirement import Requirement
from acd.rules import ClassRules
from acd.waiting import WaitingCallers


class Demand:
    """One queue at one step of its relaxation. Matching is by demand: whoever of its pools is ready may take
    any caller who waits here, so that nobody is blocked by a caller he may not take.

    There is one object per demand; it is equal to itself alone.
    """

    __slots__ = ("pools", "queue_id", "requirement", "servers", "step", "waiting")

    def __init__(
        self,
        queue_id: QueueId,
        step: int,
        requirement: Requirement,
        pools: tuple[Pool, ...],
        classes: Mapping[CallClass, ClassRules],
    ) -> None:
        self.queue_id, self.step, self.requirement = queue_id, step, requirement
        self.pools = pools
        """Where its agents come from, the preferred pool first: one is tried when those before are empty."""
        self.waiting = WaitingCallers(classes)
        """The callers who can be served."""
        self.servers: tuple[Agent, ...] = tuple(
            {agent.agent_id: agent for pool in reversed(pools) for agent in pool.members}.values()
        )
        """Everybody who may serve them."""

    def __str__(self) -> str:
        return f"{self.queue_id} at step {self.step} ({self.requirement})"

    def can_be_met(self) -> bool:
        """Whether somebody who may serve these callers is ready."""
        return any(self.pools)

    def has_staff(self) -> bool:
        """Whether somebody who may serve these callers is logged in."""
        return any(pool.staff for pool in self.pools)
