"""``branch``: where to, by what is known."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from ivr.back import Back
from ivr.expression import Expression, Fault
from ivr.names import NodeName, Place
from ivr.nodes.node import Node
from ivr.talk import Run, Talk


class Case(BaseModel):
    """One way, and when it is taken."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    when: Expression
    next: NodeName


class BranchNode(Node):
    """Takes the way of the first case that holds. Where one comes to nothing he goes ``otherwise``."""

    while_waiting: ClassVar[bool] = True

    kind: Literal["branch"]
    cases: Annotated[tuple[Case, ...], Field(min_length=1, max_length=50)]
    otherwise: NodeName

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """By case, and otherwise."""
        for at, case in enumerate(self.cases):
            yield ("cases", at, "next"), case.next
        yield ("otherwise",), self.otherwise

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Try the cases in turn."""
        yield from ()
        try:
            at = next((at for at, case in enumerate(self.cases) if case.when.truth(talk)), None)
        except Fault as fault:
            talk.note(result=f"otherwise: {fault}")
            return self.otherwise
        talk.note(result="otherwise" if at is None else f"case {at + 1}")
        return self.otherwise if at is None else self.cases[at].next
