"""Calls that begin with an agent: his own phone rings, then one number, once. He accepted a lead, dials by
hand, or has promised to call. To the ACD each is a callback of his alone (:mod:`acd.for_agent`), and how it
went the dialer hears from there.
"""

from acd.callback import CallbackState, DialFailure
from acd.callback_attempts import ORDER_PAUSE
from acd.callback_events import CallbackStateChanged
from acd.ids import AgentId, CallId
from acd.instant import Instant, after
from dialer import crew, inbound, leads, lines, turn
from dialer.attempt import AttemptOutcome, AttemptState
from dialer.attempt_line import Line
from dialer.floor_view import FloorView
from dialer.ids import LeadId, ListId
from dialer.messages import CallForAgent
from dialer.pursuit import Pursuit
from dialer.tables import Campaign, DialerTables
from dialer.timers import TimerKind
from dialer.turn import Chosen
from dialer.wall import hour_of_day

AGENT_NOT_THERE = "agent_not_there"
"""His phone was not answered, or none could be rung: nobody was dialled."""
AGAIN_AFTER = ORDER_PAUSE
"""How long a lead is left alone whose agent was not there."""
OF_NOBODY = LeadId("")
"""The lead of a number that is no lead's."""

_OVER = (CallbackState.FAILED, CallbackState.EXPIRED, CallbackState.CANCELLED)
_OUTCOMES = {
    DialFailure.BUSY: AttemptOutcome.BUSY,
    DialFailure.NO_ANSWER: AttemptOutcome.NO_ANSWER,
    DialFailure.UNREACHABLE: AttemptOutcome.FAILED,
    DialFailure.REFUSED: AttemptOutcome.FAILED,
    DialFailure.CUT_OFF: AttemptOutcome.AGENT_GONE,
}


def calls(t: DialerTables, agent_id: AgentId) -> bool:
    """Whether a call of his own is under way."""
    return any(line.by_agent and line.agent_id == agent_id for line in t.lines.values())


def why_not_him_now(
    t: DialerTables, campaign: Campaign, agent_id: AgentId, at: Instant, floor: FloorView
) -> str:
    """Why an agent may not begin a call of his own now; empty: he may. Who calls in comes first as for any
    other call, also before what was looked at already; telephones that ring for agents of his count on him
    when nobody else is free.
    """
    if not floor.link_up:
        return "the link to the PBX is down"
    if t.house_full:
        return "the house has no free line"
    if t.timers.is_set(TimerKind.GATE, campaign.campaign_id):
        return f"the gate lets nobody of {campaign.campaign_id} out for the moment"
    if campaign.rules.queue_id is None:
        return f"{campaign.campaign_id} has no agents"
    if len(campaign.lines) >= campaign.rules.most_lines:
        return f"{campaign.campaign_id} has {campaign.rules.most_lines} lines already"
    if inbound.is_first(t, campaign, at, floor):
        return f"{campaign.campaign_id}: {inbound.COMES_FIRST}"
    its = crew.crew_of(t, campaign.rules, floor.agents_of(campaign.rules.queue_id), at, floor)
    coming = its.waiting + sum(one.lines for one in its.ringing)
    blend = campaign.rules.blend
    if its.idle <= coming == 0 and blend is not None and blend.keep_ready:
        return f"{campaign.campaign_id} keeps {blend.keep_ready} ready for who calls in: nobody else is free"
    if its.idle <= coming:
        return f"whoever answers now may need {agent_id}: nobody else is free"
    return ""


def call(
    t: DialerTables,
    campaign: Campaign,
    chosen: Chosen,
    agent_id: AgentId,
    at: Instant,
    *,
    pushed: bool = False,
) -> None:
    """Ring the agent, then his lead. ``pushed``: nobody has asked for it just now; it was promised."""
    _begin(t, campaign, chosen.pursuit, chosen.place, chosen.number, agent_id, at, pushed=pushed)


def by_hand(
    t: DialerTables,
    campaign: Campaign,
    pursuit: Pursuit | None,
    place: int,
    number: str,
    agent_id: AgentId,
    at: Instant,
) -> None:
    """Ring the agent, then the number he has dialled. ``pursuit`` None: it is no lead's."""
    _begin(t, campaign, pursuit, place, number, agent_id, at)


