"""What pacing learns from: who answers, after how long; how long agents are busy. Forgotten by a restart."""

from acd.agent_events import WrapUpEnded
from acd.call_events import CallEnded, ConversationEnded
from acd.ids import QueueId
from acd.instant import Instant, Span
from dialer.attempt_line import Line
from dialer.tables import Campaign, DialerTables


def person(campaign: Campaign, line: Line, at: Instant) -> None:
    """A person is there. Since it was placed it rang, and perhaps a machine was listened for: so long
    it takes until an agent is needed, which is what pacing foresees."""
    if not line.learnt and not line.by_agent:
        line.learnt = True
        campaign.estimates.line_answered(line.list_id, line.hour, Span(at - line.placed_at))
        _learnt(campaign, line, answered=True)


def nobody(campaign: Campaign, line: Line, at: Instant) -> None:
    """No agent will be needed: nobody answered, or a machine did, or somebody who was gone at once."""
    if not line.learnt and not line.by_agent:
        line.learnt = True
        campaign.estimates.line_failed(line.list_id, line.hour, Span(at - line.placed_at))
        _learnt(campaign, line, answered=False)


def _learnt(campaign: Campaign, line: Line, *, answered: bool) -> None:
    campaign.best_hour.observe(line.list_id, line.hour, answered=answered)
    campaign.learnt += 1
    campaign.learnt_of = line.list_id, line.hour


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
