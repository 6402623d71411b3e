"""``queue``: to an agent."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from acd.brief import LONGEST_VALUE, MOST_DATA, Brief, Datum
from acd.requirement import Requirement
from ivr.back import AgentLeft, Back
from ivr.ending import Ending
from ivr.names import DatumName, FlowName, NodeName, Place, QueueName, Requires
from ivr.nodes.node import Node, Outside
from ivr.steps import HangUp, LeaveForQueue
from ivr.talk import Run, Talk
from ivr.template import Template


class QueueNode(Node):
    """Hands the caller to a queue, to wait for an agent. The flow ends when the queue takes the call; he may
    come back, refused by the queue later or from a conversation that the agent ended.
    """

    comes_back: ClassVar[bool] = True

    kind: Literal["queue"]
    queue: QueueName
    priority: Literal["normal", "vip"] | None = None
    """None: by who is calling."""
    requires: Requires | None = None
    """What he requires of his agent beyond what the queue does; it never relaxes."""
    data: Annotated[dict[DatumName, Template], Field(default_factory=dict, max_length=MOST_DATA)]
    """What the agent is to see."""
    treatment: FlowName | None = None
    """The flow (``purpose: wait``) that talks with him while he waits; none: the queue's own, or music."""
    refused: NodeName
    """Where the caller goes when the queue does not take the call (closed, full), or sends him back later."""

    after: NodeName | None = None
    """Where he goes on when the agent has hung up and he has not; None: then the call is over."""

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """Where the refused go, and those whose agent has hung up."""
        yield ("refused",), self.refused
        if self.after is not None:
            yield ("after",), self.after

    def names_outside(self) -> Iterator[tuple[Place, Outside, str]]:
        """The queue, and the skills required."""
        yield ("queue",), Outside.QUEUE, self.queue
        for skill in Requirement.parse(self.requires).skills() if self.requires is not None else ():
            yield ("requires",), Outside.SKILL, skill
        if self.treatment is not None:
            yield ("treatment",), Outside.FLOW, self.treatment

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Hand him over. What was typed ahead is forgotten: he is going to wait."""
        if isinstance(back, AgentLeft):
            if self.after is not None:
                return self.after
            yield HangUp()
            return Ending.HUNG_UP
        if back is None:
            talk.forget_keys()
            yield LeaveForQueue(
                node=talk.here.node,
                queue=self.queue,
                priority=self.priority,
                brief=self._brief(talk),
                treatment=self.treatment,
            )
        return self.refused

    def _brief(self, talk: Talk) -> Brief:
        told = ((name, shown(template.fill(talk))) for name, template in self.data.items())
        return Brief(
            requires=self.requires or "",
            data=tuple(Datum(name=name, value=value) for name, value in told if value),
            returns=self.after is not None,
            language="" if talk.language == "en" else talk.language,
        )


def shown(text: str) -> str:
    """A text for a screen: one line of it, cut off where it gets too long."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:LONGEST_VALUE]
