"""A flow: what a caller hears and may choose before a person answers. Immutable once published.

A document that does not make sense as a whole (a missing node, a node nothing leads to, a loop in which the
caller is never asked) is refused when it is read, so a call never meets it.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from ivr.dialogue import MAX_DIALOGUES, Dialogue
from ivr.document import Misfit, Misfits
from ivr.expression import Expression
from ivr.names import FlowName, Language, NodeName, Place, VariableName
from ivr.nodes.any_node import AnyNode
from ivr.nodes.callback import CallbackNode
from ivr.nodes.language import LanguageNode
from ivr.nodes.returning import ReturnNode
from ivr.nodes.wait import WaitNode
from ivr.prompts import SayPosition, SayText, SayWait
from ivr.suggestion import closest

MAX_NODES = 500


class Purpose(StrEnum):
    """What a flow is for."""

    CALL = "call"
    """It answers numbers."""
    WAIT = "wait"
    """It talks with callers while they wait in a queue: a treatment."""
    SUB = "sub"
    """Other flows enter it."""


def _given_or_not(value: Any) -> str:
    return "must be given" if value is None else "has a default"


Parameter = Annotated[
    Annotated[Expression, Tag("has a default")] | Annotated[None, Tag("must be given")],
    Discriminator(_given_or_not),
]


class Flow(BaseModel):
    """A whole flow, checked: every node exists, is reached, and every loop asks the caller something."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: FlowName
    title: Annotated[str, Field(max_length=200)] = ""
    """What people call it."""
    languages: Annotated[tuple[Language, ...], Field(min_length=1, max_length=20)] = ("en",)
    """What callers may be spoken to in; the first one is what it begins with."""
    purpose: Purpose = Purpose.CALL
    parameters: Annotated[dict[VariableName, Parameter], Field(max_length=20)] = Field(default_factory=dict)
    """What a sub-flow is given: name and default; None where it must be given."""
    start: NodeName
    nodes: Annotated[dict[NodeName, AnyNode], Field(min_length=1, max_length=MAX_NODES)]
    tests: Annotated[tuple[Dialogue, ...], Field(max_length=MAX_DIALOGUES)] = ()
    """Scripted calls for ``callwright ivr test``; callers meet nothing of them."""

    @model_validator(mode="after")
    def _makes_sense(self) -> "Flow":
        misfits = list(self._unknown_nodes()) or [*self._unreachable_nodes(), *self._unasked_loops()]
        misfits += [*self._out_of_purpose(), *self._texts_not_written(), *self._languages_not_spoken()]
        if misfits:
            raise Misfits(misfits)
        return self

    def _unknown_nodes(self) -> Iterator[Misfit]:
        named: list[tuple[Place, str]] = [(("start",), self.start)]
        for name, node in self.nodes.items():
            named += [(("nodes", name, *place), target) for place, target in node.leads_to()]
        for place, target in named:
            if target not in self.nodes:
                yield Misfit(place, f"no node is called '{target}'", closest(target, self.nodes))

    def _unreachable_nodes(self) -> Iterator[Misfit]:
        reached, ahead = {self.start}, [self.start]
        while ahead:
            for _, target in self.nodes[ahead.pop()].leads_to():
                if target not in reached:
                    reached.add(target)
                    ahead.append(target)
        for name in self.nodes:
            if name not in reached:
                yield Misfit(("nodes", name), "nothing leads to this node")

    def _unasked_loops(self) -> Iterator[Misfit]:
        """Loops in which nobody is asked for a key: a closed queue would turn in them at machine speed."""
        done: set[str] = set()
        for start in self.nodes:
            if start in done:
                continue
            trail, ahead = [start], [self._next_unasked(start)]
            while trail:
                target = next(ahead[-1], None)
                if target is None:
                    done.add(trail.pop())
                    ahead.pop()
                elif target in trail:
                    loop = [*trail[trail.index(target) :], target]
                    yield Misfit(("nodes", target), f"a loop that never asks the caller: {' -> '.join(loop)}")
                elif target not in done:
                    trail.append(target)
                    ahead.append(self._next_unasked(target))

    def _next_unasked(self, name: str) -> Iterator[str]:
        node = self.nodes[name]
        if not node.asks:
            yield from (target for _, target in node.leads_to())

    def _out_of_purpose(self) -> Iterator[Misfit]:
        sub, treatment = self.purpose is Purpose.SUB, self.purpose is Purpose.WAIT
        if self.parameters and not sub:
            yield Misfit(("parameters",), "only a sub-flow (purpose: sub) is given any")
        for name, node in self.nodes.items():
            match node:
                case ReturnNode() if not sub:
                    yield Misfit(("nodes", name, "kind"), "only a sub-flow (purpose: sub) returns")
                case WaitNode() if not treatment:
                    yield Misfit(("nodes", name, "kind"), "only callers who wait (purpose: wait) hear music")
                case CallbackNode(queue=None) if not treatment:
                    yield Misfit(("nodes", name), "needs queue: nobody waits here (purpose: wait)")
                case CallbackNode(queue=str()) if treatment:
                    yield Misfit(("nodes", name, "queue"), "is the one he waits in: it is not named here")
                case _:
                    pass
            for place, prompt in node.prompts_named():
                if isinstance(prompt, SayPosition | SayWait) and not treatment:
                    yield Misfit(
                        ("nodes", name, *place), "only who waits (purpose: wait) has a place in line"
                    )

    def _texts_not_written(self) -> Iterator[Misfit]:
        """Texts written in some of the flow's languages: who hears another one would hear nothing."""
        for name, node in self.nodes.items():
            for place, prompt in node.prompts_named():
                if isinstance(prompt, SayText) and isinstance(prompt.text, dict):
                    for language in self.languages:
                        if language not in prompt.text:
                            yield Misfit(("nodes", name, *place, "text"), f"has no text in '{language}'")

    def _languages_not_spoken(self) -> Iterator[Misfit]:
        """Languages a node changes to that are none of the flow's."""
        for name, node in self.nodes.items():
            named = node.language if isinstance(node, LanguageNode) else None
            if isinstance(named, str) and named not in self.languages:
                message = f"'{named}' is none of the flow's languages"
                yield Misfit(("nodes", name, "language"), message, closest(named, self.languages))
