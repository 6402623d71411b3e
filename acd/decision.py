"""Why this caller got this agent: the record behind every offer."""

from dataclasses import dataclass
from enum import StrEnum

from acd.call import CallClass
from acd.ids import AgentId, CallId
from acd.instant import Instant, Span
from acd.weight import EVEN, Weight

MOST_NAMED = 25
"""Candidates and rivals named one by one in a decision; the rest is only counted, so a record stays small."""


class Verdict(StrEnum):
    """What became of one candidate agent."""

    CHOSEN = "chosen"
    IDLE_LESS_LONG = "idle_less_long"
    MORE_OCCUPIED = "more_occupied"
    MORE_CALLS = "more_calls"
    LESS_SKILLED = "less_skilled"
    """His level is lower, and the queue chooses the highest."""
    MORE_SKILLED = "more_skilled"
    """His level is higher, and the queue keeps its experts free."""
    LATER_IN_TURN = "later_in_turn"
    NOT_DRAWN = "not_drawn"
    LATER_IN_LIST = "later_in_list"
    NOT_PREFERRED = "not_preferred"
    NOT_HIS_AGENT = "not_his_agent"
    """The caller waits for another one in particular."""
    LATER_TIER = "later_tier"
    """He is of a later tier: somebody of an earlier one was ready, or his is not open to the caller yet."""
    IN_RESERVE = "in_reserve"
    """He is in reserve, and it is closed or somebody else was ready."""
    LACKS_SKILL = "lacks_skill"
    AWAY_FROM_QUEUE = "away_from_queue"
    """He has paused or left this queue."""
    RANG_IN_VAIN = "rang_in_vain"
    """He did not take this caller, and is not offered him again for a while."""
    NOT_READY = "not_ready"
    BUSY = "busy"
    LOGGED_OUT = "logged_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An agent who was looked at, and why he did or did not get the call."""

    agent_id: AgentId
    verdict: Verdict
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A waiting caller's priority at one moment, with its terms; :mod:`acd.priority` says how it decides."""

    call_class: CallClass
    waited: Span
    offset: Span
    boost: Span
    objective: Span
    never_exceed: Span
    millionths: int
    """(waited + offset + boost) / objective * weight, in millionths."""
    overdue: bool
    """Waited for as long as his class may never exceed."""
    weight_thousandths: Weight = EVEN
    """His queue's; absent in records older than this field."""


class WhyRelaxed(StrEnum):
    """Why less is required of who takes a call."""

    WAITED = "waited"
    """The caller has waited for as long as the step says."""
    KEPT = "kept"
    """It was so already at the place he kept."""
    NOBODY_COULD = "nobody_could"
    """Nobody who is logged in could take the call as it was, and somebody can now."""


class RivalVerdict(StrEnum):
    """Why another waiting caller did not get this agent."""

    LOWER_SCORE = "lower_score"
    NOT_OVERDUE = "not_overdue"
    OVERDUE_LATER = "overdue_later"
    BEGAN_LATER = "began_later"
    """Of the same class, counted from a later instant."""
    AGENT_LACKS_SKILL = "agent_lacks_skill"
    RANG_IN_VAIN = "rang_in_vain"
    """The agent did not take this caller a moment ago."""
    WAITS_FOR_ANOTHER = "waits_for_another"
    """He waits for an agent of his, and for nobody else yet."""
    AGENT_IN_RESERVE = "agent_in_reserve"
    """The agent is in reserve, which is closed."""
    AGENT_IN_LATER_TIER = "agent_in_later_tier"
    """The agent is of a tier that is not open to him yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A caller who was waiting too."""

    call_id: CallId
    call_class: CallClass
    queued_at: Instant
    verdict: RivalVerdict
    detail: str
