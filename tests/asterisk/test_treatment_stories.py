"""Flows that talk with callers while they wait, on a real Asterisk: heard, answered, never in the way."""

import asyncio
from datetime import datetime
from pathlib import Path

import pytest

from demo.caller import CallerCall
from demo.phone import Answers, RingsForever
from tests.asterisk.conftest import QUICK
from tests.asterisk.real_house import SOON_S, RealHouse
from tests.asterisk.sound import HEARD, hears, likeness, prompt

pytestmark = pytest.mark.asterisk

NUMBER = "+33612345678"
TREATMENTS = {
    "comfort": """
name: comfort
purpose: wait
start: place
nodes:
  place: {kind: play, prompts: [{position: true}], next: offer}
  offer:
    kind: menu
    prompts: [vm-press, digits/1]
    keys: {"1": callback, "2": leave, "3": out}
    timeout_s: 5
    retries: 0
    otherwise: music
  music: {kind: wait, for_s: 1, next: place}
  callback: {kind: callback, booked: thanks, refused: music}
  thanks: {kind: hangup, prompts: [vm-msgsaved]}
  leave: {kind: hangup, prompts: [vm-goodbye]}
  out: {kind: transfer, to: {outside: "+49301"}, failed: ask}
  ask:
    kind: menu
    prompts: [vm-goodbye, silence/10]
    keys: {"9": thanks}
    timeout_s: 60
    retries: 0
    otherwise: thanks
""",
    "story": """
name: story
purpose: wait
start: story
nodes:
  story: {kind: play, prompts: [auth-thankyou, demo-congrats], interruptible: false, next: music}
  music: {kind: wait, for_s: 600, next: story}
""",
    "quiet": """
name: quiet
purpose: wait
start: music
nodes:
  music: {kind: wait, for_s: 600, keys: {"3": place}, next: place}
  place: {kind: play, prompts: [auth-thankyou], next: music}
""",
}
LATER = """
name: later
start: who
nodes:
  who: {kind: lookup, customer: caller, expect: {segment: text}, next: which, failed: sorry}
  which: {kind: branch, cases: [{when: segment == "gold", next: number}], otherwise: sorry}
  number:
    kind: collect
    prompts: [vm-press]
    into: number
    length: {min: 3, max: 15}
    timeout_s: 10
    retries: 0
    next: later
    otherwise: sorry
  later: {kind: callback, queue: sales, number: '"+" + number', at: 900, booked: booked, refused: sorry}
  booked: {kind: hangup, prompts: [auth-thankyou]}
  sorry: {kind: hangup, prompts: [im-sorry]}
"""
QUEUES = {"support": "comfort", "sales": "story", "billing": "quiet"}


class TreatingHouse(RealHouse):
    """A house with three queues, in each of which callers are talked with in another way."""

    def __init__(self, directory: Path) -> None:
        calls_back = {"delay_s": 600}
        queues = [
            {**one, "treatment": QUEUES[one["id"]], "callback": calls_back}
            for one in QUICK["rules"]["queues"]
        ]
        outside = {"trunk": "carrier", "host": "127.0.0.2", "allow": ["+33"]}
        super().__init__(directory, {"rules": {**QUICK["rules"], "queues": queues}, "outside": outside})

    async def moves_in(self) -> None:
        """The engine begins with the treatments."""
        for name, written in TREATMENTS.items():
            (self.asterisk.var / "flows" / f"{name}.yaml").write_text(written)
        (self.asterisk.var / "flows" / "later.yaml").write_text(LATER)
        plan = self.asterisk.var / "numbers.yaml"
        plan.write_text(plan.read_text() + '  "8001": later\n')
        await self.opens()


async def is_told_his_place_and_called_back(house: TreatingHouse) -> None:
    first, second = await house.waits("+33100", key="2"), await house.waits(NUMBER, key="2")
    await hears(second, prompt("queue-thereare"))
    live = await house.call_of(NUMBER) or {}
    await second.press("1")
    await hears(second, prompt("vm-msgsaved"))  # his flow tells him so, not the queue
    await second.hung_up(SOON_S)
    assert (await house.record_of(NUMBER))["outcome"] == "callback"
    ways = (await house.get(f"/calls/{live['call_id']}"))["path"]
    stays = [(way["stay"]["flow"], way["stay"]["exit"]) for way in ways]
    assert stays == [("main", "queued"), ("comfort", "callback"), ("comfort", "callback")]
    assert [node["node"] for node in ways[1]["nodes"]] == ["place", "offer", "callback"]
    assert [node["node"] for node in ways[2]["nodes"]] == ["thanks"]
    (callback,) = await house.get("/callbacks")
    assert (callback["number"], callback["position"]) == (NUMBER, 2)
    assert (await house.call_of(NUMBER) or {})["queued_at"] == live["queued_at"]
    assert (await house.http.delete(f"/callbacks/{callback['call_id']}")).status_code == 204

    await first.press("2")
    await hears(first, prompt("vm-goodbye"))
    await first.hung_up(SOON_S)
    record = await house.record_of("+33100")
    assert [e["exit"] for e in record["timeline"] if e["type"] == "CallLeftQueue"] == ["left_for_ivr"]


async def is_interrupted_by_an_offer_and_goes_on(house: TreatingHouse) -> None:
    call = await house.waits("+33200", key="1")
    heard = await hears(call, prompt("auth-thankyou"))  # the story has begun: half a minute
    ana = await house.ready("ana", RingsForever())
    ring = await ana.next_ring(SOON_S)
    await ring.hung_up(SOON_S)  # she does not answer: he hears it again
    await hears(call, prompt("auth-thankyou"), since=heard)
    ana.behaviour = Answers(after_s=0.05, talk_s=0.5)
    assert (await house.http.put("/agents/ana/state", json={"state": "ready"})).status_code == 200
    await call.hung_up(SOON_S)
    record = await house.record_of("+33200")
    assert (record["outcome"], record["agent_id"]) == ("answered", "ana")
    assert (await house.http.put("/agents/ana/state", json={"state": "logged_out"})).status_code == 200


