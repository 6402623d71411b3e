"""The right decision by the plain words of the rules: looks at every pair of a caller and an agent, and knows
no index of the engine's. It reads what is true (states, waits, skills, rules), and never how it is kept.
"""

from acd.agent import Agent, AgentState
from acd.call import Call, CallState
from acd.chance import Chance
from acd.choice import order_of
from acd.ids import AgentId, CallId
from acd.instant import Instant
from acd.tables import Tables
from acd.teams import RESERVE
from bench.common.naive_choice import naive_choice

MILLIONTHS = 1_000_000


def may_take(t: Tables, call: Call, agent: Agent) -> bool:
    """Whether this agent, if he were ready, could be offered this caller now."""
    assert call.queue_id is not None
    if call.waits_for is not None:
        return agent.agent_id == call.waits_for
    tier = t.rules.queues[call.queue_id].tier_of(agent.agent_id)
    opened = call.queue_id in t.matching.open_reserves if tier == RESERVE else tier <= call.tier
    suits = call.requirement.suits(agent.profile.skills)
    return suits and opened and agent.agent_id not in call.barred


def place(t: Tables, call: Call, at: Instant) -> tuple[int, ...]:
    """The least goes first: the overdue by their deadlines, then the greatest score."""
    assert call.queue_id is not None
    promised, queue = t.rules.classes[call.call_class], t.rules.queues[call.queue_id]
    start = call.queued_at - call.boost
    if at - start >= promised.never_exceed:
        return (0, start + promised.never_exceed, start, call.arrival)
    score = (at - start + promised.offset) * MILLIONTHS * queue.weight // (promised.objective * 1000)
    return (1, -score, start, call.arrival)


def decide(t: Tables, at: Instant, chance: Chance) -> tuple[CallId, AgentId] | None:
    """Who gets whom at ``at``; None when nobody can be served. ``chance`` is asked as the engine's is."""
    ready = [agent for agent in t.agents.values() if agent.state is AgentState.READY]
    waiting = [c for c in t.calls.values() if c.state is CallState.WAITING and c.in_waiting_room]
    for call in sorted(waiting, key=lambda one: place(t, one, at)):
        able = [agent for agent in ready if may_take(t, call, agent)]
        if able:
            return call.call_id, _chosen(t, call, able, at, chance)
    return None


def _chosen(t: Tables, call: Call, able: list[Agent], at: Instant, chance: Chance) -> AgentId:
    assert call.queue_id is not None
    if call.waits_for is not None:
        return call.waits_for
    queue = t.rules.queues[call.queue_id]

    def rank(agent: Agent) -> tuple[int, bool]:
        favoured = queue.prefers is None or queue.prefers.suits(agent.profile.skills)
        return queue.tier_of(agent.agent_id), not favoured

    best = min(rank(agent) for agent in able)
    order = order_of(queue.choice, queue.requirement.skills(), queue.queue_id)
    last = t.chosen_last.get(queue.queue_id)
    return naive_choice(
        order, [agent for agent in able if rank(agent) == best], list(t.agents), last, chance, at
    )
