"""The composition root: every part made once, started in order, ended in order."""

import asyncio
import functools
import gc
import logging
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from acd.events import LinkChanged
from acd.queue_events import RulesAdopted
from api.app import create_app
from api.check import misfits_between, unknown_services
from api.customer_sources import directory_of, facts_of, strangers_of
from api.engine_health import health_of
from api.house import House
from api.http_server import HttpServer, StartProblem, listen, port_problem
from api.ports import Health
from cti.campaign_calls import CampaignCalls
from cti.campaign_check import CampaignChecks
from cti.campaign_desk import CampaignDesk
from cti.campaign_document import House as CampaignsHouse
from cti.campaign_meter import CampaignMeter
from cti.clock import Clock
from cti.customer_store import CustomerStore
from cti.dial_gate import DialGate, dial_rules
from cti.dnc_store import DncStore
from cti.earlier_runs import EarlierRuns
from cti.envelope import Envelope
from cti.floor import Floor
from cti.flow_history import FlowHistory
from cti.flow_shelf import FlowShelf
from cti.flows_cache import FlowsCache
from cti.journal import Journal
from cti.keeper import Keeper
from cti.kept_flows import KeptFlows
from cti.left_alone import LeftAlone
from cti.lookups import LookupDesk
from cti.media_place import media_place
from cti.message_store import MessageStore
from cti.messages import Order
from cti.mqtt import MqttPublisher
from cti.opting_out import OptingOut
from cti.own_sounds import own_sounds
from cti.pbx import Pbx
from cti.phrases import put_ready
from cti.prompt_keeper import CATALOGUE_DIRECTORY, PromptKeeper, Wanted, house_prompter
from cti.prompts_wanted import languages_of, prompts_wanted
from cti.recognition import Recognition
from cti.rulebook import Rulebook
from cti.rules import rules_of
from cti.rules_cache import RulesCache
from cti.rules_history import RulesHistory
from cti.runtime import Runtime, is_event
from cti.short_turns import ask_for_short_turns
from cti.store import Store
from cti.switchboard import EngineSwitchboard
from cti.text_gateway import TextGateway
from cti.transfer_gate import TransferGate
from cti.webhooks import Webhook
from cti.writer_process import WriterProcess
from dialer.orders import ListNumber, PlaceLine, SendText
from dialer.tables import MOST_LEADS
from ivr.agi.limits import AgiLimits
from ivr.agi.server import AgiServer
from ivr.agi.services import Services
from ivr.happenings import HoursAre
from ivr.loader import Entrance

log = logging.getLogger(__name__)


DRAIN_S = 5.0
"""How long a graceful stop waits for the database; what it has not taken by then stays in the journal."""


AGI_GRACE_S = 2.0


