"""How agents stand to single queues: paused, left and taken up again, while they go on in the others."""

from acd import preferred
from acd.agent import Agent, Away
from acd.agent_events import QueueStandingChanged
from acd.agent_state import QueueStanding
from acd.agents import may_choose
from acd.commands import SetQueueStanding
from acd.events import Refused
from acd.ids import QueueId
from acd.instant import Instant
from acd.reasons import NotReadyReason
from acd.remembered import AgentRemembered
from acd.tables import Tables


def set_standing(t: Tables, c: SetQueueStanding, at: Instant) -> None:
    """From now on; a phone that rings for a caller of the queue rings on."""
    agent = t.agents.get(c.agent_id)
    if agent is None:
        t.tell(Refused(reason=f"there is no agent {c.agent_id}"))
    elif c.queue_id not in t.rules.queues:
        t.tell(Refused(reason=f"there is no queue {c.queue_id}"))
    elif agent not in t.matching.demands[c.queue_id][-1].servers:
        t.tell(Refused(reason=f"{c.agent_id} does not have the skills that {c.queue_id} requires"))
    elif c.reason is not None and c.standing is not QueueStanding.PAUSED:
        t.tell(Refused(reason="a reason goes with a pause only"))
    elif c.reason is None or may_choose(t, c.reason):
        _stand(t, agent, c.queue_id, c.standing, c.reason, at)


def remembered(t: Tables, s: AgentRemembered, at: Instant) -> None:
    """As he stood when the engine last ran, but for what was said since."""
    agent = t.agents.get(s.agent_id)
    for away in s.away_from if agent is not None else ():
        if agent is not None and away.queue_id not in agent.away_from and away.queue_id in t.rules.queues:
            _stand(t, agent, away.queue_id, away.standing, away.reason, min(away.since, at))


def _stand(
    t: Tables,
    agent: Agent,
    queue_id: QueueId,
    standing: QueueStanding,
    reason: NotReadyReason | None,
    since: Instant,
) -> None:
    was = agent.away_from.get(queue_id)
    if standing is QueueStanding.SERVES:
        if was is None:
            return
        del agent.away_from[queue_id]
    else:
        if was is not None and (was.standing, was.reason) == (standing, reason):
            return
        agent.away_from[queue_id] = Away(standing=standing, reason=reason, since=since)
    t.matching.index_standing(agent, queue_id)
    t.staff_changed = True
    if standing is not QueueStanding.SERVES:
        preferred.leaves_queue(t, agent, queue_id)
    t.tell(
        QueueStandingChanged(
            agent_id=agent.agent_id, queue_id=queue_id, standing=standing, reason=reason, since=since
        )
    )
