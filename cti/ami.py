"""The link to Asterisk: logs in, stays in, says when it is up, and gives every action exactly one end.

``AmiLink.run`` owns the life cycle. Events are handed over one by one, in stream order, by a plain
function call. Nothing is ever sent twice: an action whose answer did not come is ``ActionUnconfirmed``, and
only Asterisk knows what became of it.
"""

import asyncio
import hashlib
import inspect
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

from acd.instant import Instant
from cti.ami_connection import ActionFailed as ActionFailed
from cti.ami_connection import ActionUnconfirmed as ActionUnconfirmed
from cti.ami_connection import AmiConnection, Answer, Headers, Limits, Message
from cti.ami_connection import LinkBusy as LinkBusy
from cti.ami_connection import LinkDown as LinkDown
from cti.ami_connection import LinkState as LinkState

T = TypeVar("T")

log = logging.getLogger(__name__)

PAUSES_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class AmiLink:
    """One lasting link to one Asterisk, over as many connections as it takes."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        username: str,
        secret: str,
        wanted_events: frozenset[str],
        on_event: Callable[[Message], None],
        on_up: Callable[[], Awaitable[None]],
        on_down: Callable[[str], None],
        clock: Callable[[], Instant],
        action_timeout_s: float = 5.0,
        connect_timeout_s: float = 5.0,
        greeting_timeout_s: float = 5.0,
        boot_timeout_s: float = 60.0,
        up_timeout_s: float = 30.0,
        ping_every_s: float = 5.0,
        ping_deadline_s: float = 5.0,
        pauses: Sequence[float] = PAUSES_S,
        refused_pause_s: float = 60.0,
        limits: Limits | None = None,
    ) -> None:
        """``on_event`` gets each wanted event, also those that arrive while ``on_up`` runs.

        ``on_up`` is awaited after each login, may use the link, and has ``up_timeout_s``; only then is the
        state UP. ``on_down`` gets a reason once for each time the link goes down or is refused, not for every
        failed attempt, and not when ``run`` is cancelled. ``pauses`` are the seconds between attempts, the
        last one for all later attempts.

        Raises ``TypeError`` when ``on_event`` or ``on_down`` is a coroutine function: order and back-pressure
        would be lost.
        """
        for role, callback in (("on_event", on_event), ("on_down", on_down)):
            if _is_coroutine_function(callback):
                raise TypeError(f"{role} must be a plain function, not a coroutine function")
        self._host = host
        self._port = port
        self._username = username
        self._secret = secret
        self._wanted_events = wanted_events
        self._on_event = on_event
        self._on_up = on_up
        self._on_down = on_down
        self._clock = clock
        self._action_timeout_s = action_timeout_s
        self._connect_timeout_s = connect_timeout_s
        self._greeting_timeout_s = greeting_timeout_s
        self._boot_timeout_s = boot_timeout_s
        self._up_timeout_s = up_timeout_s
        self._ping_every_s = ping_every_s
        self._ping_deadline_s = ping_deadline_s
        self._pauses = tuple(pauses)
        self._refused_pause_s = refused_pause_s
        self._limits = limits or Limits()
        self._state = LinkState.DOWN
        self._since = clock()
        self._reason = "not started"
        self._reported: LinkState | None = None
        self._stopping = False
        self._logged_in: AmiConnection | None = None
        self._up_at: float | None = None

    @property
    def state(self) -> LinkState:
        """Where the link stands now."""
        return self._state

    @property
    def since(self) -> Instant:
        """When the link came to its present state."""
        return self._since

    @property
    def reason(self) -> str:
        """Why the link is not up, for people; empty while it is."""
        return self._reason

    # --- actions

    async def act(self, name: str, headers: Headers = (), *, timeout_s: float | None = None) -> Message:
        """Send one action and return Asterisk's response.

        Raises ``LinkDown`` or ``UnsafeHeader`` (not sent), ``ActionFailed`` (refused by Asterisk) or
        ``ActionUnconfirmed`` (sent, outcome unknown).
        """
        [future] = self._connection().send([(name, headers)], deadline_s=self._deadline(timeout_s))
        return _or_raise(await future)

    async def act_list(
        self, name: str, headers: Headers = (), *, timeout_s: float | None = None
    ) -> list[Message]:
        """Send an action that is answered by a list; its items, without the closing event.

        Raises like ``act``; a list that was cut, cancelled or too long is never returned in part.
        """
        future = self._connection().send_list(name, headers, deadline_s=self._deadline(timeout_s))
        return _or_raise(await future)

    def act_pipelined(
        self, actions: Sequence[tuple[str, Headers]], *, timeout_s: float | None = None
    ) -> asyncio.Future[list[Answer]]:
        """Send several actions in one write, now; the future holds their outcomes in the same order.

        Outcomes are values: a response, an ``ActionFailed`` or an ``ActionUnconfirmed``. Raises ``LinkDown``
        or ``UnsafeHeader`` at once, with none of them sent.
        """
        return asyncio.gather(*self._connection().send(actions, deadline_s=self._deadline(timeout_s)))

    def _connection(self) -> AmiConnection:
        if self._logged_in is None:
            raise LinkDown(self._reason)
        return self._logged_in

    def _deadline(self, timeout_s: float | None) -> float:
        return self._action_timeout_s if timeout_s is None else timeout_s

    # --- life cycle

    async def run(self) -> None:
        """Keep the link until cancelled: connect, log in, be up, read; when lost, pause and begin again."""
        self._stopping = False
        try:
            await self._keep()
        finally:
            self._enter(LinkState.DOWN, "stopped")

    async def _keep(self) -> None:
        failures = 0
        while True:
            self._enter(LinkState.CONNECTING, self._reason)
            up_s = await self._live()
            if self._state is LinkState.REFUSED:
                failures = 0
                await asyncio.sleep(self._refused_pause_s)
                continue
            if up_s >= self._pauses[-1]:
                failures = 0  # only after a link that held: one that flaps keeps its growing pauses
            await asyncio.sleep(self._pauses[min(failures, len(self._pauses) - 1)])
            failures += 1

    async def _live(self) -> float:
        """One connection, from the attempt to its end; the seconds for which the link was up."""
        connection = AmiConnection(
            wanted_events=self._wanted_events,
            on_event=self._on_event,
            on_lost=self._lost,
            limits=self._limits,
        )
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_timeout_s):
                await loop.create_connection(lambda: connection, self._host, self._port)
        except OSError as error:  # TimeoutError is one
            why = str(error) or f"no answer within {self._connect_timeout_s:g} s"
            connection.drop(f"cannot reach Asterisk's manager interface at {self._host}:{self._port}: {why}")
            return 0.0
        self._up_at = None
        holding = asyncio.create_task(self._hold(connection), name="ami link")
        try:
            await asyncio.wait((holding, connection.lost), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self._stopping = True
            raise
        finally:
            connection.drop("the engine ended the link")
            holding.cancel()
            await asyncio.wait({holding})
        if not holding.cancelled():
            holding.result()  # a fault in the life cycle itself is not ours to hide
        return self._up_for()

    async def _hold(self, connection: AmiConnection) -> None:
        """Log in, bring the link up, then keep asking whether the peer still answers."""
        try:
            async with asyncio.timeout(self._greeting_timeout_s):
                await connection.greeted
            await self._log_in(connection)
        except TimeoutError:
            connection.drop(f"no greeting within {self._greeting_timeout_s:g} s: is this a manager port?")
            return
        except (ActionUnconfirmed, LinkDown) as error:
            connection.drop(f"no login: {error}")
            return
        except ActionFailed as refusal:
            connection.drop(
                f"Asterisk refuses manager user {self._username!r}: {refusal.message}"
                " (compare the name, secret and permitted addresses in manager.conf)",
                LinkState.REFUSED,
            )
            return
        try:
            async with asyncio.timeout(self._boot_timeout_s):
                await connection.booted
        except TimeoutError:
            connection.drop(
                f"no FullyBooted within {self._boot_timeout_s:g} s:"
                " Asterisk still starts, or the manager user may not read class 'system'"
            )
            return
        await self._come_up(connection)
        while not connection.lost.done():
            await asyncio.sleep(self._ping_every_s)
            await self._ping(connection)

    async def _log_in(self, connection: AmiConnection) -> None:
        """By challenge: the secret itself never crosses the wire."""
        asked = await self._ask(connection, "Challenge", [("AuthType", "MD5")])
        answer = asked.get("Challenge", "") + self._secret
        key = hashlib.md5(answer.encode(), usedforsecurity=False).hexdigest()  # the protocol knows no other
        await self._ask(
            connection,
            "Login",
            [("AuthType", "MD5"), ("Username", self._username), ("Key", key), ("Events", "on")],
        )

    async def _come_up(self, connection: AmiConnection) -> None:
        self._logged_in = connection
        self._reported = None
        try:
            async with asyncio.timeout(self._up_timeout_s):
                await self._on_up()
        except TimeoutError:
            connection.drop(f"taking stock after login took over {self._up_timeout_s:g} s")
        except Exception as error:
            if not connection.lost.done():
                log.exception("taking stock after login failed")
            connection.drop(f"taking stock after login failed: {error}")
        else:
            if not connection.lost.done():
                self._up_at = asyncio.get_running_loop().time()
                self._enter(LinkState.UP, "")

    async def _ping(self, connection: AmiConnection) -> None:
        try:
            await self._ask(connection, "Ping", (), self._ping_deadline_s)
        except ActionUnconfirmed:
            connection.drop(f"Asterisk did not answer a ping within {self._ping_deadline_s:g} s")
        except (ActionFailed, LinkDown):
            return  # refused, or too busy to be asked: either way the other deadlines tell

    async def _ask(
        self, connection: AmiConnection, name: str, headers: Headers, deadline_s: float | None = None
    ) -> Message:
        [future] = connection.send([(name, headers)], deadline_s=self._deadline(deadline_s))
        return _or_raise(await future)

    # --- state

    def _up_for(self) -> float:
        return 0.0 if self._up_at is None else asyncio.get_running_loop().time() - self._up_at

    def _enter(self, state: LinkState, reason: str) -> None:
        if state is not self._state:
            self._since = self._clock()
        self._state = state
        self._reason = reason

    def _lost(self, state: LinkState, reason: str) -> None:
        self._logged_in = None
        self._enter(state, reason)
        log.debug("no link to Asterisk: %s", reason)
        if self._stopping or state is self._reported:
            return
        self._reported = state
        try:
            self._on_down(reason)
        except Exception:
            log.exception("telling that the link is down failed")


def _or_raise(outcome: T | ActionFailed | ActionUnconfirmed) -> T:
    if isinstance(outcome, ActionFailed | ActionUnconfirmed):
        raise outcome
    return outcome


def _is_coroutine_function(callback: Callable[..., object]) -> bool:
    while isinstance(callback, partial):
        callback = callback.func
    # An object may also be called through an async method of its class.
    return inspect.iscoroutinefunction(callback) or inspect.iscoroutinefunction(type(callback).__call__)
