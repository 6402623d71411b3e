"""Names of the dialer's things. Each is opaque text."""

from typing import NewType

CampaignId = NewType("CampaignId", str)
"""One campaign: the scope in which the law counts abandoned calls."""

ListId = NewType("ListId", str)
"""One list of leads, of one campaign."""

LeadId = NewType("LeadId", str)
"""One person of a list, with all of his numbers."""

AttemptId = NewType("AttemptId", str)
"""One telephone that is to ring once, unique across restarts of the engine. The channel that is ordered bears
this name, and so does the call of whoever answers. Or one text, sent once."""
