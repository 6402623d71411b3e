"""Whom an agent has before him: a lead he looks at, dials or talks with, or of whom he has not said what came
of it."""

import re
from dataclasses import dataclass
from itertools import islice

from acd.ids import AgentId
from dialer.ids import AttemptId
from dialer.lead import LeadState
from dialer.pursuit import Pursuit
from dialer.tables import Campaign, DialerTables

MOST_LOOKED_AT = 1_000
"""Attempts that are over, the latest first."""
_NAME = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&:@])")


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeHim:
    """A lead, and how far it is with him."""

    campaign: Campaign
    pursuit: Pursuit
    attempt_id: AttemptId | None
    """None while he is only looked at."""


def before(t: DialerTables, agent_id: AgentId) -> BeforeHim | None:
    """The lead an agent has before him; None: nobody."""
    key = t.previews.get(agent_id)
    if key is not None and (found := t.find(key)) is not None:
        return BeforeHim(campaign=found[0], pursuit=found[1], attempt_id=None)
    for line in t.lines.values():
        if line.agent_id == agent_id:
            campaign, pursuit = t.of_line(line)
            if pursuit is not None:
                return BeforeHim(campaign=campaign, pursuit=pursuit, attempt_id=line.attempt_id)
    for line in islice(reversed(t.ended.values()), MOST_LOOKED_AT):
        if line.agent_id != agent_id:
            continue
        campaign, pursuit = t.of_line(line)
        waits = pursuit is not None and pursuit.state is LeadState.TO_DISPOSE
        if pursuit is not None and waits and pursuit.attempt_id == line.attempt_id:
            return BeforeHim(campaign=campaign, pursuit=pursuit, attempt_id=line.attempt_id)
    return None


def script_for(campaign: Campaign, pursuit: Pursuit) -> str:
    """The campaign's script with ``{name}`` and the lead's data put in, as plain words: whatever a list says,
    it stays text in Markdown. What nobody knows is left out."""
    known = {one.name: one.value for one in pursuit.lead.data} | {"name": pursuit.lead.name}
    return _NAME.sub(lambda found: _as_words(known.get(found[1], "")), campaign.rules.script)


def _as_words(value: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(value.split()))
