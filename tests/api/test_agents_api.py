"""Agents over HTTP."""

from pathlib import Path

import httpx
import pytest

from api import commanding
from api.app import create_app
from cti.runtime import EngineStopped
from tests.api.fake_engine import TOKEN, FakeEngine


async def test_an_agent_sets_himself_ready_and_sees_it(http: httpx.AsyncClient) -> None:
    answer = await http.put("/agents/ana/state", json={"state": "ready"})
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["queues"]) == ("ready", ["sales", "support"])
    assert answer.json() == (await http.get("/agents/ana")).json() == (await http.get("/agents")).json()[0]


async def test_a_break_has_a_reason_and_without_one_it_is_other(http: httpx.AsyncClient) -> None:
    given = await http.put("/agents/ana/state", json={"state": "not_ready", "reason": "lunch"})
    assert (given.json()["state"], given.json()["reason"]) == ("not_ready", "lunch")
    bare = await http.put("/agents/ben/state", json={"state": "not_ready"})
    assert bare.json()["reason"] == "other"
    home = await http.put("/agents/ben/state", json={"state": "logged_out"})
    assert (home.json()["state"], home.json()["reason"]) == ("logged_out", None)


async def test_a_refusal_says_why_and_changes_nothing(http: httpx.AsyncClient, engine: FakeEngine) -> None:
    await engine.unplugs("ana")
    before = (await http.get("/agents/ana")).json()
    answer = await http.put("/agents/ana/state", json={"state": "ready"})
    assert answer.status_code == 409
    assert answer.json() == {"detail": "the phone of ana is not registered"}
    engines_own = await http.put("/agents/ana/state", json={"state": "not_ready", "reason": "no_answer"})
    assert engines_own.status_code == 409
    unknown = await http.put("/agents/ana/state", json={"state": "not_ready", "reason": "nap"})
    assert unknown.status_code == 409
    offered = [reason["code"] for reason in (await http.get("/not-ready-reasons")).json()]
    assert unknown.json()["detail"] == f"nap is no reason here; there are {', '.join(offered)}"
    assert (await http.get("/agents/ana")).json() == before


async def test_what_a_busy_agent_asks_for_waits_until_he_is_free(
    http: httpx.AsyncClient, engine: FakeEngine
) -> None:
    await http.put("/agents/ana/state", json={"state": "ready"})
    call = await engine.calls("c1", "sales")
    offer = await engine.answers()
    asked = (await http.put("/agents/ana/state", json={"state": "not_ready", "reason": "break"})).json()
    assert (asked["state"], asked["call_id"], asked["next_state"]) == ("talking", "c1", "not_ready")
    await engine.agent_hangs_up(offer, call)
    freed = (await http.get("/agents/ana")).json()
    assert (freed["state"], freed["reason"], freed["next_state"]) == ("not_ready", "break", None)


async def test_after_this_call_is_chosen_taken_back_and_decided_by_others(
    http: httpx.AsyncClient, engine: FakeEngine
) -> None:
    idle = await http.put("/agents/ana/next-state", json={"state": "ready"})
    assert (idle.status_code, idle.json()["detail"]) == (409, "ana is not busy: set his state")
    await http.put("/agents/ana/state", json={"state": "ready"})
    call = await engine.calls("c1", "sales")
    offer = await engine.answers()
    chosen = (await http.put("/agents/ana/next-state", json={"state": "not_ready"})).json()
    assert (chosen["next_state"], chosen["next_reason"], chosen["next_by"]) == ("not_ready", "other", None)
    assert (await http.delete("/agents/ana/next-state")).json()["next_state"] is None
    order = {"state": "logged_out", "by": " carol ", "why": "his shift is over"}
    forced = (await http.put("/agents/ana/forced-state", json=order)).json()
    assert (forced["state"], forced["next_state"], forced["next_by"]) == ("talking", "logged_out", "carol")
    assert (await http.delete("/agents/ana/next-state")).status_code == 409
    await engine.agent_hangs_up(offer, call)
    assert (await http.get("/agents/ana")).json()["state"] == "logged_out"


