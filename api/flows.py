"""The flows over HTTP: what callers meet, what was published, check, compare, publish, go back."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Response
from fastapi.exceptions import RequestValidationError

from api.context import LATER, REFUSED, TOKEN, UNAUTHORISED, UNKNOWN, TheEngine
from api.flow_schemas import (
    CheckedFlows,
    FlowsChange,
    FlowsDiffRequest,
    FlowsInForce,
    FlowsProblem,
    FlowsRollbackRequest,
    FlowsVersionReport,
    FlowsVersionTexts,
    PublishedFlows,
    PublishFlowsRequest,
    WrittenFlows,
)
from api.ports import Engine
from api.publishing import IfMatch, base_version, done, told
from cti.flow_diff import differences
from cti.flow_history import FlowsVersion
from cti.rulebook import NotPublished
from cti.store import StoreUnavailable
from ivr.document import DocumentError, Problem
from ivr.flow import Flow
from ivr.flow_texts import FLOWS_DIRECTORY, MAX_TOTAL_BYTES, NUMBERS_FILE, FlowTexts
from ivr.loader import FlowBook
from ivr.number_plan import NumberPlan

router = APIRouter(prefix="/flows", tags=["flows"], dependencies=[TOKEN], responses=UNAUTHORISED)

MOST_BYTES = 2 * MAX_TOTAL_BYTES + 65_536
"""Texts as JSON strings need more room than as files."""
WITH_TEXTS = {"/flows": MOST_BYTES, "/flows/check": MOST_BYTES, "/flows/diff": 2 * MOST_BYTES}
"""Paths whose requests carry texts, and how much they may."""

VersionNumber = Annotated[int, Path(ge=1, le=2**53, description="A version's number.", examples=[3])]


@router.get("", operation_id="get_flows", summary="The flows and the number plan in force")
async def get_flows(engine: TheEngine, response: Response) -> FlowsInForce:
    """Known also while the database is away. The ETag names the latest version: the base of a change."""
    shelf, latest = engine.flow_shelf, None
    try:
        latest = await shelf.latest()
        response.headers["ETag"] = f'"{latest}"'
    except StoreUnavailable:
        pass
    return FlowsInForce.of(shelf.in_force, latest, shelf.file_problems)


@router.put("", operation_id="publish_flows", summary="Publish flows", responses={**REFUSED, **LATER})
async def publish_flows(
    request: PublishFlowsRequest, engine: TheEngine, if_match: IfMatch = None
) -> PublishedFlows:
    """All flows and the number plan, as one version. New calls meet it at once, calls in progress keep the
    one they began with. Refused when somebody published another version since. What is in force already is
    not published again."""
    was = engine.flow_shelf.in_force
    base = base_version(request.base_version, if_match)
    try:
        published = await done(
            engine.flow_shelf.publish(
                request.texts(was), author=request.author, comment=request.comment, base=base
            )
        )
    except DocumentError as error:
        raise _misfits(error) from None
    return _published(engine, published, was.book)


@router.get("/history", operation_id="list_flows_versions", summary="What was published", responses=LATER)
async def list_flows_versions(
    engine: TheEngine,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Annotated[int | None, Query(ge=1, le=2**53, description="Versions before this one.")] = None,
) -> list[FlowsVersionReport]:
    """The latest version first."""
    in_force = engine.flow_shelf.in_force.version
    return [
        FlowsVersionReport.of(version, in_force)
        for version in await engine.flow_shelf.versions(limit, before)
    ]


@router.get("/schema", operation_id="get_flow_schema", summary="JSON Schema of a flow")
async def get_flow_schema() -> dict[str, Any]:
    """For editors that check while one types."""
    return flow_schema()


@router.get(
    "/schema/numbers", operation_id="get_number_plan_schema", summary="JSON Schema of the number plan"
)
async def get_number_plan_schema() -> dict[str, Any]:
    """For editors that check while one types."""
    return number_plan_schema()


def flow_schema() -> dict[str, Any]:
    """The JSON Schema of a flow."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Flow.model_json_schema()}