async def comes_back_by_a_key_in_the_music(house: TreatingHouse) -> CallerCall:
    call = await house.waits("+33300", key="3")
    await call.listen(0.5, SOON_S)
    await call.press("3")
    await hears(call, prompt("auth-thankyou"))
    return call


def channel_of(house: TreatingHouse, call_id: str) -> str:
    """What Asterisk calls the caller's channel."""
    rows = (row.split("!") for row in house.asterisk.cli("core show channels concise").splitlines())
    return next(row[0] for row in rows if row[-1] == call_id)


async def an_order_takes_him_to_the_waiting_room(house: TreatingHouse, channel: str) -> None:
    """As one of the engine's would that was on its way."""
    pbx = house.asterisk.config.asterisk
    reader, writer = await asyncio.open_connection(pbx.host, pbx.ami_port)
    secret = house.asterisk.credentials.ami_secret
    orders = (
        f"Action: Login\r\nUsername: callwright\r\nSecret: {secret}\r\nEvents: off",
        f"Action: Redirect\r\nChannel: {channel}\r\nContext: waiting\r\nExten: s\r\nPriority: 1",
    )
    for order in orders:
        writer.write(f"{order}\r\n\r\n".encode())
        assert b"Response: Success" in await reader.readuntil(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()


async def leaves_by_his_choice_whatever_comes_in_between(house: TreatingHouse) -> None:
    """He is being moved to another queue as he chooses to leave; then an order that was on its way takes him
    out of his flow, and comes to nothing. He hears what he chose, and no menu."""
    call = await house.waits("+33250", key="2")
    heard = await hears(call, prompt("queue-youarenext"))
    live = await house.call_of("+33250") or {}
    channel = channel_of(house, live["call_id"])
    for name, value in {"CTI_QUEUE": "sales", "CTI_TREATMENT": "story", "CTI_TALK_NODE": "-"}.items():
        house.asterisk.cli(f"dialplan set chanvar {channel} {name} {value}")
    await call.press("3")
    heard = await hears(call, prompt("vm-goodbye"), since=heard)
    await an_order_takes_him_to_the_waiting_room(house, channel)
    await hears(call, prompt("vm-goodbye"), since=heard)
    await call.press("9")
    await hears(call, prompt("vm-msgsaved"), since=heard)
    await call.hung_up(SOON_S)
    record = await house.record_of("+33250")
    assert [e["exit"] for e in record["timeline"] if e["type"] == "CallLeftQueue"] == ["left_for_ivr"]
    ways = (await house.get(f"/calls/{live['call_id']}"))["path"]
    assert [way["stay"]["flow"] for way in ways] == ["main", "comfort", "comfort", "comfort"]


async def is_known_and_called_back_later_at_another_number(house: TreatingHouse) -> None:
    """By his flow, before he ever waits."""
    mia = {"numbers": ["+33166666666"], "segment": "gold"}
    assert (await house.http.put("/customers/mia", json=mia)).status_code == 200
    stranger = await house.calls("+33166666667", number="8001", tone_hz=None)
    call = await house.calls("+33166666666", number="8001", tone_hz=None)
    await house.until(lambda c: c["node"] == "number", caller="+33166666666")
    await call.press("33612#")
    await asyncio.gather(call.hung_up(SOON_S), stranger.hung_up(SOON_S))
    assert likeness(call.recorded(), prompt("auth-thankyou")) >= HEARD
    assert likeness(stranger.recorded(), prompt("im-sorry")) >= HEARD
    record = await house.record_of("+33166666666")
    assert (record["outcome"], record["customer_id"]) == ("callback", "mia")
    (callback,) = await house.get("/callbacks")
    assert (callback["queue_id"], callback["number"]) == ("sales", "+33612")
    booked, then = (datetime.fromisoformat(callback[at]) for at in ("booked_at", "not_before"))
    assert abs((then - booked).total_seconds() - 900) < 1
    assert (await house.http.delete(f"/callbacks/{callback['call_id']}")).status_code == 204


async def survives_the_engine(house: TreatingHouse, call: CallerCall) -> None:
    speaks = await house.waits("+33400", key="1")
    heard = await hears(speaks, prompt("auth-thankyou"))
    house.engine.kill()
    await call.listen(1, SOON_S)  # music, whoever is there
    await house.opens()
    await hears(speaks, prompt("auth-thankyou"), since=heard)
    await house.ready("eva", Answers(after_s=0.05, talk_s=0.3))
    assert (await house.http.put("/agents/ana/state", json={"state": "ready"})).status_code == 200
    await asyncio.gather(call.hung_up(SOON_S), speaks.hung_up(SOON_S))


async def test_callers_are_talked_with_while_they_wait(tmp_path: Path) -> None:
    async with TreatingHouse(tmp_path / "house") as house:
        await house.moves_in()
        call, _, _ = await asyncio.gather(  # each in a queue of its own
            comes_back_by_a_key_in_the_music(house),
            is_told_his_place_and_called_back(house),
            is_interrupted_by_an_offer_and_goes_on(house),
        )
        await asyncio.gather(
            leaves_by_his_choice_whatever_comes_in_between(house),
            is_known_and_called_back_later_at_another_number(house),
        )
        await survives_the_engine(house, call)
        await house.settled()
