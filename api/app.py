"""The HTTP application: routes, guards and errors put together. It decides nothing."""

import json
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse

from api import (
    agent_leads,
    agents,
    attempts,
    callbacks,
    calls,
    campaign_reports,
    campaigns,
    customers,
    dnc,
    feed,
    flows,
    ivr_report,
    lead_lists,
    leads,
    messages,
    queues,
    reasons,
    rules,
    statistics,
    surveys,
    system,
    unanswered,
)
from api.auth import BearerGate
from api.guards import BodyLimit, OuterGuard
from api.ports import Engine
from api.recent import RecentEvents
from api.version import VERSION
from cti.store import StoreUnavailable

_DESCRIPTION = (
    "A contact-centre engine on Asterisk. Points in time are ISO 8601 in UTC with microseconds; names that "
    "end in _s are seconds. What happens live is told on the WebSocket /feed."
)
_TAGS = [
    {"name": "agents", "description": "Who may take calls, and what they ask for."},
    {"name": "queues", "description": "Live figures."},
    {"name": "calls", "description": "Live calls, history, and why each agent was chosen."},
    {"name": "messages", "description": "What callers leave: voicemail, recordings, faxes."},
    {"name": "rules", "description": "What decides: versions that are published, scheduled and taken back."},
    {"name": "flows", "description": "What callers hear: versions that are published, and which one is met."},
    {"name": "reports", "description": "Figures of the past, each with the visits it is counted from."},
    {"name": "customers", "description": "Who is calling: people, their numbers, what is known of them."},
    {"name": "campaigns", "description": "Whom to call, how, and how far that is."},
    {"name": "do not call", "description": "Who is not to be called: lists, imported and by hand."},
    {"name": "leads", "description": "Whom campaigns are to reach: lists, imports, how far everybody is."},
    {"name": "engine", "description": "The engine itself."},
]


MORE_BYTES = {
    customers.IMPORT_PATH: customers.MOST_IMPORT_BYTES,
    dnc.IMPORT_PATH: dnc.MOST_IMPORT_BYTES,
    **rules.WITH_DOCUMENTS,
    **flows.WITH_TEXTS,
    **campaigns.WITH_DOCUMENTS,
    **lead_lists.WITH_FILES,
}
"""Paths whose requests carry whole documents."""


def create_app(engine: Engine) -> FastAPI:
    """The application for a running engine; call it once per engine, before the runtime takes messages."""
    app = _application()
    app.state.engine = engine
    app.state.recent = RecentEvents()
    app.state.feed = feed.Feed(engine.runtime)
    engine.runtime.listen(app.state.recent)
    # The last one added meets a request first: who knows no token has no body read.
    app.add_middleware(BodyLimit, more=MORE_BYTES)
    app.add_middleware(BearerGate, token=engine.credentials.api_token)
    app.add_middleware(OuterGuard)
    return app


def openapi() -> dict[str, Any]:
    """The OpenAPI schema; it needs no engine."""
    return _application().openapi()


def _application() -> FastAPI:
    app = FastAPI(
        title="Callwright",
        version=VERSION,
        description=_DESCRIPTION,
        openapi_tags=_TAGS,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for part in (
        customers,
        agents,
        reasons,
        queues,
        calls,
        callbacks,
        campaigns,
        agent_leads,
        dnc,
        lead_lists,
        leads,
        messages,
        rules,
        flows,
        unanswered,
        statistics,
        surveys,
        ivr_report,
        campaign_reports,
        attempts,
        system,
        feed,
    ):
        app.include_router(part.router)
    app.add_exception_handler(RequestValidationError, _misfit)
    app.add_exception_handler(StoreUnavailable, _store_away)
    return app


async def _misfit(_: Request, error: Exception) -> Response:
    """422 without an echo of what was sent: it may be anything, also what JSON cannot hold."""
    assert isinstance(error, RequestValidationError)
    detail = [{"loc": e["loc"], "msg": e["msg"], "type": e["type"]} for e in error.errors()]
    return Response(json.dumps({"detail": detail}), 422, media_type="application/json")


async def _store_away(_: Request, error: Exception) -> Response:
    return JSONResponse({"detail": f"history cannot be read now: {error}"}, 503, headers={"Retry-After": "5"})
