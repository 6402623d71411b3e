"""What every kind of node is."""

from abc import abstractmethod
from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from ivr.back import Back
from ivr.expression import Expression
from ivr.names import Place
from ivr.prompts import Prompt, written_in
from ivr.talk import Run, Talk
from ivr.template import Template


class Outside(StrEnum):
    """What nodes name that is not in their flow."""

    CALENDAR = "calendar"
    QUEUE = "queue"
    FLOW = "flow"
    SERVICE = "service"
    SKILL = "skill"
    EXTENSION = "extension"
    DISPOSITION = "disposition"


_NOTHING_LEARNED = frozenset({"otherwise", "failed", "not_found", "declined", "refused"})


class Node(BaseModel):
    """A place in a flow: written as its fields say, and it does what :meth:`run` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str

    asks: ClassVar[bool] = False
    """It takes a caller's time, by asking him something: every loop needs such a node."""
    comes_back: ClassVar[bool] = False
    """A caller may leave the flow here and come back to it here."""
    while_waiting: ClassVar[bool] = False
    """It may be done with a caller who waits in a queue; where not, a treatment takes him out of it first."""

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """Every node named here, with the place of its name in this node."""
        return iter(())

    def names_outside(self) -> Iterator[tuple[Place, Outside, str]]:
        """Everything named here that is outside the flow, with the place of its name in this node."""
        return iter(())

    def sets(self) -> Iterator[tuple[Place, str]]:
        """Every variable that a passing caller's flow has set here, with its place."""
        return iter(())

    def learns(self, way: str) -> Iterator[str]:
        """The variables that hold something for who goes on by ``way`` (``next``, ``failed`` …). As a
        rule those it sets, unless the way says that nothing was learned."""
        if way not in _NOTHING_LEARNED:
            yield from (name for _, name in self.sets())

    def reads(self) -> Iterator[tuple[Place, str]]:
        """Every variable read here, with the place of the expression or text that reads it."""
        for place, expression in written_in(self, Expression):
            yield from ((place, name) for name in expression.names)
        for place, template in written_in(self, Template):
            yield from ((place, name) for name in template.names)

    def prompts_named(self) -> Iterator[tuple[Place, Prompt]]:
        """Every prompt of this node, with its place: lists called ``prompts`` or ``…_prompts``."""
        for name in type(self).model_fields:
            if name == "prompts" or name.endswith("_prompts"):
                for at, prompt in enumerate(getattr(self, name)):
                    yield (name, at), prompt
        yield from self.more_prompts()

    def more_prompts(self) -> Iterator[tuple[Place, Prompt]]:
        """Prompts that stand deeper in this node."""
        return iter(())

    @abstractmethod
    def run(self, talk: Talk, back: Back | None) -> Run:
        """What is done for a caller who comes here. ``back``: he comes back from where this node had sent
        him, and goes on from there; only a kind that :attr:`comes_back` is given one."""
