"""What every request meets: limits, headers, and no word about our insides."""

import asyncio
import logging

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from api.guards import MOST_BODY_BYTES, BodyLimit
from tests.api.fake_engine import TOKEN, FakeEngine


async def test_a_body_may_be_so_large_and_no_larger(http: httpx.AsyncClient) -> None:
    padded = b'{"state": "logged_out"}' + b" " * (MOST_BODY_BYTES - 23)
    kind = {"Content-Type": "application/json"}
    fits = await http.put("/agents/ana/state", content=padded, headers=kind)
    assert fits.status_code == 200
    answer = await http.put("/agents/ana/state", content=padded + b" ", headers=kind)
    assert answer.status_code == 413
    assert str(MOST_BODY_BYTES) in answer.json()["detail"]


async def test_a_body_that_never_ends_is_not_waited_for() -> None:
    sent: list[Message] = []
    passed_on = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        passed_on.append(scope)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "PUT", "path": "/", "headers": []}

    async def silence() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    await BodyLimit(app, within_s=0.01)(scope, silence, send)
    assert sent[0]["status"] == 408
    assert not passed_on


async def test_security_headers_are_on_every_answer_and_no_other_origin_is_let_in(
    http: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    origin = {"Origin": "http://elsewhere.example"}
    for answer in (
        await http.get("/agents", headers=origin),
        await http.get("/nowhere"),
        await http.get("/agents/zoe"),
        await stranger.get("/agents", headers=origin),
        await stranger.get("/health"),
    ):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "access-control-allow-origin" not in answer.headers


async def test_the_documentation_lets_in_its_own_style_and_nothing_else(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/docs")
    assert "PUT /agents/{agent_id}/state" in answer.text
    assert "<script" not in answer.text
    assert "http://" not in answer.text
    assert "https://" not in answer.text
    assert "style-src 'sha256-" in answer.headers["Content-Security-Policy"]


async def test_a_bug_of_ours_is_one_plain_line_outside_and_everything_in_the_log(
    http: httpx.AsyncClient,
    engine: FakeEngine,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken() -> None:
        raise RuntimeError(f"secret: {TOKEN}")

    monkeypatch.setattr(engine, "health", broken)
    with caplog.at_level(logging.ERROR, "api.guards"):
        answer = await http.get("/health")
    assert answer.status_code == 500
    assert answer.json() == {"detail": "an error of the engine's own; its log says more"}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "broken" in caplog.text


async def test_health_is_200_while_callers_are_served_and_503_when_the_floor_is_dead(
    stranger: httpx.AsyncClient, engine: FakeEngine, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.status = "degraded"
    answer = await stranger.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["link"]["since"].endswith("Z")
    for secret in (TOKEN, "ami-secret-of-the-tests"):
        assert secret not in answer.text
    monkeypatch.setattr(engine.runtime, "_alive", False)
    answer = await stranger.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "down")
