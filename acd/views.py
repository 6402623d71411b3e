"""What outsiders may see of the present, as values: nothing here can change the tables."""

from dataclasses import dataclass

from acd import estimate_views
from acd.agent import Agent, AgentState, Away
from acd.call import Call, CallClass, CallState, Presence
from acd.decision import Score
from acd.door import Door
from acd.estimate_views import AccuracyView, EstimateView
from acd.exits import QueueExit
from acd.ids import AgentId, CallId, CustomerId, QueueId
from acd.instant import MICROSECONDS_PER_SECOND, Instant, in_seconds
from acd.policy import score_of
from acd.reasons import NotReadyReason
from acd.service_level import ServiceLevelFormula
from acd.tables import Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    """An agent as a team lead sees him."""

    agent_id: AgentId
    name: str
    skills: dict[str, int]
    queues: tuple[QueueId, ...]
    """The queues whose calls he may take; after a relaxation he may be offered those of others too."""
    state: AgentState
    reason: NotReadyReason | None
    since: Instant
    phone_reachable: bool
    call_id: CallId | None
    next_state: AgentState | None
    """What he will be when he is free; None: ready."""
    next_reason: NotReadyReason | None
    next_by: str | None
    """Who decided that over his head."""
    until: Instant | None
    """When his state ends by itself."""
    extensions_left: int
    """How often he may ask for more time in this wrap-up."""
    away_from: dict[QueueId, Away]
    """Queues he has paused or left."""
    dwells_too_long: bool
    """Whether he is in his state for longer than the rules let pass without a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """A live call."""

    call_id: CallId
    caller: str
    dialled: str
    state: CallState
    presence: Presence
    since: Instant
    arrived_at: Instant
    queue_id: QueueId | None
    call_class: CallClass | None
    class_because: str | None
    """Why he is of his class; None as long as he has none."""
    queued_at: Instant | None
    position: int | None
    """Place in his queue, from 1; None when he does not wait."""
    score: Score | None
    """His priority, with its terms; None when he does not wait."""
    estimated_wait: EstimateView | None
    """None when he does not wait, or nothing honest can be said."""
    agent_id: AgentId | None
    """Who talks with him or whose phone rings for him."""
    offers_made: int
    customer_id: CustomerId | None
    """Who the caller is; None while that is not known."""
    flow: str | None
    """The flow that talks with him, or did last."""
    flow_version: int | None
    """The published version of the flows that he began with, and keeps."""
    requires: str | None
    """What is required of who takes him, now; None when he is in no queue."""
    data: dict[str, str]
    """What his flow learnt and handed on."""
    node: str | None
    """Where in it he is, a sub-flow's name before it: ``identify/pin``; None when he is in none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaxationView:
    """What a queue requires of agents for who has waited for so many seconds."""

    after_s: float
    requires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """A queue's live figures. Counts are calls since the engine started, spans are seconds."""

    queue_id: QueueId
    requires: str
    """What is required of an agent before any relaxation; the agents counted below meet it."""
    prefers: str | None
    relax: tuple[RelaxationView, ...]
    waiting: int
    """Callers without an agent, those whose agent is being rung included."""
    open: bool
    door: str
    """Why it is open or closed: ``open by its hours``, ``closed by Ada: fire alarm``."""
    changes_at: Instant | None
    """When its hours open or close it next."""
    relaxed: int
    """Those of them for whom less is required than at first."""
    longest_wait_s: float
    agents_logged_in: int
    agents_ready: int
    agents_talking: int
    offered: int
    """Everybody who knocked, also who was not let in."""
    answered: int
    abandoned: int
    turned_away: int
    """Those who led nowhere else: full, closed, no agent or timed out."""
    exits: dict[QueueExit, int]
    """How visits ended, every way there is; with ``waiting`` they sum up to ``offered``."""
    unexplained: int
    service_level: float | None
    service_levels: dict[ServiceLevelFormula, float | None]
    service_level_within_s: float
    service_level_formula: str
    average_speed_of_answer_s: float | None
    average_talk_s: float | None
    average_wrap_up_s: float | None
    average_handling_s: float | None
    longest_waited_s: float
    estimated_wait: EstimateView | None
    """For somebody of the normal class who would come now; None when nothing honest can be said."""
    estimate_accuracy: AccuracyView


def agent_view(t: Tables, agent: Agent) -> AgentView:
    """One agent."""
    pools = frozenset(t.matching.serves(agent))
    return AgentView(
        agent_id=agent.agent_id,
        name=agent.profile.name,
        skills=dict(agent.profile.skills.levels),
        queues=tuple(
            queue_id
            for queue_id, (at_first, *_) in t.matching.demands.items()
            if not pools.isdisjoint((*at_first.regular, *at_first.reserve))
        ),
        state=agent.state,
        reason=agent.reason,
        since=agent.in_it_since,
        phone_reachable=agent.phone_reachable,
        call_id=agent.call_id,
        next_state=agent.next_state.state if agent.next_state else None,
        next_reason=agent.next_state.reason if agent.next_state else None,
        next_by=agent.next_state.by if agent.next_state else None,
        until=agent.until,
        extensions_left=agent.wrap_up.extensions_left if agent.wrap_up else 0,
        away_from=dict(agent.away_from),
        dwells_too_long=agent.dwells_too_long,
    )


