"""The floor's hands and eyes on a scripted Asterisk behind a real socket: orders, searches, cuts, audits."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from acd.agent import AgentState
from acd.call import CallState, Outcome
from acd.call_events import CallEnded
from acd.commands import SetAgentReady
from acd.ids import CallId, OfferId, QueueId
from acd.instant import Instant, seconds
from acd.link_signals import FloorObserved, LinkLost, LinkRestored
from acd.offer import OfferEnd
from acd.offer_events import OfferEnded
from acd.offer_signals import OrderFailed, OrderUnconfirmed, PhoneChanged
from acd.orders import NoteQueue, RingAgent
from cti import pbx as pbx_module
from tests.cti.fake_ami import SeenAction
from tests.cti.pbx_house import ANA, BEN, Exchange, House, living


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
            names = ("CTI_QUEUE", "CTI_TREATMENT", "CTI_TALK_NODE", "CTI_TALK_AT")
            assert [told[name] for name in names] == [queue, treatment, "-", "0"]


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
