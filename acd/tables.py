"""The present: calls, agents, live offers, their indices and deadlines. One writer, the engine."""

from collections import OrderedDict

from acd.agent import Agent
from acd.call import Call, CallState
from acd.callback import CallbackBook
from acd.chance import Chance
from acd.door import Door
from acd.estimates import Estimates
from acd.events import Event
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.instant import Instant
from acd.ledger import Ledger
from acd.line import Line
from acd.matching import Matching
from acd.messages import Output
from acd.offer import Offer
from acd.orders import Order
from acd.requirement import Requirement
from acd.rules import Rules
from acd.stats import QueueStats
from acd.timers import Timers

REMEMBERED_ENDS = 10_000
"""Ended calls and offers remembered by name, so that late news about them is known for what it is."""


class Tables:
    """All state of the ACD. Handlers in :mod:`acd.calls`, :mod:`acd.agents`, :mod:`acd.offers` change it."""

    def __init__(self, rules: Rules, *, explains: bool = True, chance: Chance | None = None) -> None:
        self.explains = explains
        """Whether decisions are told with their reasons; what is decided does not depend on it."""
        self.calls: dict[CallId, Call] = {}
        self.agents: dict[AgentId, Agent] = {
            agent_id: Agent(profile=profile) for agent_id, profile in rules.agents.items()
        }
        self.offers: dict[OfferId, Offer] = {}
        self.talking: dict[OfferId, CallId] = {}
        """Conversations by the offer they came from: the agent's leg is known by it."""
        self.stats: dict[QueueId, QueueStats] = {}
        self.timers = Timers()
        self.link_up = False
        self.to_ring: dict[CallId, None] = {}
        """Callers for whom more phones may be rung before the order is given, once everybody had his turn."""
        self.in_hand: CallId | None = None
        """The caller whose flow connects him by itself, while the message that queued him is applied."""
        self.chosen_last: dict[QueueId, AgentId] = {}
        """Whom each queue chose last."""
        self.chance = chance or Chance(rules.run)
        self.doors: dict[QueueId, Door] = {}
        """Queues open and closed; nobody knows before the first message, since it brings the time."""
        self.unstaffed_since: dict[QueueId, Instant] = {}
        """Queues that ask for staff and have none."""
        self.staff_changed = True
        """Whether somebody came, went, paused or came back since :mod:`acd.staffing` looked."""
        self.to_consider: dict[CallId, None] = {}
        """Waiting callers who may have to leave, or may go elsewhere; see :mod:`acd.overflow`."""
        self.estimates = Estimates()
        """How fast agents work, and what was foretold to callers in line."""
        self.ledger = Ledger(rules.returning)
        """Callers we owe an answer."""
        self.doors_moved: dict[QueueId, None] = {}
        """Queues that opened, closed or got other rules: their callbacks are looked at again."""
        self.callbacks = CallbackBook()
        """Open callbacks; each is also a call."""
        self.ended_calls: OrderedDict[CallId, Instant] = OrderedDict()
        """Ended calls and when they ended."""
        self.ended_offers: OrderedDict[OfferId, Offer] = OrderedDict()
        self.outputs: list[Output] = []
        self._arrivals = 0
        self._offers_made = 0
        self._callbacks_booked = 0
        self.rules_version = 0
        """Which version of the rules is in force; 0 when nobody numbered them."""
        self.derive(rules)

    def derive(self, rules: Rules) -> None:
        """Make what hangs on the rules, with nobody in it; counters of queues that stay go on.

        Whoever calls this enters everybody again: :mod:`acd.adoption`.
        """
        self.rules = rules
        for agent_id, profile in rules.agents.items():
            self.agents[agent_id].profile = profile
        self.stats = {queue_id: self.stats.get(queue_id) or QueueStats() for queue_id in rules.queues}
        for queue_id in self.chosen_last.keys() - rules.queues.keys():
            del self.chosen_last[queue_id]
        self.matching = Matching(rules, self.agents, self.chosen_last, self.chance)
        """Who may serve whom; replaced as a whole when the rules change."""
        self.in_queue: dict[QueueId, Line] = {
            queue_id: Line(rules.classes, queue.weight) for queue_id, queue in rules.queues.items()
        }
        """Callers waiting or offered, by queue."""
        self.estimates.adopt(self.matching.reaches(), self.matching.begin_with())
        self.foretells = self.explains or any(queue.asks_for_waits for queue in rules.queues.values())
        """Whether waits are foretold: for people to see, or because something is decided by them."""
        self.ledger.rules = rules.returning
        self._lacks: dict[str, dict[AgentId, str | None]] = {}

    def tell(self, event: Event) -> None:
        """Say a fact."""
        self.outputs.append(event)

    def order(self, order: Order) -> None:
        """Ask for something in the world."""
        self.outputs.append(order)

    def moves(self, call: Call) -> bool:
        """Whether who waits may have to leave his queue without an agent."""
        assert call.queue_id is not None
        return bool(call.brief.patience) or self.moves_callers(call.queue_id)

    def moves_callers(self, queue_id: QueueId) -> bool:
        """Whether who waits in this queue may have to leave it without an agent."""
        return self.rules.queues[queue_id].moves_callers or self.doors[queue_id].closure is not None

    def lacking(self, need: Requirement, agent_id: AgentId) -> str | None:
        """What an agent lacks for a requirement, in words; remembered, since decisions name the same ones."""
        lacks = self._lacks.get(need.text)  # it is its text, whose hash is known already
        if lacks is None:
            lacks = self._lacks[need.text] = {}
        if agent_id not in lacks:
            lacks[agent_id] = self.agents[agent_id].profile.lacks(need)
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

    def next_callback_id(self) -> CallId:
        """A name for a callback's call, unique across runs of the engine."""
        while True:
            self._callbacks_booked += 1
            name = CallId(f"cb-{self.rules.run}-{self._callbacks_booked}")
            if name not in self.calls and name not in self.ended_calls:
                return name

    def knows_offer(self, offer_id: OfferId) -> bool:
        """Whether an offer of this name lives, is being talked under, or ended not long ago."""
        return offer_id in self.offers or offer_id in self.talking or offer_id in self.ended_offers

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
        assert not self.matching.unsettled, f"unsettled at {at}"
        assert not self.to_ring, f"not rung at {at}"
        assert not self.matching.recheck, f"not rechecked at {at}"
        assert not self.to_consider, f"not considered at {at}"
