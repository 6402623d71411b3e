"""Leads over HTTP: looked up, taken off, and given back as CSV."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query
from fastapi.responses import StreamingResponse

from api.context import LATER, REFUSED, TOKEN, UNAUTHORISED, UNKNOWN, TheEngine
from api.dnc import Word
from api.lead_schemas import LEAD_PATTERN, LIST_PATTERN, LeadPage, LeadView
from api.ports import Engine
from api.schemas import NAME_PATTERN, REASON_PATTERN
from cti.campaign_desk import CampaignRefused, NotRememberedYet
from cti.lead_csv import heading, lines
from cti.lead_mapping import ListReading
from cti.lead_store import LeadsWanted
from cti.numbers import canonical
from dialer.ids import CampaignId, LeadId, ListId
from dialer.lead import LeadState

MOST_ON_A_PAGE = 200

TheCampaign = Annotated[str, Query(alias="campaign", pattern=NAME_PATTERN, description="Whose.")]
OnList = Annotated[str | None, Query(alias="list", pattern=LIST_PATTERN, description="Only of this list.")]
InState = Annotated[LeadState | None, Query(alias="state", description="Only who stands there.")]
WithNumber = Annotated[
    str | None,
    Query(alias="number", min_length=3, max_length=40, description="Only who has it, however written."),
]
WithDisposition = Annotated[
    str | None, Query(alias="disposition", pattern=REASON_PATTERN, description="Only of whom this was said.")
]
ALead = Annotated[str, Path(pattern=LEAD_PATTERN, description="The lead's name.", examples=["spring-a:A-17"])]

router = APIRouter(prefix="/leads", tags=["leads"], dependencies=[TOKEN], responses={**UNAUTHORISED, **LATER})


@router.get("", operation_id="list_leads", summary="A campaign's leads, page by page")
async def list_leads(
    engine: TheEngine,
    campaign: TheCampaign,
    on: OnList = None,
    state: InState = None,
    number: WithNumber = None,
    disposition: WithDisposition = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ON_A_PAGE, description="Leads on a page.")] = 50,
    after: Annotated[str | None, Query(max_length=120, description="`next` of the page before.")] = None,
) -> LeadPage:
    """By name."""
    wanted = _wanted(engine, campaign, on, state, number, disposition)
    found = await engine.campaigns.leads.page(wanted, limit + 1, None if after is None else LeadId(after))
    return LeadPage(
        leads=[LeadView.of(one) for one in found[:limit]],
        next=found[limit - 1].lead.lead_id if len(found) > limit else None,
    )


@router.get(
    "/export",
    operation_id="export_leads",
    summary="A campaign's leads as CSV",
    responses={
        **UNKNOWN,
        200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "One lead a line"},
    },
    response_class=StreamingResponse,
)
async def export_leads(
    engine: TheEngine,
    campaign: TheCampaign,
    on: OnList = None,
    state: InState = None,
    number: WithNumber = None,
    disposition: WithDisposition = None,
) -> StreamingResponse:
    """What their lists say and, in columns `done.…`, what was done about them. The file can be corrected and
    taken in again. Kinds and hours of numbers are not in it."""
    wanted = _wanted(engine, campaign, on, state, number, disposition)
    lists = await engine.campaigns.leads.lists(wanted.campaign_id)
    if not lists:
        raise HTTPException(404, f"there is no list of a campaign {campaign}")
    data = dict.fromkeys(
        name for one in lists for name in ListReading.model_validate(one.mapping).mapping.data
    )
    rows = _rows(engine, wanted, list(data))
    named = {"Content-Disposition": f'attachment; filename="{campaign}.csv"'}
    return StreamingResponse(rows, media_type="text/csv; charset=utf-8", headers=named)


async def _rows(engine: Engine, wanted: LeadsWanted, data: list[str]) -> AsyncIterator[str]:
    yield heading(data)
    async for page in engine.campaigns.leads.all(wanted):
        yield lines(page, data)


@router.get("/{lead_id}", operation_id="get_lead", summary="One lead", responses=UNKNOWN)
async def get_lead(lead_id: ALead, engine: TheEngine) -> LeadView:
    """What his list says of him, and what was done about him."""
    found = await engine.campaigns.leads.get(LeadId(lead_id))
    if found is None:
        raise HTTPException(404, f"there is no lead {lead_id}")
    return LeadView.of(found)


@router.delete(
    "/{lead_id}", operation_id="remove_lead", summary="Take a lead off", responses={**UNKNOWN, **REFUSED}
)
async def remove_lead(
    lead_id: ALead,
    engine: TheEngine,
    by: Annotated[Word, Query(description="Who says so.")],
    because: Annotated[Word, Query(description="Why; stays on record.")],
) -> LeadView:
    """What rings for him is given up, and nothing more is tried. He stays on record."""
    found = await engine.campaigns.leads.get(LeadId(lead_id))
    if found is None:
        raise HTTPException(404, f"there is no lead {lead_id}")
    try:
        await engine.campaigns.remove_lead(found.campaign_id, found.lead.lead_id, by, because)
    except NotRememberedYet as early:
        raise HTTPException(503, str(early), headers={"Retry-After": "1"}) from None
    except CampaignRefused as refused:
        raise HTTPException(409, str(refused)) from None
    return LeadView.of(found)


def _wanted(
    engine: Engine,
    campaign: str,
    on: str | None,
    state: LeadState | None,
    number: str | None,
    disposition: str | None,
) -> LeadsWanted:
    return LeadsWanted(
        campaign_id=CampaignId(campaign),
        list_id=None if on is None else ListId(on),
        state=state,
        number=None if number is None else canonical(number, engine.customers.region),
        disposition=disposition,
    )
