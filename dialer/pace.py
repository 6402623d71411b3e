"""How many lines are placed now, campaign by campaign, after every step."""

from acd.instant import Instant
from dialer import lines, turn
from dialer.campaign import Mode
from dialer.floor_view import AgentsSeen, FloorView
from dialer.tables import Campaign, DialerTables


def settle(t: DialerTables, at: Instant, floor: FloorView) -> None:
    """Place what may be placed. The campaign of the greatest priority goes first."""
    if not floor.link_up or t.house_full:
        return
    for campaign in sorted(t.campaigns.values(), key=lambda one: -one.rules.priority):
        if campaign.may_dial and campaign.rules.dials_by_itself:
            for _ in range(_lines(t, campaign, at, floor)):
                chosen = turn.choose(t, campaign, at)
                if chosen is None:
                    break
                lines.place(t, campaign, chosen, at)


def _lines(t: DialerTables, campaign: Campaign, at: Instant, floor: FloorView) -> int:
    rules = campaign.rules
    most = rules.most_lines - len(campaign.lines)
    if campaign.trial_left is not None:
        most = min(most, campaign.trial_left)
    if rules.mode is Mode.AGENTLESS or rules.queue_id is None:
        return max(0, most)
    if campaign.ledger.budget(campaign.campaign_id, at).is_spent:
        return 0
    return max(0, min(most, _free(t, campaign, floor.agents_of(rules.queue_id))))


def _free(t: DialerTables, campaign: Campaign, seen: AgentsSeen) -> int:
    """Agents for whom no line of this queue rings yet: one for each is always paid for."""
    taken = sum(
        line.connected_at is None
        for line in t.lines.values()
        if t.campaigns[line.campaign_id].rules.queue_id == campaign.rules.queue_id
    )
    return len(seen.idle) - seen.waiting - taken
