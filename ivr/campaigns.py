"""What the IVR asks of whoever runs campaigns and keeps the house's do-not-call list."""

from collections.abc import Sequence
from typing import Protocol

from ivr.utterance import TimeOfDay, Utterance


class Campaigns(Protocol):
    """What a flow may say of the person it talks with."""

    async def opt_out(self, *, call_id: str, number: str, because: str) -> str | None:
        """He does not want to be called at this number any more; why that is not on record now, None when it
        is."""
        ...

    async def dispose(
        self, *, call_id: str, disposition: str, note: str, at: int | TimeOfDay | None
    ) -> str | None:
        """What came of a campaign's call; why nobody has taken it down, None when somebody has.

        ``at``: when he is to be called again, in how many seconds or at which time of day.
        """
        ...

    def message_for_machine(self, *, call_id: str, campaign: str, language: str) -> Sequence[Utterance]:
        """What an answering machine is left that has answered this campaign's line; nothing: nobody knows of
        it (any more)."""
        ...


class NoCampaigns:
    """Keeps no list, and runs no campaign."""

    async def opt_out(self, *, call_id: str, number: str, because: str) -> str | None:
        """There is no list."""
        return "no list is kept here"

    async def dispose(
        self, *, call_id: str, disposition: str, note: str, at: int | TimeOfDay | None
    ) -> str | None:
        """There is no campaign."""
        return "it is no campaign's call"

    def message_for_machine(self, *, call_id: str, campaign: str, language: str) -> Sequence[Utterance]:
        """Nothing."""
        return ()
