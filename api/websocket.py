"""Uvicorn's WebSocket protocol with an end to its patience.

Uvicorn closes a connection only once the peer has taken what was written before. A peer that lives but never
reads would hold its socket for ever, and the engine's stop with it.
"""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


class FirmWebSocket(WebSocketsSansIOProtocol):
    """Cuts the line when the peer does not let it end; for ``uvicorn.Config(ws=FirmWebSocket)``."""

    done_within_s = 10.0
    """How long a peer may take to say goodbye once we are done with him."""
    stop_within_s = 1.0
    """The same when the engine stops."""

    async def run_asgi(self) -> None:
        """Serve the connection; afterwards it ends, one way or the other."""
        await super().run_asgi()
        self.loop.call_later(self.done_within_s, self.transport.abort)

    def shutdown(self) -> None:
        """The engine stops."""
        super().shutdown()
        self.loop.call_later(self.stop_within_s, self.transport.abort)
