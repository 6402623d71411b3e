"""``menu``: one key of the caller."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ivr.back import Back
from ivr.document import Misfit, Misfits
from ivr.names import ALL_KEYS, Key, NodeName, Place
from ivr.nodes.question import Question
from ivr.talk import Run, Talk


class MenuNode(Question):
    """Asks the caller for one key. Any key interrupts the prompts, unless only its own ones do."""

    kind: Literal["menu"]
    keys: Annotated[dict[Key, NodeName], Field(min_length=1)]
    hidden_keys: dict[Key, NodeName] = Field(default_factory=dict)
    """Keys that no prompt tells of: for those who know them."""
    only_own_keys: bool = False
    """Whether keys that lead nowhere are passed over while the prompts last: they have to be heard."""
    otherwise: NodeName
    """Where a caller goes who gave no key of this menu in all tries."""

    @model_validator(mode="after")
    def _each_key_once(self) -> Self:
        twice = [key for key in self.hidden_keys if key in self.keys]
        if twice:
            raise Misfits(Misfit(("hidden_keys", key), "is a key that is told of already") for key in twice)
        return self

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """By key, and otherwise."""
        for key, node in self.keys.items():
            yield ("keys", key), node
        for key, node in self.hidden_keys.items():
            yield ("hidden_keys", key), node
        yield ("otherwise",), self.otherwise

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Ask, and go where the key leads."""
        ways = {**self.keys, **self.hidden_keys}
        key = yield from self.ask_for_one_of(talk, ways, "".join(ways) if self.only_own_keys else ALL_KEYS)
        return self.otherwise if key is None else ways[key]
