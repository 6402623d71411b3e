"""Agents over HTTP: who is where, and what they ask for."""

from typing import Annotated

from fastapi import APIRouter, Body, HTTPException

from acd import views
from acd.agent import AgentState
from acd.commands import ChooseNextState, Command, EndWrapUp, ExtendWrapUp, ForceAgentState, SetQueueStanding
from acd.explain import why_idle
from acd.ids import AgentId, QueueId
from api import commanding
from api.context import LATER, REFUSED, TOKEN, UNAUTHORISED, UNKNOWN, TheEngine
from api.decision_schemas import WhyIdle
from api.ports import Engine
from api.schemas import Agent, AgentName, ChosenState, ForceRequest, QueueName, StandingRequest, StateRequest

router = APIRouter(prefix="/agents", tags=["agents"], dependencies=[TOKEN], responses=UNAUTHORISED)


@router.get("", operation_id="list_agents", summary="All agents")
async def list_agents(engine: TheEngine) -> list[Agent]:
    """Every agent, in the configuration's order."""
    return [Agent.of(view) for view in views.agent_views(engine.runtime.tables)]


@router.get("/{agent_id}", operation_id="get_agent", summary="One agent", responses=UNKNOWN)
async def get_agent(agent_id: AgentName, engine: TheEngine) -> Agent:
    """One agent, now."""
    return _agent(engine, AgentId(agent_id))


@router.get("/{agent_id}/why-idle", operation_id="why_idle", summary="Why he is idle", responses=UNKNOWN)
async def get_why_idle(agent_id: AgentName, engine: TheEngine) -> WhyIdle:
    """Why nobody is being offered to this agent now; of a busy one, what keeps him busy."""
    _agent(engine, AgentId(agent_id))
    tables = engine.runtime.tables
    return WhyIdle.of(why_idle(tables, tables.agents[AgentId(agent_id)], engine.runtime.clock.now()))


@router.put(
    "/{agent_id}/state",
    operation_id="set_agent_state",
    summary="Set an agent's state",
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def set_agent_state(
    agent_id: AgentName,
    request: Annotated[
        StateRequest,
        Body(
            openapi_examples={
                "ready": {"value": {"state": "ready"}},
                "break": {"value": {"state": "not_ready", "reason": "break"}},
                "home": {"value": {"state": "logged_out"}},
            }
        ),
    ],
    engine: TheEngine,
) -> Agent:
    """CSTA Set Agent State. While the agent is busy it takes effect afterwards: see `next_state`."""
    return await _done(engine, agent_id, request.command(AgentId(agent_id)))


@router.put(
    "/{agent_id}/next-state",
    operation_id="choose_next_state",
    summary="Choose what comes after this call",
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def choose_next_state(agent_id: AgentName, request: ChosenState, engine: TheEngine) -> Agent:
    """What the agent will be after his conversation and its wrap-up; only of who is busy or wrapping up."""
    chosen = ChooseNextState(
        agent_id=AgentId(agent_id), state=AgentState(request.state), reason=request.because
    )
    return await _done(engine, agent_id, chosen)


@router.delete(
    "/{agent_id}/next-state",
    operation_id="forget_next_state",
    summary="Take that choice back",
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def forget_next_state(agent_id: AgentName, engine: TheEngine) -> Agent:
    """Ready comes next, of its own accord."""
    return await _done(engine, agent_id, ChooseNextState(agent_id=AgentId(agent_id), state=None))


@router.post(
    "/{agent_id}/wrap-up/end",
    operation_id="end_wrap_up",
    summary="Done with wrap-up",
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def end_wrap_up(agent_id: AgentName, engine: TheEngine) -> Agent:
    """The agent goes on to what he chose for afterwards, else he is ready."""
    return await _done(engine, agent_id, EndWrapUp(agent_id=AgentId(agent_id)))


@router.post(
    "/{agent_id}/wrap-up/extend",
    operation_id="extend_wrap_up",
    summary="More time for wrap-up",
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def extend_wrap_up(agent_id: AgentName, engine: TheEngine) -> Agent:
    """As much, and as often, as the queue gives; see `extensions_left`."""
    return await _done(engine, agent_id, ExtendWrapUp(agent_id=AgentId(agent_id)))


@router.put(
    "/{agent_id}/forced-state",
    operation_id="force_agent_state",
    summary="Set an agent's state over his head",
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def force_agent_state(agent_id: AgentName, request: ForceRequest, engine: TheEngine) -> Agent:
    """For supervisors. At once, giving up a ringing phone; while he talks or wraps up, afterwards, and he
    cannot change it. With `now` there is no wrap-up."""
    forced = ForceAgentState(
        agent_id=AgentId(agent_id),
        state=AgentState(request.state),
        reason=request.because,
        by=request.by,
        because=request.why,
        now=request.now,
    )
    return await _done(engine, agent_id, forced)


@router.put(
    "/{agent_id}/queues/{queue_id}",
    operation_id="set_queue_standing",
    summary="Pause, leave or take up one queue",
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def set_queue_standing(
    agent_id: AgentName, queue_id: QueueName, request: StandingRequest, engine: TheEngine
) -> Agent:
    """He goes on in his other queues. It stays so until he takes the queue up again, also after a restart."""
    standing = SetQueueStanding(
        agent_id=AgentId(agent_id),
        queue_id=QueueId(queue_id),
        standing=request.standing,
        reason=request.reason,
    )
    return await _done(engine, agent_id, standing)


async def _done(engine: Engine, agent_id: str, command: Command) -> Agent:
    """The agent after a command; 404, 409 or 503 when nothing came of it."""
    _agent(engine, AgentId(agent_id))
    await commanding.command(engine, command, "agent")
    return _agent(engine, AgentId(agent_id))


def _agent(engine: Engine, agent_id: AgentId) -> Agent:
    tables = engine.runtime.tables
    if agent_id not in tables.agents:
        raise HTTPException(404, f"there is no agent {agent_id}")
    return Agent.of(views.agent_view(tables, tables.agents[agent_id]))
