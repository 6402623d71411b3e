"""How many lines each campaign places now: decided anew after everything that happens.

A campaign's agents are seen as the floor has them; what rings for other campaigns of theirs rings for
them, too. Where several want the same free agent, they take turns one line at a time: first whoever has
the least on the way to agents, for its priority.
"""

import math
from dataclasses import dataclass, replace

from acd.instant import Instant, Span
from dialer import crew, inbound, learning, lines, turn
from dialer.budget import Budget
from dialer.campaign import CampaignRules, MachineThen, Mode
from dialer.events import LinesDecided
from dialer.floor_view import AgentsSeen, FloorView
from dialer.ledger import BUCKET
from dialer.pacing import lines_to_place
from dialer.tables import Campaign, DialerTables
from dialer.timers import TimerKind
from dialer.turn import Chosen
from dialer.view import View

MOST_BEHIND = 5.0
"""Answers, for one of the priority's parts, that a campaign may catch up with which had nobody to dial."""
THOUSAND = 1_000

AGENTS_FREE, PREDICTED = "agents_free", "predicted"
BUDGET_SPENT, INBOUND_FIRST, NO_AGENTS, NO_LEADS = "budget_spent", "inbound_first", "no_agents", "no_leads"
LINES_FULL, HOUSE_FULL, RISK, LINK_DOWN = "lines_full", "house_full", "risk", "link_down"
GATE_CLOSED = "gate_closed"


@dataclass(slots=True, kw_only=True)
class _Want:
    """How many lines one campaign would place at this moment, and why not more."""

    campaign: Campaign
    lines: int
    because: str
    view: View
    budget: Budget


def settle(t: DialerTables, at: Instant, floor: FloorView) -> None:
    """Place what may be placed, until no campaign may place anything more."""
    running = [one for one in t.awake.values() if one.may_dial and one.rules.dials_by_itself]
    for contenders in crew.contests(running, floor):
        _contest(t, contenders, at, floor)


def _contest(t: DialerTables, contenders: list[Campaign], at: Instant, floor: FloorView) -> None:
    """Campaigns of the same agents place lines in turns: who has had least, for his priority, is first."""
    while contenders:
        wants = list[_Want]()
        for campaign in contenders:
            want = _want(t, campaign, at, floor)
            if want is not None and want.lines:
                wants.append(want)
            elif want is not None:
                _none(t, want, at)
        if not wants:
            return
        had = max(want.campaign.had for want in wants) - MOST_BEHIND
        chosen = min(wants, key=lambda want: (max(want.campaign.had, had), want.campaign.campaign_id))
        campaign, alone = chosen.campaign, len(wants) == 1
        placed = _place(t, chosen, chosen.lines if alone else 1, at)
        campaign.had = max(campaign.had, had) + placed.answers / campaign.rules.priority
        if alone and placed.all_alike:  # it was as many as there could be
            return
        contenders = [want.campaign for want in wants if want.campaign.may_dial]


def _none(t: DialerTables, want: _Want, at: Instant) -> None:
    want.campaign.told = want.because
    _tell(t, want, 0)
    if want.because == BUDGET_SPENT:
        look_again(t, want.campaign, at)


