"""Real Asterisk, real phones: overflow, announcements, closing by hand and messages, as callers live them."""

import asyncio
import wave
from array import array
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from demo import tone
from demo.phone import Answers
from tests.asterisk.real_house import SOON_S, RealHouse
from tests.asterisk.sound import HEARD, hears, likeness, prompt, seconds

pytestmark = pytest.mark.asterisk

LIFE = {
    "messages": {"silence_s": 2, "max_s": 10, "most": 1},
    "rules": {
        "queues": [
            {
                "id": "sales",
                "requires": {"sales": 5},
                "ring_timeout_s": 3,
                "wrap_up_s": 0,
                "overflow": [
                    {"when": "closed", "then": "announcement", "prompts": ["queue-thankyou", "goodbye"]},
                    {"waited_s": 2, "queue": "support"},
                ],
            },
            {
                "id": "support",
                "requires": {"support": 5},
                "ring_timeout_s": 3,
                "wrap_up_s": 0,
                "announce": {"first_s": 5, "every_s": 10},
                "overflow": [{"when": "closed", "then": "flow"}],
            },
            {
                "id": "billing",
                "requires": {"billing": 5},
                "ring_timeout_s": 3,
                "wrap_up_s": 0,
                "max_wait_s": 2,
                "overflow": [{"when": "timed_out", "then": "voicemail", "prompts": ["vm-intro"]}],
            },
        ]
    },
}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[RealHouse]:
    async with RealHouse(tmp_path / "house", LIFE) as house:
        yield await house.opens()


def exits(record: dict[str, Any]) -> list[tuple[str, str]]:
    """The queues a call visited and how each visit ended."""
    return [(e["queue_id"], e["exit"]) for e in record["timeline"] if e["type"] == "CallLeftQueue"]


def moment(record: dict[str, Any], kind: str) -> float:
    """When something first happened to a call, in seconds."""
    at = next(e["at"] for e in record["timeline"] if e["type"] == kind)
    return datetime.fromisoformat(at).timestamp()


async def test_a_caller_goes_on_to_another_queue_and_is_served_there(house: RealHouse) -> None:
    await house.ready("cleo", Answers(after_s=0.1, talk_s=0.5))  # support only
    call = await house.waits("+331", key="1")
    await call.hung_up(SOON_S)
    record = await house.record_of("+331")
    assert exits(record) == [("sales", "overflowed"), ("support", "answered")]
    assert (record["outcome"], record["agent_id"], record["queue_id"]) == ("answered", "cleo", "support")
    assert record["waited_s"] >= 2  # from when he first began to wait
    await house.settled()


async def test_a_caller_who_overflowed_is_found_in_his_new_queue_after_a_restart(house: RealHouse) -> None:
    call = await house.waits("+331", key="1")
    before = await house.until(lambda c: c["queue_id"] == "support", caller="+331")
    house.engine.kill()
    await house.opens()
    after = await house.until(lambda c: c["state"] == "waiting", caller="+331")
    assert (after["queue_id"], after["queued_at"]) == ("support", before["queued_at"])
    await call.hang_up()
    await house.settled()


async def test_a_waiting_caller_hears_his_place_and_goes_on_waiting(house: RealHouse) -> None:
    youre_next = prompt("queue-youarenext")
    call = await house.waits("+331", key="2", tone_hz=None)
    before = len(call.recorded())
    told = await hears(call, youre_next, since=before)
    await house.until(lambda c: c["state"] == "waiting", caller="+331")
    assert likeness(call.recorded()[before:told], prompt("queue-thankyou")) < HEARD
    await house.ready("cleo", Answers(after_s=0.1, talk_s=0.5))  # and can still be connected
    await call.hung_up(SOON_S)
    record = await house.record_of("+331")
    places = {(e["position"], e["wait_minutes"]) for e in record["timeline"] if e["type"] == "CallAnnounced"}
    assert (places, record["outcome"]) == ({(1, None)}, "answered")
    await house.settled()


async def test_an_offer_interrupts_an_announcement_at_once(house: RealHouse) -> None:
    await house.phone("cleo", Answers(after_s=0.1, talk_s=0.5))  # plugged in, as yet not ready
    await house.until(lambda a: a["phone_reachable"], "/agents/cleo")
    ahead = await house.waits("+330", key="2")
    call = await house.waits("+331", key="2")
    number_two = sum(seconds(prompt(name)) for name in ("queue-thereare", "digits/2", "queue-callswaiting"))
    name = (await house.call_of("+331") or {})["call_id"]
    await house.until(
        lambda s: any(e["event"]["type"] == "CallAnnounced" for e in s["timeline"]), f"/calls/{name}"
    )
    ahead.drop()
    assert (await house.http.put("/agents/cleo/state", json={"state": "ready"})).status_code == 200
    await call.hung_up(2 * SOON_S)
    record = await house.record_of("+331")
    rung = moment(record, "AgentRang") - moment(record, "CallAnnounced")
    assert rung < number_two, "the announcement had ended before: nothing was shown"
    assert record["outcome"] == "answered"
    await house.settled()


