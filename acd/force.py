"""A supervisor sets an agent's state, whatever it is. Nobody's conversation is cut for it."""

from acd import agents, callback_attempts
from acd.agent import AgentState, NextState
from acd.agent_events import AgentForced, Because
from acd.commands import ForceAgentState
from acd.events import Refused
from acd.instant import Instant
from acd.tables import Tables


def force(t: Tables, c: ForceAgentState, at: Instant) -> None:
    """At once when he is not busy; a ringing phone is given up for it and the caller keeps his place.

    While he talks or wraps up it comes afterwards. With ``now`` a wrap-up ends at once, and there is none
    after a conversation.
    """
    agent = t.agents.get(c.agent_id)
    if agent is None:
        t.tell(Refused(reason=f"there is no agent {c.agent_id}"))
        return
    if not agents.may_become(t, c.state, c.reason):
        return
    busy = agent.state in agents.BUSY or agent.state is AgentState.WRAPPING_UP
    if c.state is AgentState.READY and not agent.phone_reachable and not busy:
        t.tell(Refused(reason=f"the phone of {agent.agent_id} is not registered"))
        return
    wanted = NextState(state=c.state, reason=c.reason, by=c.by, at_once=c.now)
    waits = agent.state is AgentState.TALKING or (agent.state is AgentState.WRAPPING_UP and not c.now)
    rings_on = agent.state is AgentState.OFFERED and c.state is AgentState.READY
    t.tell(
        AgentForced(
            agent_id=agent.agent_id,
            state=c.state,
            reason=c.reason,
            by=c.by,
            because=c.because,
            afterwards=waits or rings_on,
        )
    )
    if waits or rings_on:
        agents.set_next(t, agent, wanted)
    elif agent.offer_id is not None and agent.state is AgentState.OFFERED:
        agent.next_state = wanted
        callback_attempts.let_go(t, t.offers[agent.offer_id], at)
    elif busy:
        agent.next_state = wanted
        agents.release(t, agent, at, Because.FORCED)
    elif agent.state is not c.state or agent.reason != c.reason:
        agents.move(t, agent, c.state, at, Because.FORCED, reason=c.reason)
