"""The rules over HTTP: checked, compared, published, scheduled and taken back, by one who knew the latest."""

from typing import Any

import httpx
import pytest

from acd.call import CallState
from acd.commands import SetAgentReady
from acd.ids import AgentId
from tests.api.fake_engine import FakeEngine

RULES = """\
agents:
  ana: {skills: {sales: 8, support: 6}}
  ben: {skills: {support: 8}}
queues:
  - {id: sales, requires: {sales: 5}, wrap_up_s: 0, capacity: 2000}
  - {id: support, requires: {support: 5}, wrap_up_s: 0}
vip_callers: ["+3399"]
"""
MORE = RULES.replace("ben: {skills: {support: 8}}", "ben: {skills: {support: 8, sales: 5}}")


async def apply(http: httpx.AsyncClient, rules: str = RULES, **more: Any) -> httpx.Response:
    return await http.post("/rules/apply", json={"rules": rules, "base_version": 0, **more})


async def test_what_decides_is_told_also_before_anything_was_published(http: httpx.AsyncClient) -> None:
    told = await http.get("/rules")
    assert told.headers["ETag"] == '"0"'
    rules = told.json()
    assert (rules["version"], rules["latest"], rules["scheduled"]) == (0, 0, [])
    assert [queue["id"] for queue in rules["document"]["queues"]] == ["sales", "support"]


async def test_new_rules_decide_about_who_waits_already(http: httpx.AsyncClient, engine: FakeEngine) -> None:
    await engine.runtime.ask(SetAgentReady(agent_id=AgentId("ben")))
    call = await engine.calls("c1", "sales")
    done = await apply(http, MORE, author="zoe", comment="ben sells too")
    assert done.status_code == 200
    told = done.json()
    assert (told["version"], told["state"], told["author"]) == (1, "in_force", "zoe")
    assert [change["told"] for change in told["changes"]] == ["agent ben: skills.sales added: 5"]
    assert engine.runtime.tables.calls[call].state is CallState.OFFERED
    assert (await http.get("/rules")).headers["ETag"] == '"1"'
    assert (await http.get("/calls/c1")).json()["decisions"][0]["rules_version"] == 1
    assert (await http.get("/agents/ben/why-idle")).json()["rules_version"] == 1
    assert (await http.get("/agents/ben")).json()["skills"] == {"sales": 5, "support": 8}


async def test_a_mistake_is_told_with_its_line_and_nothing_is_published(http: httpx.AsyncClient) -> None:
    wrong = RULES.replace("capacity", "capactiy")
    done = await apply(http, wrong)
    assert done.status_code == 422
    assert done.json()["detail"] == [
        {
            "loc": ["body", "rules", "queues", "0", "capactiy"],
            "msg": "line 5: unknown key",
            "type": "rules_document",
        }
    ]
    checked = (await http.post("/rules/check", json={"rules": wrong})).json()
    assert checked["fine"] is False
    assert checked["problems"] == [
        {
            "line": 5,
            "field": "queues.0.capactiy",
            "message": "unknown key",
            "suggestion": "capacity",
        }
    ]
    assert (await http.post("/rules/check", json={"rules": RULES})).json() == {"fine": True, "problems": []}
    assert (await http.get("/rules/history")).json() == []


async def test_a_queue_that_flows_name_cannot_go(http: httpx.AsyncClient) -> None:
    gone = "\n".join(line for line in RULES.splitlines() if "id: sales" not in line)
    done = await apply(http, gone)
    assert done.status_code == 422
    assert "no queue is called 'sales'" in done.text


async def test_a_queue_with_callers_cannot_go(http: httpx.AsyncClient, engine: FakeEngine) -> None:
    await engine.calls("c1", "support")
    gone = "\n".join(line for line in RULES.splitlines() if "id: support" not in line)
    done = await apply(http, gone)
    assert (done.status_code, done.json()["detail"]) == (
        409,
        "these rules take away queues that still have callers: 1 in support",
    )
    assert [v["state"] for v in (await http.get("/rules/history")).json()] == ["cancelled"]