def look_again(t: DialerTables, campaign: Campaign, at: Instant) -> None:
    """A spent budget: older calls may have left the window by then, and if not, by the next time."""
    if campaign.told == BUDGET_SPENT:
        t.timers.set(TimerKind.PACE, Instant((at // BUCKET + 1) * BUCKET), campaign.campaign_id)


@dataclass(slots=True)
class _Placed:
    """Lines that were just placed."""

    answers: float = 0.0
    """That are expected of them."""
    all_alike: bool = True
    """Whether each was as likely to be answered as was thought when their number was decided."""


def _place(t: DialerTables, want: _Want, most: int, at: Instant) -> _Placed:
    """Their number was decided by whose turn it was. At somebody who is likelier to answer it is decided
    anew; after some who were less likely there may be room for more."""
    campaign, rate, lines_placed, placed = want.campaign, want.view.rate, 0, _Placed()
    while lines_placed < most and campaign.trial_left != 0:
        chosen = turn.choose(t, campaign, at)
        if chosen is None:
            break
        its = learning.rate_of(campaign, chosen, at)
        placed.all_alike = placed.all_alike and its == rate
        if its > rate:
            break
        lines.place(t, campaign, chosen, at)
        placed.answers += its
        lines_placed += 1
    if lines_placed:
        _tell(t, want, lines_placed)
    return placed


# -- one campaign ---------------------------------------------------------------------------------------


def _want(t: DialerTables, campaign: Campaign, at: Instant, floor: FloorView) -> _Want | None:
    """None: nothing, and why was told."""
    rules = campaign.rules
    agents = AgentsSeen() if rules.queue_id is None else floor.agents_of(rules.queue_id)
    chosen = turn.choose(t, campaign, at)
    free = _free_lines(campaign, agents)
    budget = budget_of(campaign, at)
    because = _why_none(t, campaign, agents, chosen is not None, free, budget, at, floor)
    if because and because == campaign.told:
        return None
    view = _view(t, campaign, agents, chosen, free, at, floor)
    want = _Want(campaign=campaign, lines=0, because=because, view=view, budget=budget)
    if not because:
        _decide(want)
    return want if want.lines or want.because != campaign.told else None


def _decide(want: _Want) -> None:
    """Nothing keeps it from placing lines but what they may cost."""
    campaign, view = want.campaign, want.view
    mode = campaign.rules.mode
    if mode is Mode.AGENTLESS:
        want.lines, want.because = view.most, PREDICTED
        return
    covered = max(0, min(view.most, view.idle - view.waiting - sum(one.lines for one in view.ringing)))
    predicts = mode is Mode.PREDICTIVE
    want.lines = lines_to_place(view, campaign.estimates, want.budget) if predicts else covered
    if want.lines:
        want.because = AGENTS_FREE if want.lines <= covered else PREDICTED
    else:
        want.because = RISK if predicts else NO_AGENTS


def _view(
    t: DialerTables,
    campaign: Campaign,
    agents: AgentsSeen,
    chosen: Chosen | None,
    free: int,
    at: Instant,
    floor: FloorView,
) -> View:
    its = crew.crew_of(t, campaign.rules, agents, at, floor)
    return View(
        idle=its.idle,
        waiting=its.waiting,
        talking=(*agents.talking, *[Span(0)] * agents.offered),
        wrapping_up=agents.wrapping_up,
        ringing=its.ringing,
        rate=learning.rate_of(campaign, chosen, at) if chosen is not None else 0.5,
        most=max(0, min(campaign.turns.for_anybody, free, _left_of_trial(campaign))),
    )


def _why_none(
    t: DialerTables,
    campaign: Campaign,
    agents: AgentsSeen,
    has_leads: bool,
    free: int,
    budget: Budget,
    at: Instant,
    floor: FloorView,
) -> str:
    """What keeps it from placing anything, whatever pacing would say; empty: nothing does."""
    rules = campaign.rules
    if not floor.link_up:
        return LINK_DOWN
    if t.house_full:
        return HOUSE_FULL
    if t.timers.is_set(TimerKind.GATE, campaign.campaign_id):
        return GATE_CLOSED
    if not has_leads or campaign.trial_left == 0:
        return NO_LEADS
    if rules.has_agents:
        if not agents.at_work:
            return NO_AGENTS
        if inbound.is_first(t, campaign, at, floor):
            return INBOUND_FIRST
        if budget.is_spent:
            return BUDGET_SPENT
    return LINES_FULL if free <= 0 else ""


def _free_lines(campaign: Campaign, agents: AgentsSeen) -> int:
    """Within the campaign's own limits."""
    rules = campaign.rules
    free = rules.most_lines - len(campaign.lines)
    if rules.has_agents:
        ringing = sum(line.state in crew.UNDECIDED for line in campaign.lines.values())
        free = min(free, math.floor(rules.most_lines_per_agent * agents.at_work) - ringing)
    return free


def _left_of_trial(campaign: Campaign) -> int:
    return campaign.rules.most_lines if campaign.trial_left is None else campaign.trial_left


# -- what there is --------------------------------------------------------------------------------------


def budget_of(campaign: Campaign, at: Instant) -> Budget:
    """What the campaign may still spend. Detection that hangs up on machines does so on some persons, too,
    whom nobody sees: they count as answered and abandoned, rounded up."""
    budgets = [
        hidden_in(campaign.rules, budget) for budget in campaign.ledger.budgets(campaign.campaign_id, at)
    ]
    return min(budgets, key=lambda budget: (not budget.is_spent, budget.left))


def hidden_in(rules: CampaignRules, budget: Budget) -> Budget:
    """The budget with persons who were taken for machines and hung up on, as many as there may be."""
    machine = rules.machine
    if machine is None or machine.then is MachineThen.PASS_ON or not budget.live:
        return budget
    taken = min(machine.persons_taken_permille, THOUSAND - 1)
    hidden = -(-budget.live * taken // (THOUSAND - taken))
    return replace(budget, live=budget.live + hidden, abandoned=budget.abandoned + hidden)


def _tell(t: DialerTables, want: _Want, placed: int) -> None:
    campaign, view = want.campaign, want.view
    t.tell(
        LinesDecided(
            campaign_id=campaign.campaign_id,
            lines=placed,
            because=want.because,
            idle=view.idle,
            waiting=view.waiting,
            ringing=sum(one.lines for one in view.ringing),
            talking=len(view.talking),
            wrapping_up=len(view.wrapping_up),
            answer_rate_permille=round(view.rate * THOUSAND),
            budget_left_thousandths=math.floor(want.budget.left * THOUSAND),
        )
    )
