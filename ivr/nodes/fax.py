"""``fax``: pages for somebody to read."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from ivr.back import Back
from ivr.happenings import FaxReceived, NoFax
from ivr.names import MailboxName, NodeName, Place
from ivr.nodes.node import Node
from ivr.steps import ReceiveFax
from ivr.talk import Run, Talk


class FaxNode(Node):
    """Takes a fax, over T.38 where the line can, else as sound; its pages are kept for a mailbox."""

    kind: Literal["fax"]
    mailbox: MailboxName
    """Whom it is for: a queue, or any name."""
    max_s: Annotated[int, Field(strict=True, ge=60, le=7200)] = 900
    """The longest it may take, in seconds; then we hang up. What has come until then is kept."""
    received: NodeName
    """Where the call goes when at least one page is kept; a machine mostly hangs up by itself."""
    failed: NodeName
    """Where it goes when not one page came, or there is no room for it."""

    def leads_to(self) -> Iterator[tuple[Place, str]]:
        """Received or failed."""
        yield ("received",), self.received
        yield ("failed",), self.failed

    def run(self, talk: Talk, back: Back | None) -> Run:
        """Take what comes."""
        talk.forget_keys()
        happening = yield ReceiveFax(mailbox=self.mailbox, max_s=self.max_s)
        match happening:
            case FaxReceived(pages=pages, whole=whole):
                counted = f"{pages} page{'s' if pages != 1 else ''}"
                talk.note(result=counted if whole else f"{counted}, cut off")
                return self.received
            case NoFax(reason=reason):
                talk.note(result=reason)
        return self.failed
