"""``make demo``: real calls through a real Asterisk, shown live, checked, written to var/demo.json."""

import asyncio
import json
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from cti.media_place import media_place
from cti.ports import free_ports
from demo.bank_scenes import SCENES as BANK_SCENES
from demo.bank_scenes import Scene, Stage
from demo.bank_service import Bank, at_work
from demo.campaign_scene import APPOINTMENTS, appointments, furnish_profile
from demo.house import EngineProcess, HouseProblem, asterisk, furnish
from demo.leg import CallFailed
from demo.live import Picture
from demo.media import StreamClosed
from demo.people import CALLERS_FROM, Experience, People
from demo.report import CallRow, call_table, document, judge, row
from demo.script import AT_ONCE, CALLERS, FIRST_WAVE, PHONES, ScriptedCaller

VAR = Path("var").resolve()
HOUSE = VAR / "demo"
SCENES = (
    *BANK_SCENES,
    Scene(
        promise="a campaign reminded whom it may call: one comes, one wants no more calls, one is busy",
        play=appointments,
        calls=3,
    ),
)
SETTLED_S = 20.0
"""How long wrap-ups and the last reports may take after the last call."""

console = Console(width=None if sys.stdout.isatty() else 150)


def main() -> int:
    """Run the demo; 0: every promise was kept."""
    try:
        return asyncio.run(_interruptible())
    except HouseProblem as problem:
        console.print(f"[red]{problem}[/]")
        return 1
    except asyncio.CancelledError:
        console.print("[yellow]interrupted; everything has been stopped[/]")
        return 130


async def _interruptible() -> int:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    return await _demo()


async def _demo() -> int:
    began = time.monotonic()
    shutil.rmtree(HOUSE, ignore_errors=True)
    bank = Bank(appointments=dict(APPOINTMENTS))
    async with at_work(bank) as address:
        config_path = furnish(HOUSE, _changes(bank, address))
        furnish_profile(HOUSE)
        return await _in_the_house(bank, config_path, began)


def _changes(bank: Bank, address: str) -> dict[str, Any]:
    """How the demo's house differs from the shipped one."""
    sip, ami, agi, http, outside = free_ports(5)
    always = ["00:00-24:00"]
    return {
        "asterisk": {"sip_port": sip, "ami_port": ami, "agi_port": agi},
        "http": {"port": http},
        "outside": {"trunk": "carrier", "host": CALLERS_FROM, "port": outside, "allow": ["+33555"]},
        "ivr": {"lookups": {"bank": {"url": address, "token": bank.token}}},
        "rules": {
            "calendars": {"office": {"week": {"mon-fri": always, "sat": always, "sun": always}, "days": []}},
            "queues": {
                "*": {"ring_timeout_s": 5, "wrap_up_s": 1},
                "support": {"ring_timeout_s": 5, "wrap_up_s": 1, "callback": {"order": "agent_first"}},
            },
            "rejected_pause_s": 6,
        },
    }


async def _in_the_house(bank: Bank, config_path: Path, began: float) -> int:
    place = {
        "CALLWRIGHT_VAR": str(HOUSE),
        "CALLWRIGHT_CONFIG": str(config_path),
        "CALLWRIGHT_ASTERISK_ROOT": str(VAR / "asterisk-root"),
    }
    engine = EngineProcess(config_path, HOUSE, place)
    console.print("starting Asterisk and the engine on loopback")
    try:
        await asyncio.to_thread(asterisk, "start", environment=place)
        await engine.start()
        async with engine.client() as client, People(engine.config, engine.credentials) as people:
            stage = Stage(
                client=client,
                caller=people.caller,
                bank=bank,
                customers=people.customers,
                voicemail=media_place(HOUSE).voicemail,
                speech=engine.config.speech,
            )
            experiences, scenes = await _calls(client, people, stage)
            rows, agents, queues = await _tell(client, experiences)
    finally:
        code = engine.stop()
        asterisk("stop", "--clean", environment=place)
    if code != 0:
        raise HouseProblem(f"the engine ended with exit code {code}; see {engine.log}")
    required = {queue.id: queue.steps for queue in engine.rules.queues}
    verdict = judge(rows, experiences, agents, queues, required)
    for promise, misses in scenes.items():
        verdict.expect(promise, iter(misses))
    console.print(call_table(rows))
    for what, misses in verdict.checks.items():
        console.print(f"[green]✓[/] {what}" if not misses else f"[red]✗ {what}[/]")
        for miss in misses:
            console.print(f"    [red]{miss}[/]", highlight=False)
    took_s = time.monotonic() - began
    told = document(rows, agents, queues, verdict, took_s)
    (VAR / "demo.json").write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    calls = len(rows) + sum(each.calls for each in SCENES)
    console.print(f"{calls} calls in {took_s:.0f} s; written to var/demo.json")
    return 0 if verdict.passed else 1


