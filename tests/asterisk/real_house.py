"""A real house for stories: a private Asterisk, an engine in a process of its own, telephones outside it."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

import httpx

from cti.ports import free_ports
from demo.caller import Caller, CallerCall
from demo.endpoint import SipEndpoint
from demo.house import EngineProcess
from demo.media import MediaClock
from demo.phone import Behaviour, Phone, RingsForever
from demo.script import VIP_NUMBER
from tests.asterisk.cut import Cable
from tests.asterisk.pbx import PrivateAsterisk

SOON_S = 30.0
"""Everything a story waits for happens well within this, or the story fails."""
LOOK_EVERY_S = 0.02
AGENT_HZ = {"ana": 600, "ben": 750, "cleo": 900, "dan": 1050, "eva": 1200}


class RealHouse:
    """The shipped house with short times. The engine reaches AMI through a cable that can be cut."""

    voices: Mapping[str, int] = AGENT_HZ
    """The agents, and the tone each speaks with."""

    def __init__(self, directory: Path, changes: Mapping[str, Any] | None = None) -> None:
        quick = {"asterisk": {"heartbeat_stale_s": 3}, "speech": {"ahead": False}}
        [self.carrier_port] = free_ports(1)
        """Where the house's calls to the outside arrive, should it make any: see :meth:`customer`."""
        self.asterisk = PrivateAsterisk(directory, quick | dict(changes or {}))
        self.cable = Cable()
        self.engine: EngineProcess
        self.http: httpx.AsyncClient
        self.phones: dict[str, Phone] = {}
        self._stack = AsyncExitStack()
        self._agents: SipEndpoint
        self._caller: Caller

    async def __aenter__(self) -> Self:
        stack = self._stack
        await asyncio.to_thread(self.asterisk.start)
        stack.callback(self.asterisk.stop)
        pbx = self.asterisk.config.asterisk
        port = await self.cable.lay((pbx.host, pbx.ami_port))
        stack.push_async_callback(self.cable.close)
        environment = self.asterisk.environment | {"CALLWRIGHT_ASTERISK__AMI_PORT": str(port)}
        self.engine = EngineProcess(self.asterisk.config_path, self.asterisk.var, environment)
        stack.callback(lambda: self.engine.stop())
        self.http = await stack.enter_async_context(self.engine.client())
        media = await stack.enter_async_context(MediaClock())
        self._agents = await stack.enter_async_context(await SipEndpoint.open(media=media))
        outside = await stack.enter_async_context(
            await SipEndpoint.open(media=media, host="127.0.0.2", port=self.carrier_port)
        )
        self._outside = outside
        self._caller = Caller(outside, host=pbx.sip_host, sip_port=pbx.sip_port)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is not None and hasattr(self, "engine") and self.engine.log.exists():
            print("engine:", *self.engine.log.read_text(errors="replace").splitlines()[-40:], sep="\n  ")
        await self._stack.aclose()

    async def opens(self) -> Self:
        """The engine starts and finds Asterisk; its database is open, too (it serves callers before that)."""
        await self.engine.start()
        await self.until(lambda page: True, "/calls/history")
        return self

    # -- people ------------------------------------------------------------------------------

    async def phone(self, agent: str, behaviour: Behaviour | None = None) -> Phone:
        """An agent plugs in a telephone, which speaks with a tone of his own."""
        phone = Phone(
            self._agents,
            user=agent,
            secret=self.asterisk.credentials.phone_secrets[agent],
            registrar=(self.asterisk.config.asterisk.sip_host, self.asterisk.config.asterisk.sip_port),
            behaviour=behaviour or RingsForever(),
            tone_hz=self.voices[agent],
        )
        await phone.register()
        self.phones[agent] = phone
        return phone

    def customer(self, number: str, behaviour: Behaviour | None = None, tone_hz: int = 450) -> Phone:
        """A customer's telephone, which the carrier rings when this number is dialled."""
        return Phone(
            self._outside,
            user=number,
            secret="",
            registrar=(self.asterisk.config.asterisk.sip_host, self.asterisk.config.asterisk.sip_port),
            behaviour=behaviour or RingsForever(),
            tone_hz=tone_hz,
        )

    async def ready(self, agent: str, behaviour: Behaviour | None = None) -> Phone:
        """An agent plugs in and sets himself ready."""
        phone = await self.phone(agent, behaviour)
        await self.until(lambda a: a["phone_reachable"], f"/agents/{agent}")
        answer = await self.http.put(f"/agents/{agent}/state", json={"state": "ready"})
        assert answer.status_code == 200, answer.text
        return phone

    async def calls(
        self, caller_id: str, *, number: str = "8000", display: str = "", tone_hz: int | None = 450
    ) -> CallerCall:
        """Somebody dials a service number and is answered."""
        call = await self._caller.call(number, caller_id=caller_id, display=display, tone_hz=tone_hz)
        await call.answered(SOON_S)
        return call

    async def waits(self, caller_id: str, key: str = "1", **more: Any) -> CallerCall:
        """Somebody calls, presses a key and is known to wait (or to be offered already)."""
        call = await self.calls(caller_id, **more)
        await self.until(lambda c: c["state"] == "in_ivr", caller=caller_id)
        await call.press(key)
        await self.until(lambda c: c["queue_id"] is not None, caller=caller_id)
        return call

    # -- what the API says -------------------------------------------------------------------

    async def get(self, path: str) -> Any:
        """``GET path``, as JSON."""
        answer = await self.http.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def _now(self, path: str) -> Any:
        """The same; nothing while the engine cannot tell yet."""
        answer = await self.http.get(path)
        if answer.status_code == 503:
            return None
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def agent(self, agent: str) -> dict[str, Any]:
        """One agent."""
        found: dict[str, Any] = await self.get(f"/agents/{agent}")
        return found

    async def call_of(self, caller_id: str) -> dict[str, Any] | None:
        """The live call of a caller."""
        return next((c for c in await self.get("/calls") if c["caller"] == caller_id), None)

    async def record_of(self, caller_id: str) -> dict[str, Any]:
        """A caller's call, with timeline and decisions, once it has ended and is on record."""
        async with asyncio.timeout(SOON_S):
            while True:
                for call in (await self.get("/calls/history"))["calls"]:
                    if call["caller"] == caller_id and call["outcome"] is not None:
                        story = await self.get(f"/calls/{call['call_id']}")
                        told = [{**entry["event"], "at": entry["at"]} for entry in story["timeline"]]
                        return {**story["call"], "decisions": story["decisions"], "timeline": told}
                await asyncio.sleep(LOOK_EVERY_S)

    async def until(
        self, holds: Callable[[Any], bool], path: str | None = None, *, caller: str | None = None
    ) -> Any:
        """Look until something holds of ``path``, or of a caller's live call."""
        seen = None
        try:
            async with asyncio.timeout(SOON_S):
                while True:
                    seen = await self._now(path) if path is not None else await self.call_of(caller or "")
                    if seen is not None and holds(seen):
                        return seen
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError:
            raise AssertionError(f"{path or caller} never came to that; last seen: {seen}") from None

    async def comes_true(self, holds: Callable[[], bool]) -> None:
        """Look until something holds at the telephones."""
        async with asyncio.timeout(SOON_S):
            while not holds():
                await asyncio.sleep(LOOK_EVERY_S)

    async def settled(self) -> None:
        """Everyone ended somewhere: no live call, no busy agent, nothing unexplained, nobody in Asterisk."""
        await self.until(lambda calls: calls == [], "/calls")
        for agent in self.voices:
            await self.until(
                lambda a: a["state"] not in ("offered", "talking", "wrapping_up"), f"/agents/{agent}"
            )
        assert (await self.get("/health"))["unexplained"] == 0
        channels = await asyncio.to_thread(self.asterisk.cli, "core show channels count")
        assert "0 active channels" in channels, channels


VIP = VIP_NUMBER
