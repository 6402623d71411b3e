"""Why this caller got this agent: the record behind every offer."""

from dataclasses import dataclass
from enum import StrEnum

from acd.call import CallClass
from acd.ids import AgentId, CallId
from acd.instant import Instant

MOST_NAMED = 25
"""Candidates and rivals named one by one in a decision; the rest is only counted, so a record stays small."""


class Verdict(StrEnum):
    """What became of one candidate agent."""

    CHOSEN = "chosen"
    IDLE_LESS_LONG = "idle_less_long"
    NOT_PREFERRED = "not_preferred"
    LACKS_SKILL = "lacks_skill"
    NOT_READY = "not_ready"
    BUSY = "busy"
    LOGGED_OUT = "logged_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An agent who was looked at, and why he did or did not get the call."""

    agent_id: AgentId
    verdict: Verdict
    detail: str


class WhyRelaxed(StrEnum):
    """Why less is required of who takes a call."""

    WAITED = "waited"
    """The caller has waited for as long as the step says."""
    NOBODY_COULD = "nobody_could"
    """Nobody who is logged in could take the call as it was, and somebody can now."""


class RivalVerdict(StrEnum):
    """Why another waiting caller did not get this agent."""

    LOWER_CLASS = "lower_class"
    BEGAN_LATER = "began_later"
    AGENT_LACKS_SKILL = "agent_lacks_skill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A caller who was waiting too."""

    call_id: CallId
    call_class: CallClass
    queued_at: Instant
    verdict: RivalVerdict
    detail: str
