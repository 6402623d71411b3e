"""One AGI connection, as a conversation: a command, its answer, within a time.

Lines are taken apart where they arrive, and whoever waits is woken once, by the last of them: Asterisk sends
a request in some thirty pieces.
"""

import asyncio
import os
from collections.abc import Callable
from typing import Any, TypeVar, cast

from ivr.agi.limits import AgiLimits
from ivr.agi_protocol import AgiRequest, Answer, AnswerReader, Hangup, ProtocolError, RequestReader

T = TypeVar("T")

MOST_UNTAKEN = 64 * 1024
"""Bytes written to a peer who does not read; he is not spoken to any more."""


class ConnectionLost(Exception):
    """Asterisk closed the connection, or it broke."""


class Line(asyncio.Protocol):
    """One AGI connection: one command at a time, each with a deadline."""

    def __init__(self, limits: AgiLimits, connected: Callable[["Line"], None] = lambda line: None) -> None:
        """``connected`` is called once there is somebody to talk with."""
        self._limits = limits
        self._connected = connected
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._socket = -1
        self._heard = bytearray()
        """What arrived and nobody has asked for."""
        self._deaf = False
        """Whether so much of it has arrived that no more is received."""
        self._over = False
        """Nothing will arrive any more."""
        self._request: asyncio.Future[AgiRequest] = self._loop.create_future()
        self._request_lines = RequestReader(limits.request_lines)
        self._request_room = limits.request_bytes
        self._answer: asyncio.Future[Answer] | None = None
        self._answer_lines = AnswerReader()
        self._strays = 0
        self._due = 0.0
        """Until when what is awaited must have come, by the loop's clock."""
        self._alarm: asyncio.TimerHandle | None = None
        """Rings then or sooner: setting it anew for each command would cost more than reading the answer."""
        self._alarm_at = 0.0
        self.caller_gone = False
        """Asterisk has said so, in whichever way."""

    # --- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's does not say that it is one
        peer = transport.get_extra_info("socket")
        self._socket = -1 if peer is None else peer.fileno()
        self._connected(self)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        self._listen()
        if len(self._heard) > self._limits.request_bytes and not self._deaf and self._transport is not None:
            self._deaf = True
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        self._ends()
        return True  # what was said before may still be asked for; who serves the connection closes it

    def connection_lost(self, exc: Exception | None) -> None:
        self._ends()
        self._transport = None

    # --- what a session asks for

    async def request(self) -> AgiRequest:
        """What Asterisk says first.

        Raises:
            ProtocolError, TimeoutError, ConnectionLost
        """
        self._listen()
        return await self._within(self._request, self._limits.request_s)

    async def ask(self, line: bytes, within_s: float) -> Answer:
        """Send a command and wait for its answer.

        Raises:
            ProtocolError, TimeoutError, ConnectionLost
        """
        answer: asyncio.Future[Answer] = self._loop.create_future()
        self._answer = answer
        self._strays = 0
        try:
            self._say(line)
            self._listen()
            said = await self._within(answer, within_s)
        finally:
            self._answer = None
        self.caller_gone |= said.dead_channel
        return said

    def abort(self) -> None:
        """End the connection at once."""
        self._over = True
        if self._alarm is not None:
            self._alarm.cancel()
        if self._transport is not None:
            self._transport.abort()

    # --- speaking and listening

    def _say(self, line: bytes) -> None:
        """Write a command now. The loop would write it only when everybody who is ready has had his turn."""
        transport = self._transport
        if transport is None or transport.is_closing():
            raise ConnectionLost
        untaken = transport.get_write_buffer_size()
        if untaken > MOST_UNTAKEN:
            raise ProtocolError(f"{untaken} bytes of commands were never taken")
        if self._socket >= 0 and not untaken:  # open, since the transport is not closing
            try:
                line = line[os.write(self._socket, line) :]
            except BlockingIOError:
                pass
            except OSError as error:
                raise ConnectionLost from error
        if line:
            transport.write(line)

    def _listen(self) -> None:
        """Make of what was heard what is being asked for, if it is all there."""
        if self._answer is not None:
            self._hear(self._answer, self._take_of_answer)
        else:
            self._hear(self._request, self._take_of_request)
        if self._deaf and len(self._heard) <= self._limits.line_bytes and self._transport is not None:
            self._deaf = False
            self._transport.resume_reading()

    def _hear(self, asked: asyncio.Future[T], take: Callable[[bytes], T | None]) -> None:
        try:
            while not asked.done() and (line := self._next_line()) is not None:
                if (complete := take(line)) is not None:
                    asked.set_result(complete)
        except ProtocolError as error:
            _fail(asked, error)
        if self._over and not asked.done():
            _fail(asked, ConnectionLost())

    def _next_line(self) -> bytes | None:
        heard = self._heard
        end = heard.find(b"\n") + 1
        if (end or len(heard)) > self._limits.line_bytes:
            raise ProtocolError(f"a line of more than {self._limits.line_bytes} bytes")
        if not end:
            return None
        line = bytes(heard[:end])
        del heard[:end]
        return line

    def _take_of_request(self, line: bytes) -> AgiRequest | None:
        if (complete := self._request_lines.take(line)) is None:
            self._request_room -= len(line)
            if self._request_room < 0:
                raise ProtocolError(f"a request of more than {self._limits.request_bytes} bytes")
        return complete

    def _take_of_answer(self, line: bytes) -> Answer | None:
        taken = self._answer_lines.take(line)
        if isinstance(taken, Answer):
            return taken
        self.caller_gone |= isinstance(taken, Hangup)
        self._strays += not self._answer_lines.unfinished
        if self._strays > self._limits.stray_lines:
            raise ProtocolError("no answer among many lines")
        return None

    def _ends(self) -> None:
        self._over = True
        self._listen()

    # --- time

    async def _within(self, asked: asyncio.Future[T], within_s: float) -> T:
        if asked.done():
            return asked.result()
        self._due = self._loop.time() + within_s
        if self._alarm is None or self._alarm_at > self._due:
            self._set_alarm()
        return await asked

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm, self._alarm_at = self._loop.call_at(self._due, self._rings), self._due

    def _rings(self) -> None:
        self._alarm = None
        asked = self._request if self._answer is None else self._answer
        if asked.done():
            return
        if self._due > self._loop.time():
            self._set_alarm()
        else:
            _fail(asked, TimeoutError())


def _fail(asked: asyncio.Future[Any], error: Exception) -> None:
    asked.set_exception(error)
    asked.exception()  # nobody may be waiting, and that is no mistake
