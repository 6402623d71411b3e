"""An adapter before a false Asterisk that keeps channels and carries out what it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from acd.agent import AgentState
from acd.call import CallState
from acd.callback import CallbackRules
from acd.commands import SetAgentReady
from acd.ids import AgentId, CallId, OfferId
from acd.instant import Instant, seconds
from acd.invariants import violations
from acd.link_signals import LinkRestored
from cti.ami import LinkState
from cti.clock import Clock
from cti.envelope import Envelope
from cti.floor import Floor
from cti.messages import Input, Output
from cti.pbx import Pbx
from cti.runtime import Runtime
from dialer.compliance.request import DialRequest
from dialer.compliance.verdict import Allowed, Reason, Refused, Verdict, WhyNot
from ivr.utterance import Sound, Utterance
from tests.cti.fake_ami import FakeAmi, SeenAction, Watched
from tests.sim_floor import rules_of

ANA, BEN = AgentId("ana"), AgentId("ben")


@dataclass
class Channel:
    """A caller's channel as Asterisk knows it."""

    context: str
    exten: str = "s"
    bridged: bool = False
    variables: dict[str, str] = field(default_factory=dict)


class Exchange(FakeAmi):
    """A fake Asterisk that has callers."""

    def __init__(self) -> None:
        super().__init__()
        self.callers: dict[str, Channel] = {}
        self.when("CoreShowChannels", self.shows_channels)
        self.when("Getvar", self.gets)
        self.when("Setvar", self.sets)
        self.when("Redirect", self.redirects)

    def has_waiting(self, uid: str) -> None:
        variables = {"CTI_QUEUE": "support", "CTI_CLASS": "normal", "CTI_DIALLED": "8000"}
        self.callers[uid] = Channel("waiting", variables=variables)

    def has_ringing(self, uid: str, agent: str, offer: str) -> None:
        self.has_waiting(uid)
        caller = self.callers[uid]
        caller.context, caller.exten, caller.variables["CTI_OFFER"] = "connect", agent, offer

    def connects(self, uid: str) -> None:
        self.callers[uid].bridged = True

    def tells(self, event: str, uid: str, *headers: str) -> None:
        offer = self.callers[uid].variables.get("CTI_OFFER", "") if uid in self.callers else ""
        variables = (f"ChanVariable: CTI_CALL={uid}", f"ChanVariable: CTI_OFFER={offer}")
        self.emits(event, f"Uniqueid: {uid}", *variables, *headers)

    def dial_ends(self, uid: str, status: str) -> None:
        offer = self.callers[uid].variables["CTI_OFFER"]
        self.tells("DialEnd", uid, f"DestChanVariable: CTI_OFFER={offer}", f"DialStatus: {status}")
        if status != "CANCEL":
            self.tells("UserEvent", uid, "UserEvent: CtiDialDone", f"Offer: {offer}", f"Status: {status}")

    def hangs_up(self, uid: str) -> None:
        self.tells("Hangup", uid)
        del self.callers[uid]

    def redirected(self, context: str) -> list[tuple[str, str]]:
        return [(r["Channel"], r["Exten"]) for r in self.seen("Redirect") if r["Context"] == context]

    def shows_channels(self, action: SeenAction) -> None:
        rows = [
            (
                "Event: CoreShowChannel",
                "CallerIDNum: +3312",
                f"Context: {caller.context}",
                f"Exten: {caller.exten}",
                f"Uniqueid: {uid}",
                f"ChanVariable: CTI_CALL={uid}",
                f"BridgeId: {'b-1' if caller.bridged else ''}",
            )
            for uid, caller in self.callers.items()
        ]
        self._list(action, "CoreShowChannelsComplete", rows)

    def gets(self, action: SeenAction) -> None:
        caller = self.callers.get(action["Channel"])
        if caller is None:
            action.reply("Response: Error", "Message: No such channel")
        else:
            value = caller.variables.get(action["Variable"], "")
            action.reply("Response: Success", f"Variable: {action['Variable']}", f"Value: {value}")

    def sets(self, action: SeenAction) -> None:
        if not action.get("Channel"):
            self._setvar(action)
        elif action["Channel"] in self.callers:
            self.callers[action["Channel"]].variables[action["Variable"].lstrip("_")] = action["Value"]
            action.reply("Response: Success", "Message: Variable Set")
        else:
            action.reply("Response: Error", "Message: No such channel")

    def redirects(self, action: SeenAction) -> None:
        caller = self.callers.get(action["Channel"])
        if caller is None:
            self._redirect(action)
        else:
            caller.context, caller.exten, caller.bridged = action["Context"], action["Exten"], False
            action.reply("Response: Success", "Message: Redirect successful")


