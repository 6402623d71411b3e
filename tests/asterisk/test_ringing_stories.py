"""Real Asterisk, real phones: several phones for one caller, and what phones say that do not take him."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from demo.phone import Answers, Phone, Rejects, RingsForever
from tests.asterisk.real_house import SOON_S, RealHouse

pytestmark = pytest.mark.asterisk


def several(rings_s: int) -> dict[str, Any]:
    """Sales rings three phones for one caller, for so many seconds."""
    return {
        "rules": {
            "queues": [
                {
                    "id": "sales",
                    "requires": {"sales": 5},
                    "ring_timeout_s": rings_s,
                    "wrap_up_s": 0,
                    "ring_most": 3,
                },
                {"id": "support", "requires": {"support": 5}, "ring_timeout_s": 3, "wrap_up_s": 0},
                {"id": "billing", "requires": {"billing": 5}, "ring_timeout_s": 3, "wrap_up_s": 0},
            ],
            "not_taken": {
                "rejected": {"then": "cool_down", "cool_down_s": 60},
                "busy": {"then": "next_agent", "not_again_s": 60},
                "no_answer": {"then": "pause"},
            },
        }
    }


@pytest.fixture
def rings_s() -> int:
    """Longer than a slow machine needs for what a story does while they ring."""
    return 40


@pytest.fixture
async def house(tmp_path: Path, rings_s: int) -> AsyncIterator[RealHouse]:
    async with RealHouse(tmp_path / "house", several(rings_s)) as house:
        yield await house.opens()


def lived(phone: Phone) -> list[str]:
    return [event.what for event in phone.events]


def ends(record: dict[str, Any]) -> dict[str, str]:
    return {d["agent_id"]: d["ended_as"] for d in record["decisions"]}


async def test_three_phones_ring_one_wins_and_the_others_stop(house: RealHouse) -> None:
    ana, ben, eva = [await house.ready(name, RingsForever()) for name in ("ana", "ben", "eva")]
    call = await house.waits("+331", key="1")
    for phone in (ana, ben, eva):
        await phone.next_ring(SOON_S)
    ben.behaviour = Answers(talk_s=1.0)
    await house.until(lambda c: c["state"] == "connected" and c["agent_id"] == "ben", caller="+331")
    for name in ("ana", "eva"):
        await house.until(lambda a: a["state"] == "ready", f"/agents/{name}")
    await call.hung_up(SOON_S)
    assert lived(ben)[:2] == ["ringing", "answered"]
    assert lived(ana) == lived(eva) == ["ringing", "cancelled"]
    record = await house.record_of("+331")
    assert (record["agent_id"], record["outcome"]) == ("ben", "answered")
    assert ends(record) == {"ana": "withdrawn", "ben": "accepted", "eva": "withdrawn"}
    rang = {e["agent_id"] for e in record["timeline"] if e["type"] == "AgentRang"}
    assert rang == {"ana", "ben", "eva"}
    await house.settled()


async def test_two_who_answer_at_the_same_moment_are_one_winner_and_one_call_that_ends(
    house: RealHouse,
) -> None:
    phones = {name: await house.ready(name, Answers(after_s=0.5)) for name in ("ana", "ben", "eva")}
    call = await house.waits("+331", key="1")
    talks = await house.until(lambda c: c["state"] == "connected", caller="+331")
    winner = talks["agent_id"]
    for name in phones.keys() - {winner}:
        await house.until(lambda a: a["state"] == "ready", f"/agents/{name}")
    over = ("cancelled", "far end hung up")
    losers = [phone for name, phone in phones.items() if name != winner]
    await house.comes_true(lambda: all(lived(phone)[-1] in over for phone in losers))
    assert lived(phones[winner]) == ["ringing", "answered"]
    assert (await house.agent(winner))["state"] == "talking"
    await call.hang_up()
    record = await house.record_of("+331")
    assert sorted(ends(record).values()) == ["accepted", "withdrawn", "withdrawn"]
    await house.settled()


async def test_the_caller_hangs_up_while_three_phones_ring_and_nobody_rings_on(house: RealHouse) -> None:
    phones = [await house.ready(name, RingsForever()) for name in ("ana", "ben", "eva")]
    call = await house.waits("+331", key="1")
    for phone in phones:
        await phone.next_ring(SOON_S)
    await call.hang_up()
    record = await house.record_of("+331")
    assert record["outcome"] == "abandoned"
    assert set(ends(record).values()) == {"withdrawn"}
    await house.comes_true(lambda: all(len(lived(phone)) > 1 for phone in phones))
    assert [lived(phone) for phone in phones] == [["ringing", "cancelled"]] * 3
    await house.settled()


@pytest.mark.parametrize("rings_s", [5])
async def test_each_phone_that_does_not_take_him_is_treated_by_what_it_said(house: RealHouse) -> None:
    """603 is a rejection, 486 a busy phone, silence is silence; while one rings the caller is not moved."""
    await house.ready("ana", Rejects(code=603, after_s=0.2))
    await house.ready("ben", Rejects(code=486, after_s=0.2))
    await house.ready("eva", RingsForever())
    call = await house.waits("+331", key="1")
    await house.until(lambda a: a["reason"] == "rejected" and a["until"] is not None, "/agents/ana")
    await house.until(lambda a: a["state"] == "ready", "/agents/ben")
    await house.until(lambda a: a["reason"] == "no_answer", "/agents/eva")
    await call.hang_up()
    record = await house.record_of("+331")
    assert ends(record) == {"ana": "rejected", "ben": "busy", "eva": "no_answer"}
    offers = [(e["type"], e["agent_id"]) for e in record["timeline"] if e["type"].startswith("Offer")]
    assert [type_ for type_, _ in offers] == ["OfferMade"] * 3 + ["OfferEnded"] * 3
    assert offers[-1] == ("OfferEnded", "eva")
    await house.settled()


async def test_one_of_three_is_logged_out_over_his_head_and_the_others_ring_on(house: RealHouse) -> None:
    ana, ben = await house.ready("ana", RingsForever()), await house.ready("ben", RingsForever())
    call = await house.waits("+331", key="1")
    hers, his = await ana.next_ring(SOON_S), await ben.next_ring(SOON_S)
    order = {"state": "logged_out", "by": "carol", "why": "the shift is over"}
    assert (await house.http.put("/agents/ana/forced-state", json=order)).status_code == 200
    await hers.hung_up(SOON_S)
    assert (lived(ana), lived(ben)) == (["ringing", "cancelled"], ["ringing"])  # hers stopped, his rings on
    his.answer()
    await house.until(lambda c: c["state"] == "connected" and c["agent_id"] == "ben", caller="+331")
    await call.hang_up()
    assert (await house.agent("ana"))["state"] == "logged_out"
    await house.settled()


async def test_the_engine_dies_while_three_phones_ring_and_finds_them_ringing(house: RealHouse) -> None:
    phones = [await house.ready(name, RingsForever()) for name in ("ana", "eva", "ben")]
    call = await house.waits("+331", key="1")
    *_, his = [await phone.next_ring(SOON_S) for phone in phones]
    house.engine.kill()
    await house.engine.start()
    his.answer()
    await house.until(lambda c: c["state"] == "connected" and c["agent_id"] == "ben", caller="+331")
    for name in ("ana", "eva"):
        await house.until(lambda a: a["state"] in ("ready", "not_ready"), f"/agents/{name}")
    await call.hang_up()
    await house.settled()


async def test_a_rejection_and_a_busy_phone_are_told_apart_when_one_phone_rings(house: RealHouse) -> None:
    await house.ready("cleo", Rejects(code=486, after_s=0.1))
    call = await house.waits("+331", key="2")
    record = await _after_one_offer(house, "cleo")
    assert record["state"] == "ready"  # busy: next agent, please
    await call.hang_up()
    assert ends(await house.record_of("+331")) == {"cleo": "busy"}
    house.phones["cleo"].behaviour = Rejects(code=603, after_s=0.1)
    call = await house.waits("+332", key="2")
    rejected = await house.until(lambda a: a["reason"] == "rejected", "/agents/cleo")
    assert rejected["until"] is not None
    await call.hang_up()
    assert ends(await house.record_of("+332")) == {"cleo": "rejected"}
    await house.settled()


async def _after_one_offer(house: RealHouse, agent: str) -> dict[str, Any]:
    async with asyncio.timeout(SOON_S):
        while "rejected" not in lived(house.phones[agent]):
            await asyncio.sleep(0.02)
    found: dict[str, Any] = await house.until(lambda a: a["state"] != "offered", f"/agents/{agent}")
    return found
