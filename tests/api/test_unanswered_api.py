"""The unanswered ledger over HTTP, and the score that callers in it are given."""

import httpx

from acd.call_signals import CallerHungUp
from acd.ids import CallId
from tests.api.fake_engine import FakeEngine


async def test_who_gave_up_is_listed_until_he_is_answered(
    http: httpx.AsyncClient, engine: FakeEngine
) -> None:
    for call_id in ("c1", "c2"):
        await engine.calls(call_id, "sales", caller="+337")
        engine.runtime.post(CallerHungUp(call_id=CallId(call_id)))
        await engine.settles()
    (item,) = (await http.get("/unanswered")).json()
    assert (item["caller"], item["call_id"], item["why"], item["attempts"]) == ("+337", "c2", "abandoned", 2)
    assert 59 < item["boost_s"] <= 60

    await engine.calls("c3", "sales", caller="+337")
    (live,) = (await http.get("/calls")).json()
    assert live["call_class"] == "returning"
    score = live["score"]
    assert (score["offset_s"], score["objective_s"], score["overdue"]) == (30, 30, False)
    assert 2_900_000 < score["millionths"] < 3_100_000  # (30 s + 60 s) / 30 s

    assert (await http.put("/agents/ana/state", json={"state": "ready"})).status_code == 200
    await engine.answers()
    assert (await http.get("/unanswered")).json() == []


async def test_the_list_is_bounded_and_the_latest_come_first(
    http: httpx.AsyncClient, engine: FakeEngine
) -> None:
    for number in range(4):
        await engine.calls(f"c{number}", "sales", caller=f"+33{number}")
        engine.runtime.post(CallerHungUp(call_id=CallId(f"c{number}")))
    await engine.settles()
    latest = (await http.get("/unanswered", params={"limit": 2})).json()
    assert [item["caller"] for item in latest] == ["+333", "+332"]
    assert (await http.get("/unanswered", params={"limit": 1001})).status_code == 422
