"""Cables are cut and engines killed in the middle of calls: nobody is cut off, nobody is forgotten."""

import asyncio

import pytest

from demo.leg import LegState
from demo.phone import Answers, RingsForever
from demo.tone import longest_run
from tests.asterisk.real_house import AGENT_HZ, SOON_S, RealHouse

pytestmark = pytest.mark.asterisk


async def link_is(house: RealHouse, up: bool) -> dict:  # type: ignore[type-arg]
    return await house.until(lambda h: (h["link"]["state"] == "up") is up, "/health")


async def test_the_link_is_cut_and_mended_in_the_middle_of_calls(house: RealHouse) -> None:
    ana = await house.ready("ana", Answers(after_s=0.1))
    talking = await house.waits("+331", key="1")
    await (await ana.next_ring(SOON_S)).answered(SOON_S)
    await house.until(lambda c: c["state"] == "connected", caller="+331")
    staying = await house.waits("+332", key="2")
    leaving = await house.waits("+333", key="2")
    since = (await house.call_of("+332") or {})["queued_at"]

    await house.cable.cut()
    health = await link_is(house, up=False)
    assert health["status"] == "degraded"
    assert health["link"]["reason"]
    await leaving.hang_up()
    arriving = await house.calls("+334")  # the menu goes on: it needs no AMI
    house.cable.mend()
    await link_is(house, up=True)

    assert (await house.record_of("+333"))["outcome"] == "lost"  # nobody saw him go
    kept = await house.call_of("+332")
    assert kept is not None
    assert kept["queued_at"] == since
    assert talking.state is LegState.UP
    cleo = await house.ready("cleo", Answers(after_s=0.1, talk_s=0.5))
    await staying.hung_up(SOON_S)
    assert [e.caller for e in cleo.events if e.what == "answered"] == ["+332"]
    await ana.hang_up()
    await talking.hung_up(SOON_S)
    await arriving.hang_up()
    assert (await house.record_of("+331"))["outcome"] == "answered"
    await house.settled()


async def test_the_engine_is_killed_and_everybody_is_found_again(house: RealHouse) -> None:
    ana = await house.ready("ana", Answers(after_s=0.1))
    talking = await house.waits("+331", key="1")
    ringing = await ana.next_ring(SOON_S)
    await ringing.answered(SOON_S)
    await house.until(lambda c: c["state"] == "connected", caller="+331")
    waiting = await house.waits("+332", key="2")
    in_menu = await house.calls("+333")
    await house.until(lambda c: c["state"] == "in_ivr", caller="+333")
    since = (await house.call_of("+332") or {})["queued_at"]

    house.engine.kill()
    heard = len(waiting.recorded())
    await waiting.listen(4, SOON_S)  # longer than the heartbeat takes to go stale: music goes on
    loud = sum(abs(sample) > 200 for sample in waiting.recorded()[heard:])
    assert loud > 3000
    await house.opens()

    found = await house.until(lambda c: c["state"] == "waiting", caller="+332")
    assert found["queued_at"] == since
    assert (await house.agent("ana"))["state"] == "talking"
    await house.until(lambda h: h["ivr"]["sessions"] == 1, "/health")  # from music into the menu again
    await in_menu.press("2")
    await house.until(lambda c: c["queue_id"] == "support", caller="+333")
    cleo = await house.ready("cleo", Answers(after_s=0.1, talk_s=0.5))
    await asyncio.gather(waiting.hung_up(SOON_S), in_menu.hung_up(SOON_S))
    assert [e.caller for e in cleo.events if e.what == "answered"] == ["+332", "+333"]
    await ringing.listen(0.5, SOON_S)
    await ana.hang_up()
    await talking.hung_up(SOON_S)
    assert longest_run(talking.recorded(), AGENT_HZ["ana"]) >= 4
    for caller in ("+331", "+332", "+333"):
        assert (await house.record_of(caller))["outcome"] == "answered"
    await house.settled()


async def test_killed_while_a_phone_rings_and_answered_before_the_next_start(house: RealHouse) -> None:
    ana = await house.ready("ana", RingsForever())
    call = await house.waits("+331", key="1")
    ringing = await ana.next_ring(SOON_S)
    house.engine.kill()
    ringing.answer()
    await ringing.listen(0.5, SOON_S)
    await house.opens()
    await house.until(lambda c: c["state"] == "connected", caller="+331")
    assert (await house.agent("ana"))["state"] == "talking"
    await call.hang_up()
    assert (await house.record_of("+331"))["outcome"] == "answered"
    await house.until(lambda a: a["state"] == "ready", "/agents/ana")
    await house.settled()


async def test_a_caller_who_comes_while_nobody_is_in_hears_music_and_then_the_menu(
    closed_house: RealHouse,
) -> None:
    house = closed_house
    call = await house.calls("+331")
    await call.listen(2, SOON_S)
    assert sum(abs(sample) > 200 for sample in call.recorded()) > 1000
    await house.opens()
    await house.until(lambda h: h["ivr"]["sessions"] == 1, "/health")
    await call.press("1")
    await house.until(lambda c: c["queue_id"] == "sales", caller="+331")
    await call.hang_up()
    assert (await house.record_of("+331"))["outcome"] == "abandoned"
    await house.settled()


async def test_agents_keep_their_states_across_a_restart(house: RealHouse) -> None:
    await house.ready("ana")
    await house.ready("cleo")
    answer = await house.http.put("/agents/cleo/state", json={"state": "not_ready", "reason": "lunch"})
    assert answer.status_code == 200
    assert house.engine.stop() == 0
    await house.opens()
    await house.until(lambda a: a["state"] == "ready", "/agents/ana")
    await house.until(lambda a: (a["state"], a["reason"]) == ("not_ready", "lunch"), "/agents/cleo")
    assert (await house.agent("dan"))["state"] == "logged_out"


async def test_who_gave_up_goes_first_when_he_calls_again_even_after_a_restart(house: RealHouse) -> None:
    gave_up = await house.waits("+337", key="2")
    await gave_up.hang_up()
    await house.record_of("+337")
    assert house.engine.stop() == 0
    await house.opens()
    await house.until(lambda owed: [o["caller"] for o in owed] == ["+337"], "/unanswered")
    first = await house.waits("+331", key="2")
    back = await house.waits("+337", key="2")
    seen = await house.until(lambda c: c["state"] == "waiting", caller="+337")
    assert (seen["call_class"], seen["position"]) == ("returning", 1)
    cleo = await house.ready("cleo", Answers(after_s=0.1, talk_s=0.5))
    await asyncio.gather(first.hung_up(SOON_S), back.hung_up(SOON_S))
    assert [e.caller for e in cleo.events if e.what == "answered"] == ["+337", "+331"]
    assert await house.get("/unanswered") == []
    await house.settled()


async def test_who_left_while_the_engine_was_away_is_owed_an_answer(house: RealHouse) -> None:
    waiting = await house.waits("+337", key="2")
    house.engine.kill()
    await waiting.hang_up()
    await house.opens()
    owed = await house.until(lambda items: items != [], "/unanswered")
    assert [(item["caller"], item["why"]) for item in owed] == [("+337", "lost")]
    assert (await house.record_of("+337"))["outcome"] == "lost"
    await house.settled()