class Engine:
    """Everything that runs, joined. Implements :class:`api.ports.Engine` for the API."""

    def __init__(self, house: House, var: Path) -> None:
        config, credentials = house.config, house.credentials
        self.config, self.credentials = config, credentials
        self.clock = Clock()
        self.started_at = self.clock.now()
        run = f"{time.time_ns() // 1000:x}"
        self.journal = Journal(var / "journal", run)
        database = config.database.url or f"sqlite+aiosqlite:///{var / 'callwright.db'}"
        self.store = Store(database)
        self._media = functools.partial(media_place, var)
        self.writer = WriterProcess(var / "journal", database, self.store)
        catalogue = house.directory / CATALOGUE_DIRECTORY
        self.prompter, cache = house_prompter(config.speech, self._media(), own_sounds(var), catalogue)
        self.gate = DialGate(
            store=self.store,
            rules=dial_rules(config, house.profile, house.profiles),
            region=config.customers.region,
            now=self.clock.now,
        )
        self.pbx = Pbx(
            host=config.asterisk.host,
            port=config.asterisk.ami_port,
            secret=credentials.ami_secret,
            clock=self.clock,
            announcer=self.prompter,
            flow_talks_with=lambda call_id: self.agi.talks_with(call_id),
            gate=self.gate,
            alone=self._said_when_we_are_gone,
            left_alone=LeftAlone(self._media),
        )
        outside = config.outside.rules(config.customers.region)
        floor = Floor(rules_of(config.agents, house.known.document, run, outside))
        self.runtime = Runtime(floor, self.clock, run, carry_out=self._carry_out)
        self.pbx.serve(self.runtime)
        self.runtime.listen(self.gate.on_step)
        self.rulebook = Rulebook(
            history=RulesHistory(self.store),
            cache=RulesCache(var),
            ask=self.runtime.ask,
            now=self.clock.now,
            people=[agent.id for agent in config.agents],
            first=house.known,
            written=house.written,
            file=str(house.rules_file),
            misfits=lambda rules: misfits_between(rules, self.flow_shelf.in_force.book),
        )
        self.flow_shelf = FlowShelf(
            history=FlowHistory(self.store),
            cache=FlowsCache(var),
            now=self.clock.now,
            first=house.flows,
            directory=house.directory,
            watched=config.flows.watch,
            misfits=lambda book: (
                *misfits_between(self.rulebook.in_force.document, book),
                *unknown_services(config, book),
            ),
        )
        self.meter = CampaignMeter(self.runtime.tables, self.runtime.campaigns)
        self.runtime.listen(self.meter.on_step)
        self.campaigns = CampaignDesk(
            store=self.store,
            ask=self.runtime.ask,
            post=self.runtime.post,
            now=self.clock.now,
            room=lambda: MOST_LEADS - self.runtime.campaigns.leads_in_all,
            house=lambda: self._may_be_named(house),
        )
        self.campaign_checks = CampaignChecks(
            self.campaigns,
            self.gate,
            self.runtime,
            self.clock.now,
            lambda name, language: self.prompter.sources.knows(name, language),
        )
        self.mqtt = MqttPublisher(config.mqtt.url, config.mqtt.topic) if config.mqtt.url else None
        self.webhooks = [
            Webhook(f"webhooks.{place}", one, time.time) for place, one in enumerate(config.webhooks, 1)
        ]
        self.customers = CustomerStore(self.store, config.customers.region)
        self.dnc = DncStore(self.store)
        directory = directory_of(config, self.customers, self.store)
        self.recognition = Recognition(
            directory,
            self.runtime.post,
            limit_s=config.customers.timeout_ms / 1000,
            kept_s=config.customers.kept_s,
            stranger=strangers_of(config, self.customers),
        )
        self.runtime.listen(self.recognition.on_step)
        self.keeper = Keeper(
            place=self._media,
            runtime=self.runtime,
            index=MessageStore(self.store),
            limits=config.messages,
        )
        self.runtime.listen(self.keeper.on_step)
        self.opting_out = OptingOut(
            dnc=self.dnc,
            region=config.customers.region,
            now=self.clock.now,
            post=self.runtime.post,
        )
        self.texts = TextGateway(
            config.texts,
            gate=self.gate,
            now=self.clock.now,
            post=self.runtime.post,
            wanted=lambda text_id: self.runtime.campaigns.wants(text_id),
        )
        self.campaign_calls = CampaignCalls(
            runtime=self.runtime,
            opting_out=self.opting_out,
            region=config.customers.region,
            book=lambda: self.flow_shelf.in_force.book,
        )
        switchboard = EngineSwitchboard(
            self.runtime,
            self.recognition,
            self.campaign_calls,
            TransferGate(self.gate, lambda: self.pbx.lines_in_use()),
        )
        self.prompts = PromptKeeper(
            directory=catalogue,
            prompter=self.prompter,
            cache=cache,
            published=lambda: (
                self.flow_shelf.in_force.book,
                self.rulebook.in_force.document,
                *self.campaign_calls.rules_in_force(),
            ),
            wanted=self._prompts_wanted,
            put_phrases=self._put_phrases,
        )
        self.lookups = LookupDesk(config.ivr.lookups, facts_of(config, self.customers, directory))
        services = Services(
            switchboard=switchboard,
            hours=self._hours,
            keeper=self.keeper,
            lookups=self.lookups,
            prompter=self.prompter,
            campaigns=self.campaign_calls,
        )
        self.kept_flows = KeptFlows(self._entrance, services.conversations)
        self.runtime.listen(self.kept_flows.on_step)
        self.agi = AgiServer(
            flow_for=self.kept_flows.entrance,
            services=services,
            limits=AgiLimits(sessions=config.ivr.most_callers),
        )
        self._earlier = EarlierRuns(
            store=self.store,
            drained=self.writer.drain,
            runtime=self.runtime,
            campaigns=self.campaigns,
            started_at=self.started_at,
        )
        self.runtime.listen(self._note)

    def _said_when_we_are_gone(self, order: PlaceLine) -> str:
        language = order.language or languages_of(self.flow_shelf.in_force.book)[0]
        said = self.campaign_calls.message_when_we_are_gone(order.campaign_id, order.lead_id, language)
        return "&".join(self.prompter.ready(said, language) or ())

    def _carry_out(self, order: Order) -> None:
        if isinstance(order, ListNumber):
            self.opting_out.carry_out(order)
        elif isinstance(order, SendText):
            self.texts.carry_out(order)
        else:
            self.pbx.carry_out(order)

    @property
    def caught_up(self) -> bool:
        """Whether the database holds everything that earlier runs left behind."""
        return self._earlier.caught_up

    def _entrance(self, dialled: str) -> Entrance | None:
        """Whom we called has dialled his campaign's name, which is no number."""
        if (campaigns := self.campaign_calls.entrance(dialled)) is not None:
            return campaigns
        book = self.flow_shelf.in_force.book
        flow = book.answering(dialled, self._open_now)
        return None if flow is None else Entrance(flow=flow, book=book)

    def _may_be_named(self, house: House) -> CampaignsHouse:
        """What campaigns may name, now."""
        return CampaignsHouse(
            queues=[queue.id for queue in self.rulebook.in_force.document.queues],
            flows=self.flow_shelf.in_force.book.by_name,
            profiles=house.profiles,
            profile=None if house.profile is None else house.profile.name,
            pools=house.config.outside.caller_id_pools,
            sends_texts=house.config.texts.url is not None,
        )

    def _prompts_wanted(self) -> Wanted:
        if not self.config.speech.ahead:
            return ()
        campaigns = self.campaign_calls.rules_in_force()
        return prompts_wanted(self.flow_shelf.in_force.book, self.rulebook.in_force.document, campaigns)

    async def _put_phrases(self) -> None:
        speech = self.config.speech
        if speech.ahead:
            languages = (*languages_of(self.flow_shelf.in_force.book), speech.language)
            await put_ready(self.prompter, self._media().phrases, dict.fromkeys(languages))

    def _open_now(self, calendar: str) -> bool:
        """A calendar that rules have taken away meanwhile closes nothing."""
        return self._hours(calendar).open

    def _hours(self, name: str) -> HoursAre:
        written = self.rulebook.in_force.document.calendars.get(name)
        if written is None:
            return HoursAre(open=True, why="")
        calendar, now = written.calendar(name), self.clock.now()
        return HoursAre(open=calendar.open_at(now), why=calendar.holiday_at(now))

    def _note(self, step: Sequence[Envelope]) -> None:
        self.journal.append(step)
        self.writer.notify()
        for envelope in step:
            if self.mqtt is not None and is_event(envelope):
                self.mqtt.offer(envelope)
            for webhook in self.webhooks:
                webhook.offer(envelope)
            if isinstance(envelope.message, LinkChanged) and envelope.message.up:
                self._earlier.met_the_world()
            if isinstance(envelope.message, RulesAdopted):
                self.flow_shelf.look_again()

    def health(self) -> Health:
        """How every part is, for people and monitors; no secrets."""
        return health_of(self)

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set, then end everything in order.

        Raises:
            StartProblem: a port is taken or may not be used.
        """
        pbx, http = self.config.asterisk, self.config.http
        try:
            await self.agi.start(pbx.host, pbx.agi_port)
        except OSError as error:
            raise StartProblem(port_problem("asterisk.agi_port", pbx.host, pbx.agi_port, error)) from None
        listening = listen(http.host, http.port)
        server = HttpServer(create_app(self))
        ask_for_short_turns()
        gc.collect()
        gc.freeze()  # what start-up made stays; a full collection over it would hold the loop for 30 ms
        try:
            await self._live(server, listening, stop)
        finally:  # also when a bug ended it: whoever is in a menu goes to music at once
            listening.close()
            await self.agi.close(0)
            await self.campaign_checks.close()
            await self.lookups.close()
            await self.recognition.close()
            await self.opting_out.close()
            self.journal.close()
            await self.store.close()

    async def _live(self, server: HttpServer, listening: socket.socket, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            parts = [
                group.create_task(self.writer.run(), name="writer"),
                group.create_task(self.runtime.run(), name="runtime"),
                group.create_task(self.rulebook.run(), name="rulebook"),
                group.create_task(self.prompts.run(), name="prompts"),
                group.create_task(self.flow_shelf.run(), name="flows"),
                group.create_task(self._earlier.remember_agents(), name="memory"),
                group.create_task(self._earlier.settle_accounts(), name="accounts"),
                group.create_task(self._earlier.remember_campaigns(), name="campaigns"),
                group.create_task(self.pbx.run(), name="pbx"),
                group.create_task(self.keeper.run(), name="keeper"),
                group.create_task(self.texts.run(), name="texts"),
            ]
            if self.config.customers.url is None:
                parts.append(group.create_task(self.customers.run(), name="customers"))
            if self.mqtt is not None:
                parts.append(group.create_task(self.mqtt.run(), name="mqtt"))
            parts += [group.create_task(webhook.run(), name=webhook.name) for webhook in self.webhooks]
            serving = group.create_task(server.serve(sockets=[listening]), name="http")
            await stop.wait()
            log.info("stopping: callers stay in music and are found again at the next start")
            server.should_exit = True
            await self.agi.close(AGI_GRACE_S)
            await serving
            for part in reversed(parts[1:]):
                part.cancel()
            await asyncio.gather(*parts[1:], return_exceptions=True)
            await self.pbx.close()
            if not await self.writer.drain(DRAIN_S):
                log.warning("history is not all written yet; it stays in the journal for the next start")
            parts[0].cancel()
