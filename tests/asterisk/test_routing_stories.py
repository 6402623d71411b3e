"""Real Asterisk, real phones: who gets a caller when the agent he needs is not to be had."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from demo.phone import Answers
from tests.asterisk.real_house import SOON_S, RealHouse

pytestmark = pytest.mark.asterisk

RELAXING = {
    "rules": {
        "queues": [
            {
                "id": "sales",
                "requires": "sales >= 8",
                "relax": [{"after_s": 2, "requires": "sales >= 5"}],
                "ring_timeout_s": 3,
                "wrap_up_s": 0,
            },
            {"id": "support", "requires": {"support": 5}, "ring_timeout_s": 3, "wrap_up_s": 0},
            {
                "id": "billing",
                "requires": "billing >= 9 and lang.en >= 5",
                "relax": [{"after_s": 600, "requires": "lang.en >= 5 and (billing >= 9 or support >= 9)"}],
                "ring_timeout_s": 3,
                "wrap_up_s": 0,
            },
        ]
    }
}
ANA_IS_IN = ("ana", {"state": "not_ready", "reason": "break"})


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[RealHouse]:
    async with RealHouse(tmp_path / "house", RELAXING) as house:
        yield await house.opens()


async def test_a_caller_whose_expert_is_away_gets_another_agent_after_two_seconds(house: RealHouse) -> None:
    agent, state = ANA_IS_IN  # sales 8, on a break: she could come back, so it is worth waiting for her
    assert (await house.http.put(f"/agents/{agent}/state", json=state)).status_code == 200
    ben = await house.ready("ben", Answers(after_s=0.1, talk_s=0.5))  # sales 5
    call = await house.waits("+331", key="1")
    await call.hung_up(SOON_S)
    assert [e.what for e in ben.events][:2] == ["ringing", "answered"]
    record = await house.record_of("+331")
    assert (record["agent_id"], record["outcome"]) == ("ben", "answered")
    assert record["waited_s"] >= 2
    relaxed = [e for e in record["timeline"] if e["type"] == "RequirementRelaxed"]
    assert [(e["step"], e["requirement"], e["because"]) for e in relaxed] == [(1, "sales >= 5", "waited")]
    (why,) = record["decisions"]
    assert why["requirement"] == "sales >= 5"
    lacking = {c["agent_id"]: c["detail"] for c in why["candidates"] if c["verdict"] == "lacks_skill"}
    assert lacking == {"cleo": "sales 0 < 5", "dan": "sales 0 < 5"}
    await house.settled()


async def test_a_caller_whom_nobody_logged_in_could_serve_gets_another_agent_at_once(
    house: RealHouse,
) -> None:
    await house.ready("cleo", Answers(after_s=0.1, talk_s=0.5))  # support 9; Eva, billing 9, is not in
    call = await house.waits("+331", key="3")
    await call.hung_up(SOON_S)
    record = await house.record_of("+331")
    assert (record["agent_id"], record["outcome"]) == ("cleo", "answered")
    relaxed = [e for e in record["timeline"] if e["type"] == "RequirementRelaxed"]
    assert [(e["step"], e["because"]) for e in relaxed] == [(1, "nobody_could")]
    queue = await house.get("/queues/billing")
    assert (queue["requires"], queue["agents_logged_in"]) == ("billing >= 9 and lang.en >= 5", 0)
    await house.settled()
