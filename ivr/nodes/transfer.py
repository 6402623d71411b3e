"""``transfer``: put through to somebody who is no agent."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from acd.transfer import TransferWay
from ivr.names import NodeName, Place
from ivr.nodes.node import Node, Outside
from ivr.steps import AgentLeft, Back, Ending, HangUp, LeaveForTransfer, TransferFailed
from ivr.talk import Run, Talk
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


def _form(given: Any) -> str:
    inside = isinstance(given, ToExtension) or (isinstance(given, Mapping) and "extension" in given)
    return "inside" if inside else "outside"


To = Annotated[
    Annotated[ToExtension, Tag("inside")] | Annotated[ToOutside, Tag("outside")], Discriminator(_form)
]


class TransferNode(Node):
    """Puts the caller through. The flow ends when somebody answers; he may come back when nobody does, or
    when whoever did hangs up first.
    """

    comes_back: ClassVar[bool] = True

    kind: Literal["transfer"]
    to: To
    ring_s: Annotated[int, Field(strict=True, ge=5, le=120)] = 30
    """How long it rings, in seconds."""
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
        """The extension."""
        if isinstance(self.to, ToExtension):
            yield ("to", "extension"), Outside.EXTENSION, self.to.extension

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Put him through. What was typed ahead is forgotten."""
        match back:
            case AgentLeft() if self.after is not None:
                return self.after
            case AgentLeft():
                yield HangUp()
                return Ending.HUNG_UP
            case TransferFailed():
                talk.note(result="not answered")
                return self.failed
        way, number = self._whom(talk)
        if number is None:
            talk.note(result="no number")
            return self.failed
        talk.forget_keys()
        yield LeaveForTransfer(
            node=talk.here.node, way=way, number=number, ring_s=self.ring_s, returns=self.after is not None
        )
        talk.note(result="refused")
        return self.failed

    def _whom(self, talk: Talk) -> tuple[TransferWay, str | None]:
        if isinstance(self.to, ToExtension):
            return TransferWay.EXTENSION, self.to.extension
        number = self.to.outside.fill(talk).translate(_BETWEEN)
        return TransferWay.OUTSIDE, number if _NUMBER.fullmatch(number) else None
