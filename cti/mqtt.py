"""The MQTT publisher: tells wallboards and integrations what happens. Best effort, and never in the way.

History is the store's business; here the latest matters. While the broker is away the oldest events are
dropped and counted, and every agent's state is told again when it is back.
"""

import asyncio
import json
import logging
import re
import secrets
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import unquote, urlsplit

import aiomqtt

from acd.agent_events import AgentStateChanged
from acd.instant import Instant
from cti.codec import EVENT_TYPES, encode, small_name
from cti.envelope import Envelope

log = logging.getLogger(__name__)

MOST_WAITING = 10_000
"""Events kept while the broker is slow or away."""
IN_FLIGHT = 20
"""Events sent before the broker has confirmed the first of them."""
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 10.0
"""Pauses between attempts to connect; each is twice the one before."""
ANSWER_S = 5.0
"""How long the broker may take to answer."""
KEEPALIVE_S = 15
"""The broker tells ``offline`` when it has heard nothing for one and a half times this."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TOPIC = re.compile(r"[A-Za-z0-9_.-]{1,64}(/[A-Za-z0-9_.-]{1,64}){0,7}")
_LEVEL = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class MqttState(StrEnum):
    """Where the publisher stands."""

    ONLINE = "online"
    CONNECTING = "connecting"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttStatus:
    """For the health page."""

    state: MqttState
    waiting: int
    """Events not yet confirmed by the broker."""
    dropped: int
    """Events dropped because too many waited."""
    since: Instant | None = None
    """Since when the broker has been away."""
    reason: str | None = None

    def __str__(self) -> str:
        why = f": {self.reason}" if self.reason else ""
        lost = f"; {self.dropped} events dropped" if self.dropped else ""
        return f"{self.state}{why}; {self.waiting} events waiting{lost}" if why or lost else str(self.state)


@dataclass(frozen=True, slots=True)
class _Telling:
    topic: str
    payload: str


class MqttPublisher:
    """Publishes the domain's events to one broker, below one topic."""

    def __init__(self, url: str, topic: str) -> None:
        """A publisher to ``mqtt://[user:password@]host[:port]``, below ``topic``.

        Raises:
            ValueError: the URL is no such URL, or the topic has wildcards or odd characters.
        """
        try:
            parsed = urlsplit(url)
            host, port = parsed.hostname, parsed.port or 1883
        except ValueError as error:
            raise ValueError(f"not an MQTT URL: {error}") from None
        if parsed.scheme != "mqtt" or not host or parsed.path.strip("/") or parsed.query:
            raise ValueError("an MQTT URL looks like mqtt://host:port")
        if not _TOPIC.fullmatch(topic):
            raise ValueError(f"{topic!r} cannot be a topic: letters, digits, '_', '.', '-' and single '/'")
        self._host, self._port, self._topic = host, port, topic
        self.client_id = f"callwright-{secrets.token_hex(6)}"
        """This publisher's name at the broker."""
        self._user = unquote(parsed.username) if parsed.username else None
        self._password = unquote(parsed.password) if parsed.password else None
        self._waiting: deque[_Telling] = deque()
        self._unconfirmed = 0
        self._news = asyncio.Event()
        self._agents: dict[str, _Telling] = {}
        self._untold: dict[str, None] = {}
        self._state = MqttState.CONNECTING
        self._since: Instant | None = None
        self._reason: str | None = None
        self._dropped = 0

    @property
    def status(self) -> MqttStatus:
        """Whether the broker is there, and what waits for it."""
        return MqttStatus(
            state=self._state,
            waiting=len(self._waiting) + self._unconfirmed,
            dropped=self._dropped,
            since=self._since,
            reason=self._reason,
        )

    def offer(self, envelope: Envelope) -> None:
        """Publish the envelope's event soon; inputs and orders are passed over. Never waits."""
        message = envelope.message
        name = type(message).__name__
        if name not in EVENT_TYPES:
            return
        told = {"seq": envelope.seq, "at": _iso(envelope.at), "cause": envelope.cause, "run": envelope.run}
        payload = _as_json({**told, **encode(message)})
        self._waiting.append(_Telling(f"{self._topic}/events/{small_name(type(message))}", payload))
        self._drop_oldest()
        self._news.set()
        if isinstance(message, AgentStateChanged):
            if not _LEVEL.fullmatch(message.agent_id):
                log.warning("agent %r cannot be part of a topic; his state is not told", message.agent_id)
                return
            state = {"agent_id": message.agent_id, "state": message.now, "reason": message.reason}
            payload = _as_json({**state, "since": told["at"], "seq": envelope.seq, "run": envelope.run})
            self._agents[message.agent_id] = _Telling(f"{self._topic}/agents/{message.agent_id}", payload)
            self._untold[message.agent_id] = None

    async def run(self) -> None:
        """Publish until cancelled, connecting again whenever the broker goes; says ``offline`` at the end."""
        pause = SHORTEST_PAUSE_S
        while True:
            try:
                await self._serve()
            except (aiomqtt.MqttError, OSError) as error:
                if self._state is MqttState.ONLINE:
                    pause = SHORTEST_PAUSE_S
                self._went_away(error)
            await _pause(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    async def _serve(self) -> None:
        """One connection, from beginning to end."""
        status = f"{self._topic}/status"
        client = aiomqtt.Client(
            self._host,
            self._port,
            identifier=self.client_id,
            username=self._user,
            password=self._password,
            will=aiomqtt.Will(status, "offline", qos=1, retain=True),
            timeout=ANSWER_S,
            keepalive=KEEPALIVE_S,
        )
        client.pending_calls_threshold = IN_FLIGHT
        await _connect(client)
        try:
            await client.publish(status, "online", qos=1, retain=True)
            self._came_back()
            await self._publish_until_cut(client)
        except asyncio.CancelledError:
            with suppress(aiomqtt.MqttError):
                await client.publish(status, "offline", qos=1, retain=True)
            raise
        finally:
            with suppress(aiomqtt.MqttError):
                await client.__aexit__(None, None, None)

    async def _publish_until_cut(self, client: aiomqtt.Client) -> None:
        # A publish under way does not notice that the connection is gone, only that time is up; the
        # stream of incoming messages does, though none ever comes: it ends.
        publishing = asyncio.create_task(self._publish(client))
        listening = asyncio.create_task(_listen(client))
        tasks = (publishing, listening)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end

    async def _publish(self, client: aiomqtt.Client) -> None:
        self._untold = dict.fromkeys(self._agents)
        while True:
            self._news.clear()
            while self._waiting or self._untold:
                await self._publish_batch(client)
                if self._untold:
                    agent_id = next(iter(self._untold))
                    del self._untold[agent_id]
                    await _tell(client, self._agents[agent_id], retain=True)
            await self._news.wait()

    async def _publish_batch(self, client: aiomqtt.Client) -> None:
        batch = [self._waiting.popleft() for _ in range(min(IN_FLIGHT, len(self._waiting)))]
        self._unconfirmed = len(batch)
        try:
            async with asyncio.TaskGroup() as group:
                for telling in batch:
                    group.create_task(_tell(client, telling, retain=False))
        except BaseException as error:
            self._waiting.extendleft(reversed(batch))  # some may arrive twice: QoS 1, told apart by seq
            self._drop_oldest()
            if isinstance(error, ExceptionGroup):
                raise error.exceptions[0] from None
            raise
        finally:
            self._unconfirmed = 0

    def _drop_oldest(self) -> None:
        while len(self._waiting) > MOST_WAITING:
            self._waiting.popleft()
            self._dropped += 1

    def _went_away(self, error: Exception) -> None:
        if self._state is not MqttState.UNREACHABLE:
            self._since = Instant(time.time_ns() // 1000)
            log.warning("MQTT broker %s:%d is away: %s", self._host, self._port, error)
        self._state, self._reason = MqttState.UNREACHABLE, str(error) or type(error).__name__

    def _came_back(self) -> None:
        log.info("MQTT broker %s:%d is there", self._host, self._port)
        self._state, self._since, self._reason = MqttState.ONLINE, None, None


async def _pause(seconds: float) -> None:
    await asyncio.sleep(seconds)


async def _connect(client: aiomqtt.Client) -> None:
    """Connect. Cancelled meanwhile, it waits for the thread that connects: else that would leak a socket."""
    connecting = asyncio.ensure_future(client.__aenter__())
    try:
        await asyncio.shield(connecting)
    except asyncio.CancelledError:
        with suppress(aiomqtt.MqttError):
            await connecting
            await client.__aexit__(None, None, None)
        raise


async def _listen(client: aiomqtt.Client) -> None:
    async for _ in client.messages:
        pass


async def _tell(client: aiomqtt.Client, telling: _Telling, *, retain: bool) -> None:
    await client.publish(telling.topic, telling.payload, qos=1, retain=retain)


def _iso(at: Instant) -> str:
    moment = _EPOCH + timedelta(microseconds=at)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}Z"


def _as_json(data: dict[str, Any]) -> str:
    return json.dumps(data, separators=(",", ":"))
