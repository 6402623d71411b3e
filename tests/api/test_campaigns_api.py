"""Campaigns over HTTP."""

from typing import Any

import httpx
import pytest

from tests.api.fake_engine import FakeEngine

WRITTEN = """\
title: Autumn  # für den Herbst
mode: progressive
queue: sales
message: [goodbye]
"""
NEW = {"campaign_id": "autumn", "document": WRITTEN, "author": "zoe", "comment": "a first go"}


@pytest.fixture
def agreeing(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A floor that notes what it is told, and agrees."""
    asked: list[Any] = []

    async def ask(command: Any) -> None:
        asked.append(command)

    def post(signal: Any) -> bool:
        asked.append(signal)
        return True

    monkeypatch.setattr(engine.campaigns, "_ask", ask)
    monkeypatch.setattr(engine.campaigns, "_post", post)
    return asked


def kinds(asked: list[Any]) -> list[str]:
    return [type(one).__name__ for one in asked]


async def test_a_campaign_is_made_changed_started_and_removed(
    http: httpx.AsyncClient, agreeing: list[Any]
) -> None:
    made = (await http.post("/campaigns", json=NEW)).json()
    assert (made["state"], made["version"], made["document"]) == ("draft", 1, WRITTEN)
    assert (made["title"], made["mode"], made["queue"]) == ("Autumn", "progressive", "sales")
    change = {"document": WRITTEN.replace("Autumn", "Late autumn"), "author": "ben", "base_version": 1}
    changed = (await http.put("/campaigns/autumn", json=change)).json()
    assert (changed["title"], changed["version"]) == ("Late autumn", 2)
    started = await http.post("/campaigns/autumn/start", json={"trial": 20, "by": "ben"})
    assert started.status_code == 200, started.text
    await http.post("/campaigns/autumn/pause", json={"because": "lunch", "by": "ben"})
    await http.post("/campaigns/autumn/stop", json={"by": "ben"})
    assert (await http.delete("/campaigns/autumn")).json() == {"leads": 0}
    assert kinds(agreeing) == [
        "AdoptCampaign",
        "CampaignRemembered",
        "LeadsAllRemembered",
        "AdoptCampaign",
        "StartCampaign",
        "PauseCampaign",
        "StopCampaign",
        "ForgetCampaign",
    ]
    assert (agreeing[4].trial, agreeing[4].by, agreeing[5].because) == (20, "ben", "lunch")
    assert not agreeing[6].at_once
    assert (await http.get("/campaigns")).json() == []
    versions = (await http.get("/campaigns/autumn/versions")).json()
    assert [(one["version"], one["author"]) for one in versions] == [(2, "ben"), (1, "zoe")]


async def test_a_document_is_looked_at_alone(http: httpx.AsyncClient) -> None:
    told = (await http.post("/campaigns/check", json={"document": WRITTEN})).json()
    assert told == {"fine": True, "problems": [], "warnings": []}
    for percent, warned in ((50, True), (0, False)):
        told = await http.post(
            "/campaigns/check",
            json={"document": f"{WRITTEN}machine: {{then: hang_up, persons_taken_percent: {percent}}}\n"},
        )
        assert told.json()["fine"]
        assert [one.partition(":")[0] for one in told.json()["warnings"]] == (
            ["machine.persons_taken_percent"] if warned else []
        )
    wrong = WRITTEN.replace("sales", "sails")
    told = (await http.post("/campaigns/check", json={"document": wrong})).json()
    assert told["problems"] == [
        {"line": 3, "field": "queue", "message": "there is no queue 'sails'", "suggestion": "sales"}
    ]


async def test_what_cannot_be_is_told_with_its_line(http: httpx.AsyncClient, agreeing: list[Any]) -> None:
    wrong = NEW | {"document": WRITTEN.replace("progressive", "agressive")}
    answer = await http.post("/campaigns", json=wrong)
    assert answer.status_code == 422
    (mistake,) = answer.json()["detail"]
    assert mistake["loc"] == ["body", "document", "mode"]
    assert mistake["msg"].startswith("line 2: must be 'preview'")
    assert (await http.get("/campaigns/autumn")).status_code == 404
    await http.post("/campaigns", json=NEW)
    again = await http.post("/campaigns", json=NEW)
    assert (again.status_code, again.json()["detail"]) == (409, "there is a campaign autumn already")
    late = await http.put("/campaigns/autumn", json={"document": WRITTEN, "base_version": 7})
    assert (late.status_code, late.json()["detail"]) == (
        409,
        "version 1 is in force; this change was made for version 7",
    )
    assert (await http.put("/campaigns/autumn", json={"document": WRITTEN})).status_code == 422
    assert kinds(agreeing) == ["AdoptCampaign", "CampaignRemembered", "LeadsAllRemembered"]


@pytest.mark.parametrize("name", ["Autumn", "a", "a b", "autumn-", "x" * 33, "ä"])
async def test_names_are_plain(http: httpx.AsyncClient, name: str) -> None:
    assert (await http.post("/campaigns", json=NEW | {"campaign_id": name})).status_code == 422


async def test_what_earlier_runs_left_is_waited_for(http: httpx.AsyncClient, engine: FakeEngine) -> None:
    engine.campaigns.caught_up = False
    answer = await http.post("/campaigns", json=NEW)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert (await http.get("/campaigns")).json() == []


async def test_a_long_script_has_room_and_an_endless_one_has_not(
    http: httpx.AsyncClient, agreeing: list[Any]
) -> None:
    script = "script: |\n" + "  Good morning, {name}.\n" * 800
    assert (await http.post("/campaigns", json=NEW | {"document": WRITTEN + script})).status_code == 200
    endless = NEW | {"campaign_id": "winter", "document": "x" * 131_073}
    assert (await http.post("/campaigns", json=endless)).status_code == 422
    huge = NEW | {"campaign_id": "winter", "document": "x" * 1_000_000}
    assert (await http.post("/campaigns", json=huge)).status_code == 413
