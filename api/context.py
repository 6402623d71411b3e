"""What request handlers work with, and the answers that several of them share."""

from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request, Security
from fastapi.security import HTTPBearer

from api.ports import Engine
from api.recent import RecentEvents
from api.schemas import Detail


def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


def _recent(request: Request) -> RecentEvents:
    recent: RecentEvents = request.app.state.recent
    return recent


TheEngine = Annotated[Engine, Depends(_engine)]
TheRecentEvents = Annotated[RecentEvents, Depends(_recent)]

TOKEN = Security(HTTPBearer(scheme_name="token", description="From `secrets.json`.", auto_error=False))
"""Says in the documentation that a token is needed; :class:`api.auth.BearerGate` is what asks for it."""

Responses = dict[int | str, dict[str, Any]]
UNAUTHORISED: Responses = {401: {"model": Detail, "description": "No token, or the wrong one"}}
UNKNOWN: Responses = {404: {"model": Detail, "description": "There is no such thing"}}
REFUSED: Responses = {409: {"model": Detail, "description": "Refused, and why; nothing changed"}}
LATER: Responses = {
    503: {
        "model": Detail,
        "description": "Cannot be answered now",
        "headers": {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}},
    }
}


def unknown(engine: Engine, what: str) -> HTTPException:
    """There is no ``what``; or nobody can tell yet, just after a start, when what earlier runs left is still
    on its way into the database."""
    if engine.caught_up:
        return HTTPException(404, f"there is no {what}")
    detail = f"{what} is not known yet: what earlier runs left is still being read"
    return HTTPException(503, detail, headers={"Retry-After": "1"})
