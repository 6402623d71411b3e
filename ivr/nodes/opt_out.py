"""``opt_out``: never to be called again."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from ivr.back import Back
from ivr.campaign_steps import NotOptedOut, OptOut
from ivr.names import NodeName, Place
from ivr.nodes.node import Node
from ivr.talk import Run, Talk
from ivr.values import as_text


class OptOutNode(Node):
    """Puts the number he calls from, or is called at, on the house's do-not-call list. Another number than
    that nobody can put there by telephone: it may be somebody else's."""

    while_waiting: ClassVar[bool] = True

    kind: Literal["opt_out"]
    next: NodeName
    """Where he goes when he is on it: to hear so."""
    failed: NodeName
    """Where he goes when he is not: he shows no number, or the list cannot be written now."""

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """Done or not."""
        yield ("next",), self.next
        yield ("failed",), self.failed

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Have him put on the list. What was typed ahead is forgotten: he wanted nothing else."""
        talk.forget_keys()
        here = talk.here
        number = as_text(talk.value_of("caller"))
        happening = yield OptOut(number=number, because=f"asked for it in the flow {here.flow}")
        if isinstance(happening, NotOptedOut):
            talk.note(result=happening.reason)
            return self.failed
        talk.note(result="opted out", answered=True)
        return self.next
