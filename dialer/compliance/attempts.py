"""How often somebody was dialled already, and the limits to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from acd.instant import Instant, Span
from dialer.ids import CampaignId, LeadId


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One time a telephone was made to ring, or to be busy."""

    attempt_id: str
    number: str
    """In its one form."""
    at: Instant
    campaign_id: CampaignId | None = None
    lead_id: LeadId | None = None
    abandoned_at: Instant | None = None
    """When he was left on an answered line with nobody, if he was."""


class Whom(StrEnum):
    """Over what attempts are counted together."""

    NUMBER = "number"
    LEAD = "lead"
    """A person of a list, whichever of his numbers was dialled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLimit:
    """So many attempts at most within a span that ends now."""

    per: Whom
    most: int
    within: Span
    same_campaign: bool = False
    """Whether attempts for other campaigns, and for callbacks, do not count."""

    def allows_from(
        self, attempts: Iterable[Attempt], campaign_id: CampaignId | None, at: Instant
    ) -> Instant:
        """From when on one more is within the limit, ``at`` when it is so now. ``attempts`` are those to the
        number, or to the lead."""
        counted = sorted(
            one.at
            for one in attempts
            if at - one.at < self.within and (not self.same_campaign or one.campaign_id == campaign_id)
        )
        if len(counted) < self.most:
            return at
        return max(at, Instant(counted[-self.most] + self.within))
