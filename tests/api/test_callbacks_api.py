"""Callbacks over HTTP: booked, seen, taken back, refused."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from acd.call_signals import CallerHungUp
from acd.ids import CallId
from cti.rules_callbacks import CallbackConfig
from tests.api.fake_engine import FakeEngine, two_queues

NUMBER = "+33612345678"


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[FakeEngine]:
    """Its queues call back."""
    rules = two_queues()
    queues = tuple(queue.model_copy(update={"callback": CallbackConfig()}) for queue in rules.queues)
    made = FakeEngine(tmp_path, rules=rules.model_copy(update={"queues": queues}))
    await made.store.open()
    yield made
    await made.store.close()


async def test_one_is_booked_seen_and_taken_back(http: httpx.AsyncClient, engine: FakeEngine) -> None:
    booked = await http.post("/callbacks", json={"queue_id": "sales", "number": NUMBER})
    assert booked.status_code == 201
    callback = booked.json()
    assert (callback["state"], callback["position"], callback["attempts"]) == ("booked", 1, 0)
    assert callback["why"].startswith("it is not called back for")
    assert [one["call_id"] for one in (await http.get("/callbacks")).json()] == [callback["call_id"]]
    again = await http.post("/callbacks", json={"queue_id": "support", "number": NUMBER})
    assert again.json()["call_id"] == callback["call_id"]  # one for each customer: the earlier stands
    story = (await http.get(f"/calls/{callback['call_id']}")).json()
    assert story["waiting"]["because"].startswith("it is not called back for")
    assert (await http.delete(f"/callbacks/{callback['call_id']}")).status_code == 204
    assert (await http.get("/callbacks")).json() == []
    assert (await http.delete(f"/callbacks/{callback['call_id']}")).status_code == 409
    await engine.writes_history()
    ended = (await http.get(f"/callbacks/{callback['call_id']}")).json()
    assert (ended["state"], ended["why"]) == ("cancelled", None)
    assert ended["ended_at"] is not None
    assert (await http.get("/callbacks/nope")).status_code == 404


async def test_just_after_a_start_nobody_is_told_that_a_promise_was_never_made(
    http: httpx.AsyncClient, engine: FakeEngine
) -> None:
    engine.caught_up = False
    for path in "/callbacks/of-an-earlier-run", "/calls/of-an-earlier-run":
        answer = await http.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1"), answer.text
        assert "still being read" in answer.json()["detail"]
    engine.caught_up = True
    assert (await http.get("/calls/of-an-earlier-run")).status_code == 404


async def test_a_waiting_caller_keeps_his_place(http: httpx.AsyncClient, engine: FakeEngine) -> None:
    await engine.calls("c1", "sales", caller=NUMBER)
    booked = await http.post("/callbacks", json={"call_id": "c1"})
    assert booked.status_code == 201
    assert (booked.json()["from_call"], booked.json()["position"]) == ("c1", 1)
    engine.runtime.post(CallerHungUp(call_id=CallId("c1")))
    await engine.settles()
    (live,) = (await http.get("/calls")).json()
    assert live["call_id"] == booked.json()["call_id"]


async def test_one_is_booked_for_a_moment(http: httpx.AsyncClient, engine: FakeEngine) -> None:
    moment = datetime.fromtimestamp(engine.runtime.clock.now() // 1_000_000 + 7200, UTC)
    body = {"queue_id": "sales", "number": NUMBER}
    booked = await http.post("/callbacks", json={**body, "not_before": moment.isoformat()})
    assert booked.status_code == 201, booked.text
    assert datetime.fromisoformat(booked.json()["not_before"]) == moment
    for wrong, status in (
        ("2026-03-02T10:00:00", 422),  # of which place?
        ("9999-12-31T23:59:00-10:00", 422),
        ("9998-01-01T00:00:00Z", 409),
        ("2001-01-01T00:00:00Z", 409),
        ("soon", 422),
    ):
        answer = await http.post("/callbacks", json={**body, "not_before": wrong})
        assert answer.status_code == status, (wrong, answer.text)


async def test_whoever_may_not_be_called_is_refused(http: httpx.AsyncClient) -> None:
    for body, status in (
        ({"queue_id": "sales", "number": "+4912345"}, 409),
        ({"queue_id": "nope", "number": NUMBER}, 409),
        ({"number": NUMBER}, 409),
        ({"call_id": "nobody"}, 409),
        ({"queue_id": "sales", "number": "+33\r\nAction: Originate"}, 422),
        ({"queue_id": "sales", "number": NUMBER, "more": 1}, 422),
    ):
        answer = await http.post("/callbacks", json=body)
        assert answer.status_code == status, (body, answer.text)
