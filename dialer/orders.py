"""Orders: what the dialer wants done in the world. Each carries a name the world will remember."""

from dataclasses import dataclass

from acd.call import CallClass
from acd.ids import QueueId
from acd.instant import Instant, Span
from dialer.campaign import MachineRules
from dialer.ids import AttemptId, CampaignId, LeadId


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceLine:
    """Dial a lead, if the gate allows it; the line bears the attempt's name."""

    attempt_id: AttemptId
    campaign_id: CampaignId
    lead_id: LeadId
    number: str
    zone: str | None
    ring_for: Span
    flow: str
    """What talks with who answers; empty: the campaign's own flow."""
    queue_id: QueueId | None
    call_class: CallClass
    machine: MachineRules | None
    connect_within: Span
    """An agent must be there so soon after the greeting's end."""
    auto_answer: bool
    language: str
    pool: str | None
    profile: str | None
    elsewhere: bool = False
    """Whether the number is none of those his list gives: ``zone`` may not be where it is."""
    asked_at: Instant | None = None
    """When he asked for this call himself."""
    agent_guaranteed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DropLine:
    """Close a line, unless somebody has answered."""

    attempt_id: AttemptId
    also_dialled: bool = True
    """False: who still waits for the gate is not dialled, what is dialled is left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocateLine:
    """Find out whether this line exists; answered by :class:`dialer.signals.LineLocated`."""

    attempt_id: AttemptId


@dataclass(frozen=True, slots=True, kw_only=True)
class SendText:
    """Send a text, if the gate allows it."""

    text_id: AttemptId
    campaign_id: CampaignId
    lead_id: LeadId
    number: str
    zone: str | None
    text: str
    profile: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListNumber:
    """Put a number on the house's do-not-call list."""

    number: str
    campaign_id: CampaignId
    because: str


DialerOrder = PlaceLine | DropLine | LocateLine | SendText | ListNumber