def number_plan_schema() -> dict[str, Any]:
    """The JSON Schema of the number plan."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **NumberPlan.model_json_schema()}


@router.get(
    "/{version}",
    operation_id="get_flows_version",
    summary="A published version",
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def get_flows_version(version: VersionNumber, engine: TheEngine) -> FlowsVersionTexts:
    """With its texts, as they were written."""
    found, texts = await _known(engine, version)
    return FlowsVersionTexts.with_texts(found, engine.flow_shelf.in_force.version, texts)


@router.post("/check", operation_id="check_flows", summary="Whether flows could be published")
async def check_flows(request: WrittenFlows, engine: TheEngine) -> CheckedFlows:
    """Every mistake with its file and line; nothing is published."""
    problems: tuple[Problem, ...] = ()
    try:
        await engine.flow_shelf.read(request.texts(engine.flow_shelf.in_force))
    except DocumentError as error:
        problems = error.problems
    return CheckedFlows(fine=not problems, problems=[FlowsProblem.of(problem) for problem in problems])


@router.post(
    "/diff",
    operation_id="diff_flows",
    summary="What differs between two books of flows",
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def diff_flows(request: FlowsDiffRequest, engine: TheEngine) -> list[FlowsChange]:
    """Value by value, by name; none when callers meet the same."""
    before = await _book(engine, request.before, request.before_version)
    after = await _book(engine, request.after, request.after_version)
    return [FlowsChange.of(change) for change in differences(before, after)]


@router.post(
    "/rollback",
    operation_id="roll_back_flows",
    summary="Return to an old version",
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def roll_back_flows(
    request: FlowsRollbackRequest, engine: TheEngine, if_match: IfMatch = None
) -> PublishedFlows:
    """Publishes the old version's texts as a new version."""
    await _known(engine, request.version)
    base = base_version(request.base_version, if_match)
    was = engine.flow_shelf.in_force.book
    published = await done(
        engine.flow_shelf.roll_back(
            request.version, author=request.author, comment=request.comment, base=base
        )
    )
    return _published(engine, published, was)


def _published(engine: Engine, version: FlowsVersion, was: FlowBook) -> PublishedFlows:
    now = engine.flow_shelf.in_force
    return PublishedFlows.now(version, now.version, differences(was, now.book))


async def _known(engine: Engine, version: int) -> tuple[FlowsVersion, FlowTexts]:
    try:
        found = await engine.flow_shelf.version(version)
    except NotPublished as unreadable:
        raise HTTPException(409, str(unreadable)) from None
    if found is None:
        raise HTTPException(404, f"there is no version {version} of the flows")
    return found


async def _book(engine: Engine, written: WrittenFlows | None, version: int | None) -> FlowBook:
    """The book that a request names."""
    shelf = engine.flow_shelf
    try:
        if written is not None:
            return await shelf.read(written.texts(shelf.in_force))
    except DocumentError as error:
        raise _misfits(error) from None
    if version is None:
        return shelf.in_force.book
    _, texts = await _known(engine, version)
    try:
        return await asyncio.to_thread(texts.book)
    except DocumentError as error:
        raise HTTPException(409, f"version {version} cannot be read any more: {error}") from None


def _misfits(error: DocumentError) -> RequestValidationError:
    """What is wrong with texts, as errors of the request that carried them."""
    return RequestValidationError(
        [
            {"loc": ("body", *_place(problem)), "msg": told(problem), "type": "flow_document"}
            for problem in error.problems
        ]
    )


def _place(problem: Problem) -> tuple[str, ...]:
    field = tuple(problem.field.split(".")) if problem.field else ()
    if problem.file == NUMBERS_FILE:
        return ("numbers", *field)
    return ("flows", problem.file.removeprefix(f"{FLOWS_DIRECTORY}/"), *field)
