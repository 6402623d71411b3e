"""``queue``: to an agent."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from ivr.names import NodeName, Place, QueueName
from ivr.nodes.node import Node, Outside
from ivr.steps import Back, LeaveForQueue
from ivr.talk import Run, Talk


class QueueNode(Node):
    """Hands the caller to a queue, to wait for an agent. The flow ends when the queue takes the call."""

    comes_back: ClassVar[bool] = True

    kind: Literal["queue"]
    queue: QueueName
    priority: Literal["normal", "vip"] | None = None
    """None: by who is calling."""
    refused: NodeName
    """Where the caller goes when the queue does not take the call (closed, full), or sends him back later."""

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """Where the refused go."""
        yield ("refused",), self.refused

    def names_outside(self) -> Iterator[tuple[Place, Outside, str]]:
        """The queue."""
        yield ("queue",), Outside.QUEUE, self.queue

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Hand him over. What was typed ahead is forgotten: he is going to wait."""
        if back is None:
            talk.forget_keys()
            yield LeaveForQueue(node=talk.here.node, queue=self.queue, priority=self.priority)
        return self.refused
