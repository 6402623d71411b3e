"""The demo's live picture: calls, queues, agents and how far it is."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

LOOK_EVERY_S = 0.4
AGENT_STYLE = {
    "ready": "green",
    "offered": "yellow",
    "talking": "bold cyan",
    "wrapping_up": "blue",
    "not_ready": "red",
    "logged_out": "dim",
}


class Picture:
    """Redrawn on a terminal a few times a second; elsewhere one line for each finished call."""

    def __init__(self, console: Console, client: httpx.AsyncClient, total: int) -> None:
        self._console, self._client = console, client
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )
        self._calls = self._progress.add_task("calls finished", total=total)
        self._seen: dict[str, list[Mapping[str, Any]]] = {"calls": [], "queues": [], "agents": []}

    def finished(self, line: str) -> None:
        """One more call is over."""
        self._progress.advance(self._calls)
        if not self._console.is_terminal:
            done = self._progress.tasks[0]
            self._console.print(f"[{int(done.completed):2d}/{int(done.total or 0)}] {line}", highlight=False)

    @asynccontextmanager
    async def shown(self) -> AsyncIterator[None]:
        """Show it for as long as the block runs."""
        looking = asyncio.create_task(self._look())
        try:
            if self._console.is_terminal:
                with Live(get_renderable=self._draw, console=self._console, refresh_per_second=4):
                    yield
            else:
                yield
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    async def _look(self) -> None:
        while True:
            for what in self._seen:
                try:
                    self._seen[what] = (await self._client.get(f"/{what}")).json()
                except httpx.TransportError:
                    continue
            await asyncio.sleep(LOOK_EVERY_S)

    def _draw(self) -> RenderableType:
        return Group(self._agents(), self._queues(), self._live_calls(), self._progress)

    def _agents(self) -> Table:
        table = Table(title="Agents", expand=True)
        for name in ("agent", "queues", "state", "call"):
            table.add_column(name)
        for agent in self._seen["agents"]:
            state = agent["state"] + (f" ({agent['reason']})" if agent["reason"] else "")
            style = AGENT_STYLE.get(agent["state"], "")
            table.add_row(
                agent["name"], ", ".join(agent["queues"]), f"[{style}]{state}[/]", agent["call_id"] or ""
            )
        return table

    def _queues(self) -> Table:
        table = Table(title="Queues", expand=True)
        for name in ("queue", "waiting", "longest wait", "offered", "answered", "abandoned"):
            table.add_column(name, justify="left" if name == "queue" else "right")
        for queue in self._seen["queues"]:
            table.add_row(
                queue["queue_id"],
                str(queue["waiting"]),
                f"{queue['longest_wait_s']:.0f} s",
                *(str(queue[figure]) for figure in ("offered", "answered", "abandoned")),
            )
        return table

    def _live_calls(self) -> Table:
        table = Table(title="Calls", expand=True)
        for name in ("caller", "state", "queue", "class", "agent"):
            table.add_column(name)
        for call in self._seen["calls"]:
            table.add_row(
                call["caller"],
                call["state"],
                call["queue_id"] or "",
                call["call_class"] or "",
                call["agent_id"] or "",
            )
        return table