def _begin(
    t: DialerTables,
    campaign: Campaign,
    pursuit: Pursuit | None,
    place: int,
    number: str,
    agent_id: AgentId,
    at: Instant,
    *,
    pushed: bool = False,
) -> None:
    rules = campaign.rules
    assert rules.queue_id is not None, f"{rules.campaign_id} has no agents"
    lead = None if pursuit is None else pursuit.lead
    line = Line(
        attempt_id=t.next_attempt_id(),
        campaign_id=rules.campaign_id,
        list_id=ListId("") if lead is None else lead.list_id,
        lead_id=OF_NOBODY if lead is None else lead.lead_id,
        number=number,
        place=place,
        ring_for=rules.gives_up_after,
        placed_at=at,
        since=at,
        hour=hour_of_day(at, None if lead is None else lead.zone),
        rate=0.0,
        agent_id=agent_id,
        by_agent=True,
        pushed=pushed,
    )
    lines.begin(t, campaign, pursuit, line, at)
    t.tell(
        CallForAgent(
            call_id=CallId(line.attempt_id),
            agent_id=agent_id,
            queue_id=rules.queue_id,
            number=number,
            ring_for=line.ring_for,
        )
    )


# -- how it went --------------------------------------------------------------------------------------


def changed(t: DialerTables, line: Line, event: CallbackStateChanged, at: Instant) -> None:
    """The ACD says how it is. Once they talk it is a call like any other."""
    if event.now is CallbackState.DIALLING and line.dialled_at is None:
        line.dialled_at = at
    if event.now not in _OVER or line.state not in (AttemptState.PLACED, AttemptState.RINGING):
        return
    if not event.attempts:
        not_there(t, line, AGENT_NOT_THERE, at)
    elif line.dropped:
        lines.end(t, line, AttemptOutcome.CANCELLED, at)
    else:
        lines.end(t, line, _OUTCOMES[event.failure or DialFailure.CUT_OFF], at)


def not_there(t: DialerTables, line: Line, why: str, at: Instant) -> None:
    """Nobody was dialled, for want of an agent. Not at once again: what stood in the way may still be."""
    campaign, pursuit = t.of_line(line)
    lines.was_none(t, line, why, at, never=False, until=None)
    if pursuit is not None and pursuit.state in leads.WAITS_FOR_HIS_TURN and not line.dropped:
        leads.rest(t, campaign, pursuit, after(at, AGAIN_AFTER), at, why)


# -- by themselves ------------------------------------------------------------------------------------


def settle(t: DialerTables, at: Instant, floor: FloorView) -> None:
    """Ring agents for what they have promised, and for whom only they call."""
    if not floor.link_up or t.house_full:
        return
    for campaign in t.awake.values():
        closed = t.timers.is_set(TimerKind.GATE, campaign.campaign_id)
        if campaign.may_dial and campaign.rules.queue_id is not None and not closed:
            for agent_id in list(campaign.turns.agents()):
                _own(t, campaign, agent_id, at, floor)
            if not campaign.rules.dials_by_itself:
                _promised_to_anybody(t, campaign, at, floor)


def _own(t: DialerTables, campaign: Campaign, agent_id: AgentId, at: Instant, floor: FloorView) -> None:
    """Of those whom only he calls. Where agents choose their leads, only what was promised."""
    for _ in range(turn.MOST_PUT_TO_REST):
        lead_id = campaign.turns.first_of(agent_id)
        if lead_id is None or not _may(t, campaign, agent_id, floor):
            return
        pursuit = campaign.leads[lead_id]
        if not pursuit.promised and not campaign.rules.dials_by_itself:
            return
        if not pursuit.promised and why_not_him_now(t, campaign, agent_id, at, floor):
            return
        place = turn.ready(t, campaign, pursuit, at)
        if place is not None:
            call(t, campaign, Chosen(pursuit, place), agent_id, at, pushed=True)
            return


def _promised_to_anybody(t: DialerTables, campaign: Campaign, at: Instant, floor: FloorView) -> None:
    """Where agents choose their leads nobody would come to it by himself."""
    assert campaign.rules.queue_id is not None
    for _ in range(turn.MOST_PUT_TO_REST):
        lead_id = campaign.turns.first_promised
        if lead_id is None:
            return
        idle = floor.agents_of(campaign.rules.queue_id).idle
        agent_id = next((one for one in idle if _may(t, campaign, one, floor)), None)
        if agent_id is None:
            return
        pursuit = campaign.leads[lead_id]
        place = turn.ready(t, campaign, pursuit, at)
        if place is not None:
            call(t, campaign, Chosen(pursuit, place), agent_id, at, pushed=True)


def _may(t: DialerTables, campaign: Campaign, agent_id: AgentId, floor: FloorView) -> bool:
    queue_id = campaign.rules.queue_id
    return (
        campaign.trial_left != 0
        and queue_id is not None
        and floor.is_ready(agent_id)
        and agent_id in floor.agents_of(queue_id).everybody
        and agent_id not in t.previews
        and not calls(t, agent_id)
    )
