"""Campaigns over HTTP: made, changed, started, stopped, removed."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, HTTPException, Query
from fastapi.exceptions import RequestValidationError

from api.campaign_learnt_schemas import CampaignLearnt
from api.campaign_live_schemas import CampaignLive
from api.campaign_schemas import (
    MOST_CHARACTERS,
    CampaignChange,
    CampaignChecked,
    CampaignDryRun,
    CampaignName,
    CampaignProblem,
    CampaignRemoved,
    CampaignSeen,
    CampaignText,
    CampaignWithDocument,
    HaltRequest,
    NewCampaign,
    PublishedCampaign,
    StartRequest,
    StopRequest,
)
from api.context import LATER, REFUSED, TOKEN, UNAUTHORISED, UNKNOWN, TheEngine
from api.ports import Engine
from api.publishing import base_version, told
from cti.campaign_desk import CampaignRefused, NoSuchCampaign, NotRememberedYet
from cti.campaign_document import CampaignDocument, read_campaign
from cti.campaign_store import CampaignRecord
from cti.campaign_warnings import warnings_of
from cti.runtime import EngineStopped, InboxFull
from dialer.campaign_view import view_of
from dialer.ids import CampaignId
from dialer.learnt_view import learnt_of
from ivr.document import DocumentError

router = APIRouter(prefix="/campaigns", tags=["campaigns"], dependencies=[TOKEN], responses=UNAUTHORISED)

WITH_DOCUMENTS = dict.fromkeys(("/campaigns", "/campaigns/"), 6 * MOST_CHARACTERS + 16_384)
"""Paths, and beginnings of paths, whose requests carry documents, and how much they may: JSON writes some
characters with six."""
ANSWER_WITHIN_S = 8.0
"""How long anything may take; a campaign that was over is read from the database first."""

T = TypeVar("T")
_under_way: set["asyncio.Future[Any]"] = set()
"""What is being done, kept from being forgotten meanwhile."""


@router.get("", operation_id="list_campaigns", summary="All campaigns", responses=LATER)
async def list_campaigns(engine: TheEngine) -> list[CampaignSeen]:
    """By name; also those that are over."""
    return [await _seen(engine, record, CampaignSeen) for record in await engine.campaigns.campaigns.all()]


@router.post("", operation_id="create_campaign", summary="Make a campaign", responses={**REFUSED, **LATER})
async def create_campaign(request: NewCampaign, engine: TheEngine) -> CampaignWithDocument:
    """A draft: it has no leads, and nobody is dialled before it is started."""
    campaign_id = CampaignId(request.campaign_id)
    desk = engine.campaigns
    await done(desk.create(campaign_id, request.document, request.author, request.comment))
    return await _whole(engine, campaign_id)


@router.post("/check", operation_id="check_campaign_document", summary="Whether a document could be one")
async def check_document(request: CampaignText, engine: TheEngine) -> CampaignChecked:
    """Every mistake with its line; nothing is published."""
    try:
        rules = engine.campaigns.rules("document", request.document)
    except DocumentError as error:
        problems = [
            CampaignProblem(line=one.line, field=one.field, message=one.message, suggestion=one.suggestion)
            for one in error.problems
        ]
        return CampaignChecked(fine=False, problems=problems, warnings=[])
    return CampaignChecked(fine=True, problems=[], warnings=[*warnings_of(rules)])


@router.get(
    "/{campaign_id}", operation_id="get_campaign", summary="One campaign", responses={**UNKNOWN, **LATER}
)
async def get_campaign(campaign_id: CampaignName, engine: TheEngine) -> CampaignWithDocument:
    """With its document, as it was written."""
    return await _whole(engine, CampaignId(campaign_id))


@router.put(
    "/{campaign_id}",
    operation_id="change_campaign",
    summary="Change a campaign",
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def change_campaign(
    campaign_id: CampaignName, request: CampaignChange, engine: TheEngine
) -> CampaignWithDocument:
    """It decides by this document from now on; what rings, rings by the old one. Refused when somebody
    published another version since."""
    name = CampaignId(campaign_id)
    base = base_version(request.base_version, None)
    await done(engine.campaigns.change(name, request.document, base, request.author, request.comment))
    return await _whole(engine, name)


@router.delete(
    "/{campaign_id}",
    operation_id="remove_campaign",
    summary="Remove a campaign",
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def remove_campaign(campaign_id: CampaignName, engine: TheEngine) -> CampaignRemoved:
    """With its lists and leads; only of one that is a draft or over. Its documents and what was dialled stay
    on record, and what was abandoned counts on when one of its name is made again."""
    return CampaignRemoved(leads=await done(engine.campaigns.remove(CampaignId(campaign_id))))


@router.get(
    "/{campaign_id}/versions",
    operation_id="list_campaign_versions",
    summary="What was published",
    responses=LATER,
)
async def list_versions(
    campaign_id: CampaignName, engine: TheEngine, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> list[PublishedCampaign]:
    """Every document of that name, the latest first; also of a campaign that was removed."""
    versions = await engine.campaigns.campaigns.versions(CampaignId(campaign_id), limit)
    return [PublishedCampaign.of(version) for version in versions]


@router.post(
    "/{campaign_id}/start",
    operation_id="start_campaign",
    summary="Start a campaign",
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def start_campaign(
    campaign_id: CampaignName, request: StartRequest, engine: TheEngine
) -> CampaignWithDocument:
    """Begin, or go on; with `trial` it pauses by itself after so many attempts. Refused when nothing could
    ever be dialled."""
    name = CampaignId(campaign_id)
    await done(engine.campaigns.start(name, request.by, request.trial))
    return await _whole(engine, name)


@router.post(
    "/{campaign_id}/pause",
    operation_id="pause_campaign",
    summary="Pause a campaign",
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def pause_campaign(
    campaign_id: CampaignName, request: HaltRequest, engine: TheEngine
) -> CampaignWithDocument:
    """What rings is finished, nothing new is dialled."""
    name = CampaignId(campaign_id)
    await done(engine.campaigns.pause(name, request.by, request.because))
    return await _whole(engine, name)


@router.post(
    "/{campaign_id}/stop",
    operation_id="stop_campaign",
    summary="Stop a campaign",
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def stop_campaign(
    campaign_id: CampaignName, request: StopRequest, engine: TheEngine
) -> CampaignWithDocument:
    """Nothing new is dialled, and what rings is given up as soon as it has rung for as long as the profile
    asks; whoever answers is served. With `at_once` it is given up now, also when the campaign was stopped
    before. It can be started again."""
    name = CampaignId(campaign_id)
    await done(engine.campaigns.stop(name, request.by, request.because, at_once=request.at_once))
    return await _whole(engine, name)


@router.get(
    "/{campaign_id}/live",
    operation_id="watch_campaign",
    summary="What a campaign is doing now",
    responses={**UNKNOWN, **LATER},
)
async def live(campaign_id: CampaignName, engine: TheEngine) -> CampaignLive:
    """Lines, hits, who waits, what the allowance of abandoned calls has left, talk time of the agents' time,
    how far the lists are, why no more is dialled. As often as you like: nothing is asked of the database for
    a campaign that is under way."""
    name = CampaignId(campaign_id)
    known, now = engine.runtime.campaigns.campaigns.get(name), engine.runtime.clock.now()
    if known is not None:
        return CampaignLive.of(view_of(known, now), engine.meter.metered(name, now))
    record = await done(engine.campaigns.record(name))
    return CampaignLive.over(record, await _leads(engine, name))


@router.get(
    "/{campaign_id}/learnt",
    operation_id="campaign_learnt",
    summary="What a campaign has learnt, and pacing goes by",
    responses={**UNKNOWN, **LATER},
)
async def learnt(campaign_id: CampaignName, engine: TheEngine) -> CampaignLearnt:
    """Who answers, by list, hour of their day and region, with counts and intervals; how long ringing, talks
    and wrap-up take. Nothing is asked of the database for a campaign that is under way."""
    name = CampaignId(campaign_id)
    known = engine.runtime.campaigns.campaigns.get(name)
    if known is not None:
        return CampaignLearnt.of_view(learnt_of(known, engine.runtime.clock.now()))
    await done(engine.campaigns.record(name))
    return CampaignLearnt.nothing()


@router.post(
    "/{campaign_id}/check",
    operation_id="check_campaign",
    summary="Look at all leads: who could be dialled now",
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def begin_check(campaign_id: CampaignName, engine: TheEngine) -> CampaignDryRun:
    """Begins a dry run; nobody is dialled. Ask for how far it is, and what it finds, with GET."""
    return CampaignDryRun.of(await done(engine.campaign_checks.begin(CampaignId(campaign_id))))


@router.get(
    "/{campaign_id}/check",
    operation_id="get_campaign_check",
    summary="How far the dry run is, and what it found",
    responses=UNKNOWN,
)
async def get_check(campaign_id: CampaignName, engine: TheEngine) -> CampaignDryRun:
    """The latest one since the engine started."""
    run = engine.campaign_checks.latest(CampaignId(campaign_id))
    if run is None:
        raise HTTPException(404, f"{campaign_id} was not checked since the engine started")
    return CampaignDryRun.of(run)


async def done(what: Awaitable[T]) -> T:
    """What came of something the campaigns' desk was asked to do. It is done to its end also when nobody
    waits for it any more: half of it would be worse.

    Raises:
        HTTPException: 404, 409 with the reason when it was refused, 503 when nobody can say now.
        RequestValidationError: a document is wrong.
    """
    doing = asyncio.ensure_future(what)
    _under_way.add(doing)
    doing.add_done_callback(_over)
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await asyncio.shield(doing)
    except NoSuchCampaign as unknown:
        raise HTTPException(404, str(unknown)) from None
    except NotRememberedYet as later:
        raise _later(str(later)) from None
    except CampaignRefused as refused:
        raise HTTPException(409, str(refused)) from None
    except DocumentError as error:
        raise _misfits(error) from None
    except EngineStopped as stopped:
        raise _later(str(stopped)) from None
    except InboxFull as full:
        raise _later(f"the engine is behind: {full}; look at the campaign") from None
    except TimeoutError:
        raise _later(f"no answer within {ANSWER_WITHIN_S:g} s; look at the campaign") from None


def _over(doing: "asyncio.Future[Any]") -> None:
    _under_way.discard(doing)
    if not doing.cancelled():
        doing.exception()  # whoever waited was told


async def _whole(engine: Engine, campaign_id: CampaignId) -> CampaignWithDocument:
    return await _seen(engine, await done(engine.campaigns.record(campaign_id)), CampaignWithDocument)


Seen = TypeVar("Seen", bound=CampaignSeen)


async def _seen(engine: Engine, record: CampaignRecord, kind: type[Seen]) -> Seen:
    name = record.campaign_id
    known = engine.runtime.campaigns.campaigns.get(name)
    if known is not None and known.state is not record.state:  # the database hears of it a moment later
        record = replace(record, state=known.state, since=known.since, because="", by="")
    problem = engine.campaigns.problems.get(name)
    return kind.of(record, _document(record), await _leads(engine, name), problem)


async def _leads(engine: Engine, campaign_id: CampaignId) -> dict[str, dict[str, int]]:
    return {
        str(list_id): {state.value: count for state, count in states.items()}
        for list_id, states in (await engine.campaigns.leads.standings(campaign_id)).items()
    }


def _document(record: CampaignRecord) -> CampaignDocument | None:
    try:
        return read_campaign(record.version.document, record.campaign_id)
    except DocumentError:  # written by another version of ours
        return None


def _misfits(error: DocumentError) -> RequestValidationError:
    """What is wrong with a document, as errors of the request that carried it."""
    return RequestValidationError(
        [
            {
                "loc": ("body", "document", *one.field.split(".")) if one.field else ("body", "document"),
                "msg": told(one),
                "type": "campaign_document",
            }
            for one in error.problems
        ]
    )


def _later(detail: str) -> HTTPException:
    return HTTPException(503, detail, headers={"Retry-After": "1"})
