"""One TCP connection to Asterisk's manager interface: its greeting, its messages, its unanswered actions.

A connection is used once. Whatever ends it, every action it still owed an answer ends at that moment as
unconfirmed, and nothing it carried is ever sent again.
"""

import asyncio
import enum
import logging
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeAlias, cast

from cti.ami_wire import Deframer, FramingError, encode_action, split_banner

log = logging.getLogger(__name__)

Message: TypeAlias = dict[str, str]
Headers: TypeAlias = Iterable[tuple[str, str]]


class LinkState(enum.Enum):
    """Where the link to Asterisk stands."""

    DOWN = "down"
    CONNECTING = "connecting"
    REFUSED = "refused"
    """Asterisk answers but does not let us in: somebody has to correct the account."""
    UP = "up"


class LinkDown(Exception):
    """The action was not sent at all: there is no link."""


class LinkBusy(LinkDown):
    """The action was not sent at all: too many actions wait for their answers already."""


class ActionFailed(Exception):
    """Asterisk refused the action; ``message`` is its explanation."""

    def __init__(self, action: str, message: str) -> None:
        super().__init__(f"{action}: {message}")
        self.action = action
        self.message = message


class ActionUnconfirmed(Exception):
    """The action was sent and its outcome is unknown: ask Asterisk what is true, never send it again."""

    def __init__(self, action: str, why: str) -> None:
        super().__init__(f"{action}: {why}")
        self.action = action


UNANSWERED = (LinkDown, ActionFailed, ActionUnconfirmed)
"""What an action may come to instead of an answer."""


Answer: TypeAlias = Message | ActionFailed | ActionUnconfirmed
ListAnswer: TypeAlias = list[Message] | ActionFailed | ActionUnconfirmed


