"""Whether anybody is there to serve a queue, and since when nobody is."""

from acd.agent import Agent, AgentState
from acd.agent_state import QueueStanding
from acd.call import Call
from acd.ids import QueueId
from acd.instant import Instant, after
from acd.overflow_rules import StaffedBy
from acd.tables import Tables

AT_REST = frozenset({AgentState.LOGGED_OUT, AgentState.NOT_READY})


def recheck(t: Tables, at: Instant) -> None:
    """Somebody came, went, paused or came back: look again at queues whose rules ask who is there."""
    t.staff_changed = False
    for queue_id, queue in t.rules.queues.items():
        if queue.staff.staffed_by is StaffedBy.ANYBODY:
            continue
        if _is_staffed(t, queue_id, queue.staff.staffed_by):
            t.unstaffed_since.pop(queue_id, None)
        elif queue_id not in t.unstaffed_since:
            t.unstaffed_since[queue_id] = at
        else:
            continue
        t.to_consider.update(dict.fromkeys(t.in_queue[queue_id]))


def begin(t: Tables, at: Instant) -> None:
    """Look at everything anew; at the start, and when the rules changed."""
    for queue_id in list(t.unstaffed_since):
        queue = t.rules.queues.get(queue_id)
        if queue is None or queue.staff.staffed_by is StaffedBy.ANYBODY:
            del t.unstaffed_since[queue_id]
    recheck(t, at)


def _is_staffed(t: Tables, queue_id: QueueId, by: StaffedBy) -> bool:
    return any(_counts(agent, queue_id, by) for agent in servers(t, queue_id))


def _counts(agent: Agent, queue_id: QueueId, by: StaffedBy) -> bool:
    """A pause in the queue is to it what being not ready is to all queues, leaving it what logging out is."""
    if by is StaffedBy.LOGGED_IN:
        return agent.state is not AgentState.LOGGED_OUT and not has_left(agent, queue_id)
    return agent.state not in AT_REST and queue_id not in agent.away_from


def has_left(agent: Agent, queue_id: QueueId) -> bool:
    """Whether an agent has logged out of one queue."""
    away = agent.away_from.get(queue_id)
    return away is not None and away.standing is QueueStanding.LEFT


def servers(t: Tables, queue_id: QueueId) -> tuple[Agent, ...]:
    """Everybody who may take the queue's calls, after every relaxation."""
    return t.matching.demands[queue_id][-1].servers


def logged_in(t: Tables, queue_id: QueueId) -> int:
    """How many of them are logged in."""
    return sum(_counts(agent, queue_id, StaffedBy.LOGGED_IN) for agent in servers(t, queue_id))


def lets_in(t: Tables, queue_id: QueueId, at: Instant) -> bool:
    """Whether a newcomer may join, as far as staff is concerned."""
    staff, since = t.rules.queues[queue_id].staff, t.unstaffed_since.get(queue_id)
    return staff.lets_in or since is None or at < after(since, staff.grace)


def leaves_at(t: Tables, call: Call) -> Instant | None:
    """When a waiting caller has to leave because nobody is there; None when he may stay."""
    assert call.queue_id is not None
    staff, since = t.rules.queues[call.queue_id].staff, t.unstaffed_since.get(call.queue_id)
    if staff.keeps or since is None:
        return None
    return after(max(since, call.joined_at), staff.grace)
