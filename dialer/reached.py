"""What the ACD decided about who was reached: with an agent, in the flow, or abandoned."""

from collections.abc import Sequence

from acd.call import Outcome
from acd.events import CallConnected, CallEnded, Event, WrapUpEnded
from acd.instant import Instant, Span
from dialer import lines
from dialer.attempt import AttemptOutcome, AttemptState
from dialer.attempt_line import Line
from dialer.events import AttemptConnected
from dialer.ids import AttemptId
from dialer.tables import DialerTables


def witness(t: DialerTables, events: Sequence[Event], at: Instant) -> None:
    """Take the ACD's events in, in their order."""
    for event in events:
        match event:
            case CallConnected():
                line = t.lines.get(AttemptId(event.call_id))
                if line is not None:
                    _connected(t, line, event, at)
            case CallEnded():
                line = t.lines.get(AttemptId(event.call_id))
                if line is not None:
                    _ended(t, line, event, at)
            case WrapUpEnded():
                for campaign in t.campaigns.values():
                    if campaign.rules.queue_id == event.queue_id and campaign.may_dial:
                        campaign.estimates.wrapped_up(event.wrapped)
            case _:
                pass


def _connected(t: DialerTables, line: Line, event: CallConnected, at: Instant) -> None:
    if AttemptState.CONNECTED is line.state or line.state is AttemptState.MACHINE:
        return
    campaign = t.campaigns[line.campaign_id]
    since = line.person_at if line.person_at is not None else at
    line.state, line.connected_at, line.agent_id = AttemptState.CONNECTED, at, event.agent_id
    line.person_at = since
    campaign.connected_at = at
    after = Span(at - since)
    t.tell(
        AttemptConnected(
            attempt_id=line.attempt_id, campaign_id=line.campaign_id, agent_id=event.agent_id, after=after
        )
    )
    late = not line.by_agent and after > campaign.rules.connect_within
    lines.count(t, campaign, line, at, abandoned=late)


def _ended(t: DialerTables, line: Line, event: CallEnded, at: Instant) -> None:
    campaign = t.campaigns[line.campaign_id]
    if line.connected_at is not None:
        campaign.estimates.talked(Span(at - line.connected_at))
        lines.end(t, line, AttemptOutcome.CONNECTED, at)
    elif not campaign.rules.has_agents and event.outcome is Outcome.SERVED_IN_IVR:
        lines.end(t, line, AttemptOutcome.SERVED, at)
    else:
        lines.over(t, line, at)
