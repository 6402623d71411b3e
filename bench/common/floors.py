"""Two real houses for the rows that ring telephones: ours as it is shipped, and one for its peers.

Each has an Asterisk of its own, so that our engine neither hears nor handles what the peers do. Asterisk runs
on one processor; the engine, the raw floor and all telephones on the other. The peers' Asterisk has what is
shipped, app_queue and a few contexts.
"""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from bench.common.machine import pin, pin_family
from demo.caller import Caller
from demo.endpoint import SipEndpoint
from demo.house import REPOSITORY, EngineProcess, asterisk
from demo.leg import LegState
from demo.media import MediaClock
from demo.phone import Answers, Phone, Ringing, RingsForever, What
from tests.asterisk.pbx import PrivateAsterisk

ASTERISKS_PROCESSOR, OUR_PROCESSOR = 0, 1
SERVICE, QUEUE_OF_ONE, QUEUE_OF_ALL, RAW_FLOOR, BARE_DIAL = "8000", "9001", "9020", "9100", "9200"
"""What callers dial: our engine; app_queue with one member and with all; the raw floor; Dial() at once."""
SOON_S = 15.0
LOOK_EVERY_S = 0.05

FLOW = """\
name: main
start: line
nodes:
  line: {kind: queue, queue: sales, refused: full}
  full: {kind: hangup}
"""
QUEUES = """\
[general]
persistentmembers = no
autofill = yes
[line](!)
strategy = rrmemory
retry = 1
timeout = 15
wrapuptime = 0
ringinuse = no
joinempty = yes
announce-frequency = 0
"""
DIALPLAN = """\
[callers](+)
exten => 9001,1,Answer()
 same => n,Queue(one)
 same => n,Hangup()
exten => 9020,1,Answer()
 same => n,Queue(all)
 same => n,Hangup()
exten => 9100,1,Answer()
 same => n,UserEvent(BenchWait,Uid: ${UNIQUEID})
 same => n(music),MusicOnHold(default,5)
 same => n,Goto(music)
exten => 9200,1,Dial(PJSIP/bench-01,15)
 same => n,Hangup()
[bench-connect]
exten => _b.,1,Dial(PJSIP/${EXTEN},15,gm(default))
 same => n,Hangup()
"""


def agents(count: int) -> list[str]:
    """Names of agents."""
    return [f"bench-{number:02}" for number in range(1, count + 1)]


def furnishing(count: int) -> dict[str, Any]:
    """The shipped configuration with this many agents of one skill, one queue and no wrap-up."""
    return {
        "agents": [{"id": agent, "name": agent} for agent in agents(count)],
        "rules": {
            "agents": {agent: {"skills": {"sales": 5}} for agent in agents(count)},
            "queues": [{"id": "sales", "requires": {"sales": 5}, "ring_timeout_s": 15, "wrap_up_s": 0}],
        },
    }


class TalkingPhone(Phone):
    """An agent who, once told so, answers at once and talks each time for another while."""

    talk_s: Callable[[], float] | None = None
    """Draws the length of the next conversation; None: it just rings."""

    def note(self, what: What, call: Ringing) -> None:
        """A ring decides how long the conversation will be."""
        if what == "ringing" and self.talk_s is not None:
            assert call.state is LegState.RINGING
            self._behaviour = Answers(talk_s=self.talk_s())
        super().note(what, call)

    def stop_answering(self) -> None:
        """From now on it just rings, and who talks goes on."""
        self.talk_s = None
        self.behaviour = RingsForever()


class Floor:
    """One Asterisk with telephones around it."""

    flows: Mapping[str, str] = MappingProxyType({"main": FLOW})
    """The flows of the house; the first one answers every number that is no other's name."""
    changes: Mapping[str, Any] = MappingProxyType({})
    """Of the shipped configuration, beside :func:`furnishing`."""

    def __init__(self, directory: Path, count: int) -> None:
        self.asterisk = PrivateAsterisk(directory, furnishing(count) | dict(self.changes))
        self.names = agents(count)
        self.phones: dict[str, TalkingPhone] = {}
        self.caller: Caller
        self.version = ""
        self.stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        try:
            await self._open()
        except BaseException:
            await self.stack.aclose()
            raise
        return self

    async def _open(self) -> None:
        await asyncio.to_thread(self.asterisk.start)
        self.stack.callback(self.asterisk.stop)
        status = asterisk("status", environment=self.asterisk.environment)
        self.version = _told(r"Asterisk (\S+) is running", status)
        pin(int(_told(r"process +(\d+)", status)), ASTERISKS_PROCESSOR)
        self.etc = Path(_told(r"config +(\S+)", status))
        self._write_flows()
        pbx = self.asterisk.config.asterisk
        media = await self.stack.enter_async_context(MediaClock())
        desks = await self.stack.enter_async_context(await SipEndpoint.open(media=media))
        outside = await self.stack.enter_async_context(await SipEndpoint.open(media=media, host="127.0.0.2"))
        self.caller = Caller(outside, host=pbx.sip_host, sip_port=pbx.sip_port)
        for agent in self.names:
            self.phones[agent] = TalkingPhone(
                desks,
                user=agent,
                secret=self.asterisk.credentials.phone_secrets[agent],
                registrar=(pbx.sip_host, pbx.sip_port),
                behaviour=RingsForever(),
            )
            await self.phones[agent].register()

    def _write_flows(self) -> None:
        for shipped in (self.asterisk.var / "flows").iterdir():
            shipped.unlink()
        for name, flow in self.flows.items():
            (self.asterisk.var / "flows" / f"{name}.yaml").write_text(flow)
        plan = {name: name for name in self.flows if name.isdecimal()} | {"default": next(iter(self.flows))}
        (self.asterisk.var / "numbers.yaml").write_text(json.dumps({"numbers": plan}))

    async def __aexit__(self, *_: object) -> None:
        await self.stack.aclose()


