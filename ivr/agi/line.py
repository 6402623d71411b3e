"""One AGI connection, as a conversation: a command, its answer, within a time."""

import asyncio

from ivr.agi.limits import AgiLimits
from ivr.agi_protocol import AgiRequest, Answer, AnswerReader, Hangup, ProtocolError, RequestReader


class ConnectionLost(Exception):
    """Asterisk closed the connection, or it broke."""


class Line:
    """One AGI connection: one command at a time, each with a deadline."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limits: AgiLimits) -> None:
        self._reader = reader
        self._writer = writer
        self._limits = limits
        self._answers = AnswerReader()
        self.caller_gone = False
        """Asterisk has said so, in whichever way."""

    async def request(self) -> AgiRequest:
        """What Asterisk says first.

        Raises:
            ProtocolError, TimeoutError, ConnectionLost
        """
        request = RequestReader(self._limits.request_lines)
        room = self._limits.request_bytes
        async with asyncio.timeout(self._limits.request_s):
            while room >= 0:
                line = await self._read()
                if (complete := request.take(line)) is not None:
                    return complete
                room -= len(line)
        raise ProtocolError(f"a request of more than {self._limits.request_bytes} bytes")

    async def ask(self, line: bytes, within_s: float) -> Answer:
        """Send a command and wait for its answer.

        Raises:
            ProtocolError, TimeoutError, ConnectionLost
        """
        async with asyncio.timeout(within_s):
            try:
                self._writer.write(line)
                await self._writer.drain()
            except OSError as error:
                raise ConnectionLost from error
            strays = 0
            while strays <= self._limits.stray_lines:
                answer = self._answers.take(await self._read())
                if isinstance(answer, Answer):
                    self.caller_gone |= answer.dead_channel
                    return answer
                self.caller_gone |= isinstance(answer, Hangup)
                strays += not self._answers.unfinished
        raise ProtocolError("no answer among many lines")

    async def _read(self) -> bytes:
        try:
            return await self._reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            raise ProtocolError(f"a line of more than {self._limits.line_bytes} bytes") from None
        except (asyncio.IncompleteReadError, OSError) as error:
            raise ConnectionLost from error
