"""The rules over HTTP: what decides, what was published, check, compare, publish, schedule, take back."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query, Response
from fastapi.exceptions import RequestValidationError

from api.context import LATER, REFUSED, TOKEN, UNAUTHORISED, UNKNOWN, TheEngine
from api.ports import Engine
from api.publishing import MOST_BYTES, IfMatch, base_version, done, told
from api.rules_schemas import (
    ApplyRequest,
    Checked,
    DiffRequest,
    Published,
    RollbackRequest,
    RulesChange,
    RulesInForce,
    RulesProblem,
    Version,
    VersionDocument,
    WrittenRules,
)
from cti.rules_diff import differences
from cti.rules_document import RulesDocument, UnreadableRules, from_json
from cti.rules_version import RulesVersion
from cti.store import StoreUnavailable
from ivr.document import DocumentError, Problem, parse_document

router = APIRouter(prefix="/rules", tags=["rules"], dependencies=[TOKEN], responses=UNAUTHORISED)

WITH_DOCUMENTS = dict.fromkeys(("/rules/check", "/rules/diff", "/rules/apply"), MOST_BYTES)
"""Paths whose requests carry documents, and how much they may."""

VersionNumber = Annotated[int, Path(ge=1, le=2**53, description="A version's number.", examples=[7])]


@router.get("", operation_id="get_rules", summary="The rules in force")
async def get_rules(engine: TheEngine, response: Response) -> RulesInForce:
    """Known also while the database is away. The ETag names the latest version: the base of a change."""
    book, latest, scheduled = engine.rulebook, None, None
    try:
        latest = await book.latest()
        scheduled = [_version(engine, version) for version in await book.scheduled()]
        response.headers["ETag"] = f'"{latest}"'
    except StoreUnavailable:
        pass
    return RulesInForce.of(book.in_force.version, book.in_force.document, latest, scheduled)


@router.get("/history", operation_id="list_rules_versions", summary="What was published", responses=LATER)
async def list_versions(
    engine: TheEngine,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    before: Annotated[int | None, Query(ge=1, le=2**53, description="Versions before this one.")] = None,
) -> list[Version]:
    """The latest version first."""
    return [_version(engine, version) for version in await engine.rulebook.versions(limit, before)]


@router.get("/schema", operation_id="get_rules_schema", summary="JSON Schema of the rules document")
async def get_schema() -> dict[str, Any]:
    """For editors that check while one types."""
    return rules_schema()


def rules_schema() -> dict[str, Any]:
    """The JSON Schema of the rules document."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **RulesDocument.model_json_schema()}


@router.get(
    "/{version}",
    operation_id="get_rules_version",
    summary="A published version",
    responses={**UNKNOWN, **LATER},
)
async def get_version(version: VersionNumber, engine: TheEngine) -> VersionDocument:
    """With its document, as it was published."""
    found = await _known(engine, version)
    waits = engine.rulebook.waits_because.get(version)
    return VersionDocument.with_document(found, waits, json.loads(found.document))


@router.post("/check", operation_id="check_rules", summary="Whether rules could be published")
async def check_rules(request: WrittenRules, engine: TheEngine) -> Checked:
    """Every mistake with its line; nothing is published."""
    problems: tuple[Problem, ...] = ()
    try:
        _read(engine, request.rules)
    except DocumentError as error:
        problems = error.problems
    return Checked(fine=not problems, problems=[RulesProblem.of(problem) for problem in problems])


@router.post(
    "/diff",
    operation_id="diff_rules",
    summary="What differs between two rules",
    responses={**UNKNOWN, **LATER},
)
async def diff_rules(request: DiffRequest, engine: TheEngine) -> list[RulesChange]:
    """Value by value, by name; none for equal rules."""
    before = await _document(engine, "before", request.before, request.before_version)
    after = await _document(engine, "after", request.after, request.after_version)
    return [RulesChange.of(change) for change in differences(before, after)]


@router.post("/apply", operation_id="apply_rules", summary="Publish rules", responses={**REFUSED, **LATER})
async def apply_rules(request: ApplyRequest, engine: TheEngine, if_match: IfMatch = None) -> Published:
    """At once, also for callers who wait already; or from a time on. Refused when somebody published another
    version since, and while callers are in a queue that the new rules take away."""
    try:
        rules = _read(engine, request.rules)
    except DocumentError as error:
        raise _misfits("rules", error) from None
    base = base_version(request.base_version, if_match)
    was = engine.rulebook.in_force.document
    published = await done(
        engine.rulebook.publish(
            rules, author=request.author, comment=request.comment, base=base, at=request.due
        )
    )
    return Published.now(published, differences(was, rules))


@router.post(
    "/rollback",
    operation_id="roll_back_rules",
    summary="Return to an old version",
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def roll_back_rules(request: RollbackRequest, engine: TheEngine, if_match: IfMatch = None) -> Published:
    """Publishes the old version's document as a new version."""
    await _known(engine, request.version)
    base = base_version(request.base_version, if_match)
    was = engine.rulebook.in_force.document
    published = await done(
        engine.rulebook.roll_back(
            request.version, author=request.author, comment=request.comment, base=base, at=request.due
        )
    )
    return Published.now(published, differences(was, from_json(published.document)))


@router.post(
    "/{version}/cancel",
    operation_id="cancel_rules_version",
    summary="Take back a scheduled version",
    responses={**UNKNOWN, **REFUSED, **LATER},
)
async def cancel_version(version: VersionNumber, engine: TheEngine) -> Version:
    """It will not come into force."""
    await _known(engine, version)
    return _version(engine, await done(engine.rulebook.cancel(version)))


def _version(engine: Engine, version: RulesVersion) -> Version:
    return Version.of(version, engine.rulebook.waits_because.get(version.version))


async def _known(engine: Engine, version: int) -> RulesVersion:
    found = await engine.rulebook.version(version)
    if found is None:
        raise HTTPException(404, f"there is no version {version} of the rules")
    return found


def _read(engine: Engine, text: str) -> RulesDocument:
    return engine.rulebook.read(parse_document(text.encode("utf-8", "replace"), "rules"))


async def _document(engine: Engine, name: str, text: str | None, version: int | None) -> RulesDocument:
    """The document that a request names."""
    if text is not None:
        try:
            return _read(engine, text)
        except DocumentError as error:
            raise _misfits(name, error) from None
    if version is None:
        return engine.rulebook.in_force.document
    try:
        return from_json((await _known(engine, version)).document)
    except UnreadableRules as unreadable:
        raise HTTPException(409, f"version {version} cannot be read any more: {unreadable}") from None


def _misfits(name: str, error: DocumentError) -> RequestValidationError:
    """What is wrong with a document, as errors of the request that carried it."""
    return RequestValidationError(
        [
            {
                "loc": ("body", name, *problem.field.split(".")) if problem.field else ("body", name),
                "msg": told(problem),
                "type": "rules_document",
            }
            for problem in error.problems
        ]
    )
