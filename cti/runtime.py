"""The live shell: one writer, one bounded inbox, the next deadline. Only this task touches the floor."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import get_args

from acd.events import Refused
from acd.instant import MICROSECONDS_PER_SECOND, Instant
from acd.tables import Tables
from cti.clock import Clock
from cti.envelope import Envelope
from cti.floor import Floor
from cti.messages import Command, Event, Input, Order, Output, Signal, is_order
from dialer.tables import DialerTables

log = logging.getLogger(__name__)

INBOX_LIMIT = 20_000
"""Messages that may wait. At some 20,000 messages a second this is about a second behind."""
SLICE_S = 0.0002
"""How long messages are applied before others on the loop get a turn; at least one is."""

Listener = Callable[[Sequence[Envelope]], None]
Answer = tuple[Output, ...]


class InboxFull(Exception):
    """The engine is too far behind to take a command; nothing was done. Try again later."""


class EngineStopped(InboxFull):
    """Nobody empties the inbox any more: the engine is stopping, or met a bug of its own."""


@dataclass(slots=True)
class _Post:
    message: Input
    answer: asyncio.Future[Answer] | None


class Runtime:
    """Owns the floor. Everybody else posts signals, asks commands, and reads views between two steps."""

    def __init__(
        self,
        floor: Floor,
        clock: Clock,
        run: str,
        *,
        carry_out: Callable[[Order], None],
        inbox_limit: int = INBOX_LIMIT,
        watch: Callable[[], float] = monotonic,
    ) -> None:
        """``carry_out`` starts an order and returns at once; its outcome comes back as a signal. ``watch``
        tells seconds, for the slices."""
        self.run_id = run
        self.clock = clock
        self.missed = 0
        """Signals dropped because the inbox was full; whoever posts must then show the world anew."""
        self.handled = 0
        self._floor = floor
        self._carry_out = carry_out
        self._limit = inbox_limit
        self._watch = watch
        self._inbox: deque[_Post] = deque()
        self._wake = asyncio.Event()
        self._listeners: list[Listener] = []
        self._seq = 0
        self._alive = False
        self._ended = False

    @property
    def alive(self) -> bool:
        """Whether the floor is being served now; nobody may promise it to the world otherwise."""
        return self._alive

    @property
    def tables(self) -> Tables:
        """The present, to be read and never changed. The floor never awaits, so between two awaits of the
        reader it is at a fixed point."""
        return self._floor.tables

    @property
    def campaigns(self) -> DialerTables:
        """The dialer's present, likewise."""
        return self._floor.campaigns

    @property
    def behind(self) -> int:
        """Messages waiting in the inbox."""
        return len(self._inbox)

    def listen(self, listener: Listener) -> None:
        """Be told every step: the input and its outputs, as envelopes. Listeners must not block nor raise."""
        self._listeners.append(listener)

    def post(self, signal: Signal) -> bool:
        """Leave a signal; False when it was dropped: the inbox is full, or the engine has ended."""
        if self._ended or len(self._inbox) >= self._limit:
            self.missed += 1
            return False
        self._inbox.append(_Post(signal, None))
        self._wake.set()
        return True

    async def ask(self, command: Command) -> Refused | None:
        """Give a command and wait until it is applied; the refusal, if it was refused.

        Whoever stops waiting takes nothing back: the command is applied all the same.

        Raises:
            InboxFull: the engine is too far behind.
            EngineStopped: the engine has ended, or ended before it could answer.
        """
        outputs = await self.ask_for(command)
        return next((output for output in outputs if isinstance(output, Refused)), None)

    async def ask_for(self, command: Command) -> Answer:
        """Like :meth:`ask`, with everything that followed at once."""
        if self._ended:
            raise EngineStopped("the engine has stopped")
        if len(self._inbox) >= self._limit:
            raise InboxFull(f"{len(self._inbox)} messages are waiting")
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._inbox.append(_Post(command, answer))
        self._wake.set()
        return await answer

    async def run(self) -> None:
        """Live until cancelled. A bug of the floor ends it: that is nothing to route on with; callers stay in
        music and the next start finds them. Whoever still waits for an answer gets :class:`EngineStopped`.
        """
        self._alive = True
        try:
            while True:
                until = self._watch() + SLICE_S
                while self._inbox:
                    self._take(self._inbox[0])
                    self._inbox.popleft()
                    if self._watch() >= until:
                        break
                self._pass_time(self.clock.now())
                if self._inbox:
                    await asyncio.sleep(0)
                else:
                    await self._rest()
        except Exception:
            log.critical("the engine broke; next in the inbox: %r", [p.message for p in self._inbox][:1])
            raise
        finally:
            self._alive, self._ended = False, True
            for post in self._inbox:
                if post.answer is not None and not post.answer.done():
                    post.answer.set_exception(EngineStopped("the engine stopped before it could answer"))
            self._inbox.clear()

    async def _rest(self) -> None:
        self._wake.clear()
        deadline = self._floor.next_deadline()
        if deadline is None:
            await self._wake.wait()
            return
        left_s = (deadline - self.clock.now()) / MICROSECONDS_PER_SECOND
        alarm = asyncio.get_running_loop().call_later(max(left_s, 0), self._wake.set)
        try:
            await self._wake.wait()
        finally:
            alarm.cancel()

    def _take(self, post: _Post) -> None:
        at = self.clock.now()
        self._pass_time(at)  # first, so that nobody takes what a deadline led to for this message's doing
        outputs = self._floor.handle(post.message, at)
        self.handled += 1
        self._seq += 1
        cause = self._seq
        taken = Envelope(run=self.run_id, seq=cause, at=at, cause=None, message=post.message)
        self._dispatch([taken], outputs, at, cause)
        if post.answer is not None and not post.answer.done():
            post.answer.set_result(outputs)

    def _pass_time(self, at: Instant) -> None:
        deadline = self._floor.next_deadline()
        if deadline is not None and deadline <= at:
            self._dispatch([], self._floor.advance(at), at, None)

    def _dispatch(
        self, step: list[Envelope], outputs: tuple[Output, ...], at: Instant, cause: int | None
    ) -> None:
        for output in outputs:
            self._seq += 1
            step.append(Envelope(run=self.run_id, seq=self._seq, at=at, cause=cause, message=output))
        if not step:
            return
        # What is about to happen is on record before it can: listeners first, the journal among them.
        for listener in self._listeners:
            listener(step)
        for output in outputs:
            if is_order(output):
                self._carry_out(output)


EVENT_TYPES: tuple[type, ...] = get_args(Event)


def is_event(envelope: Envelope) -> bool:
    """Whether an envelope carries a fact of the domain, not an input or an order."""
    return isinstance(envelope.message, EVENT_TYPES)
