"""How long an agent may be in a state: told when it is too long, and followed by what the rules say."""

from typing import assert_never

from acd.agent import AgentState
from acd.agent_events import Because, DwellExceeded
from acd.agent_rules import DwellThen
from acd.agents import expect_dwell, move, release
from acd.ids import AgentId
from acd.instant import Instant, Span
from acd.tables import Tables


def due(t: Tables, name: str, at: Instant) -> None:
    """An agent has been in his state for as long as the rules allow."""
    agent = t.agents[AgentId(name)]
    rule = t.rules.dwell_rule(agent.state, agent.reason)
    if rule is None:
        return
    if at - agent.in_it_since < rule.most:  # the rules have become more patient meanwhile
        expect_dwell(t, agent)
        return
    agent.dwells_too_long = True
    t.tell(
        DwellExceeded(
            agent_id=agent.agent_id,
            state=agent.state,
            reason=agent.reason,
            lasted=Span(at - agent.in_it_since),
            then=rule.then,
        )
    )
    match rule.then:
        case DwellThen.FLAG:
            pass
        case DwellThen.RELEASE:
            release(t, agent, at, Because.DWELL_EXCEEDED)
        case DwellThen.LOG_OUT:
            move(t, agent, AgentState.LOGGED_OUT, at, Because.DWELL_EXCEEDED)
        case _:
            assert_never(rule.then)
