"""The IVR's shell: our own FastAGI server. Asterisk connects once per caller; the flow is carried out here.

A session that ends without a word leaves CTI_NEXT empty: the dialplan keeps the caller in music and comes
back. So every fault here has one answer: log it, close the connection.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from ivr.agi_protocol import (
    AgiRequest,
    Answer,
    AnswerReader,
    Hangup,
    ProtocolError,
    RequestReader,
    UnsafeArgument,
    assignment,
    command,
)
from ivr.interpreter import (
    AskCallback,
    CallbackBooked,
    CallerGone,
    Done,
    Ending,
    EnterQueue,
    Finished,
    HangUp,
    Happening,
    Interpreter,
    KeyPressed,
    ListenForKey,
    Play,
    QueueAccepted,
    QueueRefused,
    Silence,
    Step,
)
from ivr.loader import PublishedFlow
from ivr.port import Enqueued, QueueClosed, SentAway, Switchboard

log = logging.getLogger(__name__)

SCRIPT = "ivr"
"""The script the dialplan asks for: ``agi://host:port/ivr``."""
REFUSED = "refused"
"""The script it asks for when a queue sends a caller back to his flow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgiLimits:
    """What one session, and all together, may take."""

    sessions: int = 500
    """Callers in the IVR at once; a further connection is closed unanswered."""
    request_lines: int = 200
    line_bytes: int = 8192
    request_s: float = 5.0
    """From the connection to the end of its request, in seconds."""
    answer_s: float = 5.0
    """For a command that is carried out at once."""
    prompt_s: float = 300.0
    """The longest prompt, played to its end."""
    grace_s: float = 5.0
    """Beyond the time a caller was given for a key."""
    engine_s: float = 10.0
    """For anything asked of the engine."""
    stray_lines: int = 8
    """Lines that answer nothing (HANGUP, progress), per command."""


class _ConnectionLost(Exception):
    """Asterisk closed the connection, or it broke."""


class _Line:
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
            ProtocolError, TimeoutError, _ConnectionLost
        """
        request = RequestReader(self._limits.request_lines)
        async with asyncio.timeout(self._limits.request_s):
            while (complete := request.take(await self._read())) is None:
                pass
        return complete

    async def ask(self, line: bytes, within_s: float) -> Answer:
        """Send a command and wait for its answer.

        Raises:
            ProtocolError, TimeoutError, _ConnectionLost
        """
        async with asyncio.timeout(within_s):
            try:
                self._writer.write(line)
                await self._writer.drain()
            except OSError as error:
                raise _ConnectionLost from error
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
            raise _ConnectionLost from error


