"""Names of the dialer's things. Each is opaque text."""

from typing import NewType

CampaignId = NewType("CampaignId", str)
"""One campaign: the scope in which the law counts abandoned calls."""

LeadId = NewType("LeadId", str)
"""One person of a list, with all of his numbers."""
