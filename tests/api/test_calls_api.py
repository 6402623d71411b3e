"""Calls over HTTP: live, past, and one call's story."""

import httpx
import pytest

from tests.api.fake_engine import FakeEngine

LIFE = [
    "CallStarted",
    "IvrEntered",
    "CallLeftIvr",
    "CallQueued",
    "OfferMade",
    "RoutingDecided",
    "AgentRang",
    "OfferEnded",
    "CallLeftQueue",
    "CallConnected",
    "CallEnded",
]


async def ana_is_ready(http: httpx.AsyncClient) -> None:
    assert (await http.put("/agents/ana/state", json={"state": "ready"})).status_code == 200


async def a_whole_call(engine: FakeEngine, call_id: str) -> None:
    call = await engine.calls(call_id, "sales")
    await engine.agent_hangs_up(await engine.answers(), call)


async def test_live_calls_say_where_each_caller_is(http: httpx.AsyncClient, engine: FakeEngine) -> None:
    await engine.calls("c1", "sales")
    await engine.calls("c2", "sales", caller="+3399")
    first, vip = (await http.get("/calls")).json()
    assert (first["call_id"], first["state"], first["position"]) == ("c1", "waiting", 2)
    assert (vip["call_class"], vip["position"]) == ("vip", 1)
    await ana_is_ready(http)
    assert [c["state"] for c in (await http.get("/calls")).json()] == ["waiting", "offered"]


async def test_a_story_is_complete_at_once_and_the_same_once_written(
    http: httpx.AsyncClient, engine: FakeEngine
) -> None:
    await ana_is_ready(http)
    await a_whole_call(engine, "c1")
    at_once = (await http.get("/calls/c1")).json()
    assert [entry["event"]["type"] for entry in at_once["timeline"]] == LIFE
    assert (at_once["live"], at_once["complete"]) == (None, True)
    assert (at_once["call"]["outcome"], at_once["call"]["agent_id"]) == ("answered", "ana")
    assert at_once["call"]["talked_s"] >= 0
    await engine.writes_history()
    assert (await http.get("/calls/c1")).json() == at_once


async def test_a_story_joins_what_is_written_with_what_is_not_yet(
    http: httpx.AsyncClient, engine: FakeEngine
) -> None:
    await ana_is_ready(http)
    call = await engine.calls("c1", "sales")
    await engine.writes_history()
    offer = await engine.answers()
    talking = (await http.get("/calls/c1")).json()
    assert [entry["event"]["type"] for entry in talking["timeline"]] == LIFE[:-1]
    assert talking["live"]["state"] == "connected"
    assert talking["call"]["connected_at"] is not None
    await engine.agent_hangs_up(offer, call)
    ended = (await http.get("/calls/c1")).json()
    assert [entry["event"]["type"] for entry in ended["timeline"]] == LIFE
    assert ended["call"]["outcome"] == "answered"


async def test_a_story_says_why_the_agent_was_chosen(http: httpx.AsyncClient, engine: FakeEngine) -> None:
    await http.put("/agents/ben/state", json={"state": "ready"})
    await engine.calls("c1", "sales")
    await engine.calls("c2", "sales", caller="+3399")
    await ana_is_ready(http)
    await engine.answers()
    (why,) = (await http.get("/calls/c2")).json()["decisions"]
    assert (why["agent_id"], why["ended_as"]) == ("ana", "accepted")
    assert {c["agent_id"]: c["verdict"] for c in why["candidates"]} == {"ana": "chosen", "ben": "lacks_skill"}
    assert why["requirement"] == "sales >= 5"
    assert [(r["call_id"], r["verdict"]) for r in why["rivals"]] == [("c1", "lower_score")]
    assert (await http.get("/calls/c1")).json()["decisions"] == []


async def test_times_are_iso_with_microseconds_and_spans_are_seconds(
    http: httpx.AsyncClient, engine: FakeEngine
) -> None:
    await ana_is_ready(http)
    await a_whole_call(engine, "c1")
    events = {e["event"]["type"]: e for e in (await http.get("/calls/c1")).json()["timeline"]}
    for moment in (
        events["CallStarted"]["at"],
        events["CallQueued"]["event"]["queued_at"],
        events["OfferMade"]["event"]["expires_at"],
    ):
        assert len(moment) == len("2026-03-02T09:30:00.123456Z")
        assert moment.endswith("Z")
    assert 0 <= events["CallConnected"]["event"]["waited_s"] < 60
    assert 0 <= events["CallEnded"]["event"]["talked_s"] < 60


async def test_history_is_read_page_by_page_the_latest_first(
    http: httpx.AsyncClient, engine: FakeEngine
) -> None:
    await ana_is_ready(http)
    for number in range(7):
        await a_whole_call(engine, f"c{number}")
    await engine.writes_history()
    pages, before = [], None
    while not pages or before:
        page = (
            await http.get("/calls/history", params={"limit": 3, **({"before": before} if before else {})})
        ).json()
        pages.append([call["call_id"] for call in page["calls"]])
        before = page["next"]
    assert pages == [["c6", "c5", "c4"], ["c3", "c2", "c1"], ["c0"]]


async def test_history_may_be_asked_for_one_queue_and_one_outcome(
    http: httpx.AsyncClient, engine: FakeEngine
) -> None:
    gone = await engine.calls("c1", "sales")
    await engine.hangs_up(gone)
    await engine.calls("c2", "support")
    await engine.writes_history()

    async def ids(**asked: str) -> list[str]:
        return [c["call_id"] for c in (await http.get("/calls/history", params=asked)).json()["calls"]]

    assert await ids() == ["c2", "c1"]
    assert await ids(queue="support") == ["c2"]
    assert await ids(outcome="abandoned") == ["c1"]
    assert await ids(queue="support", outcome="abandoned") == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "before=!",
        "before=YWJj",
        "before=%FF",
        "outcome=bored",
        "queue=A%0A",
    ],
)
async def test_a_question_about_history_that_makes_no_sense(http: httpx.AsyncClient, query: str) -> None:
    answer = await http.get(f"/calls/history?{query}")
    assert answer.status_code == 422
    assert answer.json()["detail"]


async def test_a_call_nobody_knows(http: httpx.AsyncClient) -> None:
    assert (await http.get("/calls/c9")).json() == {"detail": "there is no call c9"}
    assert (await http.get("/calls/a%0Db")).status_code == 422


async def test_without_its_database_the_engine_tells_what_it_remembers(
    http: httpx.AsyncClient, engine: FakeEngine
) -> None:
    await ana_is_ready(http)
    await engine.calls("c1", "sales")
    await engine.store.close()
    story = (await http.get("/calls/c1")).json()
    assert (story["live"]["state"], story["complete"]) == ("offered", True)
    assert [entry["event"]["type"] for entry in story["timeline"]] == LIFE[:6]
    for path in ("/calls/c9", "/calls/history"):
        answer = await http.get(path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "history cannot be read now" in answer.json()["detail"]