@pytest.mark.parametrize(
    "body",
    [
        {"state": "talking", "by": "carol", "why": "so"},
        {"state": "ready", "why": "so"},
        {"state": "ready", "by": "carol"},
        {"state": "ready", "by": "  ", "why": "so"},
        {"state": "ready", "by": "car\nol", "why": "so"},
        {"state": "ready", "by": "carol", "why": "w" * 201},
        {"state": "not_ready", "reason": "Not A Code", "by": "carol", "why": "so"},
    ],
)
async def test_force_without_a_name_or_a_reason_is_no_order(
    http: httpx.AsyncClient, body: dict[str, object]
) -> None:
    assert (await http.put("/agents/ana/forced-state", json=body)).status_code == 422


async def test_one_queue_is_paused_and_taken_up_again(http: httpx.AsyncClient) -> None:
    paused = await http.put("/agents/ana/queues/sales", json={"standing": "paused", "reason": "training"})
    assert paused.status_code == 200
    away = paused.json()["away_from"]["sales"]
    assert (away["standing"], away["reason"]) == ("paused", "training")
    idle = (await http.get("/agents/ana/why-idle")).json()["queues"]
    assert [q["lacks"] for q in idle if q["queue_id"] == "sales"] == ["has paused this queue: training"]
    again = await http.put("/agents/ana/queues/sales", json={"standing": "serves"})
    assert again.json()["away_from"] == {}
    assert (await http.put("/agents/ana/queues/none", json={"standing": "left"})).status_code == 409
    assert (await http.put("/agents/zoe/queues/sales", json={"standing": "left"})).status_code == 404
    assert (await http.put("/agents/ana/queues/sales", json={"standing": "gone"})).status_code == 422


async def test_wrap_up_is_ended_and_extended_only_by_who_is_in_it(http: httpx.AsyncClient) -> None:
    for what in ("end", "extend"):
        answer = await http.post(f"/agents/ana/wrap-up/{what}")
        assert (answer.status_code, answer.json()["detail"]) == (409, "ana is not wrapping up")
        assert (await http.post(f"/agents/zoe/wrap-up/{what}")).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"state": "talking"}',
        b'{"state": "ready", "reason": "break"}',
        b'{"state": "not_ready", "reason": "Bored to death"}',
        b'{"state": NaN}',
        b'{"state": "ready", "\\ud800": 1}',
        b'{"state": "\\ud800"}',
        b"{" * 16_000,
        b"[" * 16_000,
        b"\xff\xfe",
    ],
)
async def test_a_body_that_makes_no_sense_is_refused_with_a_reason(
    http: httpx.AsyncClient, body: bytes
) -> None:
    answer = await http.put("/agents/ana/state", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.json()["detail"]
    assert (await http.get("/agents/ana")).json()["state"] == "logged_out"


async def test_nobody_by_that_name(http: httpx.AsyncClient) -> None:
    for answer in (
        await http.get("/agents/zoe"),
        await http.put("/agents/zoe/state", json={"state": "ready"}),
    ):
        assert (answer.status_code, answer.json()) == (404, {"detail": "there is no agent zoe"})
    for name in ("Ana", "a%0Ab", "a" * 33, "%00", "ana%20"):
        assert (await http.get(f"/agents/{name}")).status_code == 422, name


async def test_an_engine_too_far_behind_asks_to_come_back_later(tmp_path: Path) -> None:
    engine = FakeEngine(tmp_path, inbox_limit=0)
    transport = httpx.ASGITransport(create_app(engine))
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://engine", headers=headers) as http:
        answer = await http.put("/agents/ana/state", json={"state": "ready"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


async def test_a_silent_engine_is_waited_for_only_so_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commanding, "ANSWER_WITHIN_S", 0.01)
    transport = httpx.ASGITransport(create_app(FakeEngine(tmp_path)))  # nobody runs its floor
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://engine", headers=headers) as http:
        answer = await http.put("/agents/ana/state", json={"state": "ready"})
    assert answer.status_code == 503


async def test_an_engine_that_stops_while_it_is_asked_says_so(
    http: httpx.AsyncClient, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stops(_: object) -> None:
        raise EngineStopped("the engine has stopped")

    monkeypatch.setattr(engine.runtime, "ask_for", stops)
    answer = await http.put("/agents/ana/state", json={"state": "ready"})
    assert (answer.status_code, answer.json()["detail"]) == (503, "the engine has stopped")
