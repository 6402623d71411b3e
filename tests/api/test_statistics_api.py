"""Reports over HTTP: every figure with its formula, and the visits it is counted from."""

import httpx
import pytest

from tests.api.fake_engine import FakeEngine

LONG_AGO = "2020-01-01T00:00:00Z"


async def two_answered_one_gone(engine: FakeEngine, http: httpx.AsyncClient) -> None:
    """Ana sells to two; a third gives up."""
    await http.put("/agents/ana/state", json={"state": "ready"})
    for name in ("c1", "c2"):
        call = await engine.calls(name, "sales")
        offer = await engine.answers()
        await engine.agent_hangs_up(offer, call)
    await http.put("/agents/ana/state", json={"state": "not_ready", "reason": "break"})
    await engine.hangs_up(await engine.calls("c3", "sales"))
    await engine.writes_history()


async def test_a_report_tells_how_it_counts(engine: FakeEngine, http: httpx.AsyncClient) -> None:
    await two_answered_one_gone(engine, http)
    report = (await http.get("/reports/queues")).json()
    assert report["unexplained"] == 0
    sales, support = report["queues"]
    assert (sales["queue_id"], support["queue_id"]) == ("sales", "support")
    assert sales["service_level_formula"] == "answered_within / (answered + abandoned)"
    total = sales["total"]
    assert (total["offered"], total["exits"]) == (3, {"answered": 2, "abandoned": 1})
    assert total["service_level"] == pytest.approx(2 / 3)
    assert total["service_levels"]["answered_only"] == 1
    assert total["answer_rate"] == pytest.approx(2 / 3)
    assert sum(period["figures"]["offered"] for period in sales["periods"]) == 3
    assert support["total"]["offered"] == 0
    assert support["total"]["service_level"] is None
    assert support["evenness"] is None


async def test_the_books_say_what_the_live_queue_says(engine: FakeEngine, http: httpx.AsyncClient) -> None:
    await two_answered_one_gone(engine, http)
    live = (await http.get("/queues/sales")).json()
    (told,) = (await http.get("/reports/queues", params={"queue": "sales"})).json()["queues"]
    for name in ("offered", "answered", "abandoned", "service_level", "longest_waited_s"):
        assert told["total"][name] == live[name], name
    for name in ("average_speed_of_answer_s", "average_talk_s", "average_handling_s"):
        assert told["total"][name] == pytest.approx(live[name]), name


async def test_a_figure_leads_to_its_calls(engine: FakeEngine, http: httpx.AsyncClient) -> None:
    await two_answered_one_gone(engine, http)
    answered = {"queue": "sales", "exit": "answered", "limit": 1}
    first = (await http.get("/reports/visits", params=answered)).json()
    second = (await http.get("/reports/visits", params={**answered, "after": first["next"]})).json()
    assert [one["visits"][0]["call_id"] for one in (first, second)] == ["c1", "c2"]
    assert second["next"] is None
    assert (await http.get(f"/calls/{first['visits'][0]['call_id']}")).status_code == 200
    (hers, too) = (await http.get("/reports/visits", params={"agent": "ana"})).json()["visits"]
    assert hers["agent_id"] == too["agent_id"] == "ana"


async def test_agents_are_told_by_time_and_calls(engine: FakeEngine, http: httpx.AsyncClient) -> None:
    await two_answered_one_gone(engine, http)
    (ana,) = (await http.get("/reports/agents")).json()["agents"]
    assert (ana["agent_id"], ana["answered"]) == ("ana", 2)
    assert ana["staffed_s"] == pytest.approx(sum(ana["spent_s"].values()))
    assert set(ana["not_ready_s"]) == {"break"}
    assert 0 < ana["occupancy"] < 1


@pytest.mark.parametrize(
    ("path", "params", "why"),
    [
        ("queues", {"since": "2026-01-01T00:00:00"}, "needs an offset from UTC"),
        ("queues", {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "must be later"),
        ("queues", {"since": LONG_AGO}, "days at the most"),
        ("queues", {"since": "2026-01-01T00:00:00Z", "until": "2026-06-01T00:00:00Z"}, "more than 3000"),
        ("visits", {"after": "nonsense"}, "of an earlier page"),
        ("agents", {"since": "yesterday"}, "valid datetime"),
    ],
)
async def test_what_makes_no_report_is_said(
    http: httpx.AsyncClient, path: str, params: dict[str, str], why: str
) -> None:
    answer = await http.get(f"/reports/{path}", params=params)
    assert answer.status_code == 422
    assert why in answer.text


async def test_without_a_database_there_is_no_past(engine: FakeEngine, http: httpx.AsyncClient) -> None:
    await engine.store.close()
    answer = await http.get("/reports/queues")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