class OurFloor(Floor):
    """The shipped Asterisk and our engine, in a process of its own."""

    async def _open(self) -> None:
        await super()._open()
        self.engine = EngineProcess(self.asterisk.config_path, self.asterisk.var, self.asterisk.environment)
        self.stack.callback(lambda: self.engine.stop())
        await self.engine.start()
        pin_family(self.engine.pid, OUR_PROCESSOR)
        self._http = await self.stack.enter_async_context(self.engine.client())

    async def on_duty(self, count: int) -> None:
        """The first ``count`` agents are ready, all others logged out; returns when that is so."""
        for at, agent in enumerate(self.names):
            wish = "ready" if at < count else "logged_out"
            async with asyncio.timeout(SOON_S):
                while True:
                    seen = (await self._http.get(f"/agents/{agent}")).json()
                    if seen["state"] == wish:
                        break
                    if seen["phone_reachable"]:
                        answer = await self._http.put(f"/agents/{agent}/state", json={"state": wish})
                        answer.raise_for_status()
                    await asyncio.sleep(LOOK_EVERY_S)

    async def settled(self) -> None:
        """Nobody is in the house any more."""
        async with asyncio.timeout(SOON_S):
            while (await self._http.get("/calls")).json():  # noqa: ASYNC110 - another process's state
                await asyncio.sleep(LOOK_EVERY_S)


class PeersFloor(Floor):
    """The same Asterisk with app_queue and room for the raw floor."""

    dialplan = DIALPLAN

    async def _open(self) -> None:
        await super()._open()
        one, everybody = [self.names[0]], self.names
        queues = QUEUES
        for name, members in (("one", one), ("all", everybody)):
            queues += f"[{name}](line)\n" + "".join(f"member => PJSIP/{agent}\n" for agent in members)
        self._add("queues.conf", queues)
        self._add("extensions_bench.conf", self.dialplan)
        with (self.etc / "extensions.conf").open("a") as rendered:
            rendered.write("\n#include extensions_bench.conf\n")
        self.asterisk.cli("dialplan reload")
        self.asterisk.cli("module load app_queue.so")
        shown = self.asterisk.cli("queue show all")
        if "PJSIP/bench-01" not in shown:
            raise RuntimeError(f"app_queue is not there: {shown}")

    def _add(self, name: str, text: str) -> None:
        path, owner = self.etc / name, (self.etc / "extensions.conf").stat()
        path.write_text(text)
        path.chmod(0o640)
        os.chown(path, owner.st_uid, owner.st_gid)

    @asynccontextmanager
    async def raw_floor(self, count: int) -> AsyncIterator[None]:
        """The raw floor routes, for the first ``count`` agents, while the block runs."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bench.common.raw_floor",
            str(self.asterisk.config_path),
            str(self.asterisk.var),
            *self.names[:count],
            stdout=subprocess.PIPE,
            cwd=REPOSITORY,
            env=self.asterisk.environment,
        )
        try:
            assert process.stdout is not None
            async with asyncio.timeout(SOON_S):
                if await process.stdout.readline() != b"up\n":
                    raise RuntimeError("the raw floor did not come up")
            yield
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


@asynccontextmanager
async def both_floors(count: int) -> AsyncIterator[tuple[OurFloor, PeersFloor]]:
    """Both houses with ``count`` agents each, everything started for them stopped afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="callwright-bench-"))
    try:
        async with (
            OurFloor(directory / "ours", count) as ours,
            PeersFloor(directory / "peers", count) as peers,
        ):
            pin(os.getpid(), OUR_PROCESSOR)
            yield ours, peers
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def versions(ours: OurFloor) -> Mapping[str, str]:
    """For the report."""
    return {"asterisk": ours.version}


def _told(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f"no {pattern!r} in {text!r}")
    return found[1]