async def test_who_did_not_know_the_latest_is_told(http: httpx.AsyncClient) -> None:
    assert (await apply(http)).status_code == 200
    late = await apply(http, MORE)
    assert (late.status_code, late.json()["detail"]) == (
        409,
        "the latest version is 1; this change was made for version 0",
    )
    without = await http.post("/rules/apply", json={"rules": MORE})
    assert without.status_code == 422
    for tag, status in (('"0"', 409), ("one", 422), ('"1"', 200)):
        done = await http.post("/rules/apply", json={"rules": MORE}, headers={"If-Match": tag})
        assert done.status_code == status, tag


async def test_a_version_is_scheduled_and_taken_back(http: httpx.AsyncClient, engine: FakeEngine) -> None:
    done = await apply(http, MORE, at="2199-01-01T08:00:00+01:00")
    assert done.json()["state"] == "scheduled"
    assert done.json()["scheduled_for"] == "2199-01-01T07:00:00.000000Z"
    assert engine.runtime.tables.rules_version == 0
    assert [v["version"] for v in (await http.get("/rules")).json()["scheduled"]] == [1]
    cancelled = await http.post("/rules/1/cancel")
    assert cancelled.json()["state"] == "cancelled"
    assert (await http.post("/rules/1/cancel")).status_code == 409
    assert (await http.post("/rules/7/cancel")).status_code == 404
    assert (await apply(http, at="2199-01-01T08:00:00")).status_code == 422  # by whose clock?


async def test_an_old_version_comes_back_as_a_new_one(http: httpx.AsyncClient) -> None:
    await apply(http)
    await apply(http, MORE, base_version=1)
    back = await http.post("/rules/rollback", json={"version": 1, "base_version": 2})
    assert (back.status_code, back.json()["version"]) == (200, 3)
    assert [change["told"] for change in back.json()["changes"]] == ["agent ben: skills.sales removed: 5"]
    told = (await http.get("/rules/history", params={"limit": 2})).json()
    assert [(v["version"], v["state"], v["comment"]) for v in told] == [
        (3, "in_force", "back to version 1"),
        (2, "replaced", ""),
    ]
    assert told[0]["digest"] == (await http.get("/rules/1")).json()["digest"]
    assert (await http.post("/rules/rollback", json={"version": 9, "base_version": 3})).status_code == 404


async def test_any_two_are_compared(http: httpx.AsyncClient) -> None:
    await apply(http)
    added = "agent ben: skills.sales added: 5"
    for body, told in (
        ({}, []),
        ({"after": MORE}, [added]),
        ({"before_version": 1, "after": MORE}, [added]),
        ({"before": MORE, "after_version": 1}, ["agent ben: skills.sales removed: 5"]),
    ):
        changes = (await http.post("/rules/diff", json=body)).json()
        assert [change["told"] for change in changes] == told
    assert (await http.post("/rules/diff", json={"before_version": 9})).status_code == 404
    assert (await http.post("/rules/diff", json={"before": "queues: {"})).status_code == 422


async def test_without_the_database_what_decides_is_told_and_nothing_changes(
    http: httpx.AsyncClient, engine: FakeEngine
) -> None:
    await engine.store.close()
    told = (await http.get("/rules")).json()
    assert (told["version"], told["latest"], told["scheduled"]) == (0, None, None)
    assert (await apply(http, MORE)).status_code == 503
    assert engine.runtime.tables.rules_version == 0


async def test_the_schema_knows_the_document(http: httpx.AsyncClient) -> None:
    schema = (await http.get("/rules/schema")).json()
    assert "queues" in schema["properties"]
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("path", ["", "/history", "/schema", "/1"])
async def test_a_stranger_learns_nothing(stranger: httpx.AsyncClient, path: str) -> None:
    assert (await stranger.get(f"/rules{path}")).status_code == 401


@pytest.mark.parametrize("path", ["check", "diff", "apply", "rollback", "1/cancel"])
async def test_a_stranger_changes_nothing(stranger: httpx.AsyncClient, path: str) -> None:
    assert (await stranger.post(f"/rules/{path}", json={"rules": RULES})).status_code == 401


async def test_a_long_list_of_vips_fits(http: httpx.AsyncClient) -> None:
    many = RULES.replace('["+3399"]', str([f"+33{n:09d}" for n in range(10_000)]))
    assert (await apply(http, many)).status_code == 200
    assert (await http.post("/rules/diff", json={"before": "x" * 3_000_000})).status_code == 413
