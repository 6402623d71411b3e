"""Inbound first: while who calls in is served worse than a campaign agrees to, it takes no agent.

Whatever was promised is kept nevertheless.
"""

from acd.ids import QueueId
from acd.instant import Instant, after, seconds
from dialer.floor_view import FloorView
from dialer.tables import Campaign, DialerTables
from dialer.timers import TimerKind

INBOUND_COUNTS = seconds(900)
"""Since an inbound queue's last visit: what was worse before that is over, or nothing would ever be dialled
again when nobody calls in."""
COMES_FIRST = "inbound comes first now"


def is_first(t: DialerTables, campaign: Campaign, at: Instant, floor: FloorView) -> bool:
    """Whether an inbound queue is worse than the rules have it, and has been called lately; when that is long
    ago, it is looked at again."""
    blend = campaign.rules.blend
    if blend is None:
        return False
    for queue_id in blend.queues:
        level = floor.service_level(queue_id, blend.visits)
        if level is None or level >= blend.service_level:
            continue
        until = after(t.visited.setdefault(queue_id, at), INBOUND_COUNTS)
        if until > at or floor.agents_of(queue_id).waiting:
            t.timers.set(TimerKind.PACE, max(until, Instant(at + 1)), campaign.campaign_id)
            return True
    return False


def visited(t: DialerTables, queue_id: QueueId, at: Instant) -> None:
    """A visit to a queue is over: its service level is of this moment."""
    t.visited[queue_id] = at
