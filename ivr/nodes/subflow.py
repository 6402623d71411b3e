"""``subflow``: a flow within the flow."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ivr.back import Back
from ivr.expression import Expression
from ivr.names import FlowName, NodeName, Place, VariableName
from ivr.nodes.node import Node, Outside
from ivr.talk import Run, Talk
from ivr.ways import EnterFlow


class SubflowNode(Node):
    """Goes through another flow with the caller and comes back. The other knows only those variables that it
    is given."""

    while_waiting: ClassVar[bool] = True

    kind: Literal["subflow"]
    flow: FlowName
    given: Annotated[dict[VariableName, Expression], Field(alias="with", max_length=20)] = Field(
        default_factory=dict
    )
    """The other's parameters."""
    into: Annotated[dict[VariableName, VariableName], Field(max_length=20)] = Field(default_factory=dict)
    """Variables here, each by the one there that it takes its value from."""
    next: NodeName

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """On, afterwards."""
        yield ("next",), self.next

    def names_outside(self) -> Iterator[tuple[Place, Outside, str]]:
        """The other flow."""
        yield ("flow",), Outside.FLOW, self.flow

    def sets(self) -> Iterator[tuple[Place, str]]:
        """What is taken over."""
        for name in self.into:
            yield ("into", name), name

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Enter it."""
        yield from ()
        given = {name: talk.value(expression) for name, expression in self.given.items()}
        return EnterFlow(flow=self.flow, given=given, into=self.into, next=self.next)