class WatchedClock(Clock):
    """The link reads the clock whenever its state changes; so do steps of the runtime."""

    def __init__(self, house: "Watched") -> None:
        super().__init__()
        self._house = house

    def now(self) -> Instant:
        self._house.changed()
        return super().now()


class NamesAlone:
    """Plays prompts by their names."""

    def ready(self, said: Sequence[Utterance], language: str) -> Sequence[str] | None:
        return [one.name for one in said if isinstance(one, Sound)]

    async def files(self, said: Sequence[Utterance], language: str) -> Sequence[str]:
        return self.ready(said, language) or ()


class OpenGate:
    """Lets everybody out, unless it is told otherwise."""

    def __init__(self) -> None:
        self.refused: dict[str, Instant | None] = {}
        self.open = asyncio.Event()
        self.open.set()
        self.asked: list[str] = []
        self.requests: list[DialRequest] = []
        self.noted: dict[str, str | None] = {}
        self.in_use: list[int] = []
        """Lines, as it counted them when it answered."""

    async def look(self, request: DialRequest, lines: int) -> Verdict:
        await self.open.wait()
        self.asked.append(request.number)
        self.requests.append(request)
        if request.number in self.refused:
            reason = Reason(why=WhyNot.LISTED, told="on a list", until=self.refused[request.number])
            return Refused(request=request, at=Instant(0), reasons=(reason,))
        return Allowed(request=request, at=Instant(0), caller_id=None)

    async def ask(
        self, request: DialRequest, lines: Callable[[], int], call_id: str | None = None
    ) -> Verdict:
        verdict = await self.look(request, 0)
        self.in_use.append(lines())
        if isinstance(verdict, Allowed):
            self.noted[request.attempt_id] = call_id
        return verdict

    async def take_back(self, attempt_id: str) -> None:
        del self.noted[attempt_id]


class House(Watched):
    """An engine without its doors: runtime, floor and PBX adapter."""

    def __init__(self, asterisk: Exchange, *, inbox_limit: int = 1000, **options: Any) -> None:
        super().__init__()
        rules = rules_of(
            agents={"ana": {"support": 8}, "ben": {"support": 8}},
            queues={"support": {"support": 5}},
            outside=("+33",),
            callback=CallbackRules(delay=seconds(0)),
        )
        clock = WatchedClock(self)
        self.told: list[Envelope] = []
        settings: dict[str, Any] = {"host": "127.0.0.1", "port": asterisk.port, "secret": asterisk.secret}
        settings["announcer"] = NamesAlone()
        settings["gate"] = self.gate = OpenGate()
        self.pbx = Pbx(**settings, clock=clock, **({"settle_s": 0.0} | options))
        self.pbx.link._pauses = (0.01,)
        self.runtime = Runtime(
            Floor(rules), clock, "run", carry_out=self.pbx.carry_out, inbox_limit=inbox_limit
        )
        self.pbx.serve(self.runtime)
        self.runtime.listen(self.heard)

    def heard(self, step: Sequence[Envelope]) -> None:
        self.told += step
        self.changed()

    def of(self, kind: type[Input | Output]) -> list[Any]:
        return [envelope.message for envelope in self.told if isinstance(envelope.message, kind)]

    async def hears(self, kind: type[Input | Output], times: int = 1) -> Any:
        await self.until(lambda: len(self.of(kind)) >= times)
        return self.of(kind)[-1]

    async def comes_up(self, times: int = 1) -> None:
        await self.hears(LinkRestored, times)
        await self.until(lambda: self.pbx.link.state is LinkState.UP)

    def ana(self) -> AgentState:
        return self.runtime.tables.agents[ANA].state

    def call(self, uid: str) -> CallState:
        return self.runtime.tables.calls[CallId(uid)].state

    async def rings_ana_for(self, asterisk: Exchange, uid: str) -> OfferId:
        assert await self.runtime.ask(SetAgentReady(agent_id=ANA)) is None
        await asterisk.until(lambda: asterisk.redirected("connect") == [(uid, "ana")])
        return OfferId(asterisk.callers[uid].variables["CTI_OFFER"])


@asynccontextmanager
async def living(house: House) -> AsyncIterator[House]:
    before = asyncio.all_tasks()
    running = [asyncio.create_task(house.runtime.run()), asyncio.create_task(house.pbx.run())]
    try:
        yield house
    finally:
        for task in reversed(running):
            task.cancel()
        for task in running:
            with suppress(asyncio.CancelledError):
                await task
        assert asyncio.all_tasks() - {asyncio.current_task()} <= before, "the adapter left tasks behind"
        assert violations(house.runtime.tables) == []
