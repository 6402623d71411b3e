"""A campaign at one moment, for people who watch it: taken from the tables between two steps."""

from dataclasses import dataclass

from acd.instant import Instant
from dialer.attempt import AttemptState
from dialer.budget import Budget
from dialer.campaign import CampaignState
from dialer.ids import CampaignId, ListId
from dialer.lead import LeadState
from dialer.pace import hidden_in
from dialer.tables import Campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesSeen:
    """A campaign's lines, by how far they are."""

    placed: int = 0
    ringing: int = 0
    answered: int = 0
    """Nobody has said yet whether by a person."""
    waiting: int = 0
    """A person is there and no agent; agentless: the flow talks with him."""
    machine: int = 0
    connected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignView:
    """A campaign, now."""

    campaign_id: CampaignId
    state: CampaignState
    since: Instant
    trial_left: int | None
    """Attempts until it pauses by itself; None: it does not."""
    remembering: bool
    """Whether its leads of an earlier run are still being read."""
    lines: LinesSeen
    why_none: str
    """Why no more lines are placed; empty: the last look placed some, or it does not run."""
    budgets: tuple[Budget, ...]
    """What its allowances have left, counting persons taken for machines; agentless: none."""
    leads: dict[LeadState, int]
    left: dict[ListId, int]
    """Leads that are not done, by list."""
    alarms: tuple[str, ...]


def view_of(campaign: Campaign, at: Instant) -> CampaignView:
    """As it is at ``at``. Nothing is changed by looking, but that the ledger forgets what is too old."""
    return CampaignView(
        campaign_id=campaign.campaign_id,
        state=campaign.state,
        since=campaign.since,
        trial_left=campaign.trial_left,
        remembering=campaign.remembering,
        lines=_lines(campaign),
        why_none=campaign.told if campaign.state is CampaignState.RUNNING else "",
        budgets=_budgets(campaign, at),
        leads=dict(campaign.by_state),
        left=dict(campaign.left),
        alarms=tuple(campaign.alarms),
    )


def _lines(campaign: Campaign) -> LinesSeen:
    seen = dict.fromkeys(AttemptState, 0)
    for line in campaign.lines.values():
        seen[line.state] += 1
    return LinesSeen(
        placed=seen[AttemptState.PLACED],
        ringing=seen[AttemptState.RINGING],
        answered=seen[AttemptState.ANSWERED],
        waiting=seen[AttemptState.PERSON],
        machine=seen[AttemptState.MACHINE],
        connected=seen[AttemptState.CONNECTED],
    )


def _budgets(campaign: Campaign, at: Instant) -> tuple[Budget, ...]:
    if not campaign.rules.has_agents:
        return ()
    return tuple(
        hidden_in(campaign.rules, budget) for budget in campaign.ledger.budgets(campaign.campaign_id, at)
    )
