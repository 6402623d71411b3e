"""An offer: one call reserved with one agent until an instant. A lease; it ends exactly once."""

from dataclasses import dataclass
from enum import StrEnum

from acd.ids import AgentId, CallId, OfferId
from acd.instant import Instant


class OfferEnd(StrEnum):
    """How an offer ended."""

    ACCEPTED = "accepted"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    BUSY = "busy"
    """His phone was busy with something else."""
    UNREACHABLE = "unreachable"
    EXPIRED = "expired"
    """The lease ran out and the world had said nothing."""
    NOT_REACHED = "not_reached"
    """Of a callback: the agent had accepted, and the customer was not reached."""
    WITHDRAWN = "withdrawn"
    """The caller left, or the order could not be carried out; not the agent's doing."""


NOT_TAKEN = (
    OfferEnd.NO_ANSWER,
    OfferEnd.REJECTED,
    OfferEnd.BUSY,
    OfferEnd.UNREACHABLE,
    OfferEnd.EXPIRED,
)
"""Ends that a policy follows: the agent, or his phone, did not take the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A live offer; an ended one is only remembered by name."""

    offer_id: OfferId
    call_id: CallId
    agent_id: AgentId
    made_at: Instant
    expires_at: Instant
