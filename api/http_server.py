"""The HTTP server: what it listens on, and what it is told to be."""

import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from api.websocket import FirmWebSocket

GRACE_S = 5
FEED_MESSAGE_BYTES = 4096
"""Clients of the feed only listen; anything long is a mistake."""


class StartProblem(Exception):
    """The engine cannot start; the text says what happened, where, and what to do."""


class HttpServer(uvicorn.Server):
    """Uvicorn without its own signal handlers: the engine decides when and in which order things end."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=GRACE_S,
                ws=FirmWebSocket,
                ws_max_size=FEED_MESSAGE_BYTES,
                ws_ping_interval=20,
                ws_per_message_deflate=False,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """Where it is going to serve.

    Raises:
        StartProblem: the port is taken or may not be used.
    """
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise StartProblem(port_problem("http.port", host, port, error)) from None
    return listening


def port_problem(field: str, host: str, port: int, error: OSError) -> str:
    """Why the port of this setting cannot be had, and what to do."""
    return (
        f"{field}: cannot listen on {host}:{port}: {error.strerror}. "
        f"Is another engine running? Stop it, or choose another port ({field})."
    )
