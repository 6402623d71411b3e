"""``play``: prompts, then on."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ivr.back import Back
from ivr.names import NodeName, Place
from ivr.nodes.node import Node
from ivr.prompts import SomePrompts
from ivr.talk import Run, Talk


class PlayNode(Node):
    """Plays prompts, then goes on.

    A key pressed over interruptible ones ends them and answers the next question; over others it is lost.
    """

    while_waiting: ClassVar[bool] = True

    kind: Literal["play"]
    prompts: SomePrompts
    next: NodeName
    interruptible: Annotated[bool, Field(strict=True)] = True

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """On."""
        yield ("next",), self.next

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Play, go on."""
        yield from talk.play(self.prompts, interruptible=self.interruptible)
        return self.next
