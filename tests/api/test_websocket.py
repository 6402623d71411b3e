"""A peer that never reads, on a real line: he is dropped, his line is cut, and nobody waits for him."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from fastapi import FastAPI

from api import feed
from api.websocket import FirmWebSocket
from tests.api.fake_engine import TOKEN, FakeEngine

HANDSHAKE = (
    "GET /feed HTTP/1.1\r\nHost: engine\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    f"Authorization: Bearer {TOKEN}\r\n\r\n"
).encode()


class Impatient(FirmWebSocket):
    """Says when it lost its line."""

    done_within_s = 0.05
    stop_within_s = 0.05
    lost: asyncio.Event

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        Impatient.lost.set()


@pytest.fixture
async def server(app: FastAPI) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    Impatient.lost = asyncio.Event()
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # so that little is enough to get stuck
    door.bind(("127.0.0.1", 0))
    made = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws=Impatient))
    with contextlib.closing(door):
        serving = asyncio.create_task(made.serve(sockets=[door]))
        yield made, door.getsockname()[1]
        made.should_exit = True
        async with asyncio.timeout(10):
            await serving


async def peer_that_never_reads(port: int) -> socket.socket:
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    line.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(line, ("127.0.0.1", port))
    await loop.sock_sendall(line, HANDSHAKE)
    assert await loop.sock_recv(line, 12) == b"HTTP/1.1 101"
    return line


async def until_gone(made: uvicorn.Server) -> None:
    async with asyncio.timeout(10):
        await Impatient.lost.wait()
    assert not made.server_state.connections


async def test_a_peer_that_never_reads_loses_his_line(
    app: FastAPI,
    engine: FakeEngine,
    server: tuple[uvicorn.Server, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed, "CLOSE_WITHIN_S", 0.05)
    made, port = server
    line = await peer_that_never_reads(port)
    with contextlib.closing(line):
        for number in range(2_000):
            await engine.hangs_up(await engine.calls(f"c{number}", "sales"))
            if number and not len(app.state.feed):
                break
        assert len(app.state.feed) == 0
        await until_gone(made)


async def test_a_peer_that_never_reads_does_not_keep_the_engine_from_stopping(
    app: FastAPI, engine: FakeEngine, server: tuple[uvicorn.Server, int]
) -> None:
    made, port = server
    line = await peer_that_never_reads(port)
    with contextlib.closing(line):
        for number in range(150):  # more than the line takes, less than makes him too slow
            await engine.hangs_up(await engine.calls(f"c{number}", "sales"))
        assert len(app.state.feed) == 1
        made.should_exit = True
        await until_gone(made)
