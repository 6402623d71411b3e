"""``make demo``: thirty real calls through a real Asterisk, shown live, checked, written to var/demo.json."""

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

from cti.ports import free_ports
from demo.house import EngineProcess, HouseProblem, asterisk, furnish
from demo.live import Picture
from demo.people import Experience, People
from demo.report import CallRow, call_table, document, judge, row
from demo.script import AT_ONCE, CALLERS, FIRST_WAVE, PHONES, ScriptedCaller

VAR = Path("var").resolve()
HOUSE = VAR / "demo"
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
    sip, ami, agi, http = free_ports(4)
    shutil.rmtree(HOUSE, ignore_errors=True)
    config_path = furnish(
        HOUSE,
        {
            "asterisk": {"sip_port": sip, "ami_port": ami, "agi_port": agi},
            "http": {"port": http},
            "rules": {"queues": {"*": {"ring_timeout_s": 5, "wrap_up_s": 1}}, "rejected_pause_s": 6},
        },
    )
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
            experiences = await _calls(client, people)
            rows, agents, queues = await _tell(client, experiences)
    finally:
        code = engine.stop()
        asterisk("stop", "--clean", environment=place)
    if code != 0:
        raise HouseProblem(f"the engine ended with exit code {code}; see {engine.log}")
    required = {queue.id: queue.steps for queue in engine.rules.queues}
    verdict = judge(rows, experiences, agents, queues, required)
    console.print(call_table(rows))
    for what, misses in verdict.checks.items():
        console.print(f"[green]✓[/] {what}" if not misses else f"[red]✗ {what}[/]")
        for miss in misses:
            console.print(f"    [red]{miss}[/]", highlight=False)
    took_s = time.monotonic() - began
    told = document(rows, agents, queues, verdict, took_s)
    (VAR / "demo.json").write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    console.print(f"{len(rows)} calls in {took_s:.0f} s; written to var/demo.json")
    return 0 if verdict.passed else 1


async def _calls(client: httpx.AsyncClient, people: People) -> list[Experience]:
    picture = Picture(console, client, len(CALLERS))
    lines = asyncio.Semaphore(AT_ONCE)

    async def one(scripted: ScriptedCaller) -> Experience:
        async with lines:
            experience = await people.calls(scripted)
        whom = ", ".join(experience.talked_with) or f"nobody ({scripted.gives_up})"
        picture.finished(f"{scripted.caller_id} pressed {scripted.keys}, heard {whom}")
        return experience

    async with picture.shown(), asyncio.TaskGroup() as group:
        first = [group.create_task(one(scripted)) for scripted in CALLERS[:FIRST_WAVE]]
        await _until_waiting(client, FIRST_WAVE - 1)
        for agent in PHONES:
            answer = await client.put(f"/agents/{agent}/state", json={"state": "ready"})
            answer.raise_for_status()
        rest = [group.create_task(one(scripted)) for scripted in CALLERS[FIRST_WAVE:]]
    return [task.result() for task in (*first, *rest)]


async def _until_waiting(client: httpx.AsyncClient, callers: int) -> None:
    """Until the first wave waits and the one who gives up has left: then VIPs stand behind others."""
    async with asyncio.timeout(SETTLED_S):
        while True:
            queues = (await client.get("/queues")).json()
            if sum(q["waiting"] for q in queues) == callers and sum(q["abandoned"] for q in queues) == 1:
                return
            await asyncio.sleep(0.1)


async def _tell(
    client: httpx.AsyncClient, experiences: Sequence[Experience]
) -> tuple[list[CallRow], list[dict[str, Any]], list[dict[str, Any]]]:
    """What the API says once everything has settled: rows in the script's order, agents, queues."""
    async with asyncio.timeout(SETTLED_S):
        while True:
            agents = (await client.get("/agents")).json()
            history = (await client.get("/calls/history", params={"limit": 100})).json()["calls"]
            busy = [a for a in agents if a["state"] in ("offered", "talking", "wrapping_up")]
            if not busy and sum(c["outcome"] is not None for c in history) >= len(experiences):
                break
            await asyncio.sleep(0.2)
    queues = (await client.get("/queues")).json()
    by_caller = {e.caller.caller_id: e for e in experiences}
    rows = [
        row((await client.get(f"/calls/{call['call_id']}")).json(), by_caller[call["caller"]])
        for call in history
    ]
    order = [scripted.caller_id for scripted in CALLERS]
    return sorted(rows, key=lambda r: order.index(r.caller)), agents, queues


if __name__ == "__main__":
    sys.exit(main())
