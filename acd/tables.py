"""The present: calls, agents, live offers, their indices and deadlines. One writer, the engine."""

from collections import OrderedDict

from acd.agent import Agent, AgentState
from acd.call import Call, CallState
from acd.events import Event
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.instant import Instant
from acd.lazyheap import LazyHeap
from acd.ledger import Ledger
from acd.line import Line
from acd.messages import Output
from acd.offer import Offer
from acd.orders import Order
from acd.requirement import Requirement
from acd.rules import Rules
from acd.skills import SkillSet
from acd.stats import QueueStats
from acd.timers import Timers
from acd.waiting import WaitingCallers

REMEMBERED_ENDS = 10_000
"""Ended calls and offers remembered by name, so that late news about them is known for what it is."""


class Tables:
    """All state of the ACD. Handlers in :mod:`acd.calls`, :mod:`acd.agents`, :mod:`acd.offers` change it."""

    def __init__(self, rules: Rules, *, explains: bool = True) -> None:
        self.rules = rules
        self.explains = explains
        """Whether decisions are told with their reasons; what is decided does not depend on it."""
        self.calls: dict[CallId, Call] = {}
        self.agents: dict[AgentId, Agent] = {
            agent_id: Agent(profile=profile) for agent_id, profile in rules.agents.items()
        }
        self.offers: dict[OfferId, Offer] = {}
        self.talking: dict[OfferId, CallId] = {}
        """Conversations by the offer they came from: the agent's leg is known by it."""
        self.stats: dict[QueueId, QueueStats] = {queue_id: QueueStats() for queue_id in rules.queues}
        self.timers = Timers()
        self.link_up = False
        needs = dict.fromkeys(need for queue in rules.queues.values() for need in queue.steps)
        self.favoured: dict[tuple[QueueId, Requirement], Requirement] = {
            (queue.queue_id, need): need.both(queue.prefers)
            for queue in rules.queues.values()
            for need in queue.steps
            if queue.prefers is not None
        }
        """What the preferred ones meet of those who may serve a queue's calls at a step."""
        choices = dict.fromkeys((*needs, *self.favoured.values()))
        self.ready: dict[Requirement, LazyHeap[AgentId]] = {need: LazyHeap() for need in choices}
        """Ready agents by what they may serve, longest idle first; one agent is in several."""
        self.waiting: dict[Requirement, WaitingCallers] = {
            need: WaitingCallers(rules.classes) for need in needs
        }
        """Callers in the waiting room by requirement."""
        self.unsettled: dict[Requirement, None] = {}
        """Requirements for which somebody became free since the last match."""
        self.in_queue: dict[QueueId, Line] = {queue_id: Line(rules.classes) for queue_id in rules.queues}
        """Callers waiting or offered, by queue."""
        self.ledger = Ledger(rules.returning)
        """Callers we owe an answer."""
        self.ended_calls: OrderedDict[CallId, Instant] = OrderedDict()
        """Ended calls and when they ended."""
        self.ended_offers: OrderedDict[OfferId, Offer] = OrderedDict()
        self.outputs: list[Output] = []
        self._serves: dict[SkillSet, tuple[Requirement, ...]] = {}
        for skills in (agent.profile.skills for agent in self.agents.values()):
            if skills not in self._serves:
                self._serves[skills] = tuple(need for need in choices if need.suits(skills))
        self.servers: dict[Requirement, tuple[Agent, ...]] = {
            need: tuple(agent for agent in self.agents.values() if need in self.serves(agent))
            for need in needs
        }
        """Agents who may serve a requirement, in the order of the rules."""
        self.staff: dict[Requirement, int] = dict.fromkeys(choices, 0)
        """How many agents who meet a requirement are logged in."""
        self.recheck: dict[Requirement, None] = {}
        """Requirements whose callers may have lost the last who could take them, or won a later step."""
        self._widened_by: dict[Requirement, dict[Requirement, None]] = {need: {} for need in choices}
        for queue in rules.queues.values():
            for step, need in enumerate(queue.steps):
                self._widened_by[need].update(dict.fromkeys(queue.steps[:step]))
        self._logged_in: set[AgentId] = set()
        self._lacks: dict[Requirement, dict[AgentId, str | None]] = {}
        self._arrivals = 0
        self._offers_made = 0

    def tell(self, event: Event) -> None:
        """Say a fact."""
        self.outputs.append(event)

    def order(self, order: Order) -> None:
        """Ask for something in the world."""
        self.outputs.append(order)

    def serves(self, agent: Agent) -> tuple[Requirement, ...]:
        """What an agent may serve, of all the queues require."""
        return self._serves[agent.profile.skills]

    def lacking(self, need: Requirement, agent_id: AgentId) -> str | None:
        """What an agent lacks for a requirement, in words; remembered, since decisions name the same ones."""
        lacks = self._lacks.setdefault(need, {})
        if agent_id not in lacks:
            lacks[agent_id] = need.missing(self.agents[agent_id].profile.skills)
        return lacks[agent_id]

    def next_arrival(self) -> int:
        """A number that grows with every call."""
        self._arrivals += 1
        return self._arrivals

    def next_offer_id(self) -> OfferId:
        """A name for an offer, unique across runs of the engine."""
        while True:
            self._offers_made += 1
            name = OfferId(f"{self.rules.run}-{self._offers_made}")
            if not self.knows_offer(name):
                return name

    def knows_offer(self, offer_id: OfferId) -> bool:
        """Whether an offer of this name lives, is being talked under, or ended not long ago."""
        return offer_id in self.offers or offer_id in self.talking or offer_id in self.ended_offers

    def index_agent(self, agent: Agent) -> None:
        """Make the index of ready agents agree with the agent's state."""
        if (agent.state is AgentState.LOGGED_OUT) == (agent.agent_id in self._logged_in):
            self._count_staff(agent)
        for need in self.serves(agent):
            if agent.state is AgentState.READY:
                self.ready[need].push(agent.agent_id, (agent.ready_since,))
                if self.waiting.get(need):
                    self.unsettled[need] = None
            else:
                self.ready[need].discard(agent.agent_id)

    def _count_staff(self, agent: Agent) -> None:
        """He logged in or out: the first who comes and the last who goes change what callers can hope for."""
        came = agent.agent_id not in self._logged_in
        self._logged_in ^= {agent.agent_id}
        for need in self.serves(agent):
            self.staff[need] += 1 if came else -1
            if came and self.staff[need] == 1:
                self.recheck.update(self._widened_by[need])
            elif self.staff[need] == 0 and need in self.waiting:
                self.recheck[need] = None

    def unindex_call(self, call: Call) -> None:
        """Take a call out of the index of callers who can be served: what it requires is about to change."""
        if call.requirement in self.waiting:
            self.waiting[call.requirement].discard(call)

    def index_call(self, call: Call) -> None:
        """Make the index of callers who can be served agree with the call's state."""
        need = call.requirement
        if call.state is CallState.WAITING and call.in_waiting_room:
            self.waiting[need].push(call)
            self.unsettled[need] = None
        else:
            self.unindex_call(call)

    def remember_call(self, call_id: CallId, at: Instant) -> None:
        """Keep the name of an ended call for a while."""
        self.ended_calls[call_id] = at
        if len(self.ended_calls) > REMEMBERED_ENDS:
            self.ended_calls.popitem(last=False)

    def remember_offer(self, offer: Offer) -> None:
        """Keep an ended offer for a while."""
        self.ended_offers[offer.offer_id] = offer
        if len(self.ended_offers) > REMEMBERED_ENDS:
            self.ended_offers.popitem(last=False)

    def call_in_state(self, call_id: CallId, *states: CallState) -> Call | None:
        """The call, when it exists and is in one of the states."""
        call = self.calls.get(call_id)
        return call if call is not None and call.state in states else None

    def free_instant(self, at: Instant) -> None:
        """Nothing is pending between two inputs: the shell relies on it."""
        assert not self.unsettled, f"unsettled at {at}"
        assert not self.recheck, f"not rechecked at {at}"
