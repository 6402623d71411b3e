"""Who may serve whom: the index of ready agents by pool and of waiting callers by demand."""

from collections.abc import Iterable, Mapping
from itertools import islice

from acd.agent import Agent, AgentState
from acd.call import Call, CallState
from acd.chance import Chance
from acd.choice import Order, order_of
from acd.demand import Demand
from acd.ids import AgentId, CallId, QueueId
from acd.pool import Pool, PoolKind
from acd.ready import Surroundings
from acd.requirement import Requirement
from acd.rules import QueueRules, Rules
from acd.skills import SkillSet
from acd.teams import RESERVE, Team
from acd.waiting import WaitingCallers

AT_REST = frozenset({AgentState.LOGGED_OUT, AgentState.NOT_READY})
"""States in which nobody takes calls, nor will by himself soon."""


Steps = tuple[tuple[Demand, ...], ...]
"""Demands by step of a queue's relaxation, then by how many of its tiers are open."""


class _Own:
    """The demands of callers of one queue who require the same beyond it."""

    __slots__ = ("callers", "steps")

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.callers: dict[CallId, None] = {}
        """Those in line, servable or not."""


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
            kind for queue in queues for need in queue.steps for kind in _kinds(queue, need, _tiers_of(queue))
        )
        self.pools: dict[PoolKind, Pool] = {
            kind: Pool(kind, members, around) for kind, members in _members(kinds, rules, agents).items()
        }
        self._serves: dict[AgentId, tuple[Pool, ...]] = dict.fromkeys(agents, ())
        for pool in self.pools.values():
            for agent in pool.members:
                self._serves[agent.agent_id] += (pool,)
        self.away: dict[QueueId, dict[AgentId, Agent]] = {
            queue_id: {agent.agent_id: agent for agent in agents.values() if queue_id in agent.away_from}
            for queue_id in rules.queues
        }
        """Agents who have paused or left a queue."""
        self.tiers: dict[QueueId, Steps] = {
            queue.queue_id: tuple(self._tiers(rules, queue, step) for step in range(len(queue.steps)))
            for queue in queues
        }
        """The demands of each queue by step, then by how many tiers are open."""
        self.demands: dict[QueueId, tuple[Demand, ...]] = {
            queue_id: tuple(tiers[-1] for tiers in steps) for queue_id, steps in self.tiers.items()
        }
        """The demands of each queue by step when all its tiers are open: everybody who could serve it."""
        self._own: dict[tuple[QueueId, Requirement], _Own] = {}
        self.open_reserves: dict[QueueId, None] = {}
        """Queues whose reserve is open."""
        self.alone: dict[AgentId, Pool] = {}
        """Agents for whom somebody waited in particular, each in a pool of his own."""
        self._for_one: dict[tuple[QueueId, AgentId], Demand] = {}
        self._rules, self._agents, self._around = rules, agents, around
        self._logged_in: set[AgentId] = set()
        self._ready: set[AgentId] = set()
        self._at_work: set[AgentId] = set()
        self._places: dict[CallId, Demand] = {}

    def _tiers(
        self, rules: Rules, queue: QueueRules, step: int, own: Requirement | None = None
    ) -> tuple[Demand, ...]:
        need = queue.steps[step] if own is None else queue.steps[step].both(own)
        demands = []
        for tier in range(len(queue.tiers) + 1):
            pools = self._pools_for(queue, need, range(tier + 1))
            reserve = self._pools_for(queue, need, [RESERVE]) if queue.reserve is not None else ()
            waiting = WaitingCallers(rules.classes, queue.weight)
            demand = Demand(queue.queue_id, step, tier, need, pools, waiting, reserve)
            demand.away = self.away[queue.queue_id]
            demands.append(demand)
        return tuple(demands)

    def _pools_for(self, queue: QueueRules, need: Requirement, tiers: Iterable[int]) -> tuple[Pool, ...]:
        pools = tuple(self.pools[kind] for kind in _kinds(queue, need, tiers))
        for pool in pools:
            pool.queues[queue.queue_id] = pool.queues.get(queue.queue_id, 0) + 1
        return pools

    def admit(self, call: Call) -> None:
        """A caller joins a line. What only he requires gets demands of its own, for as long as somebody in
        line there requires the same.
        """
        assert call.queue_id is not None
        if call.own is None:
            return
        known = self._own.get((call.queue_id, call.own))
        if known is None:
            known = self._own[call.queue_id, call.own] = self._make_own(
                self._rules.queues[call.queue_id], call.own
            )
        known.callers[call.call_id] = None

    def dismiss(self, call: Call) -> None:
        """He left it; he is in no index any more."""
        assert call.queue_id is not None
        if call.own is None:
            return
        known = self._own[call.queue_id, call.own]
        del known.callers[call.call_id]
        if not known.callers:
            del self._own[call.queue_id, call.own]
            for demand in (demand for tiers in known.steps for demand in tiers):
                self._drop(demand)

    def _make_own(self, queue: QueueRules, own: Requirement) -> "_Own":
        tiers, needs = _tiers_of(queue), [step.both(own) for step in queue.steps]
        kinds = dict.fromkeys(kind for need in needs for kind in _kinds(queue, need, tiers))
        new = [kind for kind in kinds if kind not in self.pools]
        for kind, members in _members(new, self._rules, self._agents).items():
            self.pools[kind] = self._entered(Pool(kind, members, self._around))
        steps = tuple(self._tiers(self._rules, queue, step, own) for step in range(len(needs)))
        if queue.queue_id in self.open_reserves:
            for demand in (demand for tiers in steps for demand in tiers):
                demand.pools = (*demand.regular, *demand.reserve)
        return _Own(steps)

    def _drop(self, demand: Demand) -> None:
        self.unsettled.pop(demand, None)
        for pool in (*demand.regular, *demand.reserve):
            pool.queues[demand.queue_id] -= 1
            if not pool.queues[demand.queue_id]:
                del pool.queues[demand.queue_id]
            if not pool.queues:
                del self.pools[pool.kind]
                for agent in pool.members:
                    serves = self._serves[agent.agent_id]
                    self._serves[agent.agent_id] = tuple(one for one in serves if one is not pool)

    def required_by_callers(self) -> set[tuple[QueueId, Requirement]]:
        """What callers in line require beyond their queues."""
        return set(self._own)

    def steps_of(self, call: Call) -> "Steps":
        """The demands a call in line may have: by its queue's steps, then by how many tiers are open."""
        assert call.queue_id is not None
        if call.own is None:
            return self.tiers[call.queue_id]
        return self._own[call.queue_id, call.own].steps

    def reserve_is_open(self, queue_id: QueueId) -> bool:
        """Whether those in reserve may take the queue's calls."""
        return queue_id in self.open_reserves

    def open_reserve(self, queue_id: QueueId) -> None:
        """From now on those in reserve may take the queue's calls, when nobody else is ready."""
        self.open_reserves[queue_id] = None
        for demand in self.demands_of(queue_id):
            demand.pools = (*demand.regular, *demand.reserve)
            if demand.waiting:
                self.unsettled[demand] = None
                for pool in demand.reserve:
                    pool.waited_for_by[demand] = None

    def close_reserve(self, queue_id: QueueId) -> None:
        """They may not any more."""
        del self.open_reserves[queue_id]
        for demand in self.demands_of(queue_id):
            demand.pools = demand.regular
            if demand.waiting:
                for pool in demand.reserve:
                    pool.waited_for_by.pop(demand, None)

    def serves(self, agent: Agent) -> tuple[Pool, ...]:
        """The pools an agent is in."""
        return self._serves[agent.agent_id]

    def reaches(self) -> dict[AgentId, tuple[str, ...]]:
        """By agent the names of the sets of agents he belongs to, as queues require them; see
        :attr:`acd.demand.Demand.reach`.
        """
        members: dict[str, dict[AgentId, None]] = {}
        for demand in (demand for steps in self.tiers.values() for tiers in steps for demand in tiers):
            for reach, pools in demand.reaches():
                if reach not in members:
                    members[reach] = {agent.agent_id: None for pool in pools for agent in pool.members}
        of: dict[AgentId, list[str]] = {agent_id: [] for agent_id in self._serves}
        for reach, agents in members.items():
            for agent_id in agents:
                of[agent_id].append(reach)
        return {agent_id: tuple(names) for agent_id, names in of.items()}

    def begin_with(self) -> dict[QueueId, str]:
        """The agents each queue's callers may have before any relaxation, its reserve left out."""
        return {queue_id: steps[0].reaches()[0][0] for queue_id, steps in self.demands.items()}

    def open_to(self, call: Call) -> Demand:
        """What a call in a queue demands now or, while he waits for one agent, when it no longer does."""
        return self.steps_of(call)[call.relaxed][call.tier]

    def demand(self, call: Call) -> Demand:
        """What a call in a queue demands now."""
        assert call.queue_id is not None
        if call.waits_for is not None:
            return self._demand_for_one(call.queue_id, call.waits_for)
        return self.open_to(call)

    def _demand_for_one(self, queue_id: QueueId, agent_id: AgentId) -> Demand:
        """The demand of those of a queue who wait for one agent only; there is none while nobody does."""
        demand = self._for_one.get((queue_id, agent_id))
        if demand is None:
            if agent_id not in self.alone:
                self._set_apart(self._agents[agent_id])
            queue, pools = self._rules.queues[queue_id], (self.alone[agent_id],)
            waiting = WaitingCallers(self._rules.classes, queue.weight)
            demand = Demand(queue_id, 0, 0, queue.requirement, pools, waiting)
            demand.away = self.away[queue_id]
            self._for_one[queue_id, agent_id] = demand
        return demand

    def _set_apart(self, agent: Agent) -> None:
        kind = PoolKind(Requirement(), Order(), alone=agent.agent_id)
        self.alone[agent.agent_id] = self._entered(Pool(kind, (agent,), self._around))

    def _entered(self, pool: Pool) -> Pool:
        """A pool made while agents are at work: they are entered as they are."""
        for agent in pool.members:
            pool.staff += agent.agent_id in self._logged_in
            pool.at_work += agent.agent_id in self._at_work
            if agent.agent_id in self._ready:
                pool.push(agent)
            self._serves[agent.agent_id] += (pool,)
        return pool

    def all_demands(self) -> list[Demand]:
        """Every demand, in the order of the rules; those for one agent only at the end."""
        by_step = [demand for queue_id in self.tiers for demand in self.demands_of(queue_id)]
        return [*by_step, *self._for_one.values()]

    def demands_of(self, queue_id: QueueId) -> list[Demand]:
        """Every demand of a queue for whoever suits, step by step; then those of callers who require more."""
        own = [known.steps for (queue, _), known in self._own.items() if queue == queue_id]
        return [demand for steps in (self.tiers[queue_id], *own) for tiers in steps for demand in tiers]

    @property
    def waiting(self) -> int:
        """How many callers can be served."""
        return len(self._places)

    def first_to_come(self, most: int) -> list[CallId]:
        """At most ``most`` of them: those who have been there for longest, not the first in line."""
        return list(islice(self._places, most))

    def everything_unsettled(self) -> None:
        """Whatever could be met may not have been: the next match looks at all of it."""
        self.unsettled.update(dict.fromkeys(d for d in self.all_demands() if d.waiting))

    def index_agent(self, agent: Agent) -> None:
        """Agree with the agent's state."""
        if (agent.state is AgentState.LOGGED_OUT) == (agent.agent_id in self._logged_in):
            self._count_staff(agent)
        if (agent.state in AT_REST) == (agent.agent_id in self._at_work):
            self._count_at_work(agent)
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

    def index_standing(self, agent: Agent, queue_id: QueueId) -> None:
        """Agree with how the agent stands to a queue."""
        if queue_id in agent.away_from:
            self.away[queue_id][agent.agent_id] = agent
        else:
            self.away[queue_id].pop(agent.agent_id, None)
            self.unsettled.update(dict.fromkeys(d for d in self.demands_of(queue_id) if d.waiting))
        self.recheck[queue_id] = None

    def _count_staff(self, agent: Agent) -> None:
        """He logged in or out: the first who comes and the last who goes change what callers can hope for."""
        came = agent.agent_id not in self._logged_in
        self._logged_in ^= {agent.agent_id}
        for pool in self.serves(agent):
            pool.staff += 1 if came else -1
            if pool.staff == (1 if came else 0):
                self.recheck.update(dict.fromkeys(pool.queues))
            self._recheck_where_some_are_away(pool)

    def _count_at_work(self, agent: Agent) -> None:
        """The same for tiers: they are skipped when nobody there takes calls."""
        came = agent.agent_id not in self._at_work
        self._at_work ^= {agent.agent_id}
        for pool in self.serves(agent):
            pool.at_work += 1 if came else -1
            if pool.kind.team is not None and pool.at_work == (1 if came else 0):
                self.recheck.update(dict.fromkeys(pool.queues))
            self._recheck_where_some_are_away(pool)

    def _recheck_where_some_are_away(self, pool: Pool) -> None:
        """There the first who comes may not be the first who counts."""
        self.recheck.update(dict.fromkeys(q for q in pool.queues if self.away[q]))

    def index_call(self, call: Call) -> None:
        """Agree with the call's state, place and step."""
        can_be_served = call.state is CallState.WAITING and call.in_waiting_room
        demand = self.demand(call) if can_be_served else None
        was = self._places.get(call.call_id)
        if was is not None and was is not demand:
            was.waiting.discard(call)
            del self._places[call.call_id]
            if not was.waiting:
                for pool in was.pools:  # the same one twice, where he requires what is preferred
                    pool.waited_for_by.pop(was, None)
                    if pool.kind.alone is not None:
                        del self._for_one[was.queue_id, pool.kind.alone]
                        self.unsettled.pop(was, None)
        if demand is not None:
            self._places[call.call_id] = demand
            demand.waiting.push(call)
            self.unsettled[demand] = None
            for pool in demand.pools:
                pool.waited_for_by[demand] = None