async def _calls(
    client: httpx.AsyncClient, people: People, stage: Stage
) -> tuple[list[Experience], dict[str, list[str]]]:
    """Everybody's calls: what the callers of the script lived through, and what scenes missed of what they
    promise."""
    picture = Picture(console, client, len(CALLERS) + len(SCENES))
    lines = asyncio.Semaphore(AT_ONCE)

    async def one(scripted: ScriptedCaller) -> Experience:
        async with lines:
            experience = await people.calls(scripted)
        whom = ", ".join(experience.talked_with) or f"nobody ({scripted.gives_up})"
        picture.finished(f"{scripted.caller_id} pressed {scripted.keys}, heard {whom}")
        return experience

    async def scene(played: Scene) -> list[str]:
        try:
            misses = await played.play(stage)
        except (TimeoutError, CallFailed, StreamClosed) as problem:
            misses = [f"{type(problem).__name__}: {problem}"]
        picture.finished(f"{played.promise}: {'yes' if not misses else 'no'}")
        return misses

    async with picture.shown(), asyncio.TaskGroup() as group:
        played = {each.promise: group.create_task(scene(each)) for each in SCENES}
        first = [group.create_task(one(scripted)) for scripted in CALLERS[:FIRST_WAVE]]
        await _until_waiting(client, FIRST_WAVE - 1)
        for agent in PHONES:
            answer = await client.put(f"/agents/{agent}/state", json={"state": "ready"})
            answer.raise_for_status()
        rest = [group.create_task(one(scripted)) for scripted in CALLERS[FIRST_WAVE:]]
    missed = {promise: task.result() for promise, task in played.items()}
    return [task.result() for task in (*first, *rest)], missed


async def _until_waiting(client: httpx.AsyncClient, callers: int) -> None:
    """Until the first wave waits and the one who gives up has left: then VIPs stand behind others."""
    async with asyncio.timeout(SETTLED_S):
        while True:
            queues = (await client.get("/queues")).json()
            if sum(q["waiting"] for q in queues) >= callers and sum(q["abandoned"] for q in queues) == 1:
                return
            await asyncio.sleep(0.1)


async def _tell(
    client: httpx.AsyncClient, experiences: Sequence[Experience]
) -> tuple[list[CallRow], list[dict[str, Any]], list[dict[str, Any]]]:
    """What the API says once everything has settled: rows in the script's order, agents, queues."""
    by_caller = {e.caller.caller_id: e for e in experiences}
    async with asyncio.timeout(SETTLED_S):
        while True:
            agents = (await client.get("/agents")).json()
            page = (await client.get("/calls/history", params={"limit": 100})).json()["calls"]
            history = [call for call in page if call["caller"] in by_caller]
            busy = [a for a in agents if a["state"] in ("offered", "talking", "wrapping_up")]
            if not busy and sum(c["outcome"] is not None for c in history) >= len(experiences):
                break
            await asyncio.sleep(0.2)
    queues = (await client.get("/queues")).json()
    rows = [
        row((await client.get(f"/calls/{call['call_id']}")).json(), by_caller[call["caller"]])
        for call in history
    ]
    order = [scripted.caller_id for scripted in CALLERS]
    return sorted(rows, key=lambda r: order.index(r.caller)), agents, queues


if __name__ == "__main__":
    sys.exit(main())
