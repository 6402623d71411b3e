"""``record``: words for the flow itself."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from ivr.back import Back
from ivr.names import NodeName, Place, VariableName
from ivr.nodes.spoken import SpokenNode
from ivr.talk import Run, Talk


class RecordNode(SpokenNode):
    """Records what he says: a name, a comment. ``{recording: VARIABLE}`` plays it back."""

    kind: Literal["record"]
    into: VariableName
    """The variable that holds what it can be played back by."""
    beep: Annotated[bool, Field(strict=True)] = True
    """Whether a tone tells him to speak."""
    max_s: Annotated[int, Field(strict=True, ge=1, le=3600)] = 60
    """The longest he may speak, in seconds."""
    silence_s: Annotated[int, Field(strict=True, ge=1, le=60)] = 3
    """Silence that ends it."""
    next: NodeName
    failed: NodeName
    """Where he goes when nothing is recorded: he said nothing, or there is no room for it."""

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """On, or failed."""
        yield ("next",), self.next
        yield ("failed",), self.failed

    def sets(self) -> Iterator[tuple[Place, str]]:
        """The recording."""
        yield ("into",), self.into

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Prompts, a tone, his words."""
        name = yield from self.listens(talk, None, beep=self.beep)
        talk.set(self.into, name)
        return self.failed if name is None else self.next
