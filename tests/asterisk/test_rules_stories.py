"""Rules changed under callers who wait, watched from outside: by telephones, by Asterisk and by its AMI."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from demo.house import REPOSITORY
from demo.phone import Answers
from tests.asterisk.real_house import SOON_S, RealHouse
from tests.asterisk.test_caller_text import Listener

pytestmark = pytest.mark.asterisk

WAITING = 20


def callwright(house: RealHouse, *words: str) -> subprocess.CompletedProcess[str]:
    """Somebody at a prompt beside the engine."""
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *words],
        cwd=REPOSITORY,
        env=house.asterisk.environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def lines_up(house: RealHouse) -> set[str]:
    """The callers' channels, as Asterisk itself counts them."""
    told = house.asterisk.cli("core show channels concise").splitlines()
    return {line.split("!")[0] for line in told if line.startswith("PJSIP/carrier-")}


def change(file: Path, vip: str) -> None:
    """Cleo sells from now on, one caller is a VIP, and there is no wrap-up."""
    rules = yaml.safe_load(file.read_text())
    rules["agents"]["cleo"]["skills"]["sales"] = 5
    rules["vip_callers"].append(vip)
    for queue in rules["queues"]:
        queue["wrap_up_s"] = 0
    file.write_text(yaml.safe_dump(rules, sort_keys=False))


async def test_rules_change_under_twenty_callers_and_nobody_loses_his_place(house: RealHouse) -> None:
    on_a_break = {"state": "not_ready", "reason": "break"}
    assert (await house.http.put("/agents/ana/state", json=on_a_break)).status_code == 200  # she could sell
    cleo = await house.ready("cleo", Answers(after_s=0.1, talk_s=60))  # as yet she only supports
    dan = await house.ready("dan", Answers(after_s=0.1, talk_s=0.1))
    numbers = [f"+3310{number:02d}" for number in range(WAITING)]
    calls = await asyncio.gather(*(house.waits(number, key="1") for number in numbers))
    lined_up = await house.until(
        lambda calls: len(calls) == WAITING and all(c["state"] == "waiting" for c in calls), "/calls"
    )
    queued_at = {call["caller"]: call["queued_at"] for call in lined_up}
    in_order = sorted(numbers, key=lambda number: queued_at[number])
    assert [_place(lined_up, number) for number in in_order] == list(range(1, WAITING + 1))
    assert not cleo.events
    assert not dan.events
    vip = in_order[-1]
    channels = await asyncio.to_thread(lines_up, house)
    assert len(channels) == WAITING

    watch = await asyncio.to_thread(Listener, house.asterisk)
    file = house.asterisk.config_path.with_name("rules.yaml")
    change(file, vip)
    applied = await asyncio.to_thread(
        callwright, house, "rules", "apply", str(file), "--comment", "Cleo sells too"
    )
    assert applied.returncode == 0, applied.stderr
    assert "+ agent cleo: skills.sales added: 5" in applied.stdout
    assert "version 2 is in force" in applied.stdout
    # She is rung at once. Not a line went down, and nobody was logged out.
    await house.until(lambda agent: agent["state"] == "talking", "/agents/cleo")
    await asyncio.to_thread(watch.sends, "Action: Ping")
    heard = await asyncio.to_thread(watch.until, b"Ping: Pong")
    watch.close()
    assert await asyncio.to_thread(lines_up, house) == channels
    assert b"Event: Hangup" not in heard
    assert b"Event: ContactStatus" not in heard  # no phone had to register again
    states = {agent["agent_id"]: agent["state"] for agent in await house.get("/agents")}
    assert (states["ana"], states["dan"]) == ("not_ready", "ready")
    places = await house.get("/calls")
    assert [_place(places, number) for number in in_order[:-1]] == list(range(1, WAITING))

    # The new rules decide about those who waited before: the VIP first, then everybody in his place.
    cleo.behaviour = Answers(after_s=0.05, talk_s=0.1)
    for call in calls:
        await call.hung_up(3 * SOON_S)
    rung = [event.caller for event in cleo.events if event.what == "ringing"]
    assert rung == [vip, *in_order[:-1]]
    assert not dan.events
    first = await house.record_of(vip)
    assert [decision["rules_version"] for decision in first["decisions"]] == [2]
    reassessed = [e for e in first["timeline"] if e["type"] == "CallReassessed"]
    assert [(e["call_class"], e["class_because"]) for e in reassessed] == [("vip", "his number is listed")]
    for number in in_order:
        record = await house.record_of(number)
        assert (record["outcome"], record["agent_id"]) == ("answered", "cleo")
        assert record["queued_at"] == queued_at[number]
        moved = [e["now"] for e in record["timeline"] if e["type"] == "AgentStateChanged"]
        assert "logged_out" not in moved
    await house.settled()


def _place(calls: Sequence[dict[str, object]], number: str) -> object:
    return next(call["position"] for call in calls if call["caller"] == number)


async def test_a_queue_with_callers_stays_until_they_are_gone(house: RealHouse) -> None:
    assert (await house.http.put("/agents/dan/state", json={"state": "not_ready"})).status_code == 200
    caller = await house.waits("+331", key="3")
    file = house.asterisk.config_path.with_name("rules.yaml")
    flow = house.asterisk.config_path.parent / "flows" / "main.yaml"
    assert "billing" in flow.read_text()
    rules = yaml.safe_load(file.read_text())
    rules["queues"] = [queue for queue in rules["queues"] if queue["id"] != "billing"]
    file.write_text(yaml.safe_dump(rules, sort_keys=False))
    refused = await asyncio.to_thread(callwright, house, "rules", "apply", str(file))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "no queue is called 'billing'" in refused.stderr  # the flow would lead nowhere
    assert len(await asyncio.to_thread(lines_up, house)) == 1
    caller.drop()
    await house.settled()


async def test_rules_and_schedules_outlive_the_engine(house: RealHouse) -> None:
    file = house.asterisk.config_path.with_name("rules.yaml")
    change(file, "+339")
    assert (await asyncio.to_thread(callwright, house, "rules", "apply", str(file))).returncode == 0
    later = await asyncio.to_thread(
        callwright, house, "rules", "rollback", "1", "--at", "2199-01-01T00:00", "--json"
    )
    assert later.returncode == 0, later.stderr
    caller = await house.waits("+331", key="1")
    house.engine.kill()
    await house.opens()
    told = await house.until(lambda rules: rules["scheduled"], "/rules")
    assert (told["version"], [version["version"] for version in told["scheduled"]]) == (2, [3])
    cleo = await house.ready("cleo", Answers(after_s=0.1, talk_s=0.2))  # who sells by version 2 only
    await caller.hung_up(SOON_S)
    assert [event.what for event in cleo.events][:2] == ["ringing", "answered"]
    record = await house.record_of("+331")
    assert [decision["rules_version"] for decision in record["decisions"]] == [2]
    assert "callwright rules apply" not in house.engine.log.read_text()  # the file says what is in force
    await house.settled()