@dataclass(slots=True)
class _Outstanding:
    """A sent action: ends once, by its answer, its deadline or the end of the connection."""

    action: str
    future: asyncio.Future[Any]
    """Of ``Answer``, or of ``ListAnswer`` when there are ``items``."""
    items: list[Message] | None
    """What a list action has collected so far; None for an action with a single answer."""
    deadline: asyncio.TimerHandle


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one connection may hold."""

    outstanding: int = 1000
    """Actions waiting for an answer."""
    list_items: int = 20_000
    """Events in the answer to one list action."""
    write_bytes: int = 1024 * 1024
    """Bytes written and not yet taken by the peer."""
    unread_bytes: int = 256 * 1024
    """Bytes received whose messages nobody has begun to look at; while more wait, nothing is received."""
    slice_s: float = 0.0002
    """How long messages are handled before others on the loop get a turn; at least one is."""


class AmiConnection(asyncio.Protocol):
    """The protocol of one connection; ``AmiLink`` makes a new one for each attempt."""

    def __init__(
        self,
        *,
        wanted_events: frozenset[str],
        on_event: Callable[[Message], None],
        on_lost: Callable[[LinkState, str], None],
        limits: Limits,
        watch: Callable[[], float] = monotonic,
    ) -> None:
        """``watch`` tells seconds, for the slices."""
        loop = asyncio.get_running_loop()
        self.greeted: asyncio.Future[str] = loop.create_future()
        """Done with the protocol version once the peer has greeted like an Asterisk."""
        self.booted: asyncio.Future[None] = loop.create_future()
        """Done once Asterisk has said that it is fully booted."""
        self.lost: asyncio.Future[str] = loop.create_future()
        """Done with the reason once the connection has ended."""
        self._loop = loop
        self._wanted = wanted_events
        self._on_event = on_event
        self._on_lost = on_lost
        self._limits = limits
        self._watch = watch
        self._received: deque[bytes] = deque()
        self.unread = 0
        """Bytes received whose messages nobody has begun to look at."""
        self._messages: Iterator[Message] = iter(())
        """What is left of what was begun."""
        self._next_slice: asyncio.Handle | None = None
        self._deframer = Deframer(wanted=wanted_events | {"FullyBooted"})
        self._greeting = b""
        self._transport: asyncio.Transport | None = None
        self._outstanding: dict[str, _Outstanding] = {}
        self._sent = 0
        # Not to be guessed by a caller who manages to put a header into an event.
        self._prefix = f"cw-{secrets.token_hex(6)}-"
        self._list_prefix = f"{self._prefix}list-"
        self._failures: dict[str, int] = {}
        """How often handling an event of that name failed."""

    # --- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's does not say that it is one
        if self.lost.done():
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Messages are handled at once, as long as that takes no longer than a slice; others' turns are in
        between, so that a caller who presses a key need not wait for a flood of events to be over."""
        if self.lost.done():
            return
        if not self.greeted.done():
            try:
                data = self._greet(data)
            except FramingError as error:
                self.drop(str(error))
                return
        self._received.append(data)
        self.unread += len(data)
        if self._next_slice is None:
            self._handle_slice()
        if self.unread > self._limits.unread_bytes and not self.lost.done() and self._transport is not None:
            self._transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """What came before the end counts, answers above all."""
        self._handle_some(float("inf"))
        self.drop(f"the connection broke: {exc}" if exc else "Asterisk closed the connection")

    def _greet(self, data: bytes) -> bytes:
        """What follows the greeting."""
        self._greeting += data
        greeting = split_banner(self._greeting)
        if greeting is None:
            return b""
        version, data = greeting
        self.greeted.set_result(version)
        return data

    def _handle_slice(self) -> None:
        self._next_slice = None
        if not self._handle_some(self._watch() + self._limits.slice_s):
            self._next_slice = self._loop.call_soon(self._handle_slice)

    def _handle_some(self, until: float) -> bool:
        """Handle messages in stream order; whether nothing is left of them."""
        try:
            while not self.lost.done():
                for message in self._messages:
                    self._dispatch(message)
                    if self.lost.done() or self._watch() >= until:
                        return self.lost.done()
                if not self._received:
                    return True
                data = self._received.popleft()
                self._messages = self._deframer.messages(data)
                self.unread -= len(data)
                self._read_on(len(data))
        except FramingError as error:
            self.drop(str(error))
        return True

    def _read_on(self, size: int) -> None:
        """There may be room again, now that so many bytes less wait."""
        if self._transport is not None and self.unread <= self._limits.unread_bytes < self.unread + size:
            self._transport.resume_reading()

    # --- what the link asks for

    def send(
        self, actions: Sequence[tuple[str, Headers]], *, deadline_s: float
    ) -> list[asyncio.Future[Answer]]:
        """Write the actions in one go; their outcomes, in the same order.

        A future never holds an exception: failures are results too. Raises ``LinkDown`` or ``UnsafeHeader``
        when none of them was sent.
        """
        ids = [self._next_id(self._prefix) for _ in actions]
        self._write(
            [encode_action(name, headers, id_) for id_, (name, headers) in zip(ids, actions, strict=True)]
        )
        return [
            self._expect(id_, name, None, deadline_s) for id_, (name, _) in zip(ids, actions, strict=True)
        ]

    def send_list(self, name: str, headers: Headers, *, deadline_s: float) -> asyncio.Future[ListAnswer]:
        """Like ``send``, for one action that is answered by a list of events."""
        action_id = self._next_id(self._list_prefix)
        self._write([encode_action(name, headers, action_id)])
        return self._expect(action_id, name, [], deadline_s)

    def drop(self, reason: str, state: LinkState = LinkState.DOWN) -> None:
        """End the connection at once, whatever is still to be written; does nothing the second time."""
        if self.lost.done():
            return
        self.lost.set_result(reason)
        if self._transport is not None:
            self._transport.abort()
        if self._next_slice is not None:
            self._next_slice.cancel()
        if self._failures:
            log.error("events whose handling failed on this connection: %s", self._failures)
        self._on_lost(state, reason)
        for action_id in list(self._outstanding):
            self._unconfirmed(action_id, f"link lost before the answer: {reason}")

    # --- actions

    def _next_id(self, prefix: str) -> str:
        self._sent += 1
        return f"{prefix}{self._sent}"

    def _write(self, actions: list[bytes]) -> None:
        if self.lost.done() or self._transport is None:
            raise LinkDown(self.lost.result() if self.lost.done() else "not connected")
        if len(self._outstanding) + len(actions) > self._limits.outstanding:
            raise LinkBusy(f"{len(self._outstanding)} actions wait for an answer already")
        data = b"".join(actions)
        unread = self._transport.get_write_buffer_size()
        if unread + len(data) > self._limits.write_bytes:
            reason = f"Asterisk does not read: {unread} bytes wait to be sent"
            self.drop(reason)
            raise LinkDown(reason)
        self._transport.write(data)

    def _expect(
        self, action_id: str, action: str, items: list[Message] | None, deadline_s: float
    ) -> asyncio.Future[Any]:
        why = f"no answer within {deadline_s:g} s"
        deadline = self._loop.call_later(deadline_s, self._unconfirmed, action_id, why)
        waiting = _Outstanding(action, self._loop.create_future(), items, deadline)
        self._outstanding[action_id] = waiting
        return waiting.future

    def _unconfirmed(self, action_id: str, why: str) -> None:
        self._end(action_id, ActionUnconfirmed(self._outstanding[action_id].action, why))

    def _end(self, action_id: str, outcome: Message | list[Message] | Exception) -> None:
        waiting = self._outstanding.pop(action_id)
        waiting.deadline.cancel()
        if not waiting.future.done():  # whoever asked may have been cancelled meanwhile
            waiting.future.set_result(outcome)

    # --- messages

    def _dispatch(self, message: Message) -> None:
        action_id = message.get("ActionID", "")
        if next(iter(message)) == "Response":
            self._answered(action_id, message)
        elif action_id.startswith(self._list_prefix):
            self._listed(action_id, message)
        else:
            name = message["Event"]
            if name == "FullyBooted" and not self.booted.done():
                self.booted.set_result(None)
            if name in self._wanted:
                self._deliver(name, message)

    def _answered(self, action_id: str, response: Message) -> None:
        waiting = self._outstanding.get(action_id)
        if waiting is None:
            log.debug(
                "an answer nobody waits for any more: %s", response.get("Message", response["Response"])
            )
        elif response["Response"] == "Error":
            self._end(
                action_id, ActionFailed(waiting.action, response.get("Message", "no explanation").strip())
            )
        elif waiting.items is None:
            self._end(action_id, response)
        elif response.get("EventList", "").lower() != "start":
            self._end(action_id, ActionFailed(waiting.action, "answered without a list"))

    def _listed(self, action_id: str, item: Message) -> None:
        waiting = self._outstanding.get(action_id)
        if waiting is None or waiting.items is None:
            return  # the tail of a list whose deadline has passed
        progress = item.get("EventList", "").lower()
        if progress == "complete":
            self._end(action_id, waiting.items)
        elif progress.startswith("cancel"):
            self._end(action_id, ActionFailed(waiting.action, "Asterisk cancelled the list"))
        elif len(waiting.items) >= self._limits.list_items:
            self._unconfirmed(action_id, f"more than {self._limits.list_items} items in the list")
        else:
            waiting.items.append(item)

    def _deliver(self, name: str, event: Message) -> None:
        try:
            self._on_event(event)
        except Exception:
            # A fault of ours in one event must not cost the events behind it, nor flood the log.
            if name not in self._failures:
                log.exception("handling of event %s failed", name)
            self._failures[name] = self._failures.get(name, 0) + 1
