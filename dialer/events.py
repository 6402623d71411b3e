"""Events: facts of the dialer's domain, told to everyone who listens."""

from dataclasses import dataclass

from acd.ids import AgentId
from acd.instant import Instant, Span
from dialer.attempt import AttemptOutcome, Party
from dialer.campaign import CampaignState
from dialer.compliance.verdict import WhyNot
from dialer.ids import AttemptId, CampaignId, LeadId, ListId
from dialer.lead import LeadStanding, LeadState


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignAdopted:
    """A campaign's rules are in force."""

    campaign_id: CampaignId
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignStateChanged:
    """A campaign was started, paused, stopped, or has come to its end."""

    campaign_id: CampaignId
    was: CampaignState
    now: CampaignState
    because: str
    by: str = ""
    trial_left: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsAdded:
    """Leads were taken on, or brought up to date."""

    campaign_id: CampaignId
    added: int
    changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadStateChanged:
    """A lead has moved; ``standing`` is what is kept of him."""

    campaign_id: CampaignId
    lead_id: LeadId
    was: LeadState
    standing: LeadStanding
    because: str
    attempt_id: AttemptId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesDecided:
    """How many lines are placed, and why: told when some are, and when the reason for none changes."""

    campaign_id: CampaignId
    lines: int
    because: str
    """``agents_free``, ``predicted``; or for none: ``budget_spent``, ``inbound_first``, ``no_agents``,
    ``no_leads``, ``lines_full``, ``house_full``, ``gate_closed``, ``risk``, ``link_down``."""
    idle: int
    waiting: int
    ringing: int
    talking: int
    wrapping_up: int
    answer_rate_permille: int
    budget_left_thousandths: int
    """Calls that may still be abandoned, in thousandths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptPlaced:
    """A line was ordered. The gate may still say no."""

    attempt_id: AttemptId
    campaign_id: CampaignId
    list_id: ListId
    lead_id: LeadId
    number: str
    ring_for: Span
    agent_id: AgentId | None = None
    """Preview and manual: who wants to talk with him."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRefused:
    """It was none: the gate, or the PBX, let nothing out."""

    attempt_id: AttemptId
    campaign_id: CampaignId
    lead_id: LeadId
    why: str
    """In words, for people."""
    until: Instant | None
    reasons: tuple[WhyNot, ...] = ()
    """Every one the gate had; none: it was not the gate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRang:
    """The telephone was heard to ring."""

    attempt_id: AttemptId
    campaign_id: CampaignId


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptAnswered:
    """The receiver was taken off."""

    attempt_id: AttemptId
    campaign_id: CampaignId
    rang: Span
    """Since it was placed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptJudged:
    """Who it is."""

    attempt_id: AttemptId
    campaign_id: CampaignId
    party: Party
    words: str
    """The detection's own."""
    after: Span
    """Since it was answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptConnected:
    """An agent talks with him."""

    attempt_id: AttemptId
    campaign_id: CampaignId
    agent_id: AgentId
    after: Span
    """Since a person was known to be there: the law's clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptEnded:
    """It has its outcome."""

    attempt_id: AttemptId
    campaign_id: CampaignId
    list_id: ListId
    lead_id: LeadId
    number: str
    outcome: AttemptOutcome
    hangup_cause: int
    """Asterisk's (Q.850); 0: not known."""
    rang: Span
    talked: Span
    agent_id: AgentId | None
    live: bool
    """Whether a person answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAnswerCounted:
    """One more in the campaign's ledger of live answers."""

    attempt_id: AttemptId
    campaign_id: CampaignId
    abandoned: bool
    live: int
    """In the tightest allowance's window, with this one."""
    abandoned_in_all: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAnswerTakenBack:
    """It was a machine after all, as somebody says who has heard it: one live answer less."""

    attempt_id: AttemptId
    campaign_id: CampaignId
    counted_at: Instant
    """When it was counted."""
    had_ended: bool
    """Whether its end was told of before, with a live answer."""
    live: int
    """In the tightest allowance's window, without this one."""
    abandoned_in_all: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadDisposed:
    """Somebody has said what came of it."""

    attempt_id: AttemptId
    campaign_id: CampaignId
    lead_id: LeadId
    disposition: str
    success: bool
    by: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewBegun:
    """An agent looks at a lead."""

    campaign_id: CampaignId
    lead_id: LeadId
    agent_id: AgentId
    until: Instant
    promised: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewEnded:
    """He does not any more."""

    campaign_id: CampaignId
    lead_id: LeadId
    agent_id: AgentId
    accepted: bool
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPromised:
    """Somebody is to be called at a moment that was agreed with him; soon, when it is the reminder."""

    campaign_id: CampaignId
    lead_id: LeadId
    agent_id: AgentId | None
    when: Instant
    reminder: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TextOrdered:
    """A text is on its way to the gateway."""

    text_id: AttemptId
    campaign_id: CampaignId
    lead_id: LeadId
    number: str
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEnded:
    """It was taken, or not."""

    text_id: AttemptId
    campaign_id: CampaignId
    lead_id: LeadId
    sent: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmChanged:
    """Somebody should look at a campaign, or need not any more."""

    campaign_id: CampaignId
    kind: str
    """``budget``, ``budget_spent``, ``answer_rate``, ``leads``, ``agents_waiting``."""
    on: bool
    told: str


DialerEvent = (
    CampaignAdopted
    | CampaignStateChanged
    | LeadsAdded
    | LeadStateChanged
    | LinesDecided
    | AttemptPlaced
    | AttemptRefused
    | AttemptRang
    | AttemptAnswered
    | AttemptJudged
    | AttemptConnected
    | AttemptEnded
    | LiveAnswerCounted
    | LiveAnswerTakenBack
    | LeadDisposed
    | PreviewBegun
    | PreviewEnded
    | CallPromised
    | TextOrdered
    | TextEnded
    | AlarmChanged
)