async def test_closing_by_hand_takes_leave_of_those_who_wait_and_outlives_the_engine(
    house: RealHouse,
) -> None:
    thanks = prompt("queue-thankyou")
    call = await house.waits("+331", key="1", tone_hz=None)
    closed = await house.http.post(
        "/queues/sales/close", json={"because": "fire alarm", "by": "Ada", "waiting": "leave"}
    )
    assert closed.status_code == 200, closed.text
    await call.hung_up(SOON_S)
    assert likeness(call.recorded()[-8 * tone.SAMPLE_RATE :], thanks) >= HEARD
    record = await house.record_of("+331")
    assert (exits(record), record["outcome"]) == ([("sales", "closed")], "turned_away")
    late = await house.calls("+332", tone_hz=None)
    await house.until(lambda c: c["state"] == "in_ivr", caller="+332")
    await late.press("1")
    await late.hung_up(SOON_S)  # from his flow, told the same
    assert likeness(late.recorded()[-8 * tone.SAMPLE_RATE :], thanks) >= HEARD
    assert (await house.record_of("+332"))["outcome"] == "turned_away"
    await house.until(lambda h: h["database"]["behind_bytes"] == 0, "/health")
    house.engine.kill()
    await house.opens()
    told = await house.until(lambda q: not q["open"], "/queues/sales")
    assert told["door"] == "closed by Ada: fire alarm"
    assert (await house.http.post("/queues/sales/reopen", json={})).json()["open"] is True
    await house.settled()


async def test_a_queue_that_closes_sends_its_callers_back_to_what_their_flow_says(house: RealHouse) -> None:
    call = await house.waits("+331", key="2", tone_hz=None)
    await house.http.post("/queues/support/close", json={"because": "training", "waiting": "leave"})
    await call.hung_up(SOON_S)
    assert likeness(call.recorded()[-6 * tone.SAMPLE_RATE :], prompt("please-try-call-later")) >= HEARD
    record = await house.record_of("+331")
    nodes = [e["node"] for e in record["timeline"] if e["type"] == "IvrNodeEntered"]
    assert nodes[-2:] == ["support", "no-room"]  # not through the greeting again
    assert (exits(record), record["outcome"]) == ([("support", "closed")], "turned_away")
    await house.settled()


async def test_a_message_holds_what_the_caller_said(house: RealHouse) -> None:
    call = await house.waits("+331", key="3", tone_hz=None)
    name = (await house.call_of("+331") or {})["call_id"]
    await house.until(lambda c: c["state"] == "leaving", caller="+331")
    file = house.asterisk.log.parents[1] / "voicemail" / f"{name}.wav"
    await _until_there(file)
    call.tone_hz = 450
    await asyncio.sleep(2)  # while he is recorded he hears nothing
    call.tone_hz = None  # he has said what he wanted: silence ends it
    await call.hung_up(SOON_S)
    record = await house.record_of("+331")
    assert (exits(record), record["outcome"]) == ([("billing", "voicemail")], "voicemail")
    with wave.open(str(file)) as recording:
        assert (recording.getframerate(), recording.getnchannels()) == (tone.SAMPLE_RATE, 1)
        said = array("h", recording.readframes(recording.getnframes()))
    assert tone.longest_run(said, 450) >= 1
    kept = await house.until(lambda page: page["messages"] != [], "/messages")
    (message,) = kept["messages"]
    assert (message["message_id"], message["mailbox"], message["caller"]) == (name, "billing", "+331")
    assert message["length_s"] * tone.SAMPLE_RATE == len(said)
    fetched = await house.http.get(f"/messages/{name}/file")
    assert fetched.content == file.read_bytes()
    assert (await house.get("/unanswered"))[0]["caller"] == "+331"  # somebody has to call him back
    late = await house.waits("+332", key="3", tone_hz=None)  # one message is all there is room for
    await late.hung_up(SOON_S)
    assert likeness(late.recorded()[-8 * tone.SAMPLE_RATE :], prompt("vm-mailboxfull")) >= HEARD
    assert (await house.record_of("+332"))["outcome"] == "turned_away"
    assert [kept.name for kept in file.parent.iterdir()] == [file.name]
    await house.settled()


async def _until_there(file: Path) -> None:
    async with asyncio.timeout(SOON_S):
        while not file.exists():
            await asyncio.sleep(0.05)
