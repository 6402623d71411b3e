"""Flows edited under callers who are in them, watched from outside: who meets which version of them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from demo.phone import Answers
from tests.asterisk.conftest import QUICK
from tests.asterisk.real_house import SOON_S, RealHouse
from tests.asterisk.test_rules_stories import callwright

pytestmark = pytest.mark.asterisk

IN_THE_MENU = 20
RULES: dict[str, Any] = {**QUICK["rules"], "calendars": {"never": {"zone": "UTC", "week": {}}}}
CLOSED = "name: closed\nstart: told\nnodes:\n  told: {kind: hangup, prompts: [goodbye]}\n"
RULES["queues"] = [
    {**queue, "wrap_up_s": 0, "overflow": [{"when": "closed", "then": "flow"}]}
    for queue in QUICK["rules"]["queues"]
]


async def test_a_flow_is_edited_under_twenty_callers_and_each_keeps_what_he_began_with(
    tmp_path: Path,
) -> None:
    async with RealHouse(tmp_path / "house", QUICK | {"rules": RULES}) as house:
        await house.opens()
        file = house.asterisk.config_path.parent / "flows" / "main.yaml"
        first = file.read_text()
        await house.until(lambda flows: flows["version"] == 1, "/flows")
        sent_back = await house.waits("+3301", key="2")
        numbers = [f"+3310{number:02d}" for number in range(IN_THE_MENU)]
        calls = await asyncio.gather(*(house.calls(number) for number in numbers))
        await house.until(lambda calls: sum(c["state"] == "in_ivr" for c in calls) == IN_THE_MENU, "/calls")

        # Key 1 leads elsewhere from now on, and so does the queue that sends callers back.
        second = first.replace("1: sales", "1: billing").replace("3: billing", "3: sales")
        second = second.replace("queue: support, refused: no-room", "queue: support, refused: billing")
        file.write_text(second)
        # Another number gets hours at the same time, and is closed.
        file.with_name("closed.yaml").write_text(CLOSED)
        plan = file.parent.with_name("numbers.yaml")
        plan.write_text(plan.read_text() + '  "8001": {flow: main, hours: never, closed: closed}\n')
        await house.until(lambda flows: flows["version"] == 2, "/flows")
        outside_hours = await house.calls("+3302", number="8001")
        late = await house.waits("+3320", key="1")
        late_sent_back = await house.waits("+3321", key="2")
        await asyncio.gather(*(call.press("1") for call in calls))
        live = await house.until(lambda calls: all(c["queue_id"] is not None for c in calls), "/calls")
        met = {c["caller"]: (c["flow"], c["flow_version"], c["queue_id"]) for c in live}
        assert [met.pop(number) for number in numbers] == [("main", 1, "sales")] * IN_THE_MENU
        assert met == {
            "+3301": ("main", 1, "support"),
            "+3320": ("main", 2, "billing"),
            "+3321": ("main", 2, "support"),
        }

        # Both are sent back, each to the flow he came from: the one is told good-bye, the other goes on.
        closed = {"because": "training", "waiting": "leave"}
        assert (await house.http.post("/queues/support/close", json=closed)).status_code == 200
        await house.until(lambda call: call["queue_id"] == "billing", caller="+3321")

        # What is wrong is told and changes nothing; what was published can be published again.
        file.write_text(second.replace("1: billing", "1: bilinlg"))
        told = await house.until(lambda flows: flows["file_problems"], "/flows")
        assert told["file_problems"][0]["suggestion"] == "billing"
        assert (await house.waits("+3322", key="1")) is not None
        assert (await house.call_of("+3322") or {})["flow_version"] == 2
        back = await asyncio.to_thread(callwright, house, "ivr", "rollback", "1")
        assert back.stdout.splitlines()[-1] == "version 3 is in force"
        await house.waits("+3323", key="1")
        after = await house.call_of("+3323")
        assert after is not None
        assert (after["flow_version"], after["queue_id"]) == (3, "sales")

        for agent in ("ana", "eva"):
            await house.ready(agent, Answers(after_s=0.05, talk_s=0.1))
        for call in (sent_back, outside_hours, *calls, late, late_sent_back):
            await call.hung_up(3 * SOON_S)
        for number in ("+3301", numbers[0], "+3320", "+3323"):
            record = await house.record_of(number)
            expected = {"+3320": 2, "+3323": 3}.get(number, 1)
            assert (record["flow"], record["flow_version"]) == ("main", expected)
        assert (await house.record_of("+3301"))["outcome"] == "turned_away"
        assert (await house.record_of("+3302"))["flow"] == "closed"
        assert (await house.record_of("+3321"))["queue_id"] == "billing"
        await house.settled()
