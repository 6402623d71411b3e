"""Real Asterisk, real phones: who goes first when it is known who calls, seen at the agent's telephone."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from demo.phone import Answers, Phone
from tests.asterisk.real_house import SOON_S, RealHouse

pytestmark = pytest.mark.asterisk

NORMAL, LEA_HOME, LEA_MOBILE, MIA = "+33144444444", "+33155555551", "0655555552", "+33166666666"
HOUSE = {
    "customers": {"region": "FR"},
    "rules": {
        "queues": [
            {"id": "sales", "requires": {"sales": 5}, "ring_timeout_s": 5, "wrap_up_s": 0},
            {"id": "support", "requires": {"support": 5}, "ring_timeout_s": 5, "wrap_up_s": 0},
            {"id": "billing", "requires": {"billing": 5}, "ring_timeout_s": 5, "wrap_up_s": 0},
        ],
        "classes": {
            "vip": {"objective_s": 20, "offset_s": 200, "never_exceed_s": 400, "segments": ["gold"]},
            "returning": {"objective_s": 30, "offset_s": 30, "never_exceed_s": 300},
            "normal": {"objective_s": 120, "never_exceed_s": 600},
        },
    },
}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[RealHouse]:
    async with RealHouse(tmp_path / "house", HOUSE) as house:
        await house.opens()
        for name, numbers, segment in (
            ("lea", ["01 55 55 55 51", "06 55 55 55 52"], "silver"),
            ("mia", ["+33 1 66 66 66 66"], "gold"),
        ):
            kept = await house.http.put(f"/customers/{name}", json={"numbers": numbers, "segment": segment})
            assert kept.status_code == 200, kept.text
        yield house


def rang(phone: Phone) -> list[str]:
    """The numbers that the telephone showed, in order."""
    return [event.caller for event in phone.events if event.what == "ringing"]


async def test_a_vip_by_segment_and_a_customer_who_gave_up_from_another_number_go_first(
    house: RealHouse,
) -> None:
    gave_up = await house.waits(LEA_HOME, key="2")  # in another queue
    await gave_up.hang_up()
    (item,) = await house.until(lambda items: items != [], "/unanswered")
    assert (item["customer_id"], item["why"]) == ("lea", "abandoned")

    waiting = [await house.waits(number, key="1") for number in (NORMAL, LEA_MOBILE, MIA)]
    because = {
        call["caller"]: (call["call_class"], call["class_because"]) for call in await house.get("/calls")
    }
    assert because == {
        NORMAL: ("normal", "nothing makes him special"),
        LEA_MOBILE: ("returning", "his calls went unanswered once, the last one as abandoned"),
        MIA: ("vip", "his segment is gold"),
    }
    ana = await house.ready("ana", Answers(after_s=0.3, talk_s=0.5))
    for call in waiting:
        await call.hung_up(SOON_S)
    assert rang(ana) == [MIA, LEA_MOBILE, NORMAL]
    assert await house.get("/unanswered") == []
    await house.settled()


async def test_the_desk_sees_who_is_calling_while_the_phone_rings_and_later_who_talked_with_him(
    house: RealHouse,
) -> None:
    ana = await house.phone("ana")
    await house.until(lambda agent: agent["phone_reachable"], "/agents/ana")
    first = await house.waits(LEA_HOME, key="1")
    await first.hang_up()
    await house.until(lambda items: items != [], "/unanswered")
    call = await house.waits(LEA_MOBILE, key="1")
    assert (await house.http.put("/agents/ana/state", json={"state": "ready"})).status_code == 200
    ringing = await ana.next_ring(SOON_S)
    desk = await house.until(lambda agent: agent["call_id"] is not None, "/agents/ana")
    story = await house.get(f"/calls/{desk['call_id']}")
    assert (story["customer"]["customer_id"], story["customer"]["segment"]) == ("lea", "silver")
    assert (story["owed"]["caller"], story["owed"]["attempts"]) == (LEA_HOME, 1)
    ringing.answer()
    await house.until(lambda items: items == [], "/unanswered")
    await ana.hang_up()
    await call.hung_up(SOON_S)
    lea = await house.until(lambda customer: customer["last_agent"] is not None, "/customers/lea")
    assert lea["last_agent"] == "ana"
    await house.settled()


async def test_who_waited_and_whom_we_owe_is_known_after_a_kill(house: RealHouse) -> None:
    gave_up = await house.waits(LEA_HOME, key="2")
    await gave_up.hang_up()
    await house.until(lambda items: items != [], "/unanswered")
    waiting = await house.waits(MIA, key="1")
    house.engine.kill()
    await house.opens()
    (item,) = await house.until(lambda items: items != [], "/unanswered")
    assert item["customer_id"] == "lea"
    found = await house.until(lambda call: call["customer_id"] is not None, caller=MIA)
    assert (found["customer_id"], found["call_class"]) == ("mia", "vip")
    await house.ready("ana", Answers(after_s=0.1, talk_s=0.3))
    await waiting.hung_up(SOON_S)
    record = await house.record_of(MIA)
    assert (record["outcome"], record["customer_id"]) == ("answered", "mia")
    await house.settled()


class SlowCrm:
    """A CRM that thinks for a while before it knows anybody."""

    def __init__(self) -> None:
        self.port = 0
        self.knows = asyncio.Event()
        """When it may answer."""

    async def opens(self) -> asyncio.Server:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await self.knows.wait()
        body = b'{"id": "mia", "segment": "gold"}'
        writer.write(
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )
        await writer.drain()
        writer.close()


async def test_a_slow_crm_delays_nobody_and_its_late_answer_counts(tmp_path: Path) -> None:
    crm = SlowCrm()
    server = await crm.opens()
    slow = HOUSE | {"customers": {"url": f"http://127.0.0.1:{crm.port}/", "timeout_ms": 100}}
    async with RealHouse(tmp_path / "house", slow) as house:
        await house.opens()
        call = await house.calls(MIA)
        await house.until(lambda c: c["state"] == "in_ivr", caller=MIA)
        greeted = await house.call_of(MIA)
        assert greeted is not None
        assert greeted["customer_id"] is None, "the flow did not wait for the CRM"
        crm.knows.set()
        await house.until(lambda c: c["customer_id"] == "mia", caller=MIA)
        await call.press("1")
        queued = await house.until(lambda c: c["queue_id"] is not None, caller=MIA)
        assert (queued["call_class"], queued["class_because"]) == ("vip", "his segment is gold")
        await call.hang_up()
        await house.settled()
    server.close()
    await server.wait_closed()
