"""A customer waits for an agent of his for a while: who looks after him, or with whom he talked last.

He is matched like everybody else, by the same order, only that nobody but this agent will do; so he keeps
nobody from being served. When the time is over, or the agent is not going to come, anybody will do. Once his
agent's phone has rung for him, the preference has had its chance.
"""

from acd import relaxation
from acd.agent import Agent, AgentState
from acd.call import Call, CallState
from acd.ids import AgentId, CallId, QueueId
from acd.instant import Instant, after
from acd.preferred_rules import Whom
from acd.queue_events import AgentAwaited, AgentNoLongerAwaited, WhyNoLonger
from acd.tables import Tables
from acd.timers import TimerKind


def begin(t: Tables, call: Call, at: Instant) -> None:
    """From now on he waits for his agent, if his queue wants that and it is not pointless."""
    assert call.queue_id is not None
    rule = t.rules.queues[call.queue_id].preferred_agent
    stop(t, call)
    agent = None if rule is None else _agent_of(t, call, rule.whom)
    if rule is None or agent is None:
        return
    until = after(call.joined_at, rule.wait)
    suits = agent.profile.meets(call.requirement) and agent.agent_id not in call.barred
    suits = suits and call.queue_id not in agent.away_from
    if at >= until or not suits or not may_come(agent, until):
        return
    call.waits_for, call.waits_until = agent.agent_id, until
    agent.awaited_by[call.call_id] = None
    t.timers.set(TimerKind.PREFERRED_AGENT, call.call_id, until)
    t.tell(AgentAwaited(call_id=call.call_id, queue_id=call.queue_id, agent_id=agent.agent_id, until=until))


def _agent_of(t: Tables, call: Call, whom: Whom) -> Agent | None:
    customer = call.customer
    if customer is None:
        return None
    own, last = customer.own_agent, customer.last_agent
    names = {Whom.OWN: own, Whom.LAST: last, Whom.OWN_OR_LAST: own if own in t.agents else last}
    name = names[whom]
    return t.agents.get(name) if name is not None else None


def may_come(agent: Agent, until: Instant) -> bool:
    """Whether it is worth waiting for him until then: he works, or is back by himself before."""
    if agent.next_state is not None and agent.next_state.state is not AgentState.READY:
        return False
    if agent.state is AgentState.NOT_READY:
        return agent.until is not None and agent.until < until
    return agent.state is not AgentState.LOGGED_OUT


def stop(t: Tables, call: Call) -> None:
    """He waits for nobody in particular, or not at all; whoever calls this indexes the call again."""
    if call.waits_for is not None:
        del t.agents[call.waits_for].awaited_by[call.call_id]
        call.waits_for = None
        t.timers.cancel(TimerKind.PREFERRED_AGENT, call.call_id)


def due(t: Tables, name: str) -> None:
    """He has waited for his agent for long enough."""
    _anybody_will_do(t, t.calls[CallId(name)], WhyNoLonger.WAITED)


def look(t: Tables, agent: Agent) -> None:
    """The agent moved, or chose to move when he is free: those who wait for him may wait in vain."""
    for call_id in tuple(agent.awaited_by):
        call = t.calls[call_id]
        if not may_come(agent, call.waits_until):
            _anybody_will_do(t, call, WhyNoLonger.GONE)


def leaves_queue(t: Tables, agent: Agent, queue_id: QueueId) -> None:
    """The agent takes no callers of this queue any more: those who wait there for him wait in vain."""
    for call_id in tuple(agent.awaited_by):
        if t.calls[call_id].queue_id == queue_id:
            _anybody_will_do(t, t.calls[call_id], WhyNoLonger.GONE)


def _anybody_will_do(t: Tables, call: Call, because: WhyNoLonger) -> None:
    assert call.queue_id is not None
    assert call.waits_for is not None
    agent_id: AgentId = call.waits_for
    stop(t, call)
    t.matching.index_call(call)
    t.tell(
        AgentNoLongerAwaited(call_id=call.call_id, queue_id=call.queue_id, agent_id=agent_id, because=because)
    )
    if call.state is CallState.WAITING and call.in_waiting_room:
        relaxation.unless_somebody_could(t, call)
