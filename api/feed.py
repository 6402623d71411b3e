"""The live feed: a snapshot, then everything that happens, to every WebSocket client at once.

Each message is encoded once and put into every client's bounded queue. A client that does not keep up is
closed, reconnects and begins with a fresh snapshot; the others and the floor do not notice.
"""

import asyncio
import json
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, WebSocket

from acd.ids import AgentId
from acd.queue_events import RulesAdopted
from acd.views import agent_view, agent_views, call_views, queue_views
from api.auth import bearer_protocol
from api.call_schemas import LiveCall
from api.facts import is_fact, iso, told
from api.queue_schemas import Queue
from api.schemas import Agent
from cti.envelope import Envelope
from cti.runtime import Runtime

MOST_CLIENTS = 200
MOST_WAITING = 1_000
"""Messages that may wait for one client."""
STATISTICS_EVERY_S = 1.0
PING_AFTER_S = 15.0
"""Silence after which a ping shows that the feed still lives."""
CLOSE_WITHIN_S = 5.0

NOT_LISTENING, TRY_LATER, TOO_SLOW = 1003, 1013, 4408

_as_json = json.JSONEncoder(separators=(",", ":")).encode


class Subscription:
    """One client's messages, from the snapshot on."""

    def __init__(self, snapshot: str, limit: int) -> None:
        self._texts = deque([snapshot])
        self._limit = limit
        self._news = asyncio.Event()
        self._news.set()
        self.overrun = asyncio.Event()
        """Set once the client was too slow; nothing more comes."""

    def put(self, text: str) -> bool:
        """Leave a message; False when there was no room: the subscription is over."""
        if len(self._texts) >= self._limit:
            self._texts.clear()
            self.overrun.set()
            return False
        self._texts.append(text)
        self._news.set()
        return True

    async def next(self) -> str:
        """The next message, as soon as there is one."""
        while not self._texts:
            self._news.clear()
            await self._news.wait()
        return self._texts.popleft()


