"""Searching for callers: one look for many, and nobody is taken out of a conversation."""

from collections.abc import AsyncIterator

import pytest

from acd.agent import AgentState
from acd.call import CallState
from acd.ids import CallId
from acd.link_signals import CallLocated, LinkLost
from acd.offer_signals import OrderUnconfirmed
from acd.orders import LocateCall, RecallCaller
from tests.cti.fake_ami import SeenAction
from tests.cti.pbx_house import Exchange, House, living


@pytest.fixture
async def asterisk() -> AsyncIterator[Exchange]:
    async with Exchange() as exchange:
        yield exchange


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
