"""The same house, met by strangers: SIPp as caller and as agent's phone, PostgreSQL and Mosquitto behind."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiomqtt
import pytest

from demo.phone import Answers
from tests.asterisk import sipp
from tests.asterisk.conftest import QUICK
from tests.asterisk.real_house import SOON_S, RealHouse
from tests.contract.servers import PrivateMosquitto, PrivatePostgres, running

pytestmark = pytest.mark.asterisk


async def test_sipp_calls_and_sipp_answers(house: RealHouse, tmp_path: Path) -> None:
    pbx = (house.asterisk.config.asterisk.sip_host, house.asterisk.config.asterisk.sip_port)
    secrets = {"ana": house.asterisk.credentials.phone_secrets["ana"]}
    with sipp.agents(tmp_path / "agents", pbx=pbx, secrets=secrets, ring_s=0.3, talk_s=1.5) as agents:
        await house.until(lambda a: a["phone_reachable"], "/agents/ana")
        answer = await house.http.put("/agents/ana/state", json={"state": "ready"})
        assert answer.status_code == 200
        with sipp.caller(
            tmp_path / "caller", pbx=pbx, number="8000", digits="1", before_s=4, talk_s=20
        ) as caller:
            result = await caller.finished()
        assert (result.exit_code, result.succeeded, result.failed) == (0, 1, 0), result
        await agents.notes("answered")
    (call,) = (await house.get("/calls/history"))["calls"]
    story = await house.get(f"/calls/{call['call_id']}")
    assert (story["call"]["outcome"], story["call"]["agent_id"]) == ("answered", "ana")
    assert story["call"]["menu_keys"] == "1"
    await house.settled()


@pytest.fixture
async def grown_house(tmp_path: Path) -> AsyncIterator[tuple[RealHouse, PrivateMosquitto]]:
    """A house with PostgreSQL and a broker."""
    postgres, broker = PrivatePostgres(), PrivateMosquitto()
    with running(postgres), running(broker):
        changes = QUICK | {
            "database": {"url": await postgres.new_database()},
            "mqtt": {"url": broker.url, "topic": "centre"},
        }
        async with RealHouse(tmp_path / "house", changes) as house:
            yield await house.opens(), broker


@pytest.mark.postgres
@pytest.mark.mosquitto
async def test_a_call_is_on_record_in_postgresql_and_told_over_mqtt(
    grown_house: tuple[RealHouse, PrivateMosquitto],
) -> None:
    house, broker = grown_house
    told: list[str] = []
    async with aiomqtt.Client("127.0.0.1", broker.port) as wallboard:
        await wallboard.subscribe("centre/#", qos=1)
        await house.ready("ana", Answers(after_s=0.1, talk_s=0.5))
        call = await house.waits("+331", key="1")
        async with asyncio.timeout(SOON_S):
            async for message in wallboard.messages:
                told.append(message.topic.value)
                if message.topic.value == "centre/events/call_ended":
                    ended = json.loads(bytes(message.payload))  # type: ignore[arg-type]
                    break
        await call.hung_up(SOON_S)
    assert ended["outcome"] == "answered"
    assert "centre/status" in told
    assert "centre/agents/ana" in told
    assert told.index("centre/events/call_queued") < told.index("centre/events/call_connected")
    record = await house.record_of("+331")
    assert (record["outcome"], record["agent_id"]) == ("answered", "ana")
    health = await house.get("/health")
    assert health["status"] == "ok"
    await house.settled()
