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
