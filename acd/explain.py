"""Why nothing happens: why this caller is still waiting, why this agent is idle. Read-only, for people."""

from dataclasses import dataclass

from acd import estimate_views
from acd.agent import Agent, AgentState
from acd.call import Call, CallState, Presence
from acd.callback import CallbackState
from acd.callback_view import why_not_yet
from acd.decision import MOST_NAMED, Candidate, Score
from acd.estimate_views import EstimateView
from acd.ids import AgentId, CallId, QueueId
from acd.instant import Instant, in_seconds
from acd.overflow_words import prospects
from acd.policy import away_in_words, candidate, his_agent, not_open_to, score_of, words
from acd.reasons import NotReadyReason
from acd.relaxation import next_step
from acd.rules import QueueRules
from acd.tables import Tables
from acd.teams import RESERVE
from acd.tiers import next_tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """A caller who goes before another, and by which score."""

    call_id: CallId
    queue_id: QueueId
    score: Score
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyWaiting:
    """Why a caller is still waiting, at one moment."""

    call_id: CallId
    queue_id: QueueId
    because: str
    """The reason in a sentence."""
    position: int
    score: Score
    requirement: str
    """What is required of who takes him, at present."""
    relaxes_at: Instant | None
    """When less will be required, if nothing happens; None when never."""
    tier: int
    """The last tier of agents that is open to him, from 1."""
    tier_opens_at: Instant | None
    """When the next one opens to him, if nothing happens; None when none does."""
    candidates: tuple[Candidate, ...]
    """Agents who could take him first, then others; at most :data:`acd.decision.MOST_NAMED`."""
    candidates_unnamed: int
    estimated_wait: EstimateView | None
    """How long he will probably wait; None when nothing honest can be said."""
    ahead: tuple[Ahead, ...]
    """Callers of his queue who go before him, the first one first; at most as many."""
    prospects: tuple[str, ...]
    """What is going to become of him if nobody takes him, in sentences."""
    rules_version: int
    """The version of the rules by which all this is so; 0 when nobody numbered them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueForAgent:
    """One queue as an agent meets it: how many wait there, and what he lacks for it, if anything."""

    queue_id: QueueId
    waiting: int
    lacks: str | None
    tier: int | None
    """His tier there, from 1; those of later tiers are asked later. None: he is in reserve."""
    not_yet: int
    """To how many of those who wait there his tier, or the reserve, is not open yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyIdle:
    """Why an agent is not being offered anybody, at one moment."""

    agent_id: AgentId
    because: str
    state: AgentState
    reason: NotReadyReason | None
    since: Instant
    queues: tuple[QueueForAgent, ...]
    rules_version: int


def why_waiting(t: Tables, call: Call, at: Instant) -> WhyWaiting | None:
    """Why this caller has nobody yet; None when he does not wait (or was never in a queue)."""
    if call.state not in (CallState.WAITING, CallState.OFFERED) or call.queue_id is None:
        return None
    line = t.in_queue[call.queue_id]
    position = line.position(call.call_id, at)
    servers = t.matching.steps_of(call)[call.relaxed][-1].servers
    suiting = {agent.agent_id for agent in servers}
    others = (agent for agent in t.agents.values() if agent.agent_id not in suiting)
    named: list[Candidate] = []
    for agent in (*servers[:MOST_NAMED], *others):
        if len(named) >= MOST_NAMED:
            break
        named.append(candidate(t, call, agent))
    in_front = line.first(min(position - 1, MOST_NAMED), at)
    return WhyWaiting(
        call_id=call.call_id,
        queue_id=call.queue_id,
        because=_waits_because(t, call, servers, at),
        position=position,
        score=score_of(t, call, at),
        requirement=call.requirement.text,
        relaxes_at=next_step(t, call),
        tier=call.tier + 1,
        tier_opens_at=next_tier(t, call),
        candidates=tuple(named),
        candidates_unnamed=len(t.agents) - len(named),
        estimated_wait=estimate_views.of_call(t, call, at),
        ahead=tuple(_ahead(t, t.calls[other], at) for other in in_front),
        prospects=prospects(t, call, at),
        rules_version=t.rules_version,
    )


def _ahead(t: Tables, call: Call, at: Instant) -> Ahead:
    assert call.queue_id is not None
    his = score_of(t, call, at)
    detail = f"overdue, {words(his)}" if his.overdue else words(his)
    return Ahead(call_id=call.call_id, queue_id=call.queue_id, score=his, detail=detail)


