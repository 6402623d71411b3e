"""The floor's hands and eyes on a scripted Asterisk behind a real socket: orders, searches, cuts, audits."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from acd.agent import AgentState
from acd.call import CallState, Outcome
from acd.call_events import CallEnded
from acd.callback import CallbackRules, CallbackState
from acd.callback_events import CallbackBooked, CallbackStateChanged
from acd.callback_signals import DialRefused
from acd.commands import BookCallback, CancelCallback, DialForAgent, SetAgentReady
from acd.ids import AgentId, CallId, OfferId, QueueId
from acd.instant import Instant, seconds
from acd.invariants import violations
from acd.link_signals import CallLocated, FloorObserved, LinkLost, LinkRestored
from acd.offer import OfferEnd
from acd.offer_events import OfferEnded
from acd.offer_signals import OrderFailed, OrderUnconfirmed, PhoneChanged
from acd.orders import LocateCall, NoteQueue, RecallCaller, RingAgent, RingAgentForCallback
from cti import campaign_lines
from cti import pbx as pbx_module
from cti.ami import LinkState
from cti.campaign_json import to_json
from cti.clock import Clock
from cti.envelope import Envelope
from cti.floor import Floor
from cti.messages import Input, Output
from cti.pbx import Pbx
from cti.runtime import Runtime
from dialer.attempt_line import Line
from dialer.campaign import CampaignRules, Mode
from dialer.commands import AddLeads, AdoptCampaign
from dialer.compliance.request import DialRequest, Purpose
from dialer.compliance.verdict import Allowed, Reason, Refused, Verdict, WhyNot
from dialer.ids import AttemptId, CampaignId, LeadId, ListId
from dialer.lead import Lead, LeadNumber
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

    async def look(self, request: DialRequest, lines: int) -> Verdict:
        await self.open.wait()
        self.asked.append(request.number)
        self.requests.append(request)
        if request.number in self.refused:
            reason = Reason(why=WhyNot.LISTED, told="on a list", until=self.refused[request.number])
            return Refused(request=request, at=Instant(0), reasons=(reason,))
        return Allowed(request=request, at=Instant(0), caller_id=None)

    async def ask(self, request: DialRequest, lines: int, call_id: str | None = None) -> Verdict:
        verdict = await self.look(request, lines)
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


@pytest.fixture
async def asterisk() -> AsyncIterator[Exchange]:
    async with Exchange() as exchange:
        yield exchange


# --- meeting the world


async def test_the_world_is_seen_first_and_only_then_promised_an_engine(asterisk: Exchange) -> None:
    asterisk.has_waiting("1.1")
    async with living(House(asterisk)) as house:
        await house.comes_up()
        assert house.call("1.1") is CallState.WAITING
        assert house.runtime.tables.agents[ANA].phone_reachable
        assert not house.runtime.tables.agents[BEN].phone_reachable
    names = [action.name for action in asterisk.actions]
    assert names.index("Setvar") > names.index("DeviceStateList") > names.index("CoreShowChannels")


async def test_the_heartbeat_is_asterisks_time_of_day(
    asterisk: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with living(House(asterisk)) as house:
        await house.comes_up()
        monkeypatch.setattr("time.time", lambda: 2_000_000_000.9)  # somebody corrects the system's clock
        await asterisk.until(lambda: asterisk.variables.get("CTI_HEARTBEAT") == "2000000000900")
    assert len(asterisk.seen("Setvar")) >= 2


async def test_no_heart_beats_for_an_engine_that_ended(asterisk: Exchange) -> None:
    house = House(asterisk)
    pbx = asyncio.create_task(house.pbx.run())
    runtime = asyncio.create_task(house.runtime.run())
    await house.comes_up()
    await house.pbx._beat_once()
    runtime.cancel()
    await asyncio.wait({runtime})
    await house.pbx.link.act("Ping")  # whatever was under way has arrived
    beats = len(asterisk.seen("Setvar"))
    await house.pbx._beat_once()
    await house.pbx.link.act("Ping")
    assert len(asterisk.seen("Setvar")) == beats >= 2
    pbx.cancel()
    await asyncio.wait({pbx})
    assert pbx.cancelled()


# --- ringing


async def test_an_order_to_ring_is_one_write_in_the_right_order(asterisk: Exchange) -> None:
    asterisk.has_waiting("1.1")
    async with living(House(asterisk)) as house:
        await house.comes_up()
        offer = await house.rings_ana_for(asterisk, "1.1")
        [write] = [read for read in asterisk.reads if b"Redirect" in read]
        assert offer == "sim-1"
    actions = [a for a in asterisk.actions if a.get("Channel") == "1.1" and a.name != "Getvar"]
    assert [(a.name, a.get("Variable"), a.get("Value")) for a in actions] == [
        ("Setvar", "__CTI_OFFER", "sim-1"),
        ("Setvar", "CTI_RING", "15"),
        ("Redirect", "", ""),
    ]
    assert write.count(b"Action: ") == 3


async def test_two_orders_are_pipelined_without_waiting_for_answers(asterisk: Exchange) -> None:
    asterisk.devices["PJSIP/ben"] = "NOT_INUSE"
    asterisk.has_waiting("1.1")
    asterisk.has_waiting("1.2")
    async with living(House(asterisk)) as house:
        await house.comes_up()
        asterisk.ignores("Redirect")
        house.runtime.post(LinkLost(reason="for a moment, so that both are ready at once"))
        for agent in (ANA, BEN):
            await house.runtime.ask(SetAgentReady(agent_id=agent))
        house.runtime.post(house.of(LinkRestored)[0])
        await asterisk.sees("Redirect", 2)
        assert asterisk.redirected("connect") == [("1.1", "ana"), ("1.2", "ben")]


async def test_a_refused_order_gives_the_agent_back_at_once(asterisk: Exchange) -> None:
    asterisk.has_waiting("1.1")
    async with living(House(asterisk)) as house:
        await house.comes_up()
        del asterisk.callers["1.1"]  # he hung up; his Hangup event never comes
        await house.runtime.ask(SetAgentReady(agent_id=ANA))
        failed = await house.hears(OrderFailed)
        assert "Channel does not exist" in failed.detail
        assert house.ana() is AgentState.READY
        assert house.call("1.1") is CallState.WAITING
        await house.hears(CallEnded)  # after the floor has asked where he is
        assert house.of(CallEnded)[0].outcome is Outcome.LOST
    assert len(asterisk.seen("Redirect")) == 1


async def test_an_order_cut_off_is_unconfirmed_and_never_sent_again(asterisk: Exchange) -> None:
    asterisk.has_waiting("1.1")
    asterisk.when("Redirect", lambda _: asterisk.cuts())
    async with living(House(asterisk)) as house:
        await house.comes_up()
        await house.runtime.ask(SetAgentReady(agent_id=ANA))
        unconfirmed = await house.hears(OrderUnconfirmed)
        assert "link lost" in unconfirmed.detail
        # It had been carried out, though: what Asterisk shows decides, and Ana's phone rings but once.
        asterisk.has_ringing("1.1", "ana", unconfirmed.offer_id)
        asterisk.when("Redirect", asterisk.redirects)
        await house.comes_up(2)
        restored = house.of(LinkRestored)[-1]
        assert [c.offer_id for c in restored.seen.calls] == [unconfirmed.offer_id]
    assert asterisk.redirected("connect") == [("1.1", "ana")]


async def test_an_order_while_the_link_is_down_fails_at_once(asterisk: Exchange) -> None:
    house = House(asterisk)
    ring = RingAgent(offer_id=OfferId("o-1"), call_id=CallId("1.1"), agent_id=ANA, ring_timeout=seconds(15))
    house.pbx.carry_out(ring)
    assert house.runtime.behind == 1
    running = asyncio.create_task(house.runtime.run())
    failed = await house.hears(OrderFailed)
    assert failed.offer_id == "o-1"
    running.cancel()
    await asyncio.wait({running})


async def test_who_overflows_has_the_treatment_of_his_new_queue(asterisk: Exchange) -> None:
    async with living(House(asterisk)) as house:
        await house.comes_up()
        asterisk.has_waiting("1.1")
        rules = house.runtime.tables.rules
        support = replace(rules.queues[QueueId("support")], treatment="comfort")
        house.runtime.tables.rules = replace(rules, queues={support.queue_id: support})
        for queue in ("support", "gone"):
            note = NoteQueue(call_id=CallId("1.1"), queue_id=QueueId(queue), joined_at=Instant(7))
            house.pbx.carry_out(note)
            await house.pbx.link.act("Ping")
            treatment = {"support": "comfort"}.get(queue, "")
            told = asterisk.callers["1.1"].variables
            assert (told["CTI_QUEUE"], told["CTI_TREATMENT"], told["CTI_TALK_NODE"]) == (
                queue,
                treatment,
                "-",
            )


async def test_a_name_that_would_smuggle_an_action_is_not_sent(asterisk: Exchange) -> None:
    async with living(House(asterisk)) as house:
        await house.comes_up()
        evil = CallId("1.1\r\nAction: Hangup")
        house.pbx.carry_out(
            RingAgent(offer_id=OfferId("o-1"), call_id=evil, agent_id=ANA, ring_timeout=seconds(15))
        )
        assert "CR, LF" in (await house.hears(OrderFailed)).detail
        await house.pbx.link.act("Ping")
    assert asterisk.seen("Redirect") == asterisk.seen("Hangup") == []


async def test_too_many_orders_at_once_fail_instead_of_piling_up(
    asterisk: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pbx_module, "MOST_ORDERS", 2)
    asterisk.ignores("Redirect")
    async with living(House(asterisk)) as house:
        await house.comes_up()
        for n in range(3):
            house.pbx.carry_out(
                RingAgent(
                    offer_id=OfferId(f"o-{n}"), call_id=CallId("1.1"), agent_id=ANA, ring_timeout=seconds(1)
                )
            )
        assert (await house.hears(OrderFailed)).offer_id == "o-2"


# --- searching and recalling


async def test_a_caller_found_ringing_for_a_stale_offer_comes_back(asterisk: Exchange) -> None:
    asterisk.has_waiting("1.1")
    async with living(House(asterisk)) as house:
        await house.comes_up()
        offer = await house.rings_ana_for(asterisk, "1.1")
        house.runtime.post(OrderUnconfirmed(offer_id=offer, detail="so it seems"))
        assert (await house.hears(RecallCaller)).offer_id == offer
        await asterisk.until(lambda: asterisk.redirected("waiting") == [("1.1", "s")])
        asterisk.dial_ends("1.1", "CANCEL")
        asterisk.tells("UserEvent", "1.1", "UserEvent: CtiWait")
        # Ana kept her turn and gets him again.
        await asterisk.until(lambda: asterisk.redirected("connect") == [("1.1", "ana"), ("1.1", "ana")])


async def test_a_caller_who_talks_by_now_is_never_recalled(asterisk: Exchange) -> None:
    asterisk.has_waiting("1.1")
    async with living(House(asterisk)) as house:
        await house.comes_up()
        offer = await house.rings_ana_for(asterisk, "1.1")
        looks = len(asterisk.seen("CoreShowChannels"))

        def answered_before_the_second_look(action: SeenAction) -> None:
            if len(asterisk.seen("CoreShowChannels")) > looks + 1:
                asterisk.connects("1.1")  # the event itself never comes
            asterisk.shows_channels(action)

        asterisk.when("CoreShowChannels", answered_before_the_second_look)
        house.runtime.post(OrderUnconfirmed(offer_id=offer, detail="so it seems"))
        await house.hears(RecallCaller)
        await asterisk.sees("CoreShowChannels", looks + 2)
        house.pbx.carry_out(LocateCall(call_id=CallId("1.1")))
        await house.until(lambda: house.call("1.1") is CallState.CONNECTED)
        assert house.ana() is AgentState.TALKING
    assert asterisk.redirected("waiting") == []


async def test_an_answer_heard_while_looking_saves_the_conversation(asterisk: Exchange) -> None:
    asterisk.has_waiting("1.1")
    async with living(House(asterisk)) as house:
        await house.comes_up()
        offer = await house.rings_ana_for(asterisk, "1.1")

        def answers_meanwhile(action: SeenAction) -> None:
            if action["Variable"] == "CTI_QUEUE":
                asterisk.dial_ends("1.1", "ANSWER")  # after the list was made, before the variables were read
            asterisk.gets(action)

        asterisk.when("Getvar", answers_meanwhile)
        house.pbx.carry_out(RecallCaller(call_id=CallId("1.1"), offer_id=offer))
        await house.until(lambda: house.call("1.1") is CallState.CONNECTED)
        house.pbx.carry_out(LocateCall(call_id=CallId("1.1")))
        await house.hears(CallLocated)
    assert asterisk.redirected("waiting") == []


async def test_many_searches_are_one_look(asterisk: Exchange) -> None:
    callers = [f"1.{n}" for n in range(60)]
    for uid in callers:
        asterisk.has_waiting(uid)
    async with living(House(asterisk)) as house:
        await house.comes_up()
        looks = len(asterisk.seen("CoreShowChannels"))
        for uid in [*callers, "9.9"]:
            house.pbx.carry_out(LocateCall(call_id=CallId(uid)))
        await house.hears(CallLocated, 61)
        assert len(asterisk.seen("CoreShowChannels")) - looks <= 2
    found = {located.call_id: located.found is not None for located in house.of(CallLocated)}
    assert found == dict.fromkeys(callers, True) | {"9.9": False}


async def test_a_search_that_is_not_answered_says_nothing(asterisk: Exchange) -> None:
    asterisk.has_waiting("1.1")
    async with living(House(asterisk)) as house:
        await house.comes_up()
        asterisk.when("CoreShowChannels", lambda _: asterisk.cuts())
        house.pbx.carry_out(LocateCall(call_id=CallId("1.1")))
        await house.hears(LinkLost)
        asterisk.when("CoreShowChannels", asterisk.shows_channels)
        await house.comes_up(2)
        assert house.of(CallLocated) == []
        assert house.call("1.1") is CallState.WAITING


# --- cuts and audits


async def test_a_cut_in_the_middle_of_looking_is_looked_at_again(asterisk: Exchange) -> None:
    asterisk.has_waiting("1.1")
    cut = False

    def cuts_once(action: SeenAction) -> None:
        nonlocal cut
        if cut:
            asterisk.gets(action)
        else:
            cut = True
            asterisk.cuts()

    asterisk.when("Getvar", cuts_once)
    async with living(House(asterisk)) as house:
        await house.comes_up()
        assert house.call("1.1") is CallState.WAITING
        assert house.of(LinkLost)
    assert asterisk.logins == 2


async def test_after_a_cut_the_world_is_believed(asterisk: Exchange) -> None:
    asterisk.has_waiting("1.1")
    asterisk.has_waiting("1.2")
    async with living(House(asterisk)) as house:
        await house.comes_up()
        await house.rings_ana_for(asterisk, "1.1")
        asterisk.cuts()
        await house.hears(LinkLost)
        asterisk.connects("1.1")  # Ana answered while nobody heard it,
        del asterisk.callers["1.2"]  # and 1.2 gave up.
        await house.comes_up(2)
        assert house.ana() is AgentState.TALKING
        assert list(house.runtime.tables.calls) == ["1.1"]
        asterisk.hangs_up("1.1")
        await house.hears(CallEnded, 2)
        assert [(e.call_id, e.outcome) for e in house.of(CallEnded)] == [
            ("1.2", Outcome.LOST),
            ("1.1", Outcome.ANSWERED),
        ]
    assert len(asterisk.redirected("connect")) == 1


async def test_an_audit_finds_a_hang_up_nobody_heard(asterisk: Exchange) -> None:
    asterisk.has_waiting("1.1")
    async with living(House(asterisk, audit_s=0.05)) as house:
        await house.comes_up()
        del asterisk.callers["1.1"]
        assert (await house.hears(CallEnded)).outcome is Outcome.LOST
        assert house.of(FloorObserved)


async def test_what_overflowed_the_inbox_is_found_by_an_audit_at_once(asterisk: Exchange) -> None:
    asterisk.has_waiting("1.1")
    async with living(House(asterisk, inbox_limit=3)) as house:
        await house.comes_up()
        flood = b"".join(
            b"Event: DeviceStateChange\r\nDevice: PJSIP/eva\r\nState: INUSE\r\n\r\n" for _ in range(50)
        )
        del asterisk.callers["1.1"]
        hangup = b"Event: Hangup\r\nUniqueid: 1.1\r\nChanVariable: CTI_CALL=1.1\r\n\r\n"
        asterisk.sends(flood + hangup)
        ended = await house.hears(CallEnded)
        assert ended.call_id == "1.1"
        assert house.runtime.missed >= 1
        assert house.of(FloorObserved)


async def test_news_that_overtakes_an_audit_wins(asterisk: Exchange) -> None:
    asterisk.has_waiting("1.1")
    looking = asyncio.Event()
    async with living(House(asterisk, audit_s=0.05, settle_s=0.1)) as house:
        await house.comes_up()
        await house.rings_ana_for(asterisk, "1.1")

        def ring_is_over(action: SeenAction) -> None:
            if looking.is_set():
                return asterisk.shows_channels(action)
            looking.set()
            asterisk.callers["1.1"].context = "waiting"  # the list is ahead of the events
            asterisk.shows_channels(action)
            asterisk.dial_ends("1.1", "NOANSWER")
            return asterisk.tells("UserEvent", "1.1", "UserEvent: CtiWait")

        asterisk.when("CoreShowChannels", ring_is_over)
        ended = await house.hears(OfferEnded)
        await house.hears(FloorObserved, len(house.of(FloorObserved)) + 1)
        assert ended.how is OfferEnd.NO_ANSWER
        assert house.ana() is AgentState.NOT_READY
    assert len(asterisk.redirected("connect")) == 1  # a deaf phone is not rung twice


async def test_a_phone_that_registers_during_an_audit_stays_registered(asterisk: Exchange) -> None:
    async with living(House(asterisk, audit_s=0.05)) as house:
        await house.comes_up()

        def registers_after_the_list(action: SeenAction) -> None:
            asterisk._device_states(action)
            if asterisk.devices["PJSIP/ben"] == "UNAVAILABLE":
                asterisk.devices["PJSIP/ben"] = "NOT_INUSE"
                asterisk.emits("DeviceStateChange", "Device: PJSIP/ben", "State: NOT_INUSE")

        asterisk.when("DeviceStateList", registers_after_the_list)
        observed = await house.hears(FloorObserved)
        assert observed.seen.reachable == {ANA, BEN}
        assert house.of(PhoneChanged) == [PhoneChanged(agent_id=BEN, reachable=True)]
        assert house.runtime.tables.agents[BEN].phone_reachable


# --- callbacks, and the gate before them


async def books(house: House, number: str = "+33123") -> CallId:
    assert await house.runtime.ask(BookCallback(queue_id=QueueId("support"), number=number)) is None
    return CallId((await house.hears(CallbackBooked)).call_id)


async def test_nobody_is_rung_for_a_number_that_the_gate_does_not_let_out(asterisk: Exchange) -> None:
    async with living(House(asterisk)) as house:
        await house.comes_up()
        house.gate.refused["+33123"] = None
        assert await house.runtime.ask(SetAgentReady(agent_id=ANA)) is None
        await books(house)
        await house.hears(DialRefused)
        await house.until(lambda: house.of(CallbackStateChanged)[-1].now is CallbackState.FAILED)
        assert house.ana() is AgentState.READY
        assert asterisk.seen("Originate") == []
        assert house.gate.noted == {}


async def test_whom_an_agent_calls_for_a_campaign_is_asked_for_by_its_profile_and_counted_for_it(
    asterisk: Exchange,
) -> None:
    async with living(House(asterisk)) as house:
        await house.comes_up()
        rules = CampaignRules(
            campaign_id=CampaignId("spring"),
            mode=Mode.PREVIEW,
            queue_id=QueueId("support"),
            profile="fr",
            pool="paris",
        )
        adopt = AdoptCampaign(campaign_id=rules.campaign_id, version=1, document=to_json(rules))
        assert await house.runtime.ask(adopt) is None
        mia = Lead(
            lead_id=LeadId("l:mia"),
            list_id=ListId("l"),
            numbers=(LeadNumber(number="+33123"),),
            zone="Europe/Paris",
        )
        assert await house.runtime.ask(AddLeads(campaign_id=rules.campaign_id, leads=(mia,))) is None
        line = Line(
            attempt_id=AttemptId("run-a1"),
            campaign_id=rules.campaign_id,
            list_id=mia.list_id,
            lead_id=mia.lead_id,
            number="+33123",
            place=0,
            ring_for=seconds(30),
            placed_at=Instant(0),
            hour=0,
            rate=0.0,
            by_agent=True,
        )
        campaigns = house.runtime.campaigns
        campaigns.lines[line.attempt_id] = campaigns.campaigns[line.campaign_id].lines[line.attempt_id] = line
        plain = DialRequest(attempt_id="o1", number="+33123", purpose=Purpose.CALLBACK, ring_for=seconds(30))
        for place, elsewhere in ((-1, True), (0, False)):  # -1: he has dialled another number for her
            line.place = place
            assert campaign_lines.in_campaign(plain, CallId("run-a1"), campaigns).elsewhere is elsewhere
        house.gate.refused["+33123"] = None
        assert await house.runtime.ask(SetAgentReady(agent_id=ANA)) is None
        asked = DialForAgent(
            call_id=CallId("run-a1"),
            agent_id=ANA,
            queue_id=QueueId("support"),
            number="+33123",
            ring_for=seconds(30),
        )
        assert await house.runtime.ask(asked) is None
        await house.hears(DialRefused)
        (request,) = house.gate.requests
        assert (request.purpose, request.profile, request.pool) == (Purpose.CAMPAIGN, "fr", "paris")
        assert (request.campaign_id, request.lead_id) == ("spring", "l:mia")
        assert (request.lead_zone, request.elsewhere) == ("Europe/Paris", False)


async def test_who_is_wanted_no_more_when_the_gate_has_answered_is_not_rung(asterisk: Exchange) -> None:
    async with living(House(asterisk)) as house:
        await house.comes_up()
        house.gate.open.clear()
        assert await house.runtime.ask(SetAgentReady(agent_id=ANA)) is None
        callback = await books(house)
        await house.hears(RingAgentForCallback)
        assert await house.runtime.ask(CancelCallback(call_id=callback)) is None
        house.gate.open.set()
        other = await books(house, "+33124")
        await asterisk.until(lambda: asterisk.seen("Originate") != [])
        assert [action["ChannelId"] for action in asterisk.seen("Originate")] == [other]
        assert house.gate.asked == ["+33123", "+33124"]
