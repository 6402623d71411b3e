"""The engine itself over HTTP: its health, its version, its documentation."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from api.context import TOKEN, UNAUTHORISED, TheEngine
from api.docs_page import CONTENT_SECURITY_POLICY, docs_page
from api.reports import HealthReport, Version
from api.version import VERSION

router = APIRouter(tags=["engine"])


@router.get(
    "/health",
    operation_id="get_health",
    summary="How every part is (no token needed)",
    responses={503: {"model": HealthReport, "description": "The floor no longer runs"}},
)
async def get_health(engine: TheEngine, response: Response) -> HealthReport:
    """200 also when degraded: callers are still served as well as can be. Says nothing secret."""
    health = engine.health()
    if not engine.runtime.alive:
        health = replace(health, status="down")
        response.status_code = 503
    return HealthReport.of(health)


@router.get(
    "/version",
    operation_id="get_version",
    summary="Which engine answers",
    dependencies=[TOKEN],
    responses=UNAUTHORISED,
)
async def get_version(engine: TheEngine) -> Version:
    """Version and run."""
    return Version(version=VERSION, run=engine.runtime.run_id)


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> HTMLResponse:
    """The schema for people."""
    page = docs_page(request.app.openapi())
    return HTMLResponse(page, headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY})
