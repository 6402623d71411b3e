"""Where Asterisk connects: one session per caller, no more than there is room for."""

import asyncio
import logging

from ivr.agi.limits import AgiLimits
from ivr.agi.line import Line
from ivr.agi.services import Services
from ivr.agi.session import FlowFor, Session

log = logging.getLogger(__name__)


class AgiServer:
    """Listens for Asterisk's FastAGI connections and serves each caller by the flow of the number dialled."""

    def __init__(
        self,
        *,
        flow_for: FlowFor,
        services: Services,
        limits: AgiLimits | None = None,
    ) -> None:
        self.limits = limits or AgiLimits()
        self._flow_for = flow_for
        self._services = services
        self.refused = 0
        """Connections closed unanswered because ``limits.sessions`` were being served."""
        self._server: asyncio.Server | None = None
        self._sessions: dict[asyncio.Task[None], Session] = {}
        self._full = False
        self._closing = False

    @property
    def sessions(self) -> int:
        """Callers in the IVR now."""
        return len(self._sessions)

    def talks_with(self, call_id: str) -> bool:
        """Whether a flow is talking with this caller now."""
        return any(session.call_id == call_id for session in self._sessions.values())

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port (the one the system chose when ``port`` is 0).

        Raises:
            OSError: the address cannot be listened on, for example because it is in use.
        """
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Line(self.limits, self._connected), host, port, backlog=self.limits.sessions
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self, grace_s: float) -> None:
        """Stop listening and end every session; the dialplan takes the callers back.

        Sessions about to hand their caller over get ``grace_s`` seconds for it, the others none.
        """
        self._closing = True
        if self._server is not None:
            self._server.close()
        for task, session in self._sessions.items():
            if not session.handing_over:
                task.cancel()
        if self._sessions:
            await asyncio.wait(list(self._sessions), timeout=grace_s)
        for task in self._sessions:
            task.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()
            self._server = None

    def _connected(self, line: Line) -> None:
        if self._closing:
            line.abort()
            return
        if len(self._sessions) >= self.limits.sessions:
            self.refused += 1
            if not self._full:
                log.error("the IVR is full (%d callers): further ones stay in music", self.limits.sessions)
            self._full = True
            line.abort()
            return
        self._full = False
        session = Session(line, self._flow_for, self._services, self.limits)
        task = asyncio.get_running_loop().create_task(self._run(session, line))
        self._sessions[task] = session
        task.add_done_callback(self._ended)

    async def _run(self, session: Session, line: Line) -> None:
        try:
            await session.run()
        finally:
            # Every command sent has been answered or given up: nothing is worth flushing to a deaf peer.
            line.abort()

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._sessions[task]
