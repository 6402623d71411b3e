"""``return``: the end of a sub-flow."""

from typing import ClassVar, Literal

from ivr.back import Back
from ivr.nodes.node import Node
from ivr.talk import Run, Talk
from ivr.ways import ReturnFromFlow


class ReturnNode(Node):
    """Goes back to the flow that entered this one."""

    while_waiting: ClassVar[bool] = True

    kind: Literal["return"]

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Return."""
        yield from ()
        return ReturnFromFlow()
