"""Real Asterisk, real SIP, real RTP: what callers and agents live through, seen from outside."""

import asyncio
from collections import Counter

import pytest
import yaml

from demo.leg import EndedBy, LegState
from demo.phone import Answers, Rejects, RingsForever
from demo.tone import longest_run
from tests.asterisk.real_house import AGENT_HZ, SOON_S, VIP, RealHouse

pytestmark = pytest.mark.asterisk

RING_S = 60
"""Longer than anything takes that does not wait for it."""


async def test_audio_flows_both_ways_between_caller_and_the_agent_with_the_skill(house: RealHouse) -> None:
    ben = await house.ready("ben", Answers(after_s=0.2))
    call = await house.waits("+331", key="2", tone_hz=450)
    ringing = await ben.next_ring(SOON_S)
    await ringing.answered(SOON_S)
    await ringing.listen(1.5, SOON_S)
    await call.listen(1.5, SOON_S)
    await ben.hang_up()
    await call.hung_up(SOON_S)
    assert call.ended_by is EndedBy.THEM
    assert longest_run(call.recorded(), AGENT_HZ["ben"]) >= 1.0
    assert longest_run(ringing.recorded(), 450) >= 1.0
    record = await house.record_of("+331")
    assert (record["outcome"], record["agent_id"], record["queue_id"]) == ("answered", "ben", "support")
    await house.settled()


async def test_a_waiting_caller_hears_music_not_silence(house: RealHouse) -> None:
    call = await house.waits("+331")
    heard = len(call.recorded())
    await call.listen(2, SOON_S)
    music = call.recorded()[heard:]
    loud = sum(abs(sample) > 200 for sample in music)
    assert loud > len(music) / 10
    await call.hang_up()
    assert (await house.record_of("+331"))["outcome"] == "abandoned"
    await house.settled()


async def test_an_agent_who_does_not_answer_is_taken_out_and_the_caller_offered_to_the_next(
    house: RealHouse,
) -> None:
    ana = await house.ready("ana", RingsForever())
    eva = await house.ready("eva", Answers(after_s=0.1, talk_s=1))
    call = await house.waits("+331", key="1")
    await (await ana.next_ring(SOON_S)).hung_up(SOON_S)
    await call.hung_up(SOON_S)
    assert [e.what for e in ana.events] == ["ringing", "cancelled"]  # a deaf phone is not rung twice
    assert [e.what for e in eva.events][:2] == ["ringing", "answered"]
    ana_now = await house.agent("ana")
    assert (ana_now["state"], ana_now["reason"]) == ("not_ready", "no_answer")
    record = await house.record_of("+331")
    assert record["agent_id"] == "eva"
    assert record["waited_s"] >= 3
    hows = [e["how"] for e in record["timeline"] if e["type"] == "OfferEnded"]
    assert hows == ["no_answer", "accepted"]
    await house.settled()


@pytest.mark.parametrize(("code", "how"), [(486, "busy"), (603, "rejected")])
async def test_an_agent_who_turns_a_call_away_is_left_alone_for_a_while(
    house: RealHouse, code: int, how: str
) -> None:
    ana = await house.ready("ana", Rejects(code=code, after_s=0.1))  # type: ignore[arg-type]
    await house.ready("eva", Answers(after_s=0.1, talk_s=1))
    call = await house.waits("+331", key="1")
    await call.hung_up(SOON_S)
    record = await house.record_of("+331")
    hows = [e["how"] for e in record["timeline"] if e["type"] == "OfferEnded"]
    assert hows == [how, "accepted"]
    assert [e.what for e in ana.events].count("ringing") == 1
    await house.until(lambda a: a["state"] == "ready", "/agents/ana")
    await house.settled()


async def test_a_phone_that_says_nobody_is_here_counts_as_no_answer_at_once(closed_house: RealHouse) -> None:
    house = closed_house
    file = house.asterisk.config_path.with_name("rules.yaml")
    rules = yaml.safe_load(file.read_text())
    rules["queues"][0]["ring_timeout_s"] = RING_S
    file.write_text(yaml.safe_dump(rules, sort_keys=False))
    await house.opens()
    await house.ready("ana", Rejects(code=480, after_s=0.1))
    await house.ready("eva", Answers(after_s=0.1, talk_s=1))
    call = await house.waits("+331", key="1")
    await call.hung_up(SOON_S)
    record = await house.record_of("+331")
    assert record["agent_id"] == "eva"
    assert record["waited_s"] < RING_S  # her phone did not ring to the end
    assert (await house.agent("ana"))["reason"] == "no_answer"
    await house.settled()


