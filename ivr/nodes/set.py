"""``set``: variables."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ivr.back import Back
from ivr.expression import Expression
from ivr.names import NodeName, Place, VariableName
from ivr.nodes.node import Node
from ivr.talk import Run, Talk


class SetNode(Node):
    """Lets variables hold what expressions come to, in turn; ``none`` where they come to nothing."""

    while_waiting: ClassVar[bool] = True

    kind: Literal["set"]
    values: Annotated[dict[VariableName, Expression], Field(min_length=1, max_length=20)]
    next: NodeName

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """On."""
        yield ("next",), self.next

    def sets(self) -> Iterator[tuple[Place, str]]:
        """Each of them."""
        for name in self.values:
            yield ("values", name), name

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Set them."""
        yield from ()
        for name, expression in self.values.items():
            talk.set(name, talk.value(expression))
        return self.next
