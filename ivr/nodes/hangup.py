"""``hangup``: the end."""

from typing import Literal

from ivr.back import Back
from ivr.ending import Ending
from ivr.nodes.node import Node
from ivr.prompts import Prompts
from ivr.steps import HangUp
from ivr.talk import Run, Talk


class HangUpNode(Node):
    """Plays its prompts, if any, and ends the call."""

    kind: Literal["hangup"]
    prompts: Prompts = ()

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Say it to its end, hang up."""
        yield from talk.play(self.prompts, interruptible=False)
        yield HangUp()
        return Ending.HUNG_UP
