"""``disposition``: what came of a campaign's call."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from ivr.back import Back
from ivr.campaign_steps import Dispose, NotDisposed
from ivr.expression import Expression
from ivr.names import DispositionName, NodeName, Place
from ivr.nodes.moment import moment
from ivr.nodes.node import Node, Outside
from ivr.nodes.queue import shown
from ivr.talk import Run, Talk
from ivr.template import Template


class DispositionNode(Node):
    """Says what came of the call, by one of its campaign's dispositions. Of a call that is no campaign's
    nothing is said, so that a flow can answer a number as well."""

    while_waiting: ClassVar[bool] = True

    kind: Literal["disposition"]
    disposition: DispositionName
    """One of the campaign's."""
    note: Template | None = None
    """For whoever reads it: one line."""
    at: Expression | None = None
    """When he is to be called again, for a disposition that asks for it: seconds from now, or a time of day
    (``09:30``, ``0930``), today or tomorrow by the clock where he is."""
    next: NodeName

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """On."""
        yield ("next",), self.next

    def names_outside(self) -> Iterator[tuple[Place, Outside, str]]:
        """The disposition."""
        yield ("disposition",), Outside.DISPOSITION, self.disposition

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Say it. Should nobody want to know, he goes on all the same."""
        happening = yield Dispose(
            disposition=self.disposition,
            note="" if self.note is None else shown(self.note.fill(talk)),
            at=None if self.at is None else moment(talk.value(self.at)),
        )
        talk.note(result=happening.reason if isinstance(happening, NotDisposed) else self.disposition)
        return self.next
