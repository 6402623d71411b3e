"""An engine without a PBX: the real floor in a real runtime with a real store; the test plays the world."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from acd.call_signals import CallArrived, CallerHungUp, CallerWaiting
from acd.commands import EnqueueCall, EnterIvr
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.link_signals import LinkRestored
from acd.observation import Observation
from acd.offer_signals import AgentAnswered, AgentHungUp, AgentRinging, PhoneChanged
from acd.orders import Order, RingAgent
from acd.outside import OutsideRules
from api.ports import Health, WebhookHealth
from cti.campaign_check import CampaignChecks
from cti.campaign_desk import CampaignDesk
from cti.campaign_document import House
from cti.campaign_meter import CampaignMeter
from cti.clock import Clock
from cti.config import AgentConfig, Config
from cti.credentials import Credentials
from cti.customer_store import CustomerStore
from cti.dial_gate import DialGate, dial_rules
from cti.dialing_profile import load_profile
from cti.dnc_store import DncStore
from cti.envelope import Envelope
from cti.floor import Floor
from cti.flow_history import FlowHistory
from cti.flow_shelf import FlowShelf
from cti.flows_cache import FlowsCache, KnownFlows
from cti.journal import Position
from cti.keeper import Keeper
from cti.media_place import DIRECTORIES, MediaPlace
from cti.message_store import MessageStore
from cti.recognition import Recognition
from cti.rulebook import Rulebook
from cti.rules import rules_of
from cti.rules_agents import AgentRulesConfig
from cti.rules_cache import KnownRules, RulesCache
from cti.rules_document import RulesDocument
from cti.rules_history import RulesHistory
from cti.rules_queues import QueueConfig
from cti.runtime import Runtime
from cti.store import Store
from dialer.tables import MOST_LEADS
from ivr.document import Problem
from ivr.flow_texts import FlowTexts

TOKEN = "the-token-of-the-tests"
RUN = "run-1"
PROFILES = {"plain": load_profile(Path("config"), "plain")}


FLOWS = FlowTexts(
    numbers="numbers: {default: main}\n",
    flows={
        "main.yaml": """\
name: main
start: sales
nodes:
  sales: {kind: queue, queue: sales, refused: bye}
  bye: {kind: hangup, prompts: [goodbye]}
