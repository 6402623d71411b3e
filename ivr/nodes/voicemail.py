"""``voicemail``: words for somebody to answer."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from ivr.back import Back
from ivr.names import MailboxName, NodeName, Place
from ivr.nodes.spoken import SpokenNode
from ivr.talk import Run, Talk


class VoicemailNode(SpokenNode):
    """Has him leave a message, which is kept for a mailbox. He is owed an answer then."""

    kind: Literal["voicemail"]
    mailbox: MailboxName
    """Whom it is for: a queue, or any name."""
    max_s: Annotated[int, Field(strict=True, ge=5, le=3600)] = 180
    """The longest message, in seconds."""
    saved: NodeName
    """Where he goes when his message is kept; whoever hangs up has left it all the same."""
    failed: NodeName
    """Where he goes when there is none: he said nothing, or there is no room for it."""

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """Saved or failed."""
        yield ("saved",), self.saved
        yield ("failed",), self.failed

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Prompts, a tone, his message."""
        name = yield from self.listens(talk, self.mailbox)
        return self.failed if name is None else self.saved
