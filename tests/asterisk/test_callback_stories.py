"""Callbacks on a real Asterisk: places kept, agents and customers brought together, nobody dialled twice."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from demo.phone import Answers, Phone, Rejects, RingsForever
from demo.tone import longest_run
from tests.asterisk.conftest import QUICK
from tests.asterisk.real_house import AGENT_HZ, SOON_S, RealHouse

pytestmark = pytest.mark.asterisk

NUMBER = "+33612345678"


class CallbackHouse(RealHouse):
    """A house that calls back, through the same carrier its callers come from."""

    def __init__(self, directory: Path, order: str) -> None:
        rules = QUICK["rules"]
        callback = {
            "order": order,
            "delay_s": 0,
            "dial_timeout_s": 60,
            "retry_gap_s": 2,
            "attempts": 2,
            "key": "5",
        }
        queues = [{**queue, "callback": callback} for queue in rules["queues"]]
        super().__init__(directory, {"rules": {**rules, "queues": queues}})
        outside = {"trunk": "carrier", "host": "127.0.0.2", "port": self.carrier_port, "allow": ["+33"]}
        self.asterisk.changes["outside"] = {**outside, "caller_id": "+33100000000"}

    async def books(self, number: str = NUMBER, queue: str = "support") -> str:
        """An integrator books a callback; its name."""
        answer = await self.http.post("/callbacks", json={"queue_id": queue, "number": number})
        assert answer.status_code == 201, answer.text
        name: str = answer.json()["call_id"]
        return name

    async def over(self, name: str) -> dict:  # type: ignore[type-arg]
        """A callback's end."""
        return await self.until(
            lambda c: c["state"] in ("done", "failed", "expired", "cancelled"), f"/callbacks/{name}"
        )


