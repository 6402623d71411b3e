"""Nothing but health and documentation answers who does not know the token."""

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from api.auth import OPEN_PATHS
from tests.api.asgi_socket import AsgiSocket
from tests.api.fake_engine import TOKEN


def http_routes(routes: list[BaseRoute]) -> list[tuple[str, str]]:
    """Every method and path the application answers, from the application itself."""
    found = []
    for route in routes:
        nested = getattr(route, "original_router", None)
        if nested is not None:
            found += http_routes(nested.routes)
        elif getattr(route, "methods", None):
            path = route.path.replace("{agent_id}", "ana").replace("{queue_id}", "sales")  # type: ignore[attr-defined]
            path = path.replace("{call_id}", "c1")
            found += [(method, path) for method in route.methods]  # type: ignore[attr-defined]
    return found


async def test_a_stranger_is_told_nothing_but_health_and_documentation(
    app: FastAPI, stranger: httpx.AsyncClient
) -> None:
    routes = http_routes(list(app.routes))
    assert len(routes) >= len(app.openapi()["paths"]) > 9
    for method, path in [*routes, ("GET", "/feed"), ("GET", "/no/such/path"), ("DELETE", "/agents")]:
        answer = await stranger.request(method, path)
        if path in OPEN_PATHS:
            assert answer.status_code == 200, path
        else:
            assert answer.status_code == 401, path
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert set(answer.json()) == {"detail"}


@pytest.mark.parametrize(
    "offered",
    ["", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer ", "Bearer \xff\xfe"],
)
async def test_a_wrong_token_is_no_token(stranger: httpx.AsyncClient, offered: str) -> None:
    answer = await stranger.get("/agents", headers={"Authorization": offered.encode("latin-1")})  # type: ignore[dict-item]
    assert answer.status_code == 401


async def test_the_scheme_may_be_written_in_any_case(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/version", headers={"Authorization": f"bearer {TOKEN}"})
    assert answer.json()["run"] == "run-1"


async def test_a_stranger_cannot_make_the_engine_read_a_body(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.put("/agents/ana/state", content=b"x" * 1_000_000)
    assert answer.status_code == 401


async def test_a_stranger_cannot_listen(app: FastAPI) -> None:
    for headers, protocols in (
        ({}, ()),
        ({"Authorization": "Bearer wrong"}, ()),
        ({}, ("bearer.wrong",)),
        ({}, (TOKEN,)),
    ):
        socket = AsgiSocket(app, headers=headers, protocols=protocols)
        refusal = await socket.next()
        assert (refusal["type"], refusal["code"]) == ("websocket.close", 4401)
        await socket.ends()


async def test_a_browser_listens_with_the_token_as_subprotocol(app: FastAPI) -> None:
    socket = AsgiSocket(app, headers={}, protocols=("other", f"bearer.{TOKEN}"))
    assert (await socket.next())["subprotocol"] == f"bearer.{TOKEN}"
    assert (await socket.hears())["type"] == "snapshot"
    await socket.leaves()


def test_every_operation_that_needs_a_token_says_so(app: FastAPI) -> None:
    for path, operations in app.openapi()["paths"].items():
        for operation in operations.values():
            assert ("security" in operation) == (path not in OPEN_PATHS), path
            assert ("401" in operation["responses"]) == (path not in OPEN_PATHS), path
    assert all(
        route.operation_id for route in app.routes if isinstance(route, APIRoute) and route.include_in_schema
    )
