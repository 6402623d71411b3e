"""What every request meets on its way in and every answer on its way out, whatever it is about."""

import asyncio
import logging
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

MOST_BODY_BYTES = 16_384
BODY_WITHIN_S = 10.0
"""How long a client may take to send its body."""

SECURITY_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On every answer that does not set its own."""


class OuterGuard:
    """Adds the security headers, and turns a bug of ours into a plain 500: details go to the log only."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_guarded)
        except Exception:
            log.exception("%s %s", scope["method"], scope["path"])
            if started:
                raise
            await _answer(500, "an error of the engine's own; its log says more")(
                scope, receive, send_guarded
            )


class BodyLimit:
    """Reads a request's body before anything works on it, up to a size and a time."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        most_bytes: int = MOST_BODY_BYTES,
        within_s: float = BODY_WITHIN_S,
        more: Mapping[str, int] | None = None,
    ) -> None:
        """``more`` gives paths that may be sent more bytes than the others; one that ends with a slash stands
        for all that begin so and are not named themselves."""
        self._app, self._most_bytes, self._within_s, self._more = app, most_bytes, within_s, more or {}
        self._beginnings = sorted((path for path in self._more if path.endswith("/")), key=len, reverse=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its whole body, or answer 413 or 408."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body, more = b"", True
        most_bytes = self._most_of(scope["path"])
        try:
            async with asyncio.timeout(self._within_s):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > most_bytes:
                        answer = _answer(413, f"a body may have {most_bytes} bytes at most")
                        await answer(scope, receive, send)
                        return
        except TimeoutError:
            await _answer(408, f"the body did not come within {self._within_s:g} s")(scope, receive, send)
            return
        given = False

        async def receive_whole() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, receive_whole, send)

    def _most_of(self, path: str) -> int:
        named = self._more.get(path)
        if named is not None:
            return named
        beginning = next((begins for begins in self._beginnings if path.startswith(begins)), None)
        return self._most_bytes if beginning is None else self._more[beginning]


def _answer(status: int, detail: str) -> JSONResponse:
    return JSONResponse({"detail": detail}, status_code=status, headers={"Connection": "close"})