def _tiers_of(queue: QueueRules) -> tuple[int, ...]:
    return (*range(len(queue.tiers) + 1), *([RESERVE] if queue.reserve is not None else []))


def _kinds(queue: QueueRules, need: Requirement, tiers: Iterable[int]) -> tuple[PoolKind, ...]:
    """Where a queue's agents of these tiers come from at a step that requires ``need``."""
    order = order_of(queue.choice, queue.requirement.skills(), queue.queue_id)
    needs = (need,) if queue.prefers is None else (need.both(queue.prefers), need)
    parted = queue.tiers or queue.reserve is not None
    teams = [Team(queue.queue_id, tier) for tier in tiers] if parted else [None]
    return tuple(PoolKind(one, order, team) for team in teams for one in needs)


def _members(
    kinds: Iterable[PoolKind], rules: Rules, agents: Mapping[AgentId, Agent]
) -> dict[PoolKind, tuple[Agent, ...]]:
    """Who belongs to the pools of these kinds, in the order of the rules."""
    suiting: dict[Requirement, tuple[Agent, ...]] = {}
    members = {}
    for kind in kinds:
        if kind.requirement not in suiting:
            suiting[kind.requirement] = _who_suit(kind.requirement, agents)
        members[kind] = suiting[kind.requirement]
        if kind.team is not None:
            queue, tier = rules.queues[kind.team.queue_id], kind.team.tier
            members[kind] = tuple(a for a in members[kind] if queue.tier_of(a.agent_id) == tier)
    return members


def _who_suit(need: Requirement, agents: Mapping[AgentId, Agent]) -> tuple[Agent, ...]:
    if need.names_agents:
        return tuple(agent for agent in agents.values() if agent.profile.meets(need))
    suit: dict[SkillSet, bool] = {}  # many agents have the same skills
    for skills in (agent.profile.skills for agent in agents.values()):
        if skills not in suit:
            suit[skills] = need.suits(skills)
    return tuple(agent for agent in agents.values() if suit[agent.profile.skills])
