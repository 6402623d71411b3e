"""Queues over HTTP."""

import httpx

from tests.api.fake_engine import FakeEngine


async def test_a_queue_counts_who_waits_who_serves_and_who_gave_up(
    http: httpx.AsyncClient, engine: FakeEngine
) -> None:
    waiting = await engine.calls("c1", "sales")
    await engine.calls("c2", "sales")
    now = (await http.get("/queues/sales")).json()
    assert (now["waiting"], now["offered"], now["agents_ready"], now["service_level"]) == (2, 2, 0, None)
    assert now["longest_wait_s"] > 0
    await engine.hangs_up(waiting)
    later = (await http.get("/queues/sales")).json()
    assert (later["waiting"], later["abandoned"], later["service_level"], later["unexplained"]) == (
        1,
        1,
        0,
        0,
    )
    assert (later["requires"], later["prefers"], later["relax"], later["relaxed"]) == (
        "sales >= 5",
        None,
        [],
        0,
    )
    assert later["service_level_formula"] == "answered_within / (answered + abandoned)"


async def test_queues_are_listed_in_the_order_of_the_configuration(http: httpx.AsyncClient) -> None:
    assert [queue["queue_id"] for queue in (await http.get("/queues")).json()] == ["sales", "support"]
    assert (await http.get("/queues/salse")).json() == {"detail": "there is no queue salse"}


async def test_a_queue_is_closed_and_reopened_by_hand(http: httpx.AsyncClient, engine: FakeEngine) -> None:
    closed = await http.post("/queues/sales/close", json={"because": "fire alarm", "by": "Ada"})
    assert closed.status_code == 200
    told = closed.json()
    assert (told["open"], told["door"], told["changes_at"]) == (False, "closed by Ada: fire alarm", None)
    await engine.knocks("c1", "sales")
    now = (await http.get("/queues/sales")).json()
    assert (now["offered"], now["turned_away"], now["exits"]["closed"], now["unexplained"]) == (1, 1, 1, 0)
    opened = await http.post("/queues/sales/reopen", json={})
    assert (opened.json()["open"], opened.json()["door"]) == (True, "open by its hours")
    again = await http.post("/queues/sales/reopen", json={})
    assert (again.status_code, again.json()) == (
        409,
        {"detail": "queue sales was not closed by hand: it is open by its hours"},
    )


async def test_closing_needs_a_reason_and_a_queue(http: httpx.AsyncClient) -> None:
    assert (await http.post("/queues/sales/close", json={})).status_code == 422
    assert (await http.post("/queues/sales/close", json={"because": "a\nb"})).status_code == 422
    assert (await http.post("/queues/salse/close", json={"because": "why"})).status_code == 404
    assert (await http.post("/queues/salse/reopen", json={})).status_code == 404
