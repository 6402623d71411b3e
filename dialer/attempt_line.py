"""An attempt in memory: its life from the order to its end. Changed by :mod:`dialer.lines` alone."""

from dataclasses import dataclass

from acd.ids import AgentId
from acd.instant import Instant, Span
from dialer.attempt import AttemptState, Party
from dialer.ids import AttemptId, CampaignId, LeadId, ListId


@dataclass(slots=True, kw_only=True, eq=False)
class Line:
    """One telephone that is dialled once."""

    attempt_id: AttemptId
    campaign_id: CampaignId
    list_id: ListId
    lead_id: LeadId
    number: str
    place: int
    """Of the number among the lead's, from 0; -1: it is none of his, somebody dialled it by hand."""
    ring_for: Span
    placed_at: Instant
    hour: int
    """Of his day, when it was placed: answer rates are learnt by it."""
    region: str = ""
    """Of the number: answer rates are learnt by it, too."""
    rate: float
    """The chance there was that a person answers."""
    since: Instant = Instant(0)
    """When it came to its state."""
    agent_id: AgentId | None = None
    """Agent first: who wants to talk with him. Then: who talks with him."""
    by_agent: bool = False
    """Whether an agent's own phone rings first."""
    pushed: bool = False
    """Whether an agent's phone rings though he has not asked for it just now: it was promised."""
    state: AttemptState = AttemptState.PLACED
    answered_at: Instant | None = None
    person_at: Instant | None = None
    connected_at: Instant | None = None
    party: Party | None = None
    message_left: bool = False
    dropped: bool = False
    """Whether it was ordered to be given up."""
    called_off: bool = False
    """Whether it was ordered not to be dialled any more, should it still wait for the gate."""
    dialled_at: Instant | None = None
    """Agent first: when his lead's telephone was dialled; None: not yet, or it is no such line."""
    unconfirmed: bool = False
    """Whether nobody knows that the PBX took the order."""
    cause: int = 0
    counted: bool = False
    """Whether it stands in the ledger of live answers."""
    counted_live_at: Instant | None = None
    """When it was counted there, as one that was not abandoned; None: it does not stand there as such."""
    clock: Instant | None = None
    """By when an agent must be there; None: nobody is waited for."""
    live: bool = False
    """Whether a person answered."""
    abandoned: bool = False
    """Whether he was still without an agent when the clock was over."""
    in_acd: bool = False
    """Whether the ACD knows him as a call."""
    in_queue: bool = False
    talked: Span = Span(0)
    gone_at: Instant | None = None
    """When the line was gone, while the ACD is expected to say how the call ended."""
    in_trial: int | None = None
    """Which of its campaign's starts was the trial it counts in; None: none."""
    learnt: bool = False
    """Whether pacing has learnt from it."""
