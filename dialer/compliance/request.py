"""What is asked of the gate: to make one telephone ring once."""

from dataclasses import dataclass
from enum import StrEnum

from acd.instant import Instant, Span
from dialer.ids import CampaignId, LeadId


class Purpose(StrEnum):
    """What a call is for."""

    CALLBACK = "callback"
    """A caller is called back."""
    CAMPAIGN = "campaign"
    """Somebody is called because he is on a list: by whatever mode."""
    MANUAL = "manual"
    """An agent dials by hand."""
    TRANSFER = "transfer"
    """A caller who is on the line is put through by his flow: he is the one who asked for it."""
    TEXT = "text"
    """A text is sent to somebody on a list: nothing rings, no line is taken, and it is no attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialRequest:
    """One telephone that is to ring once."""

    attempt_id: str
    """The name the world will know the attempt by."""
    number: str
    """As it will be dialled."""
    purpose: Purpose
    ring_for: Span
    """How long it may ring; it must not ring when the hours are over."""
    campaign_id: CampaignId | None = None
    lead_id: LeadId | None = None
    lead_zone: str | None = None
    """Where he is, by his list; goes before what his number says."""
    elsewhere: bool = False
    """Whether the number is none of his list's: what it says counts beside his list."""
    pool: str | None = None
    """From which caller ids one is shown; None: the house's own."""
    profile: str | None = None
    """By which one is dialled; None: the house's own."""
    asked_at: Instant | None = None
    """When he himself asked for this call; None: he did not."""
    agent_guaranteed: bool = False
    """Whether an agent is on the line, or reserved for nobody else, before it is dialled."""
