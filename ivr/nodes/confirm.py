"""``confirm``: yes or no."""

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import model_validator

from ivr.back import Back
from ivr.document import Misfit, Misfits
from ivr.names import Key, NodeName, Place
from ivr.nodes.question import Question
from ivr.talk import Run, Talk


class ConfirmNode(Question):
    """Asks the caller whether it is so."""

    kind: Literal["confirm"]
    yes: Key = "1"
    no: Key = "2"
    confirmed: NodeName
    declined: NodeName
    otherwise: NodeName
    """Where a caller goes who said neither in all tries."""

    @model_validator(mode="after")
    def _two_keys(self) -> Self:
        if self.yes == self.no:
            raise Misfits([Misfit(("no",), f"is the same key as yes, {self.yes}")])
        return self

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """Confirmed, declined, otherwise."""
        yield ("confirmed",), self.confirmed
        yield ("declined",), self.declined
        yield ("otherwise",), self.otherwise

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Ask."""
        key = yield from self.ask_for_one_of(talk, (self.yes, self.no))
        if key is None:
            return self.otherwise
        return self.confirmed if key == self.yes else self.declined
