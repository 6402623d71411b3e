"""What the nodes have in common at which a caller speaks."""

from typing import Annotated

from pydantic import Field

from ivr.happenings import NotRecorded, Recorded
from ivr.names import FinishKeys
from ivr.nodes.node import Node
from ivr.prompts import Prompts
from ivr.steps import Record
from ivr.talk import Asking, Talk


class SpokenNode(Node):
    """Plays prompts, and a tone; then he speaks."""

    prompts: Prompts = ()
    """Played before; a key ends them, and he may speak at once."""
    max_s: Annotated[int, Field(strict=True, ge=1, le=3600)]
    """The longest he may speak, in seconds."""
    silence_s: Annotated[int, Field(strict=True, ge=1, le=60)] = 5
    """Silence that ends it."""
    finish_keys: FinishKeys = "#"
    """Keys that end it."""

    def listens(self, talk: Talk, mailbox: str | None, *, beep: bool = True) -> Asking[str | None]:
        """Let him speak; the name of what he said, None when that is nothing or cannot be kept."""
        yield from talk.play(self.prompts, interruptible=True)
        talk.forget_keys()
        happening = yield Record(
            mailbox=mailbox,
            beep=beep,
            max_s=self.max_s,
            silence_s=self.silence_s,
            finish_keys=self.finish_keys,
        )
        match happening:
            case Recorded(name=name, seconds=seconds):
                talk.note(result=f"{seconds:.0f} s")
                return name
            case NotRecorded(reason=reason):
                talk.note(result=reason)
        return None
