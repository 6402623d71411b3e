"""A text in memory, from its order to its end. Changed by :mod:`dialer.texts` alone."""

from dataclasses import dataclass

from dialer.ids import CampaignId, LeadId


@dataclass(frozen=True, slots=True, kw_only=True)
class OutText:
    """One text of which no end is known yet."""

    campaign_id: CampaignId
    lead_id: LeadId
    number: str
    in_trial: int | None = None
    """Which of its campaign's starts was the trial it counts in; None: none."""
