"""Agents and their leads over HTTP: take one, call him, skip him, dial by hand, say what came of it."""

import logging
from datetime import datetime

from fastapi import APIRouter, HTTPException, Response

from acd.customer import Party
from acd.ids import AgentId
from acd.instant import Instant
from api.agent_lead_schemas import (
    AttemptName,
    DialRequest,
    DispositionRequest,
    LeadBeforeHim,
    RespondedRequest,
    SkipRequest,
    TakeRequest,
)
from api.commanding import command
from api.context import LATER, REFUSED, TOKEN, UNAUTHORISED, UNKNOWN, TheEngine
from api.moments import an_instant
from api.ports import Engine
from api.schemas import AgentName
from cti.customers import CustomerRecord
from cti.numbers import NotANumber, number_of
from cti.store import StoreUnavailable
from dialer.agent_view import before
from dialer.commands import AcceptLead, DialByHand, DisposeLead, PartyResponded, SkipLead, TakeLead
from dialer.ids import AttemptId, CampaignId, LeadId

log = logging.getLogger(__name__)

router = APIRouter(tags=["campaigns"], dependencies=[TOKEN], responses=UNAUTHORISED)

_LOOK = "lead before him: GET /agents/{id}/lead"


@router.get(
    "/agents/{agent_id}/lead",
    operation_id="get_agents_lead",
    summary="The lead an agent has before him",
    responses={**UNKNOWN, 204: {"description": "He has none"}},
    response_model=LeadBeforeHim,
)
async def get_lead(agent_id: AgentName, engine: TheEngine) -> LeadBeforeHim | Response:
    """One he looks at, dials, talks with, or of whom he has not said what came of it; with his script and
    what may be said."""
    found = before(engine.runtime.campaigns, _agent(engine, agent_id))
    return Response(status_code=204) if found is None else LeadBeforeHim.of(found)


@router.post(
    "/agents/{agent_id}/lead/take",
    operation_id="take_lead",
    summary="Preview: look at the next lead",
    status_code=204,
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def take(agent_id: AgentName, request: TakeRequest, engine: TheEngine) -> None:
    """Refused when there is none, or he is not ready."""
    asked = TakeLead(
        campaign_id=CampaignId(request.campaign),
        agent_id=_agent(engine, agent_id),
        lead_id=None if request.lead_id is None else LeadId(request.lead_id),
    )
    await command(engine, asked, _LOOK)


@router.post(
    "/agents/{agent_id}/lead/accept",
    operation_id="accept_lead",
    summary="Preview: call him",
    status_code=204,
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def accept(agent_id: AgentName, engine: TheEngine) -> None:
    """The agent's own phone rings first."""
    await command(engine, AcceptLead(agent_id=_agent(engine, agent_id)), _LOOK)


@router.post(
    "/agents/{agent_id}/lead/skip",
    operation_id="skip_lead",
    summary="Preview: not this one, or not now",
    status_code=204,
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def skip(agent_id: AgentName, request: SkipRequest, engine: TheEngine) -> None:
    """Who was skipped too often is done."""
    asked = SkipLead(
        agent_id=_agent(engine, agent_id),
        because=request.because,
        again_at=_moment("again_at", request.again_at),
    )
    await command(engine, asked, _LOOK)


@router.post(
    "/agents/{agent_id}/dial",
    operation_id="dial_by_hand",
    summary="Dial a number for a campaign",
    status_code=204,
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def dial(agent_id: AgentName, request: DialRequest, engine: TheEngine) -> None:
    """The agent's own phone rings first; the gate is asked like for everybody."""
    asked = DialByHand(
        campaign_id=CampaignId(request.campaign),
        agent_id=_agent(engine, agent_id),
        number=_number(engine, request.number),
        lead_id=None if request.lead_id is None else LeadId(request.lead_id),
    )
    await command(engine, asked, _LOOK)


@router.post(
    "/attempts/{attempt_id}/disposition",
    operation_id="dispose_attempt",
    summary="Say what came of it",
    status_code=204,
    responses={**REFUSED, **LATER},
)
async def dispose(attempt_id: AttemptName, request: DispositionRequest, engine: TheEngine) -> None:
    """While it lasts, or afterwards. Refused for a disposition the campaign does not know, and for one that
    asks for a moment when none is given."""
    number = request.call_back_number
    asked = DisposeLead(
        attempt_id=AttemptId(attempt_id),
        disposition=request.disposition,
        by=request.by,
        note=request.note,
        call_back_at=_moment("call_back_at", request.call_back_at),
        call_back_number=None if number is None else _number(engine, number),
        own_agent=None if request.own_agent is None else _agent(engine, request.own_agent),
    )
    await command(engine, asked, "attempt")


@router.post(
    "/campaigns/responded",
    operation_id="tell_response",
    summary="Somebody has responded by himself",
    status_code=204,
    responses=LATER,
)
async def responded(request: RespondedRequest, engine: TheEngine) -> None:
    """He came by, wrote, paid: he leaves the lists at once, by whichever of his numbers he is on them, and
    what rings for him is given up. Calls that come in are seen without being told."""
    told = _number(engine, request.number)
    customer = await _customer(engine, told)
    others = () if customer is None else customer.numbers
    for number in dict.fromkeys((told, *others)):
        asked = PartyResponded(
            party=Party(caller=number, customer_id=None if customer is None else customer.customer_id),
            how=request.how,
            campaign_id=None if request.campaign is None else CampaignId(request.campaign),
        )
        await command(engine, asked, "lead")


async def _customer(engine: Engine, number: str) -> CustomerRecord | None:
    """Who has this number, by the records kept here; while they cannot be read his number alone counts."""
    try:
        return await engine.customers.by_number(number)
    except StoreUnavailable as error:
        log.warning("whose number %s is cannot be read: %s", number, error)
        return None


def _agent(engine: Engine, name: str) -> AgentId:
    if AgentId(name) not in engine.runtime.tables.agents:
        raise HTTPException(404, f"there is no agent {name}")
    return AgentId(name)


def _number(engine: Engine, written: str) -> str:
    try:
        return number_of(written, engine.customers.region)
    except NotANumber as problem:
        where = {"loc": ["body", "number"], "msg": str(problem), "type": "value_error"}
        raise HTTPException(422, [where]) from None


def _moment(name: str, given: datetime | None) -> Instant | None:
    return None if given is None else an_instant(name, given)
