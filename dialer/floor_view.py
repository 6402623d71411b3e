"""What the dialer sees of the ACD's floor, at one moment; made by whoever joins the two."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from acd.ids import AgentId, QueueId
from acd.instant import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentsSeen:
    """The agents who may take a queue's calls."""

    idle: tuple[AgentId, ...] = ()
    """Ready, longest first; less those for whom inbound callers wait."""
    talking: Sequence[Span] = ()
    """Of each who talks: since how long."""
    wrapping_up: Sequence[Span] = ()
    offered: int = 0
    """Being rung."""
    waiting: int = 0
    """Callers in this queue for whom nobody is there yet."""
    who: frozenset[AgentId] = frozenset()
    """Everybody who is counted here; campaigns of other queues may have some of them, too."""

    @property
    def everybody(self) -> frozenset[AgentId]:
        """As far as they are known by name."""
        return self.who or frozenset(self.idle)

    @property
    def at_work(self) -> int:
        """Everybody who will talk again."""
        return len(self.idle) + len(self.talking) + len(self.wrapping_up) + self.offered


class FloorView(Protocol):
    """Asked between two steps of the ACD, when it is at a fixed point."""

    @property
    def link_up(self) -> bool:
        """Whether the world can be told anything."""

    def agents_of(self, queue_id: QueueId) -> AgentsSeen:
        """Who serves this queue."""

    def is_ready(self, agent_id: AgentId) -> bool:
        """Whether he would take a call now."""

    def service_level(self, queue_id: QueueId, visits: int) -> float | None:
        """Over the queue's latest visits; None when there were fewer."""
