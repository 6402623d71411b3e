"""What the IVR asks of whoever keeps what callers leave."""

from dataclasses import dataclass
from typing import Protocol

from acd.message import MessageKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """There is room for what a caller is about to leave."""

    message_id: str
    """Its name from now on, should it come to be."""
    file: str
    """Where Asterisk is to write it: a path as Asterisk sees it, without the ending that says how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRoom:
    """There is none."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a caller left is kept."""

    seconds: float | None
    """How long it takes to listen to; None for pages."""
    pages: int | None
    """None for words."""


class Keeper(Protocol):
    """Keeps what callers leave."""

    async def make_room(self, *, call_id: str, kind: MessageKind, mailbox: str | None) -> Room | NoRoom:
        """The caller is about to speak, or to send. ``mailbox`` None: a recording for the flow itself."""
        ...

    async def take_in(self, *, message_id: str, kind: MessageKind) -> Kept | None:
        """He has ended, or is gone; None when he left nothing worth keeping."""
        ...


class NoKeeper:
    """Has no room for anything."""

    async def make_room(self, *, call_id: str, kind: MessageKind, mailbox: str | None) -> Room | NoRoom:
        """None."""
        return NoRoom(reason="nothing is kept here")

    async def take_in(self, *, message_id: str, kind: MessageKind) -> Kept | None:
        """Nothing was left."""
        return None