"""
    },
)


def two_agents() -> Config:
    """Ana and Ben; what they can do: :func:`two_queues`."""
    return Config(
        agents=(AgentConfig(id="ana", name="Ana Alvarez"), AgentConfig(id="ben", name="Ben Okafor")),
    )


def two_queues() -> RulesDocument:
    """Ana sells and supports, Ben only supports; no wrap-up."""
    return RulesDocument(
        agents={
            "ana": AgentRulesConfig(skills={"sales": 8, "support": 6}),
            "ben": AgentRulesConfig(skills={"support": 8}),
        },
        queues=(
            QueueConfig(id="sales", requires={"sales": 5}, wrap_up_s=0, capacity=2000),
            QueueConfig(id="support", requires={"support": 5}, wrap_up_s=0),
        ),
        vip_callers=frozenset({"+3399"}),
    )


def _flows_name_sales(rules: RulesDocument) -> list[Problem]:
    if any(queue.id == "sales" for queue in rules.queues):
        return []
    return [Problem("flows/main.yaml", 4, "nodes.sales.queue", "no queue is called 'sales'")]


class FakeEngine:
    """Implements :class:`api.ports.Engine`."""

    def __init__(
        self, directory: Path, *, inbox_limit: int = 20_000, rules: RulesDocument | None = None
    ) -> None:
        self.config = two_agents()
        self.caught_up = True
        self.credentials = Credentials("ami-secret-of-the-tests", TOKEN, {})
        self.store = Store(f"sqlite+aiosqlite:///{directory / 'history.db'}")
        self.orders: list[RingAgent] = []
        self.runtime = Runtime(
            Floor(rules_of(self.config.agents, rules or two_queues(), RUN, OutsideRules(allow=("+33",)))),
            Clock(),
            RUN,
            carry_out=self._note,
            inbox_limit=inbox_limit,
        )
        self.customers = CustomerStore(self.store, "FR")
        self.dnc = DncStore(self.store)
        self.gate = DialGate(
            store=self.store,
            rules=replace(dial_rules(self.config, None), outside=OutsideRules(allow=("+33",))),
            region="FR",
            now=self.runtime.clock.now,
        )
        self.runtime.listen(self.gate.on_step)
        self.recognition = Recognition(self.customers, self.runtime.post)
        self.runtime.listen(self.recognition.on_step)
        place = MediaPlace(here=directory / "pbx", there=PurePosixPath("/pbx"))
        for name in DIRECTORIES:
            (place.here / name).mkdir(parents=True)
        self.keeper = Keeper(
            place=lambda: place,
            runtime=self.runtime,
            index=MessageStore(self.store),
            limits=self.config.messages,
        )
        self.runtime.listen(self.keeper.on_step)
        self.rulebook = Rulebook(
            history=RulesHistory(self.store),
            cache=RulesCache(directory),
            ask=self.runtime.ask,
            now=self.runtime.clock.now,
            people=[agent.id for agent in self.config.agents],
            first=KnownRules(version=0, document=two_queues()),
            written=two_queues(),
            file="rules.yaml",
            misfits=_flows_name_sales,
        )
        self.rulebook.in_step = True  # nothing is published by itself
        self.flow_shelf = FlowShelf(
            history=FlowHistory(self.store),
            cache=FlowsCache(directory),
            now=self.runtime.clock.now,
            first=KnownFlows(texts=FLOWS, book=FLOWS.book()),
            directory=directory,
            watched=False,
            misfits=lambda book: book.unknown_queues(["sales", "support"]),
        )
        self.flow_shelf.in_step = True
        self.meter = CampaignMeter(self.runtime.tables, self.runtime.campaigns)
        self.runtime.listen(self.meter.on_step)
        self.campaigns = CampaignDesk(
            store=self.store,
            ask=self.runtime.ask,
            post=self.runtime.post,
            now=self.runtime.clock.now,
            room=lambda: MOST_LEADS - self.runtime.campaigns.leads_in_all,
            house=lambda: House(
                queues=("sales", "support"),
                flows=self.flow_shelf.in_force.book.by_name,
                profiles=PROFILES,
                profile="plain",
            ),
        )
        self.campaign_checks = CampaignChecks(self.campaigns, self.gate, self.runtime, self.runtime.clock.now)
        self.campaigns.caught_up = True  # there was no earlier run
        self.said: list[Envelope] = []
        self.written = 0
        self.status: str = "ok"
        self.webhooks: list[WebhookHealth] = []
        self.runtime.listen(self._record)

    def _record(self, step: Sequence[Envelope]) -> None:
        self.said.extend(step)

    def _note(self, order: Order) -> None:
        if isinstance(order, RingAgent):
            self.orders.append(order)

    def health(self) -> Health:
        return Health(
            status=self.status,  # type: ignore[arg-type]
            link={"state": "up", "since": self.runtime.clock.now(), "reason": ""},
            database={"state": "ok", "behind_bytes": 0, "reason": None},
            journal={"alarm": None},
            mqtt={"state": "off"},
            webhooks=self.webhooks,
            texts={"state": "off", "waiting": 0, "reason": None},
            customers={"asking": 0, "reason": None},
            ivr={"sessions": 0, "flows": 0, "mistakes_in_files": 0},
            inbox={"behind": self.runtime.behind, "missed": self.runtime.missed},
            unexplained=0,
            run=RUN,
            uptime_s=1.5,
        )

    # -- the world ---------------------------------------------------------------------------

    async def settles(self) -> None:
        """Everything said so far is dealt with."""
        while self.runtime.behind:
            await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def connects(self) -> None:
        """The PBX is there, with everybody's phone."""
        everybody = frozenset(AgentId(agent.id) for agent in self.config.agents)
        seen = Observation(as_of=self.runtime.clock.now(), calls=(), reachable=everybody)
        self.runtime.post(LinkRestored(seen=seen))
        await self.settles()

    async def unplugs(self, agent: str) -> None:
        """An agent's phone vanishes."""
        self.runtime.post(PhoneChanged(agent_id=AgentId(agent), reachable=False))
        await self.settles()

    async def calls(self, call_id: str, queue: str, caller: str = "+3312") -> CallId:
        """A caller arrives and is handed to a queue."""
        name = CallId(call_id)
        self.runtime.post(CallArrived(call_id=name, caller=caller, dialled="8000"))
        who = await self.recognition.customer_of(name, caller)
        entered = EnterIvr(call_id=name, caller=caller, dialled="8000", flow="main", customer=who)
        assert await self.runtime.ask(entered) is None
        assert await self.runtime.ask(EnqueueCall(call_id=name, queue_id=QueueId(queue))) is None
        self.runtime.post(CallerWaiting(call_id=name))
        await self.settles()
        return name

    async def knocks(self, call_id: str, queue: str, caller: str = "+3312") -> str:
        """A caller arrives and is handed to a queue that does not take him; why not."""
        name = CallId(call_id)
        await self.runtime.ask(EnterIvr(call_id=name, caller=caller, dialled="8000", flow="main"))
        refused = await self.runtime.ask(EnqueueCall(call_id=name, queue_id=QueueId(queue)))
        assert refused is not None
        return refused.reason

    async def answers(self) -> OfferId:
        """The agent whose phone was last rung answers."""
        offer = self.orders[-1].offer_id
        self.runtime.post(AgentRinging(offer_id=offer))
        self.runtime.post(AgentAnswered(offer_id=offer))
        await self.settles()
        return offer

    async def agent_hangs_up(self, offer: OfferId, call_id: CallId) -> None:
        """The conversation ends, and with it the call."""
        self.runtime.post(AgentHungUp(offer_id=offer))
        self.runtime.post(CallerHungUp(call_id=call_id))
        await self.settles()

    async def hangs_up(self, call_id: CallId) -> None:
        """The caller hangs up."""
        self.runtime.post(CallerHungUp(call_id=call_id))
        await self.settles()

    async def writes_history(self) -> None:
        """The store takes in everything said so far."""
        batch, self.written = self.said[self.written :], len(self.said)
        await self.store.write(batch, Position("journal", self.written))