class Feed:
    """The hub between the runtime and the clients."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        most_clients: int = MOST_CLIENTS,
        most_waiting: int = MOST_WAITING,
        statistics_every_s: float = STATISTICS_EVERY_S,
        ping_after_s: float = PING_AFTER_S,
    ) -> None:
        self._runtime = runtime
        self._most_clients, self._most_waiting = most_clients, most_waiting
        self._statistics_every_s, self._ping_after_s = statistics_every_s, ping_after_s
        self._subscriptions: dict[Subscription, None] = {}
        self._seq = 0
        self._n = 0
        self._agents: dict[AgentId, dict[str, Any]] = {}
        self._queues: dict[str, dict[str, Any]] = {}
        self._quiet_since = 0.0
        self._ticking: asyncio.Task[None] | None = None
        runtime.listen(self.on_step)

    def __len__(self) -> int:
        """Clients connected."""
        return len(self._subscriptions)

    def subscribe(self) -> Subscription | None:
        """A subscription that begins with a snapshot of now, without a gap; None when there are too many.

        Snapshot and subscription are one step: no event falls between them, none is in both.
        """
        if len(self._subscriptions) >= self._most_clients:
            return None
        subscription = Subscription(self._snapshot(), self._most_waiting)
        self._subscriptions[subscription] = None
        if self._ticking is None:
            self._ticking = asyncio.get_running_loop().create_task(self._tick(), name="feed statistics")
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """End a subscription; may be called twice."""
        self._subscriptions.pop(subscription, None)
        if not self._subscriptions and self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None

    def on_step(self, step: Sequence[Envelope]) -> None:
        """Tell what one step of the floor brought."""
        if step:
            self._seq = step[-1].seq
        if not self._subscriptions:
            return
        for envelope in step:
            if is_fact(envelope):
                self._tell("event", seq=envelope.seq, at=iso(envelope.at), event=told(envelope))
        # Some changes are no facts (what a busy agent asked to become next): the commands name him too.
        touched = dict.fromkeys(getattr(envelope.message, "agent_id", None) for envelope in step)
        if any(isinstance(envelope.message, RulesAdopted) for envelope in step):
            touched.update(dict.fromkeys(self._runtime.tables.agents))
        self._tell_agents(agent_id for agent_id in touched if agent_id is not None)

    def _tell_agents(self, names: Iterable[AgentId]) -> None:
        tables = self._runtime.tables
        for agent_id in names:
            if (agent := tables.agents.get(agent_id)) is None:
                continue
            view = Agent.of(agent_view(tables, agent)).model_dump(mode="json")
            if self._agents.get(agent_id) != view:
                self._agents[agent_id] = view
                self._tell("agent", seq=self._seq, agent=view)

    def _snapshot(self) -> str:
        tables, now = self._runtime.tables, self._runtime.clock.now()
        agents = {v.agent_id: Agent.of(v).model_dump(mode="json") for v in agent_views(tables)}
        self._agents = dict(agents)
        self._queues = {}  # told to all at the next tick: the others may know older figures
        return _as_json(
            {
                "type": "snapshot",
                "run": self._runtime.run_id,
                "seq": self._seq,
                "n": self._n,
                "at": iso(now),
                "agents": list(agents.values()),
                "queues": [Queue.of(v).model_dump(mode="json") for v in queue_views(tables, now)],
                "calls": [LiveCall.of(v).model_dump(mode="json") for v in call_views(tables, now)],
            }
        )

    def _tell(self, kind: str, **content: Any) -> None:
        self._n += 1
        self._quiet_since = asyncio.get_running_loop().time()
        text = _as_json({"type": kind, "n": self._n, **content})
        for subscription in [s for s in self._subscriptions if not s.put(text)]:
            self.unsubscribe(subscription)

    async def _tick(self) -> None:
        """While anybody listens: queues' figures that changed, and a sign of life."""
        loop = asyncio.get_running_loop()
        self._quiet_since = loop.time()
        while True:
            await asyncio.sleep(self._statistics_every_s)
            now = self._runtime.clock.now()
            figures: dict[str, dict[str, Any]] = {
                view.queue_id: Queue.of(view).model_dump(mode="json")
                for view in queue_views(self._runtime.tables, now)
            }
            changed = [view for name, view in figures.items() if self._queues.get(name) != view]
            self._queues = figures
            if changed:
                self._tell("queues", at=iso(now), queues=changed)
            elif loop.time() - self._quiet_since >= self._ping_after_s:
                self._tell("ping", at=iso(now))

    async def serve(self, socket: WebSocket) -> None:
        """Serve one authorised client until it goes or is too slow."""
        await socket.accept(subprotocol=bearer_protocol(socket.scope.get("subprotocols", [])))
        subscription = self.subscribe()
        if subscription is None:
            await socket.close(TRY_LATER, "too many clients")
            return
        spoke = asyncio.create_task(_spoke(socket))
        overrun = asyncio.create_task(subscription.overrun.wait())
        sending = asyncio.create_task(_send(socket, subscription))
        tasks = (spoke, overrun, sending)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.unsubscribe(subscription)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if subscription.overrun.is_set():
            await _close(socket, TOO_SLOW, "too slow")
        elif not spoke.cancelled() and spoke.exception() is None and spoke.result():
            await _close(socket, NOT_LISTENING, "the feed takes no messages")


async def _send(socket: WebSocket, subscription: Subscription) -> None:
    while True:
        await socket.send_text(await subscription.next())


async def _spoke(socket: WebSocket) -> bool:
    """Whether the client said something, which it should not; False when it went."""
    message = await socket.receive()
    return bool(message["type"] == "websocket.receive")


async def _close(socket: WebSocket, code: int, reason: str) -> None:
    # The line may be stuck, which is why we close, or gone already.
    with suppress(TimeoutError, RuntimeError, OSError):
        async with asyncio.timeout(CLOSE_WITHIN_S):
            await socket.close(code, reason)


router = APIRouter()


@router.websocket("/feed")
async def feed(socket: WebSocket) -> None:
    """See docs/reference/feed.md."""
    hub: Feed = socket.app.state.feed
    await hub.serve(socket)
