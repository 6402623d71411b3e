"""A service that answers flows' questions, well or badly, as a test says."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import unquote

from cti.config_ivr import ServiceConfig

Says = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Heard:
    """A request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes


class Service:
    """Listens on loopback; ``says`` is how it answers, one after the other, the last one for ever."""

    def __init__(self) -> None:
        self.says: list[Says] = [answers({})]
        self.by_path: dict[str, Says] = {}
        """How it answers requests for one path, whatever ``says`` says."""
        self.heard: list[Heard] = []
        self.url = ""
        self.let_go = 0
        """Connections the other side has closed while it was owed an answer."""
        self.asked = asyncio.Event()
        self.serving: set[asyncio.Task[None]] = set()

    def config(self, **more: object) -> ServiceConfig:
        """How an engine is told of it."""
        return ServiceConfig.model_validate({"url": self.url, **more})

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self.serving.add(task)
        task.add_done_callback(self.serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            line, *fields = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
            headers = {name.lower(): value for name, _, value in (f.partition(": ") for f in fields)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.heard.append(Heard(line, headers, body))
            self.asked.set()
            says = self.by_path.get(unquote(line.split()[1]))
            if says is None:
                says = self.says.pop(0) if len(self.says) > 1 else self.says[0]
            gone, saying = asyncio.ensure_future(reader.read(1)), asyncio.ensure_future(says(writer))
            try:
                await asyncio.wait({gone, saying}, return_when=asyncio.FIRST_COMPLETED)
                self.let_go += not saying.done()
            finally:
                for task in (gone, saying):
                    task.cancel()
                await asyncio.gather(gone, saying, return_exceptions=True)
        writer.close()


@asynccontextmanager
async def a_service() -> AsyncIterator[Service]:
    """A service that says ``{}`` until told otherwise."""
    service = Service()
    server = await asyncio.start_server(service.connected, "127.0.0.1", 0)
    service.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/"
    try:
        yield service
    finally:
        server.close()
        for task in service.serving:
            task.cancel()
        await asyncio.gather(*service.serving, return_exceptions=True)
        await server.wait_closed()


def answers(data: object, status: int = 200, *headers: str) -> Says:
    """Well-formed JSON."""
    return sends(json.dumps(data).encode(), status, *headers)


def sends(body: bytes, status: int = 200, *headers: str) -> Says:
    """An answer of this body."""

    async def says(writer: asyncio.StreamWriter) -> None:
        lines = [
            f"HTTP/1.1 {status} X",
            f"Content-Length: {len(body)}",
            "Connection: close",
            *headers,
            "",
            "",
        ]
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()

    return says


def raw(data: bytes) -> Says:
    """Whatever this is, and then the connection is closed."""

    async def says(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return says


async def hangs(writer: asyncio.StreamWriter) -> None:
    """Says nothing, ever."""
    await asyncio.Event().wait()


async def hangs_in_the_answer(writer: asyncio.StreamWriter) -> None:
    """Begins an answer that never ends."""
    writer.write(b'HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n{"balance": 1')
    await writer.drain()
    await asyncio.Event().wait()


async def never_ends(writer: asyncio.StreamWriter) -> None:
    """Sends for ever."""
    writer.write(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"4\r\n    \r\n")
        await writer.drain()
        await asyncio.sleep(0)


async def never_ends_its_head(writer: asyncio.StreamWriter) -> None:
    """Sends headers for ever."""
    writer.write(b"HTTP/1.1 200 X\r\n")
    while True:
        writer.write(b"X-More: more\r\n" * 100)
        await writer.drain()
        await asyncio.sleep(0)