class _Session:
    """One caller's time in the IVR."""

    def __init__(self, line: _Line, server: "AgiServer") -> None:
        self._line = line
        self._limits = server.limits
        self._flow_for = server.flow_for
        self._switchboard = server.switchboard
        self._call_id = "?"
        self._told = 0
        self.handing_over = False
        """Between the engine's yes and the dialplan's knowledge of it: better not cut here."""

    async def run(self) -> None:
        """Serve the caller to an end. Nothing but cancellation is raised."""
        try:
            await self._serve()
        except _ConnectionLost:
            log.debug("call %s: the connection closed", self._call_id)
        except ProtocolError as error:
            log.warning("call %s: not AGI, closed: %s", self._call_id, error)
        except TimeoutError:
            log.warning("call %s: no answer in time, closed", self._call_id)
        except UnsafeArgument as error:
            log.error("call %s: not sent, closed: %s", self._call_id, error)
        except Exception:
            log.exception("call %s: failed, closed", self._call_id)

    async def _serve(self) -> None:
        request = await self._line.request()
        if request.script not in (SCRIPT, REFUSED) or request.call_id is None:
            raise ProtocolError(f"a request for {request.script[:40]!r} instead of '{SCRIPT}'")
        self._call_id = request.call_id
        dialled = request.dialled
        published = self._flow_for(dialled)
        if published is None:
            log.error("call %s: no flow answers the number %s", self._call_id, dialled)
            await self._set("CTI_NEXT", "bye")
            return
        async with asyncio.timeout(self._limits.engine_s):
            known = await self._switchboard.call_entered_ivr(
                call_id=self._call_id, caller=request.caller, dialled=dialled, flow=published.name
            )
        if not known:
            await self._set("CTI_NEXT", "bye")
            return
        await self._follow(Interpreter(published.flow), request.node if request.script == REFUSED else "")

    async def _follow(self, interpreter: Interpreter, refused_at: str) -> None:
        step = interpreter.begin(refused_at)
        while not isinstance(step, Done):
            await self._tell_path(interpreter)
            happening = await self._carry_out(step)
            if self._line.caller_gone:
                happening = CallerGone()
            step = interpreter.proceed(happening)
        if step.reason is Ending.TOO_LONG:
            log.warning("call %s: went round in the flow too long, hung up", self._call_id)

    async def _tell_path(self, interpreter: Interpreter) -> None:
        for visit in interpreter.path[self._told :]:
            self._told += 1
            async with asyncio.timeout(self._limits.engine_s):
                await self._switchboard.menu_step(call_id=self._call_id, node=visit.node, key=visit.key)

    async def _carry_out(self, step: Step) -> Happening:
        match step:
            case Play():
                return await self._play(step)
            case ListenForKey():
                return await self._listen(step.timeout_s)
            case EnterQueue():
                return await self._enter_queue(step)
            case AskCallback():
                return await self._ask_callback(step)
            case HangUp():
                return await self._hang_up()
            case Done():
                raise AssertionError("nothing is left to carry out")
            case _:
                assert_never(step)

    async def _play(self, step: Play) -> Happening:
        for prompt in step.prompts:
            line = command("STREAM FILE", prompt, step.stop_on)
            answer = await self._line.ask(line, self._limits.prompt_s)
            if answer.failed and not answer.endpos and await self._caller_still_there():
                log.warning("call %s: the prompt '%s' cannot be played", self._call_id, prompt)
                continue
            if answer.failed or self._line.caller_gone:
                return CallerGone()
            if answer.code != 200:
                raise ProtocolError(f"STREAM FILE answered {answer.code}")
            if (key := answer.key) is not None:
                if key not in step.stop_on:
                    raise ProtocolError(f"STREAM FILE ended by the key {key}, which does not end it")
                return KeyPressed(key=key)
        return Finished()

    async def _caller_still_there(self) -> bool:
        """Asked because a missing sound file is answered like a hang-up: ``result=-1``."""
        if self._line.caller_gone:
            return False
        answer = await self._line.ask(command("CHANNEL STATUS"), self._limits.answer_s)
        return answer.carried_out and not self._line.caller_gone

    async def _listen(self, timeout_s: float) -> Happening:
        line = command("WAIT FOR DIGIT", str(round(timeout_s * 1000)))
        answer = await self._line.ask(line, timeout_s + self._limits.grace_s)
        if answer.failed or self._line.caller_gone:
            return CallerGone()
        if answer.code != 200:
            raise ProtocolError(f"WAIT FOR DIGIT answered {answer.code}")
        return Silence() if (key := answer.key) is None else KeyPressed(key=key)

    async def _enter_queue(self, step: EnterQueue) -> Happening:
        self.handing_over = True
        async with asyncio.timeout(self._limits.engine_s):
            reply = await self._switchboard.enqueue(
                call_id=self._call_id, queue=step.queue, priority=step.priority
            )
        if isinstance(reply, QueueClosed):
            self.handing_over = False
            return QueueRefused(reason=reply.reason)
        if isinstance(reply, SentAway):
            await self._set("CTI_PROMPTS", "&".join(reply.prompts))
            await self._set("CTI_NEXT", reply.to)
            return QueueAccepted()
        await self._tell_dialplan(step.node, reply)
        return QueueAccepted()

    async def _ask_callback(self, step: AskCallback) -> Happening:
        async with asyncio.timeout(self._limits.engine_s):
            refused = await self._switchboard.book_callback(call_id=self._call_id, queue=step.queue)
        return CallbackBooked() if refused is None else QueueRefused(reason=refused)

    async def _tell_dialplan(self, node: str, reply: Enqueued) -> None:
        """In one command: the dialplan finds the caller either undecided or handed over whole."""
        told = {
            "CTI_QUEUE": reply.queue,
            "CTI_NODE": node,
            "CTI_CLASS": reply.call_class,
            "CTI_SINCE": reply.since,
            "CTI_JOINED": "0",
            "CTI_BOOST": reply.boost,
        }
        if reply.ring is None:
            told["CTI_NEXT"] = "wait"
        else:
            told["__CTI_OFFER"] = reply.ring.offer  # the agent's leg inherits it
            told["CTI_AGENT"] = reply.ring.agent
            told["CTI_RING"] = str(reply.ring.ring_s)
            told["CTI_NEXT"] = "connect"
        await self._done(command("EXEC", "MSet", assignment(told)))

    async def _hang_up(self) -> Happening:
        self.handing_over = True
        async with asyncio.timeout(self._limits.engine_s):
            await self._switchboard.flow_finished(call_id=self._call_id)
        await self._set("CTI_NEXT", "bye")
        return Finished()

    async def _set(self, name: str, value: str) -> None:
        await self._done(command("SET VARIABLE", name, value))

    async def _done(self, line: bytes) -> None:
        answer = await self._line.ask(line, self._limits.answer_s)
        if not answer.carried_out and not self._line.caller_gone:
            raise ProtocolError(f"{line[:12]!r} answered {answer.code} {answer.result[:20]!r}")


class AgiServer:
    """Listens for Asterisk's FastAGI connections and serves each caller by the flow of the number dialled."""

    def __init__(
        self,
        *,
        flow_for: Callable[[str], PublishedFlow | None],
        switchboard: Switchboard,
        limits: AgiLimits | None = None,
    ) -> None:
        self.flow_for = flow_for
        self.switchboard = switchboard
        self.limits = limits or AgiLimits()
        self.refused = 0
        """Connections closed unanswered because ``limits.sessions`` were being served."""
        self._server: asyncio.Server | None = None
        self._sessions: dict[asyncio.Task[None], _Session] = {}
        self._full = False
        self._closing = False

    @property
    def sessions(self) -> int:
        """Callers in the IVR now."""
        return len(self._sessions)

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port (the one the system chose when ``port`` is 0).

        Raises:
            OSError: the address cannot be listened on, for example because it is in use.
        """
        self._server = await asyncio.start_server(
            self._connected, host, port, limit=self.limits.line_bytes, backlog=self.limits.sessions
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

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._closing:
            writer.transport.abort()
            return
        if len(self._sessions) >= self.limits.sessions:
            self.refused += 1
            if not self._full:
                log.error("the IVR is full (%d callers): further ones stay in music", self.limits.sessions)
            self._full = True
            writer.transport.abort()
            return
        self._full = False
        session = _Session(_Line(reader, writer, self.limits), self)
        task = asyncio.get_running_loop().create_task(self._run(session, writer))
        self._sessions[task] = session
        task.add_done_callback(self._ended)

    async def _run(self, session: _Session, writer: asyncio.StreamWriter) -> None:
        try:
            await session.run()
        finally:
            # Every command sent has been answered or given up: nothing is worth flushing to a deaf peer.
            writer.transport.abort()

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._sessions[task]
