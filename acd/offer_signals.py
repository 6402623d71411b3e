"""Signals of agents' phones, and what becomes of orders to ring them."""

from dataclasses import dataclass
from enum import StrEnum

from acd.ids import AgentId, OfferId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRinging:
    """The agent's phone is being rung for this offer."""

    offer_id: OfferId


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAnswered:
    """The agent answered this offer's call."""

    offer_id: OfferId


class Failure(StrEnum):
    """Why ringing an agent came to nothing."""

    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"
    """Somebody other than the agent ended the ringing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFailed:
    """Ringing ended without an answer."""

    offer_id: OfferId
    why: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentHungUp:
    """The agent's leg of this offer's call is gone."""

    offer_id: OfferId


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneChanged:
    """An agent's phone registered or vanished."""

    agent_id: AgentId
    reachable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFailed:
    """The world refused to ring the agent: nothing was done."""

    offer_id: OfferId
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUnconfirmed:
    """The order to ring was sent and nobody knows what became of it."""

    offer_id: OfferId
    detail: str