async def test_a_caller_who_hangs_up_while_the_phone_rings_stops_it_at_once(house: RealHouse) -> None:
    ana = await house.ready("ana", RingsForever())
    call = await house.waits("+331", key="1")
    ringing = await ana.next_ring(SOON_S)
    await call.hang_up()
    await ringing.hung_up(SOON_S)
    record = await house.record_of("+331")
    assert record["outcome"] == "abandoned"
    hows = [e["how"] for e in record["timeline"] if e["type"] == "OfferEnded"]
    assert hows == ["withdrawn"]  # not rung out
    await house.until(lambda a: a["state"] == "ready", "/agents/ana")
    await house.settled()


async def test_a_vip_who_waits_together_with_others_is_served_first(house: RealHouse) -> None:
    first = await house.waits("+331", key="1")
    vip = await house.waits(VIP, key="1")
    ana = await house.ready("ana", Answers(after_s=0.1, talk_s=0.5))
    await asyncio.gather(first.hung_up(SOON_S), vip.hung_up(SOON_S))
    assert [e.caller for e in ana.events if e.what == "answered"] == [VIP, "+331"]
    why = (await house.record_of(VIP))["decisions"][-1]
    assert [(r["verdict"]) for r in why["rivals"]] == ["lower_score"]
    await house.settled()


async def test_wrong_keys_and_silence_are_met_with_patience_and_lead_somewhere(house: RealHouse) -> None:
    call = await house.calls("+331")
    live = await house.until(lambda c: c["state"] == "in_ivr", caller="+331")
    await call.press("7")
    await house.until(  # he is told that it was wrong before he tries again
        lambda story: any(e["event"].get("key") == "7" for e in story["timeline"]),
        f"/calls/{live['call_id']}",
    )
    await call.press("3")
    seen = await house.until(lambda c: c["queue_id"] is not None, caller="+331")
    assert seen["queue_id"] == "billing"
    await call.hang_up()
    record = await house.record_of("+331")
    keys = [e["key"] for e in record["timeline"] if e["type"] == "IvrNodeAnswered"]
    assert [key for key in keys if key] == ["7", "3"]
    (way,) = (await house.get(f"/calls/{record['call_id']}"))["path"]
    (menu,) = [node for node in way["nodes"] if node["kind"] == "menu"]
    assert (menu["tried"].strip("-"), menu["key"], menu["result"]) == ("7", "3", "chosen")
    assert (way["stay"]["exit"], way["nodes"][-1]["kind"], way["nodes"][-1]["exit"]) == (
        "queued",
        "queue",
        "queued",
    )
    assert sum(node["spent_s"] for node in way["nodes"]) <= way["stay"]["spent_s"]
    await house.settled()


async def test_what_callers_did_in_the_menu_adds_up_to_their_calls(house: RealHouse) -> None:
    gone = await house.calls("+335")
    await house.until(lambda c: c["node"] is not None, caller="+335")
    await gone.hang_up()
    assert (await house.record_of("+335"))["outcome"] == "left_ivr"
    report = await house.get("/reports/ivr?flow=main")
    (main,) = report["flows"]
    history = (await house.get("/calls/history?limit=200"))["calls"]
    assert report["calls"]["calls"] == len([call for call in history if call["flow"] == "main"])
    assert main["stays"] == sum(main["exits"].values()) + main["still_here"]
    assert main["exits"]["hung_up"] >= 1
    led = Counter[str]()
    for node in main["nodes"]:
        led.update(node["leads_to"])
    for node in main["nodes"]:
        ended = sum(node["exits"].values()) + node["still_here"]
        assert node["visits"] == node["begins"] + led[node["node"]]
        assert node["visits"] == sum(node["leads_to"].values()) + ended
    left = await house.get("/reports/ivr/stays?flow=main&exit=hung_up&limit=200")
    assert len(left["stays"]) == main["exits"]["hung_up"]
    await house.settled()


async def test_a_phone_that_vanishes_takes_its_agent_out_and_brings_him_back(house: RealHouse) -> None:
    ana = await house.ready("ana")
    await ana.unregister()
    gone = await house.until(lambda a: a["state"] == "not_ready", "/agents/ana")
    assert gone["reason"] == "phone_unreachable"
    refused = await house.http.put("/agents/ana/state", json={"state": "ready"})
    assert refused.status_code == 409
    assert "phone of ana is not registered" in refused.text
    await ana.register()
    await house.until(lambda a: a["state"] == "ready", "/agents/ana")


@pytest.mark.parametrize(
    "display",
    ["Eve, Uid: 1.1", 'Eve\\\\"x', "Ев, Offer: x", "${SHELL(id)}"],
    ids=["comma", "quote", "utf8", "dollar"],
)
async def test_a_callers_display_name_forges_nothing(house: RealHouse, display: str) -> None:
    ana = await house.ready("ana", Answers(after_s=0.1, talk_s=0.5))
    call = await house.waits("+331", key="1", display=display)
    await call.hung_up(SOON_S)
    assert [e.what for e in ana.events][:2] == ["ringing", "answered"]
    assert (await house.record_of("+331"))["outcome"] == "answered"
    assert call.state is LegState.ENDED
    await house.settled()
