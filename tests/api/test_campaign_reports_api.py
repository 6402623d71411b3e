"""A campaign's past over HTTP: every figure leads to its attempts, and each of these has a story."""

from typing import Any

import httpx
import pytest

from api.facts import iso
from cti.envelope import Envelope
from tests.api.campaign_morning import a_morning
from tests.api.fake_engine import FakeEngine
from tests.campaign_tape import NOON, placed

A_DAY = {"since": iso(NOON), "until": iso(NOON + 86_400_000_000)}


async def told(http: httpx.AsyncClient, by: str = "list") -> dict[str, Any]:
    answer = await http.get("/reports/campaigns/spring", params={**A_DAY, "by": by})
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


async def listed(http: httpx.AsyncClient, **asked: Any) -> list[str]:
    answer = await http.get("/reports/campaigns/spring/attempts", params={**A_DAY, **asked})
    assert answer.status_code == 200, answer.text
    return [one["attempt_id"] for one in answer.json()["attempts"]]


async def test_a_campaign_is_told_in_figures(engine: FakeEngine, http: httpx.AsyncClient) -> None:
    await a_morning(engine.store)
    report = await told(http)
    total = report["total"]
    assert (total["dialled"], total["running"], total["refused"]) == (5, 0, 1)
    assert total["outcomes"] == {"abandoned": 1, "busy": 1, "connected": 1, "hung_up": 1, "machine": 1}
    assert (total["live"], total["contact_rate"]) == (3, pytest.approx(3 / 5))
    assert (total["counted"], total["abandoned"], total["abandoned_share"]) == (3, 1, pytest.approx(1 / 3))
    assert (total["connected"], total["average_connected_after_s"], total["talked_s"]) == (1, 0.4, 60)
    assert (total["successes"], total["disposed"], total["opted_out"]) == (1, 1, 1)
    month, hour = report["allowances"]
    assert (month["percent"], month["live"], month["abandoned"], month["spent"]) == (3, 3, 1, True)
    assert (hour["window_h"], hour["live"], hour["spent"]) == (1, 0, False)
    assert report["rules_version"] == 1


async def test_talk_is_told_per_hour_of_the_agents_who_talked(
    engine: FakeEngine, http: httpx.AsyncClient
) -> None:
    await a_morning(engine.store)
    agents = (await told(http))["agents"]
    assert agents["agents"] == 1
    assert 60 < agents["at_work_s"] < 80, "from the first attempt on, and not while she was not ready"
    assert agents["talk_min_per_agent_hour"] == pytest.approx(60 * 60 / agents["at_work_s"])


@pytest.mark.parametrize(
    ("by", "keys", "name"),
    [
        ("list", ["march"], "list"),
        ("hour", ["12"], "hour"),
        ("number", ["+3312", "+33123456789"], "number"),
        ("outcome", ["abandoned", "busy", "connected", "hung_up", "machine", "not_dialled"], "outcome"),
        ("agent", ["ana", None], "agent"),
        ("disposition", ["sale", None], "disposition"),
    ],
)
async def test_every_group_leads_to_its_attempts_and_all_of_them_are_all(
    engine: FakeEngine, http: httpx.AsyncClient, by: str, keys: list[str | None], name: str
) -> None:
    await a_morning(engine.store)
    report = await told(http, by)
    assert [group["key"] for group in report["groups"]] == keys
    assert report["complete"]
    for figure in (
        "dialled",
        "refused",
        "live",
        "counted",
        "abandoned",
        "connected",
        "successes",
        "talked_s",
    ):
        assert sum(group["figures"][figure] for group in report["groups"]) == report["total"][figure], figure
    for group in report["groups"]:
        if group["key"] is not None:
            counted = group["figures"]["dialled"] + group["figures"]["refused"]
            assert len(await listed(http, **{name: group["key"]})) == counted


async def test_a_figure_leads_to_its_attempts(engine: FakeEngine, http: httpx.AsyncClient) -> None:
    await a_morning(engine.store)
    assert await listed(http, abandoned=True) == ["r-a2"]
    assert await listed(http, counted=True, abandoned=False) == ["r-a1", "r-a6"]
    assert await listed(http, live=False) == ["r-a3", "r-a4", "r-a5"]
    assert await listed(http, success=True) == await listed(http, agent="ana") == ["r-a1"]
    assert await listed(http, opted_out=True) == ["r-a6"]
    assert await listed(http, lead="tom", outcome="busy") == ["r-a3"]
    everybody = await listed(http)
    first = (await http.get("/reports/campaigns/spring/attempts", params={**A_DAY, "limit": 4})).json()
    rest = await listed(http, limit=4, after=first["next"])
    assert [one["attempt_id"] for one in first["attempts"]] + rest == everybody


async def test_one_attempt_is_told_whole(engine: FakeEngine, http: httpx.AsyncClient) -> None:
    await a_morning(engine.store)
    story = (await http.get("/attempts/r-a1")).json()
    one = story["attempt"]
    assert (one["outcome"], one["agent_id"], one["disposition"]) == ("connected", "ana", "sale")
    assert (one["zones"], one["local_earliest"]) == (["Europe/Paris"], "2026-03-02T12:00:03+01:00")
    kinds = [entry["event"]["type"] for entry in story["timeline"]]
    assert kinds[:3] == ["LinesDecided", "AttemptPlaced", "AttemptRang"]
    assert "CallStarted" in kinds
    assert kinds[-1] == "LeadDisposed"
    assert story["call"]["call"]["caller"] == "+33123456789"
    refused = (await http.get("/attempts/r-a4")).json()
    assert refused["call"] is None
    assert refused["attempt"]["refused_why"].startswith("+3312 is on the national list")


async def test_a_running_attempt_is_told_before_the_database_has_it(
    engine: FakeEngine, http: httpx.AsyncClient
) -> None:
    step = [Envelope(run="run-1", seq=9_000, at=NOON, cause=None, message=placed("run-1-a1"))]
    for listener in engine.runtime._listeners:
        listener(step)
    story = (await http.get("/attempts/run-1-a1")).json()
    assert (story["attempt"]["outcome"], story["attempt"]["number"]) == (None, "+3312")
    assert story["complete"]


@pytest.mark.parametrize(
    ("path", "code", "why"),
    [
        ("/reports/campaigns/autumn", 404, "there is no campaign autumn"),
        ("/reports/campaigns/autumn/attempts", 404, "there is no campaign autumn"),
        ("/attempts/unheard-of", 404, "there is no attempt unheard-of"),
        ("/reports/campaigns/spring?by=moon", 422, "by"),
        ("/reports/campaigns/spring/attempts?hour=24", 422, "hour"),
        ("/reports/campaigns/spring/attempts?after=nonsense", 422, "of an earlier page"),
    ],
)
async def test_nonsense_is_told_apart(
    engine: FakeEngine, http: httpx.AsyncClient, path: str, code: int, why: str
) -> None:
    await a_morning(engine.store)
    answer = await http.get(path)
    assert (answer.status_code, why in answer.text) == (code, True)
