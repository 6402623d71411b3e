"""``menu``: one key of the caller."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ivr.names import Key, NodeName, Place, Retries, Seconds
from ivr.nodes.node import Node
from ivr.prompts import Prompts, SomePrompts
from ivr.steps import Back
from ivr.talk import Run, Talk


class MenuNode(Node):
    """Asks the caller for one key. Any key interrupts the prompts."""

    asks: ClassVar[bool] = True

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

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """By key, and otherwise."""
        for key, node in self.keys.items():
            yield ("keys", key), node
        yield ("otherwise",), self.otherwise

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Ask until a key of the menu is pressed or all tries are over. After a wrong key what was typed
        behind it is forgotten: it was meant for another question."""
        prompts = self.prompts
        for _ in range(1 + self.retries):
            key = yield from talk.ask_key(prompts, self.timeout_s)
            talk.note(key=key)
            if key is not None and key in self.keys:
                return self.keys[key]
            talk.forget_keys()
            prompts = (self.timeout_prompts if key is None else self.invalid_prompts) + self.prompts
        return self.otherwise
