"""Lines of a campaign on a real Asterisk, without an engine: its link and its flows' server stand here, so
that what the dialplan does with who answers can be looked at alone."""

import asyncio
import time
from array import array
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self, TypeVar

from acd.call import CallClass
from acd.instant import Instant, seconds
from cti.ami import AmiLink
from cti.ami_connection import Message
from cti.campaign_lines import actions, request_of
from cti.clock import Clock
from cti.messages import Signal
from cti.pbx import AMI_USER, HEARTBEAT_S
from cti.ports import free_ports
from cti.translate import WANTED_EVENTS, signals
from demo.endpoint import SipEndpoint
from demo.media import MediaClock
from demo.phone import Answers, Phone
from dialer.campaign import MachineRules
from dialer.compliance.verdict import Allowed
from dialer.ids import AttemptId, CampaignId, LeadId
from dialer.orders import PlaceLine
from ivr.agi.server import AgiServer
from ivr.agi.services import Services
from ivr.campaigns import NoCampaigns
from ivr.utterance import Sound, Utterance
from tests.asterisk.pbx import PrivateAsterisk
from tests.asterisk.real_house import SOON_S
from tests.ivr.scripted_asterisk import Board

S = TypeVar("S")

MESSAGE = "im-sorry"
"""What machines are left here: a sound of Asterisk's own."""


class Machines(NoCampaigns):
    """Knows what a machine is left."""

    def message_for_machine(self, *, call_id: str, campaign: str, language: str) -> Sequence[Utterance]:
        return (Sound(MESSAGE),)


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


class LineBench:
    """A private Asterisk, telephones outside it, and what is heard of their lines."""

    def __init__(self, directory: Path) -> None:
        """Its files go into ``directory``."""
        [self._port] = free_ports(1)
        outside = {"trunk": "carrier", "host": "127.0.0.2", "port": self._port, "allow": ["+33"]}
        self.asterisk = PrivateAsterisk(directory, {"outside": outside})
        self.heard: list[Signal] = []
        self.came_to_flows: list[tuple[str, str]] = []
        """Which line, and what it says it has dialled. No flow answers here: it is hung up on."""
        self._news = asyncio.Event()
        self._stack = AsyncExitStack()
        self._lines = 0

    async def __aenter__(self) -> Self:
        stack = self._stack
        await asyncio.to_thread(self.asterisk.start)
        stack.callback(self.asterisk.stop)
        pbx = self.asterisk.config.asterisk
        services = Services(switchboard=Board(), campaigns=Machines())
        agi = AgiServer(flow_for=self._flow_for, services=services)
        await agi.start(pbx.host, pbx.agi_port)
        stack.push_async_callback(agi.close, 1)
        media = await stack.enter_async_context(MediaClock())
        self._outside = await stack.enter_async_context(
            await SipEndpoint.open(media=media, host="127.0.0.2", port=self._port)
        )
        up = asyncio.Event()

        async def on_up() -> None:
            up.set()

        self._link = AmiLink(
            host=pbx.host,
            port=pbx.ami_port,
            username=AMI_USER,
            secret=self.asterisk.credentials.ami_secret,
            wanted_events=WANTED_EVENTS,
            on_event=self._on_event,
            on_up=on_up,
            on_down=lambda reason: None,
            clock=Clock().now,
        )
        running = asyncio.create_task(self._link.run())
        stack.push_async_callback(_ended, running)
        async with asyncio.timeout(SOON_S):
            await up.wait()
        await self.beats()  # lines of campaigns are let go when an engine was silent for seconds
        self._heart = asyncio.create_task(self._beat())
        stack.push_async_callback(_ended, self._heart)
        return self

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            await self.beats()

    async def beats(self, ago_s: float = 0.0) -> None:
        """The engine's heart has beaten so long ago."""
        at = str(round((time.time() - ago_s) * 1_000))
        await self._link.act("Setvar", [("Variable", "CTI_HEARTBEAT"), ("Value", at)])

    async def heart_stops(self) -> None:
        """It beats no more, but by :meth:`beats`."""
        await _ended(self._heart)

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    def phone(self, number: str, says: "array[int]") -> Phone:
        """Somebody's telephone: he, or his machine, says this and is silent then."""
        sip = self.asterisk.config.asterisk
        return Phone(
            self._outside,
            user=number,
            secret="",
            registrar=(sip.sip_host, sip.sip_port),
            behaviour=Answers(after_s=0.1),
            opening=says,
        )

    async def dials(self, number: str, machine: MachineRules | None) -> AttemptId:
        """A line of a campaign is opened to him."""
        self._lines += 1
        order = PlaceLine(
            attempt_id=AttemptId(f"bench-a{self._lines}"),
            campaign_id=CampaignId("sales"),
            lead_id=LeadId("list/1"),
            number=number,
            zone=None,
            ring_for=seconds(20),
            flow="",
            queue_id=None,
            call_class=CallClass.VIP,
            machine=machine,
            connect_within=seconds(2),
            auto_answer=True,
            language="",
            pool=None,
            profile=None,
        )
        allowed = Allowed(request=request_of(order), at=Instant(0), caller_id=None)
        for name, headers in actions(order, allowed):
            await self._link.act(name, headers)
        return order.attempt_id

    def _flow_for(self, call_id: str, dialled: str) -> None:
        self.came_to_flows.append((call_id, dialled))

    def _on_event(self, event: Message) -> None:
        for signal in signals(event):
            self.heard.append(signal)
            self._news.set()

    async def hears(self, kind: type[S], line: AttemptId) -> S:
        """The first of a kind that is heard of a line."""
        async with asyncio.timeout(2 * SOON_S):
            while True:
                for signal in self.heard:
                    if isinstance(signal, kind) and getattr(signal, "attempt_id", None) == line:
                        return signal
                self._news.clear()
                await self._news.wait()

    def heard_of(self, line: AttemptId) -> list[str]:
        """The kinds of what was heard of a line, in turn."""
        return [type(s).__name__ for s in self.heard if getattr(s, "attempt_id", None) == line]
