"""What callers said, over HTTP."""

import httpx

from acd.ivr_signals import CallerJudged
from tests.api.fake_engine import FakeEngine


async def two_said_something(engine: FakeEngine, http: httpx.AsyncClient) -> None:
    await http.put("/agents/ana/state", json={"state": "ready"})
    for name, grade in (("c1", 5), ("c2", 2)):
        call = await engine.calls(name, "sales")
        offer = await engine.answers()
        await engine.agent_hangs_up(offer, call)
        engine.runtime.post(
            CallerJudged(
                call_id=call, flow="main", node="opinion", question="served", grade=grade, least=1, most=5
            )
        )
        await engine.settles()
    await engine.writes_history()


async def test_grades_by_agent_and_the_calls_behind_them(engine: FakeEngine, http: httpx.AsyncClient) -> None:
    await two_said_something(engine, http)
    report = (await http.get("/reports/surveys", params={"by": "agent"})).json()
    assert report["by"] == "agent"
    assert report["questions"] == [
        {
            "question": "served",
            "group": "ana",
            "least": 1,
            "most": 5,
            "answers": 2,
            "mean": 3.5,
            "given": {"1": 0, "2": 1, "3": 0, "4": 0, "5": 1},
            "comments": 0,
        }
    ]
    first = (await http.get("/reports/surveys/answers", params={"agent": "ana", "limit": 1})).json()
    after = {"agent": "ana", "after": first["next"]}
    second = (await http.get("/reports/surveys/answers", params=after)).json()
    told = [
        (one["call_id"], one["grade"], one["queue_id"]) for one in (*first["answers"], *second["answers"])
    ]
    assert told == [("c1", 5, "sales"), ("c2", 2, "sales")]
    assert second["next"] is None
    timeline = (await http.get("/calls/c1")).json()["timeline"]
    assert "SurveyAnswered" in [entry["event"]["type"] for entry in timeline]


async def test_other_questions_are_refused(engine: FakeEngine, http: httpx.AsyncClient) -> None:
    assert (await http.get("/reports/surveys", params={"by": "caller"})).status_code == 422
    assert (await http.get("/reports/surveys/answers", params={"after": "nonsense"})).status_code == 422
    assert (await http.get("/reports/surveys", params={"queue": "support"})).json()["questions"] == []
