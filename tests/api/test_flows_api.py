"""The flows over HTTP: checked, compared, published and taken back, by one who knew the latest."""

from typing import Any

import httpx

from acd.call import CallState
from acd.commands import EnterIvr
from acd.ids import CallId
from tests.api.fake_engine import FLOWS, FakeEngine

NUMBERS, MAIN = FLOWS.numbers, FLOWS.flows["main.yaml"]
MORE = MAIN.replace("prompts: [goodbye]", "prompts: [sorry, goodbye]")
NIGHT = "name: night\nstart: bye\nnodes:\n  bye: {kind: hangup}\n"


async def publish(http: httpx.AsyncClient, main: str = MORE, **more: Any) -> httpx.Response:
    return await http.put("/flows", json={"flows": {"main.yaml": main}, "base_version": 0, **more})


async def test_what_callers_meet_is_told_also_before_anything_was_published(http: httpx.AsyncClient) -> None:
    told = await http.get("/flows")
    assert told.headers["ETag"] == '"0"'
    flows = told.json()
    assert (flows["version"], flows["latest"], flows["file_problems"]) == (0, 0, [])
    assert flows["numbers"] == {"default": "main"}
    assert [(f["name"], f["file"], f["nodes"]) for f in flows["flows"]] == [("main", "main.yaml", 2)]


async def test_new_calls_meet_what_was_published_and_calls_say_which(
    http: httpx.AsyncClient, engine: FakeEngine
) -> None:
    done = await publish(http, author="zoe", numbers='numbers: {"8000": main}')
    assert done.status_code == 200, done.text
    told = done.json()
    assert (told["version"], told["author"], told["in_force"]) == (1, "zoe", True)
    assert [change["told"] for change in told["changes"]] == [
        "number default removed: main",
        "number 8000 added: main",
        "flow main: nodes.bye.prompts added: sorry",
    ]
    assert engine.flow_shelf.in_force.version == 1
    entered = EnterIvr(call_id=CallId("c1"), caller="+331", dialled="8000", flow="main", flow_version=1)
    assert await engine.runtime.ask(entered) is None
    live = (await http.get("/calls/c1")).json()["live"]
    assert (live["state"], live["flow"], live["flow_version"]) == (CallState.IN_IVR, "main", 1)
    await engine.writes_history()
    assert (await http.get("/calls/c1")).json()["call"]["flow_version"] == 1


async def test_mistakes_are_told_with_file_and_line_and_nothing_is_published(http: httpx.AsyncClient) -> None:
    wrong = {"main.yaml": MAIN.replace("queue: sales", "queue: sails"), "night.yaml": NIGHT}
    numbers = "numbers: {default: nihgt}"
    checked = (await http.post("/flows/check", json={"flows": wrong, "numbers": numbers})).json()
    assert checked["fine"] is False
    assert [(p["file"], p["line"], p["field"], p["suggestion"]) for p in checked["problems"]] == [
        ("numbers.yaml", 1, "numbers.default", "night"),
    ]
    checked = (await http.post("/flows/check", json={"flows": wrong})).json()
    assert [(p["file"], p["line"], p["suggestion"]) for p in checked["problems"]] == [
        ("flows/main.yaml", 4, "sales")
    ]
    done = await http.put("/flows", json={"flows": wrong, "numbers": numbers, "base_version": 0})
    assert (done.status_code, done.json()["detail"]) == (
        422,
        [
            {
                "loc": ["body", "numbers", "numbers", "default"],
                "msg": "line 1: no flow is called 'nihgt'",
                "type": "flow_document",
            }
        ],
    )
    done = await publish(http, "name: [")
    assert done.json()["detail"][0]["loc"] == ["body", "flows", "main.yaml"]
    assert (await http.post("/flows/check", json={"flows": {"a.yaml": NIGHT, "b.yaml": NIGHT}})).json()[
        "fine"
    ] is (False)
    assert (await http.get("/flows/history")).json() == []


async def test_who_did_not_know_the_latest_is_told(http: httpx.AsyncClient) -> None:
    assert (await publish(http)).status_code == 200
    late = await publish(http, MAIN)
    assert (late.status_code, late.json()["detail"]) == (
        409,
        "the latest version is 1; this change was made for version 0",
    )
    body = {"flows": {"main.yaml": MAIN}}
    assert (await http.put("/flows", json=body)).status_code == 422
    done = await http.put("/flows", json=body, headers={"If-Match": '"1"'})
    assert (done.status_code, done.json()["version"]) == (200, 2)
    again = await http.put("/flows", json=body, headers={"If-Match": '"2"'})
    assert (again.json()["version"], again.json()["changes"]) == (2, [])


async def test_an_old_version_is_told_compared_and_published_anew(http: httpx.AsyncClient) -> None:
    await publish(http, MAIN)
    assert (await publish(http, MORE, base_version=1)).status_code == 200
    old = (await http.get("/flows/1")).json()
    assert (old["numbers"], old["flows"], old["in_force"]) == (NUMBERS, {"main.yaml": MAIN}, False)
    changes = (await http.post("/flows/diff", json={"before_version": 1})).json()
    assert [c["told"] for c in changes] == ["flow main: nodes.bye.prompts added: sorry"]
    two = {"flows": {"main.yaml": MAIN, "night.yaml": NIGHT}}
    changes = (await http.post("/flows/diff", json={"before_version": 1, "after": two})).json()
    assert [c["told"] for c in changes] == ["flow night added: 1 nodes"]
    back = await http.post("/flows/rollback", json={"version": 1, "base_version": 2})
    assert (back.json()["version"], back.json()["comment"]) == (3, "back to version 1")
    assert [v["version"] for v in (await http.get("/flows/history")).json()] == [3, 2, 1]
    assert (await http.get("/flows/9")).status_code == 404
    assert (await http.post("/flows/rollback", json={"version": 9, "base_version": 3})).status_code == 404


async def test_while_the_database_is_away_callers_meet_what_they_met(
    http: httpx.AsyncClient, engine: FakeEngine
) -> None:
    await publish(http)
    await engine.store.close()
    told = await http.get("/flows")
    assert (told.status_code, told.json()["version"], told.json()["latest"]) == (200, 1, None)
    assert (await publish(http, MAIN, base_version=1)).status_code == 503


async def test_editors_get_schemas(http: httpx.AsyncClient) -> None:
    flow = (await http.get("/flows/schema")).json()
    assert {"name", "start", "nodes"} <= set(flow["properties"])
    assert "numbers" in (await http.get("/flows/schema/numbers")).json()["properties"]
