"""The bank's own computer, as the demo has it: what flows look up, over HTTP, and how it can fail.

A flow asks it for a balance, has a card blocked, or reads and changes an appointment. A question about one of
the accounts is never answered in time: its caller must be served all the same.
"""

import asyncio
import contextlib
import secrets
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOO_SLOW_S = 30.0
"""How long the question for :data:`SLOW_ACCOUNT` takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the bank knows under an account number."""

    pin: str
    balance: str
    """In euros and cents, as text: money is not a float."""
    holder: str


@dataclass(slots=True, kw_only=True)
class Appointment:
    """What somebody is reminded of."""

    day: str
    """``2026-12-01``."""
    time: str
    """``15:30``."""
    state: str = "open"
    """Or ``confirmed``, or ``to be moved``."""


ACCOUNT = "10024503"
"""Luhn holds: callers mistype."""
SLOW_ACCOUNT = "10024511"
PIN = "4321"


def _accounts() -> dict[str, Account]:
    return {
        ACCOUNT: Account(pin=PIN, balance="1234.56", holder="Mia Ölström"),
        SLOW_ACCOUNT: Account(pin=PIN, balance="0.00", holder="Tom Tardy"),
    }


@dataclass(slots=True)
class Bank:
    """The bank's books, and what was asked of it."""

    accounts: Mapping[str, Account] = field(default_factory=_accounts)
    appointments: dict[str, Appointment] = field(default_factory=dict)
    """By the telephone number of who comes."""
    blocked: list[str] = field(default_factory=list)
    """Accounts whose card was blocked, in order."""
    asked: list[str] = field(default_factory=list)
    """Paths, in order."""
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    """Whoever asks must know it."""
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it closes: nobody waits any longer."""

    def app(self) -> Starlette:
        """The bank as a web application."""
        return Starlette(
            routes=[
                Route("/balance", self._balance, methods=["POST"]),
                Route("/cards/block", self._block, methods=["POST"]),
                Route("/appointments/{number}", self._appointment),
                Route("/appointments/{number}", self._change, methods=["POST"]),
            ]
        )

    async def _balance(self, request: Request) -> Response:
        if (refused := self._refusal(request)) is not None:
            return refused
        asked = await request.json()
        if asked.get("account") == SLOW_ACCOUNT:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TOO_SLOW_S):
                    await self.closing.wait()
        account = self.accounts.get(asked.get("account"))
        if account is None or not secrets.compare_digest(account.pin, str(asked.get("pin"))):
            return JSONResponse({"problem": "no such account, or another PIN"}, 404)
        return JSONResponse({"balance": account.balance, "currency": "EUR", "holder": account.holder})

    async def _block(self, request: Request) -> Response:
        if (refused := self._refusal(request)) is not None:
            return refused
        asked = await request.json()
        self.blocked.append(str(asked.get("account")))
        return JSONResponse({"reference": f"{4700 + len(self.blocked)}"})

    async def _appointment(self, request: Request) -> Response:
        if (refused := self._refusal(request)) is not None:
            return refused
        found = self.appointments.get(request.path_params["number"])
        if found is None:
            return JSONResponse({"problem": "nothing is planned"}, 404)
        return JSONResponse({"day": found.day, "time": found.time, "state": found.state})

    async def _change(self, request: Request) -> Response:
        if (refused := self._refusal(request)) is not None:
            return refused
        found = self.appointments.get(request.path_params["number"])
        asked = await request.json()
        if found is None:
            return JSONResponse({"problem": "nothing is planned"}, 404)
        found.state = str(asked.get("state"))
        return JSONResponse({"state": found.state})

    def _refusal(self, request: Request) -> Response | None:
        self.asked.append(request.url.path)
        given: Any = request.headers.get("Authorization", "")
        if secrets.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
            return None
        return JSONResponse({"problem": "who asks?"}, 401)


class _Quiet(uvicorn.Server):
    """Ends when it is told, not by signals: they are the demo's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


@asynccontextmanager
async def at_work(bank: Bank) -> AsyncIterator[str]:
    """Open the bank on loopback; its address."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        config = uvicorn.Config(
            bank.app(), log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1
        )
        server = _Quiet(config)
        serving = asyncio.create_task(server.serve(sockets=[door]))
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            bank.closing.set()
            server.should_exit = True
            await serving
