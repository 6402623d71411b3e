"""A flow: what a caller hears and may choose before a person answers. Immutable once published.

A document that does not make sense as a whole (a missing node, a node nothing leads to, a loop in which the
caller is never asked) is refused when it is read, so a call never meets it.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import InitErrorDetails

from ivr.document import Misfit, Misfits
from ivr.suggestion import closest

MAX_NODES = 500
MAX_PROMPTS = 20
"""The most prompts in one list of a node."""

NodeName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
Prompt = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_/-]*$", max_length=100)]
"""A sound file of Asterisk's, without language and extension: ``hello``, ``digits/1``."""
Key = Annotated[str, Field(pattern=r"^[0-9*#]$")]
QueueName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]

Prompts = Annotated[tuple[Prompt, ...], Field(max_length=MAX_PROMPTS)]
SomePrompts = Annotated[tuple[Prompt, ...], Field(min_length=1, max_length=MAX_PROMPTS)]
Retries = Annotated[int, Field(strict=True, ge=0, le=10)]
Seconds = Annotated[float, Field(strict=True, ge=0.5, le=60, allow_inf_nan=False)]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlayNode(_Written):
    """Plays prompts, then goes on.

    A key pressed over an interruptible one ends it and answers the next menu; over another one it is lost.
    """

    kind: Literal["play"]
    prompts: SomePrompts
    next: NodeName
    interruptible: Annotated[bool, Field(strict=True)] = True

    def leads_to(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Every node named here, with the place of its name in this node."""
        yield ("next",), self.next


class MenuNode(_Written):
    """Asks the caller for one key. Any key interrupts the prompts."""

    kind: Literal["menu"]
    prompts: SomePrompts
    keys: Annotated[dict[Key, NodeName], Field(min_length=1)]
    timeout_s: Seconds
    """How long to wait for a key once the prompts are over, in seconds."""
    retries: Retries
    """How many times the menu is asked again after a wrong key or silence."""
    invalid_prompts: Prompts = ()
    """Played after a wrong key, before the menu is asked again."""
    timeout_prompts: Prompts = ()
    """Played after silence, before the menu is asked again."""
    otherwise: NodeName
    """Where a caller goes who gave no key of this menu in all tries."""

    def leads_to(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Every node named here, with the place of its name in this node."""
        for key, node in self.keys.items():
            yield ("keys", key), node
        yield ("otherwise",), self.otherwise


class QueueNode(_Written):
    """Hands the caller to a queue, to wait for an agent. The flow ends when the queue takes the call."""

    kind: Literal["queue"]
    queue: QueueName
    priority: Literal["normal", "vip"] | None = None
    """None: by who is calling."""
    refused: NodeName
    """Where the caller goes when the queue does not take the call (it is closed or full)."""

    def leads_to(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Every node named here, with the place of its name in this node."""
        yield ("refused",), self.refused


class CallbackNode(_Written):
    """Has a queue keep a place for the caller, who is called back at the number he calls from."""

    kind: Literal["callback"]
    queue: QueueName
    booked: NodeName
    """Where he goes when he is going to be called back: to hear so."""
    refused: NodeName
    """Where he goes when he is not: he shows no number, or the queue does not call him back."""

    def leads_to(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Every node named here, with the place of its name in this node."""
        yield ("booked",), self.booked
        yield ("refused",), self.refused


class HangUpNode(_Written):
    """Plays its prompts, if any, and ends the call."""

    kind: Literal["hangup"]
    prompts: Prompts = ()

    def leads_to(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Every node named here: none."""
        return iter(())


def _without_tag(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """Drop the union's tag from the places of mistakes: a queue node's tag is also the name of a field."""
    try:
        return handler(value)
    except ValidationError as error:
        raise ValidationError.from_exception_data(
            error.title,
            [
                InitErrorDetails(
                    type=found["type"],
                    loc=found["loc"][1:],
                    input=found["input"],
                    ctx=found.get("ctx", {}),
                )
                for found in error.errors(include_url=False)
            ],
        ) from None


Node = Annotated[
    PlayNode | MenuNode | QueueNode | CallbackNode | HangUpNode,
    Field(discriminator="kind"),
    WrapValidator(_without_tag),
]


class Flow(_Written):
    """A whole flow, checked: every node exists, is reached, and every loop asks the caller something."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
    start: NodeName
    nodes: Annotated[dict[NodeName, Node], Field(min_length=1, max_length=MAX_NODES)]

    @model_validator(mode="after")
    def _makes_sense(self) -> "Flow":
        misfits = list(self._unknown_nodes()) or [*self._unreachable_nodes(), *self._unasked_loops()]
        if misfits:
            raise Misfits(misfits)
        return self

    def _unknown_nodes(self) -> Iterator[Misfit]:
        named: list[tuple[tuple[str, ...], str]] = [(("start",), self.start)]
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
        match node:
            case PlayNode() | QueueNode() | CallbackNode():
                yield from (target for _, target in node.leads_to())
            case MenuNode() | HangUpNode():
                return
