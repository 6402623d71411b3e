"""Do-not-call lists: who is not to be called, since when, at whose word, and why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from acd.instant import Instant
from dialer.ids import CampaignId


class ListKind(StrEnum):
    """Whose list it is."""

    NATIONAL = "national"
    """A country's register, imported."""
    INTERNAL = "internal"
    """The house's own: who has said that he does not want to be called by it."""
    CAMPAIGN = "campaign"
    """One campaign's: who is not to be called for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A number on a do-not-call list."""

    number: str
    """In its one form."""
    kind: ListKind
    campaign_id: CampaignId | None = None
    """Of a campaign's list alone."""
    at: Instant
    by: str
    """Who put it there."""
    reason: str

    def __post_init__(self) -> None:
        assert (self.kind is ListKind.CAMPAIGN) == (self.campaign_id is not None), self

    @property
    def list_name(self) -> str:
        """How people call the list."""
        return f"the list of campaign {self.campaign_id}" if self.campaign_id else f"the {self.kind} list"


def that_count(
    listings: Iterable[Listing], campaign_id: CampaignId | None, asked_at: Instant | None
) -> Iterator[Listing]:
    """Those that keep a number from being called for a campaign.

    Who has himself asked to be called is not kept from it by a register, or by what he had said before; only
    by what was said since.
    """
    for one in listings:
        if one.kind is ListKind.CAMPAIGN and one.campaign_id != campaign_id:
            continue
        if asked_at is not None and (one.kind is ListKind.NATIONAL or one.at < asked_at):
            continue
        yield one
