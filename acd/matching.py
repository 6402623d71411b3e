"""Who may serve whom: the index of ready agents by pool and of waiting callers by demand."""

from collections.abc import Mapping

from acd.agent import Agent, AgentState
from acd.call import Call, CallState
from acd.chance import Chance
from acd.choice import order_of
from acd.demand import Demand
from acd.ids import AgentId, CallId, QueueId
from acd.pool import Pool, PoolKind
from acd.ready import Surroundings
from acd.requirement import Requirement
from acd.rules import QueueRules, Rules
from acd.skills import SkillSet


class Matching:
    """Kept true by :meth:`index_agent` and :meth:`index_call`. An agent who gets ready or busy costs one
    entry per pool he is in; a decision looks at a few heads.

    It holds nothing that is not in the rules, the agents and the calls: with new rules a new one is made and
    everybody is indexed again.
    """

    def __init__(
        self,
        rules: Rules,
        agents: Mapping[AgentId, Agent],
        chosen_last: Mapping[QueueId, AgentId],
        chance: Chance,
    ) -> None:
        """``chosen_last`` says whom each queue chose last; whoever makes offers keeps it."""
        self.unsettled: dict[Demand, None] = {}
        """Demands that can perhaps be met since the last match."""
        self.recheck: dict[QueueId, None] = {}
        """Queues whose callers may have lost the last who could take them, or won a later step."""
        positions = {agent_id: position for position, agent_id in enumerate(agents)}
        around = Surroundings(positions=positions, chosen_last=chosen_last, chance=chance)
        queues = rules.queues.values()
        kinds = dict.fromkeys(
            kind for queue in queues for need in queue.steps for kind in _kinds(queue, need)
        )
        suiting = {
            need: _who_suit(need, agents) for need in dict.fromkeys(kind.requirement for kind in kinds)
        }
        self.pools: dict[PoolKind, Pool] = {
            kind: Pool(kind, suiting[kind.requirement], around) for kind in kinds
        }
        self._serves: dict[AgentId, tuple[Pool, ...]] = dict.fromkeys(agents, ())
        for pool in self.pools.values():
            for agent in pool.members:
                self._serves[agent.agent_id] += (pool,)
        self.demands: dict[QueueId, tuple[Demand, ...]] = {
            queue.queue_id: tuple(
                Demand(queue.queue_id, step, need, self._pools_for(queue, need), rules.classes)
                for step, need in enumerate(queue.steps)
            )
            for queue in queues
        }
        """The demands of each queue by step."""
        self._logged_in: set[AgentId] = set()
        self._ready: set[AgentId] = set()
        self._places: dict[CallId, Demand] = {}

    def _pools_for(self, queue: QueueRules, need: Requirement) -> tuple[Pool, ...]:
        pools = tuple(self.pools[kind] for kind in _kinds(queue, need))
        for pool in pools:
            pool.queues[queue.queue_id] = None
        return pools

    def serves(self, agent: Agent) -> tuple[Pool, ...]:
        """The pools an agent is in."""
        return self._serves[agent.agent_id]

    def reaches(self) -> dict[AgentId, tuple[str, ...]]:
        """By agent what he meets of all that is required anywhere, in words."""
        return {
            agent_id: tuple(dict.fromkeys(pool.kind.requirement.text for pool in pools))
            for agent_id, pools in self._serves.items()
        }

    def demand(self, call: Call) -> Demand:
        """What a call in a queue demands now."""
        assert call.queue_id is not None
        return self.demands[call.queue_id][call.relaxed]

    def all_demands(self) -> list[Demand]:
        """Every demand, in the order of the rules."""
        return [demand for of_queue in self.demands.values() for demand in of_queue]

    def everything_unsettled(self) -> None:
        """Whatever could be met may not have been: the next match looks at all of it."""
        self.unsettled.update(dict.fromkeys(d for d in self.all_demands() if d.waiting))

    def index_agent(self, agent: Agent) -> None:
        """Agree with the agent's state."""
        if (agent.state is AgentState.LOGGED_OUT) == (agent.agent_id in self._logged_in):
            self._count_staff(agent)
        if agent.state is AgentState.READY:
            self._ready.add(agent.agent_id)
            for pool in self.serves(agent):
                pool.push(agent)
                if pool.waited_for_by:
                    self.unsettled.update(pool.waited_for_by)
        elif agent.agent_id in self._ready:
            self._ready.discard(agent.agent_id)
            for pool in self.serves(agent):
                pool.discard(agent)

    def _count_staff(self, agent: Agent) -> None:
        """He logged in or out: the first who comes and the last who goes change what callers can hope for."""
        came = agent.agent_id not in self._logged_in
        self._logged_in ^= {agent.agent_id}
        for pool in self.serves(agent):
            pool.staff += 1 if came else -1
            if pool.staff == (1 if came else 0):
                self.recheck.update(pool.queues)

    def index_call(self, call: Call) -> None:
        """Agree with the call's state, place and step."""
        can_be_served = call.state is CallState.WAITING and call.in_waiting_room
        demand = self.demand(call) if can_be_served else None
        was = self._places.get(call.call_id)
        if was is not None and was is not demand:
            was.waiting.discard(call)
            del self._places[call.call_id]
            if not was.waiting:
                for pool in was.pools:
                    del pool.waited_for_by[was]
        if demand is not None:
            self._places[call.call_id] = demand
            demand.waiting.push(call)
            self.unsettled[demand] = None
            for pool in demand.pools:
                pool.waited_for_by[demand] = None


def _kinds(queue: QueueRules, need: Requirement) -> tuple[PoolKind, ...]:
    """Where a queue's agents come from at a step that requires ``need``: the preferred ones first."""
    order = order_of(queue.choice, queue.requirement.skills(), queue.queue_id)
    needs = (need,) if queue.prefers is None else (need.both(queue.prefers), need)
    return tuple(PoolKind(one, order) for one in needs)


def _who_suit(need: Requirement, agents: Mapping[AgentId, Agent]) -> tuple[Agent, ...]:
    suit: dict[SkillSet, bool] = {}  # many agents have the same skills
    for skills in (agent.profile.skills for agent in agents.values()):
        if skills not in suit:
            suit[skills] = need.suits(skills)
    return tuple(agent for agent in agents.values() if suit[agent.profile.skills])
