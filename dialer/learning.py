"""What pacing learns from: who answers, after how long; how long agents are busy.

A restart forgets it, and learns it again from what the database kept of earlier runs: each line in the turn
in which it was learnt from, by the same rules.
"""

from acd.agent_events import WrapUpEnded
from acd.call_events import CallEnded, ConversationEnded
from acd.ids import QueueId
from acd.instant import Instant, Span
from dialer.attempt_line import Line
from dialer.ids import ListId
from dialer.signals import LinesRecalled, WorkRecalled
from dialer.tables import Campaign, DialerTables
from dialer.turn import Chosen
from dialer.wall import hour_of_day


def rate_of(campaign: Campaign, chosen: Chosen, at: Instant) -> float:
    """The chance that he answers, were he dialled now."""
    lead = chosen.pursuit.lead
    return campaign.estimates.answer_rate(lead.list_id, hour_of_day(at, lead.zone), chosen.region)


def person(campaign: Campaign, line: Line, at: Instant) -> None:
    """A person is there. Since it was placed it rang, and perhaps a machine was listened for: so long
    it takes until an agent is needed, which is what pacing foresees."""
    _of_line(campaign, line, at, answered=True)


def nobody(campaign: Campaign, line: Line, at: Instant) -> None:
    """No agent will be needed: nobody answered, or a machine did, or somebody who was gone at once."""
    _of_line(campaign, line, at, answered=False)


def _of_line(campaign: Campaign, line: Line, at: Instant, *, answered: bool) -> None:
    if not line.learnt and not line.by_agent:
        line.learnt = True
        rang = Span(at - line.placed_at)
        _learn(campaign, line.list_id, line.region, line.hour, rang, answered=answered)


def _learn(
    campaign: Campaign, list_id: ListId, region: str, hour: int, rang: Span, *, answered: bool
) -> None:
    if answered:
        campaign.estimates.line_answered(list_id, hour, rang, region)
    else:
        campaign.estimates.line_failed(list_id, hour, rang, region)
    campaign.best_hour.observe(list_id, hour, answered=answered)
    campaign.learnt += 1
    campaign.learnt_of = list_id, hour


def of_agents(t: DialerTables, event: CallEnded | ConversationEnded | WrapUpEnded) -> None:
    """How long an agent talked or wrapped up, for every campaign whose agents take this queue's calls."""
    if isinstance(event, WrapUpEnded):
        for campaign in _of_queue(t, event.queue_id):
            campaign.estimates.wrapped_up(event.wrapped)
    elif event.talked is not None:
        for campaign in _of_queue(t, event.queue_id):
            campaign.estimates.talked(event.talked)


def _of_queue(t: DialerTables, queue_id: QueueId | None) -> list[Campaign]:
    if queue_id is None:
        return []
    return [one for one in t.campaigns.values() if one.rules.queue_id == queue_id]


# -- of earlier runs -------------------------------------------------------------------------------------


def lines_recalled(t: DialerTables, signal: LinesRecalled) -> None:
    """Lines of an earlier run, told between its leads and the word that those were all: which hour it was
    where they rang, and of which region their numbers are, is known of leads alone."""
    campaign = t.campaigns.get(signal.campaign_id)
    if campaign is None or not campaign.remembering:
        return
    for one in signal.lines:
        pursuit = campaign.leads.get(one.lead_id)
        zone, region = None, ""
        if pursuit is not None:
            zone = pursuit.lead.zone
            numbers = pursuit.lead.numbers
            region = next((its.region for its in numbers if its.number == one.number), "")
        hour = hour_of_day(one.placed_at, zone)
        _learn(campaign, one.list_id, region, hour, one.rang, answered=one.answered)


def work_recalled(t: DialerTables, signal: WorkRecalled) -> None:
    """How long its agents were busy in earlier runs."""
    campaign = t.campaigns.get(signal.campaign_id)
    if campaign is None or not campaign.remembering:
        return
    for span in signal.talked:
        campaign.estimates.talked(span)
    for span in signal.wrapped:
        campaign.estimates.wrapped_up(span)
