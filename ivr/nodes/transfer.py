"""``transfer``: put through to one person."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from acd.brief import Brief
from acd.instant import seconds
from acd.requirement import AN_AGENT
from acd.transfer import TransferWay
from ivr.back import AgentLeft, Back, RefusedLater, TransferFailed
from ivr.ending import Ending
from ivr.names import NodeName, Place, QueueName
from ivr.nodes.node import Node, Outside
from ivr.steps import HangUp, LeaveForQueue, LeaveForTransfer
from ivr.talk import Asking, Run, Talk
from ivr.template import Template

_NUMBER = re.compile(r"\+?[0-9]{3,20}")
_BETWEEN = str.maketrans("", "", " .-/()")


class ToExtension(BaseModel):
    """A number of the house."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    extension: Annotated[str, Field(pattern=r"^[0-9]{2,8}$")]


class ToOutside(BaseModel):
    """A number outside, which may be what a lookup told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outside: Template


class ToAgent(BaseModel):
    """An agent, by a queue of his: he is reserved, and the call counted and wrapped up as any other there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    agent: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,24}[a-z0-9]$")]
    queue: QueueName


def _form(given: Any) -> str:
    match given:
        case ToExtension():
            return "inside"
        case ToAgent():
            return "to an agent"
        case Mapping() if "extension" in given:
            return "inside"
        case Mapping() if "agent" in given:
            return "to an agent"
        case _:
            return "outside"


To = Annotated[
    Annotated[ToExtension, Tag("inside")]
    | Annotated[ToOutside, Tag("outside")]
    | Annotated[ToAgent, Tag("to an agent")],
    Discriminator(_form),
]


class TransferNode(Node):
    """Puts the caller through. The flow ends when somebody answers; he may come back when nobody does, or
    when whoever did hangs up first.
    """

    comes_back: ClassVar[bool] = True

    kind: Literal["transfer"]
    to: To
    ring_s: Annotated[int, Field(strict=True, ge=5, le=120)] = 30
    """How long it rings, or the agent is waited for, in seconds."""
    longest_s: Annotated[int, Field(strict=True, ge=5, le=86_400)] | None = None
    """How long they may talk outside, in seconds, if not as long as the house allows."""
    failed: NodeName
    """Where he goes when nobody answers, or the number may not be called."""
    after: NodeName | None = None
    """Where he goes on when the other one has hung up; None: then the call is over."""

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """Failed, and after."""
        yield ("failed",), self.failed
        if self.after is not None:
            yield ("after",), self.after

    def names_outside(self) -> Iterator[tuple[Place, Outside, str]]:
        """The extension; or the agent, and his queue."""
        match self.to:
            case ToExtension(extension=extension):
                yield ("to", "extension"), Outside.EXTENSION, extension
            case ToAgent(agent=agent, queue=queue):
                yield ("to", "queue"), Outside.QUEUE, queue
                yield ("to", "agent"), Outside.SKILL, f"{AN_AGENT}{agent}"

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Put him through. What was typed ahead is forgotten."""
        match back:
            case AgentLeft() if self.after is not None:
                return self.after
            case AgentLeft():
                yield HangUp()
                return Ending.HUNG_UP
            case TransferFailed() | RefusedLater():
                talk.note(result="not answered")
                return self.failed
        if isinstance(self.to, ToAgent):
            yield from self._to_agent(talk, self.to)
            return self.failed
        way, number = self._whom(talk, self.to)
        if number is None:
            talk.note(result="no number")
            return self.failed
        talk.forget_keys()
        yield LeaveForTransfer(
            node=talk.here.node,
            way=way,
            number=number,
            ring_s=self.ring_s,
            longest_s=self.longest_s,
            returns=self.after is not None,
        )
        talk.note(result="refused")
        return self.failed

    def _to_agent(self, talk: Talk, to: ToAgent) -> Asking[None]:
        """He waits for this agent alone, and not for long."""
        talk.forget_keys()
        yield LeaveForQueue(
            node=talk.here.node,
            queue=to.queue,
            priority=None,
            brief=Brief(
                requires=f"{AN_AGENT}{to.agent}",
                language="" if talk.language == "en" else talk.language,
                patience=seconds(self.ring_s),
                returns=self.after is not None,
            ),
        )
        talk.note(result="refused")

    def _whom(self, talk: Talk, to: ToExtension | ToOutside) -> tuple[TransferWay, str | None]:
        if isinstance(to, ToExtension):
            return TransferWay.EXTENSION, to.extension
        number = to.outside.fill(talk).translate(_BETWEEN)
        return TransferWay.OUTSIDE, number if _NUMBER.fullmatch(number) else None
