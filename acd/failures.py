"""What an offer that was not taken means for its agent: the rules' policy for the way it failed."""

from typing import assert_never

from acd import agents
from acd.agent import Agent, AgentState
from acd.agent_events import Because
from acd.agent_rules import FailureThen
from acd.ids import QueueId
from acd.instant import Instant, after
from acd.offer import OfferEnd
from acd.reasons import EngineReason, NotReadyReason
from acd.tables import Tables

REASONS = {
    OfferEnd.NO_ANSWER: (EngineReason.NO_ANSWER, Because.NO_ANSWER),
    OfferEnd.EXPIRED: (EngineReason.NO_ANSWER, Because.NO_ANSWER),
    OfferEnd.REJECTED: (EngineReason.REJECTED, Because.REJECTED),
    OfferEnd.BUSY: (EngineReason.PHONE_BUSY, Because.PHONE_BUSY),
    OfferEnd.UNREACHABLE: (EngineReason.NOT_RUNG, Because.NOT_RUNG),
}
"""Why he is not ready then, and why he moved."""


def follow(t: Tables, agent: Agent, queue_id: QueueId, how: OfferEnd, at: Instant) -> None:
    """He did not take an offer of this queue. If he chose to be away meanwhile, that goes before a policy."""
    agent.not_taken += 1
    policy = t.rules.failure_policy(queue_id, how)
    reason, because = REASONS[how]
    gone = how is OfferEnd.UNREACHABLE and policy.then is FailureThen.PAUSE
    if gone:
        agents.phone_gone(t, agent)
    if agent.next_state is not None and agent.next_state.state is not AgentState.READY:
        agents.release(t, agent, at, because)
    elif gone:
        agents.without_phone(t, agent, at, Because.PHONE_UNREACHABLE)
    elif 0 < t.rules.pause_after_not_taken <= agent.not_taken:
        _away(t, agent, at, Because.OFFERS_NOT_TAKEN, EngineReason.OFFERS_NOT_TAKEN)
    else:
        match policy.then:
            case FailureThen.PAUSE:
                _away(t, agent, at, because, reason)
            case FailureThen.COOL_DOWN:
                _away(t, agent, at, because, reason, until=after(at, policy.cool_down))
            case FailureThen.NEXT_AGENT:
                agents.release(t, agent, at, because)
            case _:
                assert_never(policy.then)


def _away(
    t: Tables, agent: Agent, at: Instant, because: str, reason: NotReadyReason, until: Instant | None = None
) -> None:
    agents.move(t, agent, AgentState.NOT_READY, at, because, reason=reason, until=until)
