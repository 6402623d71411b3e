"""Who listens to the link in a story, and the link that runs for its length."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import uvloop

from acd.instant import Instant
from cti.ami import AmiLink, LinkState
from tests.cti.fake_ami import PATIENCE_S, FakeAmi, Watched

WANTED = frozenset({"Hangup", "UserEvent", "OriginateResponse", "DeviceStateChange"})


class Desk(Watched):
    """Who is told about the link: keeps what it heard, in order."""

    link: AmiLink

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, str]] = []
        self.ups = 0
        self.downs: list[str] = []
        self.takes_stock: Callable[[], Any] | None = None
        self.chokes_on: str | None = None

    def on_event(self, event: dict[str, str]) -> None:
        self.changed()
        if self.chokes_on is not None and event["Uid"] == self.chokes_on:
            raise KeyError(self.chokes_on)
        self.events.append(event)

    async def on_up(self) -> None:
        self.ups += 1
        self.changed()
        if self.takes_stock is not None:
            await self.takes_stock()

    def on_down(self, reason: str) -> None:
        self.downs.append(reason)
        self.changed()

    def uids(self) -> list[str]:
        return [event["Uid"] for event in self.events]

    async def comes_up(self, times: int = 1) -> None:
        await self.until(lambda: self.ups >= times and self.link.state is LinkState.UP)

    def clock(self) -> Instant:
        self.changed()  # the link reads the clock whenever its state changes
        return Instant(int(asyncio.get_running_loop().time() * 1_000_000))


@asynccontextmanager
async def linked(asterisk: FakeAmi, desk: Desk | None = None, **options: Any) -> AsyncIterator[Desk]:
    """A desk whose link runs for the length of the story; pauses are short unless it says otherwise."""
    desk = desk or Desk()
    settings: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": asterisk.port,
        "username": "callwright",
        "secret": "open sesame",
        "wanted_events": WANTED,
        "on_event": desk.on_event,
        "on_up": desk.on_up,
        "on_down": desk.on_down,
        "clock": desk.clock,
        "pauses": (0.01,),
    }
    desk.link = AmiLink(**(settings | options))
    running = asyncio.create_task(desk.link.run())
    try:
        yield desk
    finally:
        running.cancel()
        async with asyncio.timeout(PATIENCE_S):  # cancelling is honoured promptly, whatever is going on
            await asyncio.wait({running})
        assert running.cancelled()
        assert desk.link.state is LinkState.DOWN


def told_on_uvloop(story: Callable[[FakeAmi], Coroutine[Any, Any, None]]) -> int:
    """Tell a story on uvloop, on which the engine runs and whose transports differ in detail; logins seen."""

    async def tell() -> int:
        async with FakeAmi() as asterisk:
            await story(asterisk)
            return asterisk.logins

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(tell())
