"""A WebSocket client at the ASGI door: decides itself how fast it takes what is sent."""

import asyncio
import json
from typing import Any

from starlette.types import ASGIApp, Message

WITHIN_S = 10


class AsgiSocket:
    """One connection. ``stall()`` stops taking messages, as a client behind a stuck line does."""

    def __init__(self, app: ASGIApp, *, headers: dict[str, str], protocols: tuple[str, ...] = ()) -> None:
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._outbox: asyncio.Queue[Message] = asyncio.Queue()
        self._flows = asyncio.Event()
        self._flows.set()
        self._inbox.put_nowait({"type": "websocket.connect"})
        scope = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "scheme": "ws",
            "path": "/feed",
            "raw_path": b"/feed",
            "root_path": "",
            "query_string": b"",
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
            "subprotocols": list(protocols),
        }
        self.served = asyncio.create_task(app(scope, self._inbox.get, self._send))  # type: ignore[arg-type]

    async def _send(self, message: Message) -> None:
        if message["type"] != "websocket.close":
            await self._flows.wait()
        self._outbox.put_nowait(message)

    def stall(self) -> None:
        self._flows.clear()

    async def next(self) -> Message:
        """The next ASGI message, whatever it is."""
        async with asyncio.timeout(WITHIN_S):
            return await self._outbox.get()

    async def hears(self) -> dict[str, Any]:
        """The next message of the feed."""
        message = await self.next()
        assert message["type"] == "websocket.send", message
        heard: dict[str, Any] = json.loads(message["text"])
        return heard

    async def hears_until(self, kind: str, **content: Any) -> list[dict[str, Any]]:
        """Messages up to the first of a kind whose content has these values, that one included."""
        heard = [await self.hears()]
        while heard[-1]["type"] != kind or any(heard[-1].get(k) != v for k, v in content.items()):
            heard.append(await self.hears())
        return heard

    def heard_already(self) -> list[dict[str, Any]]:
        """What came since, without waiting."""
        heard = []
        while not self._outbox.empty():
            heard.append(json.loads(self._outbox.get_nowait()["text"]))
        return heard

    def says(self, text: str) -> None:
        self._inbox.put_nowait({"type": "websocket.receive", "text": text})

    async def leaves(self) -> None:
        self._inbox.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await self.ends()

    async def ends(self) -> None:
        """The application is done with this connection."""
        async with asyncio.timeout(WITHIN_S):
            await self.served