@pytest.fixture(params=["agent_first", "customer_first"])
async def either(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[CallbackHouse]:
    async with CallbackHouse(tmp_path / "house", request.param) as house:
        await house.opens()
        yield house


@pytest.fixture
async def agent_first(tmp_path: Path) -> AsyncIterator[CallbackHouse]:
    async with CallbackHouse(tmp_path / "house", "agent_first") as house:
        await house.opens()
        yield house


def rings(phone: Phone) -> int:
    return [event.what for event in phone.events].count("ringing")


async def test_agent_and_customer_hear_each_other(either: CallbackHouse) -> None:
    house = either
    customer = house.customer(NUMBER, Answers(after_s=0.3))
    ben = await house.ready("ben", Answers(after_s=0.2))
    name = await house.books()
    theirs, his = await customer.next_ring(SOON_S), await ben.next_ring(SOON_S)
    assert theirs.caller == "+33100000000"
    assert his.caller == NUMBER
    await theirs.answered(SOON_S)
    await his.answered(SOON_S)
    await house.until(lambda c: c["state"] == "connected", f"/callbacks/{name}")
    await house.until(lambda a: a["state"] == "talking", "/agents/ben")
    await his.listen(3, SOON_S)
    await theirs.listen(1.5, SOON_S)
    await customer.hang_up()
    await his.hung_up(SOON_S)
    assert longest_run(theirs.recorded(), AGENT_HZ["ben"]) >= 1.0
    assert longest_run(his.recorded(), 450) >= 1.0
    assert (await house.over(name))["state"] == "done"
    record = await house.record_of(NUMBER)
    assert (record["outcome"], record["agent_id"]) == ("answered", "ben")
    assert rings(customer) == 1
    await house.settled()


async def test_who_waits_and_books_keeps_his_place_and_is_let_go(agent_first: CallbackHouse) -> None:
    house = agent_first
    waiting = await house.waits(NUMBER, key="2")
    behind = await house.waits("+33200", key="2")
    live = await house.call_of(NUMBER) or {}
    booked = await house.http.post("/callbacks", json={"call_id": live["call_id"]})
    assert booked.status_code == 201, booked.text
    await waiting.hung_up(SOON_S)  # he heard a good-bye, then we hung up
    assert (await house.record_of(NUMBER))["outcome"] == "callback"
    (standing,) = await house.get("/callbacks")
    assert (standing["position"], standing["state"]) == (1, "due")
    kept = await house.until(lambda c: c["presence"] == "callback", caller=NUMBER)
    assert kept["queued_at"] == live["queued_at"]
    again = await house.http.post("/callbacks", json={"queue_id": "sales", "number": NUMBER})
    assert again.json()["call_id"] == standing["call_id"]  # one for each customer: the earlier place
    customer = house.customer(NUMBER, Answers(after_s=0.1, talk_s=0.5))
    ben = await house.ready("ben", Answers(after_s=0.1))
    await (await customer.next_ring(SOON_S)).hung_up(SOON_S)
    assert (await house.over(standing["call_id"]))["state"] == "done"
    await house.until(lambda c: c["state"] == "connected", caller="+33200")
    await behind.hang_up()
    assert [e.caller for e in ben.events if e.what == "answered"] == [NUMBER, "+33200"]
    assert rings(customer) == 1
    await house.settled()


async def test_a_busy_customer_is_tried_again_and_then_owed_an_answer(either: CallbackHouse) -> None:
    house = either
    customer = house.customer(NUMBER, Rejects(code=486, after_s=0.1))
    await house.ready("ben", Answers(after_s=0.1))
    name = await house.books()
    tried = await house.until(lambda c: c["failure"] is not None, f"/callbacks/{name}")
    assert tried["failure"] == "busy"
    over = await house.over(name)
    assert (over["state"], over["attempts"]) == ("failed", 2)
    assert rings(customer) == 2
    owed = await house.until(lambda items: items != [], "/unanswered")
    assert (owed[0]["caller"], owed[0]["why"]) == (NUMBER, "missed_callback")
    await house.settled()


async def test_an_agent_who_rejects_is_no_attempt_and_nobody_else_is_bothered(
    agent_first: CallbackHouse,
) -> None:
    house = agent_first
    customer = house.customer(NUMBER, Answers(after_s=0.1, talk_s=0.5))
    ben = await house.ready("ben", Rejects(code=603, after_s=0.1))
    name = await house.books()
    await (await ben.next_ring(SOON_S)).hung_up(SOON_S)
    await house.until(lambda c: c["state"] == "due" and c["attempts"] == 0, f"/callbacks/{name}")
    assert rings(customer) == 0
    cleo = await house.ready("cleo", Answers(after_s=0.1))
    over = await house.over(name)
    assert (over["state"], over["attempts"]) == ("done", 1)
    assert [e.what for e in cleo.events][:2] == ["ringing", "answered"]
    await house.settled()


async def test_killed_between_booking_and_dialling_he_is_dialled_once(either: CallbackHouse) -> None:
    house = either
    customer = house.customer(NUMBER, Answers(after_s=0.3, talk_s=1))
    name = await house.books()
    house.engine.kill()
    await house.opens()
    kept = await house.until(lambda c: c["state"] == "due", f"/callbacks/{name}")
    assert kept["attempts"] == 0
    await house.ready("ben", Answers(after_s=0.1))
    assert (await house.over(name))["state"] == "done"
    assert rings(customer) == 1
    assert [e["type"] for e in (await house.record_of(NUMBER))["timeline"]].count("CallbackBooked") == 2
    await house.settled()


async def test_killed_while_a_phone_rings_nobody_is_dialled_twice_for_it(either: CallbackHouse) -> None:
    house = either
    customer = house.customer(NUMBER, RingsForever())
    ben = await house.ready("ben", Answers(after_s=0.1))
    name = await house.books()
    ringing = await customer.next_ring(SOON_S)
    house.engine.kill()
    await house.opens()
    await asyncio.sleep(1)
    assert rings(customer) == 1
    ringing.answer()
    await house.until(lambda c: c["state"] == "connected", f"/callbacks/{name}")
    await house.until(lambda a: a["state"] == "talking", "/agents/ben")
    await ben.hang_up()
    assert (await house.over(name))["state"] == "done"
    assert rings(customer) == 1
    await house.settled()


async def test_the_dialplan_lets_nobody_out_whom_the_list_does_not_name(agent_first: CallbackHouse) -> None:
    house = agent_first
    refused = await house.http.post("/callbacks", json={"queue_id": "support", "number": "+4912345"})
    assert refused.status_code == 409
    assert "numbers must begin with +33" in refused.text
    for number, leads_out in (
        (NUMBER, True),
        ("+331", True),
        ("+33", False),
        ("+4912345", False),
        ("0033612345678", False),
        ("+33612345678901234567890", False),
    ):
        meant = await asyncio.to_thread(house.asterisk.cli, f"dialplan show {number}@outside")
        first = next(line for line in meant.splitlines() if "=>" in line and "1. " in line)
        assert ("Goto(out," in first) is leads_out, (number, meant)
        assert ("REFUSED" in meant) or leads_out


async def test_who_waits_presses_a_key_and_is_called_back_in_his_turn(agent_first: CallbackHouse) -> None:
    house = agent_first
    first = await house.waits(NUMBER, key="2")
    await house.waits("+33200", key="2")
    since = (await house.call_of(NUMBER) or {})["queued_at"]
    await first.press("7")  # means nothing: the music goes on
    await first.listen(0.5, SOON_S)
    await first.press("5")
    await first.hung_up(SOON_S)
    (standing,) = await house.get("/callbacks")
    assert (standing["number"], standing["position"]) == (NUMBER, 1)
    kept = await house.until(lambda c: c["presence"] == "callback", caller=NUMBER)
    assert kept["queued_at"] == since
    assert (await house.record_of(NUMBER))["outcome"] == "callback"
    again = await house.calls(NUMBER)  # he calls in himself: the place is his, the callback over
    await house.until(lambda h: h["ivr"]["sessions"] == 1, "/health")
    await again.press("2")
    await house.until(lambda callbacks: callbacks == [], "/callbacks")
    live = await house.until(lambda c: c["presence"] == "channel", caller=NUMBER)
    assert (live["queued_at"], live["position"]) == (since, 1)
    await again.hang_up()


async def test_who_is_put_on_a_list_while_the_agents_phone_rings_is_not_rung(
    agent_first: CallbackHouse,
) -> None:
    house = agent_first
    never = {"number": "+33 6 99 99 99 99", "list": "internal", "reason": "said so", "by": "ben"}
    assert (await house.http.post("/dnc", json=never)).status_code == 200
    refused = await house.http.post("/callbacks", json={"queue_id": "support", "number": "+33699999999"})
    assert (refused.status_code, "internal list: said so" in refused.text) == (409, True)

    customer = house.customer(NUMBER, Answers(after_s=0.3))
    ben = await house.ready("ben", RingsForever())
    name = await house.books()
    ringing = await ben.next_ring(SOON_S)
    assert (await house.http.post("/dnc", json={**never, "number": NUMBER})).status_code == 200
    ringing.answer()
    over = await house.over(name)
    assert (over["state"], over["attempts"]) == ("failed", 0)
    assert rings(customer) == 0
