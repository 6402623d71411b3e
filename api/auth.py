"""Who may ask: everybody for health and documentation, whoever knows the token for everything else."""

from collections.abc import Iterable
from hmac import compare_digest

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

OPEN_PATHS = frozenset({"/health", "/docs", "/openapi.json"})
"""Answered without a token."""
PROTOCOL_PREFIX = "bearer."
"""A browser cannot set headers on a WebSocket: it offers the subprotocol ``bearer.<token>`` instead."""
UNAUTHORISED = 4401
"""Close code of a refused WebSocket. It is refused before it is accepted, so clients see HTTP 403."""


class BearerGate:
    """ASGI middleware before everything else: without the token no path, body or method is looked at."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._token = app, token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer 401 (a WebSocket is closed)."""
        if scope["type"] == "http" and scope["path"] not in OPEN_PATHS:
            if not self._knows_token(_from_header(scope)):
                await _unauthorised(scope, receive, send)
                return
        elif scope["type"] == "websocket":
            offered = [_from_header(scope), *_from_protocols(scope)]
            if not any(self._knows_token(token) for token in offered):
                await receive()  # the connection request; it is refused, not answered
                await send({"type": "websocket.close", "code": UNAUTHORISED, "reason": "unauthorised"})
                return
        await self._app(scope, receive, send)

    def _knows_token(self, offered: bytes) -> bool:
        return compare_digest(offered, self._token)


def bearer_protocol(subprotocols: Iterable[str]) -> str | None:
    """The subprotocol that carries a token: the server must name it back."""
    return next((name for name in subprotocols if name.startswith(PROTOCOL_PREFIX)), None)


def _from_header(scope: Scope) -> bytes:
    scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
    return token.strip().encode("latin-1") if scheme.lower() == "bearer" else b""


def _from_protocols(scope: Scope) -> list[bytes]:
    protocols = scope.get("subprotocols", [])
    return [p.removeprefix(PROTOCOL_PREFIX).encode() for p in protocols if p.startswith(PROTOCOL_PREFIX)]


async def _unauthorised(scope: Scope, receive: Receive, send: Send) -> None:
    detail = "needs the header 'Authorization: Bearer <token>'; the token is in secrets.json"
    response = JSONResponse(
        {"detail": detail}, status_code=401, headers={"WWW-Authenticate": 'Bearer realm="callwright"'}
    )
    await response(scope, receive, send)
