"""``callback``: to be called back."""

import re
from collections.abc import Iterator
from typing import ClassVar, Literal

from ivr.back import Back, LeftQueue
from ivr.expression import Expression
from ivr.happenings import CallbackBooked
from ivr.names import NodeName, Place, QueueName
from ivr.nodes.moment import moment
from ivr.nodes.node import Node, Outside
from ivr.steps import AskCallback, LeaveQueue
from ivr.talk import Run, Talk
from ivr.values import Value

_NUMBER = re.compile(r"\+?[0-9]{3,20}")


class CallbackNode(Node):
    """Has a queue keep a place for the caller, who is called back."""

    comes_back: ClassVar[bool] = True
    while_waiting: ClassVar[bool] = True

    kind: Literal["callback"]
    queue: QueueName | None = None
    """The queue that calls back; none in a treatment: there it is the one he waits in."""
    number: Expression | None = None
    """Whom to dial; without it, the number he calls from."""
    at: Expression | None = None
    """When: seconds from now, or a time of day (``09:30``, ``0930``), today or tomorrow, by the clock of the
    queue's calendar. Without it: as soon as it is his turn."""
    booked: NodeName
    """Where he goes when he is going to be called back: to hear so."""
    refused: NodeName
    """Where he goes when he is not: there is no number, it may not be called, the queue does not call back,
    or not then."""

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """Booked or refused."""
        yield ("booked",), self.booked
        yield ("refused",), self.refused

    def names_outside(self) -> Iterator[tuple[Place, Outside, str]]:
        """The queue."""
        if self.queue is not None:
            yield ("queue",), Outside.QUEUE, self.queue

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Book. Nobody is called at another number, or at another time, than the one he gave. Who waits is
        out of his queue with that, and hears so outside the waiting room."""
        if isinstance(back, LeftQueue):
            return self.booked
        number = None if self.number is None else _number(talk.value(self.number))
        at = None if self.at is None else moment(talk.value(self.at))
        if (number is None) is not (self.number is None) or (at is None) is not (self.at is None):
            talk.note(result="no number" if number is None and self.number is not None else "no time")
            return self.refused
        happening = yield AskCallback(queue=self.queue, number=number, at=at, waits=talk.waits)
        booked = isinstance(happening, CallbackBooked)
        talk.note(result="booked" if booked else "refused")
        if booked and talk.waits:
            yield LeaveQueue(flow=talk.here.flow, node=talk.here.node)
        return self.booked if booked else self.refused


def _number(value: Value) -> str | None:
    return value if isinstance(value, str) and _NUMBER.fullmatch(value) else None