def agent_views(t: Tables) -> list[AgentView]:
    """All agents, in the order of the rules."""
    return [agent_view(t, agent) for agent in t.agents.values()]


def call_view(t: Tables, call: Call, at: Instant) -> CallView:
    """One live call at ``at``."""
    line = t.in_queue[call.queue_id] if call.queue_id is not None else None
    offer = t.offers.get(call.offer_id) if call.offer_id is not None else None
    return CallView(
        call_id=call.call_id,
        caller=call.caller,
        dialled=call.dialled,
        state=call.state,
        presence=call.presence,
        since=call.since,
        arrived_at=call.arrived_at,
        queue_id=call.queue_id,
        call_class=call.call_class if call.queue_id is not None else None,
        class_because=call.class_because if call.queue_id is not None else None,
        queued_at=call.queued_at if call.queue_id is not None else None,
        position=line.position(call.call_id, at) if line is not None and call.call_id in line else None,
        score=score_of(t, call, at) if line is not None and call.call_id in line else None,
        estimated_wait=estimate_views.of_call(t, call, at),
        agent_id=call.agent_id or (offer.agent_id if offer is not None else None),
        offers_made=call.offers_made,
        customer_id=call.customer_id,
        flow=call.flow,
        flow_version=call.flow_version or None,
        requires=call.requirement.text if call.queue_id is not None else None,
        data={one.name: one.value for one in call.brief.data},
        node=None if call.stay is None else call.stay.node or None,
    )


def call_views(t: Tables, at: Instant) -> list[CallView]:
    """All live calls at ``at``, earliest arrival first."""
    return [call_view(t, call, at) for call in t.calls.values()]


def queue_view(t: Tables, queue_id: QueueId, at: Instant) -> QueueView:
    """One queue at ``at``."""
    rules, stats, here = t.rules.queues[queue_id], t.stats[queue_id], t.in_queue[queue_id]
    serving = t.matching.demands[queue_id][0].servers
    door = t.doors.get(queue_id) or Door()  # before the first message nobody has asked what time it is
    longest = max((max(0, at - t.calls[call_id].queued_at) for call_id in here), default=0)
    return QueueView(
        queue_id=queue_id,
        requires=rules.requirement.text,
        prefers=None if rules.prefers is None else rules.prefers.text,
        relax=tuple(
            RelaxationView(after_s=in_seconds(step.after), requires=step.requirement.text)
            for step in rules.relax
        ),
        waiting=len(here),
        open=door.is_open,
        door=door.why,
        changes_at=door.changes_at,
        relaxed=sum(t.calls[call_id].relaxed > 0 for call_id in here),
        longest_wait_s=in_seconds(longest),
        agents_logged_in=sum(a.state is not AgentState.LOGGED_OUT for a in serving),
        agents_ready=sum(a.state is AgentState.READY for a in serving),
        agents_talking=sum(a.state is AgentState.TALKING for a in serving),
        offered=stats.offered,
        answered=stats.answered,
        abandoned=stats.exits[QueueExit.ABANDONED],
        turned_away=stats.turned_away,
        exits=dict(stats.exits),
        unexplained=stats.unexplained(len(here)),
        service_level=rules.service_level.share(stats.answers),
        service_levels={formula: formula.share(stats.answers) for formula in ServiceLevelFormula},
        service_level_within_s=in_seconds(rules.service_level_within),
        service_level_formula=rules.service_level.words,
        average_speed_of_answer_s=in_seconds(stats.waited_answered) / stats.answered
        if stats.answered
        else None,
        average_talk_s=in_seconds(stats.talked) / stats.finished if stats.finished else None,
        average_wrap_up_s=in_seconds(stats.wrapped) / stats.wrap_ups if stats.wrap_ups else None,
        average_handling_s=None
        if stats.average_handling is None
        else stats.average_handling / MICROSECONDS_PER_SECOND,
        longest_waited_s=in_seconds(stats.longest_waited),
        estimated_wait=estimate_views.of_newcomer(t, queue_id, at),
        estimate_accuracy=estimate_views.accuracy(t, queue_id),
    )


def queue_views(t: Tables, at: Instant) -> list[QueueView]:
    """All queues at ``at``, in the order of the rules."""
    return [queue_view(t, queue_id, at) for queue_id in t.rules.queues]
