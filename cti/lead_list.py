"""A list of leads: of which campaign it is, how its files are read, and which was its latest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row

from acd.instant import Instant
from dialer.ids import CampaignId, ListId


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadList:
    """One list of one campaign."""

    list_id: ListId
    """Unique in the house: names of leads begin with it."""
    campaign_id: CampaignId
    title: str = ""
    region: str | None = None
    """Where its numbers without a country code are at home; None: where the house's are."""
    mapping: Mapping[str, Any] = field(default_factory=dict)
    """How its columns are read, as JSON."""
    made_at: Instant
    file: str | None = None
    """Of the latest import that came to its end, as the following are; None: there was none."""
    edition: str | None = None
    imported_at: Instant | None = None
    imported_by: str | None = None
    rows: int | None = None
    rejected: int | None = None
    """Of these."""


def list_of(row: Row[Any]) -> LeadList:
    """A row of ``campaign_lists``."""
    return LeadList(
        list_id=ListId(row.list_id),
        campaign_id=CampaignId(row.campaign_id),
        title=row.title,
        region=row.region,
        mapping=row.mapping,
        made_at=Instant(row.made_at),
        file=row.file,
        edition=row.edition,
        imported_at=None if row.imported_at is None else Instant(row.imported_at),
        imported_by=row.imported_by,
        rows=row.rows,
        rejected=row.rejected,
    )