def _waits_because(t: Tables, call: Call, servers: tuple[Agent, ...], at: Instant) -> str:
    if call.presence is Presence.CALLBACK and call.callback is not None:
        if call.callback.state is not CallbackState.DUE:
            return why_not_yet(t, call, at)
    elif call.state is CallState.OFFERED:
        rung = [t.offers[offer_id].agent_id for offer_id in call.offer_ids]
        phones = f"the phone of {rung[0]} is" if len(rung) == 1 else f"the phones of {', '.join(rung)} are"
        return f"{phones} being rung for him"
    if not t.link_up:
        return "the link to the PBX is down: nobody is offered to anybody"
    if not call.in_waiting_room:
        return "he is on his way to the waiting room"
    if call.waits_for is not None:
        left = in_seconds(call.waits_until - at)
        agent = t.agents[call.waits_for]
        return f"for {left:.0f} s more he waits for {agent.agent_id}, {his_agent(call)}: {agent.state}"
    if not servers:
        return "no agent has the skills he needs"
    here = [agent for agent in servers if agent.state is not AgentState.LOGGED_OUT]
    if not here:
        return f"none of the {len(servers)} agents with the skills he needs is logged in"
    vain = sum(agent.state is AgentState.READY and agent.agent_id in call.barred for agent in here)
    if vain:
        return f"{vain} agents who could take him are ready, but have just not taken him; others go first"
    asked = [agent for agent in here if not_open_to(t, call, agent) is None]
    busy = sum(agent.state is not AgentState.NOT_READY for agent in asked)
    because = (
        f"of the {len(asked)} agents logged in who could take him, {busy} are busy and "
        f"{len(asked) - busy} not ready"
    )
    later = len(here) - len(asked)
    return f"{because}; {later} more are of later tiers or in reserve" if later else because


def why_idle(t: Tables, agent: Agent, at: Instant) -> WhyIdle:
    """Why this agent is not being offered anybody; of a busy one it says what keeps him busy."""
    queues = tuple(
        QueueForAgent(
            queue_id=queue.queue_id,
            waiting=len(t.in_queue[queue.queue_id]),
            lacks=t.lacking(queue.requirement, agent.agent_id)
            or (away_in_words(away) if (away := agent.away_from.get(queue.queue_id)) is not None else None),
            tier=_tier(queue, agent),
            not_yet=_not_yet(t, queue, agent),
        )
        for queue in t.rules.queues.values()
    )
    return WhyIdle(
        agent_id=agent.agent_id,
        because=_idle_because(t, agent, queues, at),
        state=agent.state,
        reason=agent.reason,
        since=agent.since,
        queues=queues,
        rules_version=t.rules_version,
    )


def _tier(queue: QueueRules, agent: Agent) -> int | None:
    tier = queue.tier_of(agent.agent_id)
    return None if tier == RESERVE else tier + 1


def _not_yet(t: Tables, queue: QueueRules, agent: Agent) -> int:
    callers = (t.calls[call_id] for call_id in t.in_queue[queue.queue_id])
    return sum(not_open_to(t, call, agent) is not None for call in callers)


def _idle_because(t: Tables, agent: Agent, queues: tuple[QueueForAgent, ...], at: Instant) -> str:
    for_long = f"for {in_seconds(at - agent.since):.0f} s"
    match agent.state:
        case AgentState.LOGGED_OUT:
            return "he is logged out"
        case AgentState.NOT_READY:
            return f"he is not ready {for_long}: {agent.reason}"
        case AgentState.OFFERED:
            return f"his phone is being rung for call {agent.call_id} {for_long}"
        case AgentState.TALKING:
            return f"he is talking in call {agent.call_id} {for_long}"
        case AgentState.WRAPPING_UP:
            return f"he is wrapping up {for_long}"
        case AgentState.READY:
            return _ready_because(t, agent, queues)


def _ready_because(t: Tables, agent: Agent, queues: tuple[QueueForAgent, ...]) -> str:
    if not t.link_up:
        return "the link to the PBX is down: nobody is offered to anybody"
    if not any(queue.lacks is None for queue in queues):
        return "he lacks a skill for every queue"
    elsewhere = sum(queue.waiting for queue in queues if queue.lacks is not None)
    if any(t.calls[call_id].state is CallState.WAITING for call_id in agent.barred_from):
        return "whoever waits has just not been taken by him; saying ready again shows that he is there"
    not_yet = sum(queue.not_yet for queue in queues if queue.lacks is None)
    for_others = sum(
        t.calls[call_id].waits_for not in (None, agent.agent_id)
        for queue in queues
        if queue.lacks is None
        for call_id in t.in_queue[queue.queue_id]
    )
    because = ["nobody is waiting whom he could take"]
    because += [f"{elsewhere} wait where he lacks a skill"] if elsewhere else []
    because += [f"{for_others} wait for agents of their own"] if for_others else []
    because += [f"{not_yet} wait for whom it is too early to ask him"] if not_yet else []
    return "; ".join(because)
