"""``callback``: to be called back."""

from collections.abc import Iterator
from typing import Literal

from ivr.names import NodeName, Place, QueueName
from ivr.nodes.node import Node, Outside
from ivr.steps import AskCallback, Back, CallbackBooked
from ivr.talk import Run, Talk


class CallbackNode(Node):
    """Has a queue keep a place for the caller, who is called back at the number he calls from."""

    kind: Literal["callback"]
    queue: QueueName
    booked: NodeName
    """Where he goes when he is going to be called back: to hear so."""
    refused: NodeName
    """Where he goes when he is not: he shows no number, or the queue does not call him back."""

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """Booked or refused."""
        yield ("booked",), self.booked
        yield ("refused",), self.refused

    def names_outside(self) -> Iterator[tuple[Place, Outside, str]]:
        """The queue."""
        yield ("queue",), Outside.QUEUE, self.queue

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Book."""
        happening = yield AskCallback(queue=self.queue)
        booked = isinstance(happening, CallbackBooked)
        talk.note(result="booked" if booked else "refused")
        return self.booked if booked else self.refused
