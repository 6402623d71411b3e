"""Events of offers: made, why to whom, ringing, over."""

from dataclasses import dataclass

from acd.brief import Datum
from acd.decision import Candidate, Rival, Score
from acd.ids import AgentId, CallId, CustomerId, OfferId, QueueId
from acd.instant import Instant
from acd.offer import OfferEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingDecided:
    """Why this caller got this agent. Follows every offer."""

    offer_id: OfferId
    call_id: CallId
    agent_id: AgentId
    queue_id: QueueId
    because: str
    score: Score
    """The caller's, at the moment of the decision."""
    candidates: tuple[Candidate, ...]
    candidates_unnamed: int
    """Agents not named one by one."""
    rivals: tuple[Rival, ...]
    rivals_unnamed: int
    requirement: str = ""
    """What was required of the agent at that moment; empty in records older than this field."""
    rules_version: int = 0
    """By which version of the rules; 0 when nobody numbered them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMade:
    """CSTA Delivered: the call is reserved with the agent until ``expires_at``."""

    offer_id: OfferId
    call_id: CallId
    agent_id: AgentId
    queue_id: QueueId
    expires_at: Instant
    customer_id: CustomerId | None = None
    data: tuple[Datum, ...] = ()
    """What the caller's flow learnt, for the agent's screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRang:
    """The agent's phone is ringing for this offer."""

    offer_id: OfferId
    call_id: CallId
    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded:
    """The reservation is over."""

    offer_id: OfferId
    call_id: CallId
    agent_id: AgentId
    how: OfferEnd
