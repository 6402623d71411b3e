"""A campaign that is watched while it dials: on the real floor, the test being the people who are called."""

from collections.abc import Callable
from typing import Any

import httpx

from acd.commands import SetAgentReady
from acd.ids import AgentId
from cti.lead_list import LeadList
from dialer.attempt import AttemptOutcome, Party
from dialer.ids import AttemptId, CampaignId, LeadId, ListId
from dialer.lead import Lead, LeadNumber
from dialer.signals import LineAnswered, LineFailed, LineJudged, LineRings
from tests.api.fake_engine import FakeEngine
from tests.api.test_campaigns_api import NEW, WRITTEN
from tests.api.test_cli import engine_shell as engine_shell
from tests.api.test_cli import listening as listening

AUTUMN, MAY = CampaignId("autumn"), ListId("may")


def lead(number: int) -> Lead:
    return Lead(
        lead_id=LeadId(f"may:{number}"), list_id=MAY, numbers=(LeadNumber(number=f"+3312345678{number}"),)
    )


async def three_leads(engine: FakeEngine, http: httpx.AsyncClient) -> None:
    made = await http.post("/campaigns", json=NEW | {"document": WRITTEN})
    assert made.status_code == 200, made.text
    may = LeadList(list_id=MAY, campaign_id=AUTUMN, made_at=engine.runtime.clock.now())
    await engine.campaigns.leads.put_list(may)
    taken = await engine.campaigns.leads.take_in(
        may, [lead(1), lead(2), lead(3)], engine.runtime.clock.now(), "first"
    )
    await engine.campaigns.take_on(AUTUMN, taken.news)
    assert await engine.runtime.ask(SetAgentReady(agent_id=AgentId("ana"))) is None


async def rings(engine: FakeEngine) -> AttemptId:
    (line,) = engine.runtime.campaigns.lines
    engine.runtime.post(LineRings(attempt_id=line))
    await engine.settles()
    return line


async def test_what_it_does_is_seen_at_every_moment(engine: FakeEngine, http: httpx.AsyncClient) -> None:
    await three_leads(engine, http)

    async def live() -> dict[str, Any]:
        answer = await http.get("/campaigns/autumn/live")
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    told = await live()
    assert (told["state"], told["left"], told["penetration"]) == ("draft", {"may": 3}, 0.0)
    assert (await http.post("/campaigns/autumn/start", json={"trial": 2})).json()["state"] == "running"
    line = await rings(engine)
    told = await live()
    assert (told["lines"]["ringing"], told["trial_left"], told["total"]["attempts"]) == (1, 1, 1)
    assert (told["why_none"], told["decided"]["because"]) == ("no_agents", "no_agents")  # it rings for her
    engine.runtime.post(LineFailed(attempt_id=line, outcome=AttemptOutcome.BUSY))
    await engine.settles()
    line = await rings(engine)
    engine.runtime.post(LineAnswered(attempt_id=line))
    engine.runtime.post(LineJudged(attempt_id=line, party=Party.PERSON))
    await engine.settles()
    told = await live()
    assert told["lines"]["waiting"] == 1
    assert told["leads"] == {"new": 1, "resting": 1, "in_progress": 1}
    assert [one["window_s"] for one in told["budgets"]] == [86_400.0, 30 * 86_400.0]
    assert told["hour"]["agents_s"] > 0
    assert (await http.get("/campaigns/winter/live")).status_code == 404


async def test_it_is_seen_at_the_prompt(
    engine: FakeEngine, http: httpx.AsyncClient, engine_shell: Callable[..., Any]
) -> None:
    await three_leads(engine, http)
    await http.post("/campaigns/autumn/start", json={})
    await rings(engine)
    told = (await engine_shell("campaign", "watch", "autumn")).out
    assert "lines        1 ringing\n" in told
    assert (
        "since start  1 attempts, 0 answered, 0 connected, 0 abandoned, 0 min of talk per agent hour\n"
        in told
    )
    assert "0 of 0 in 24 h, -, where 3% is allowed; 0.0 left" in told
    assert "0.0% done: 2 new, 1 in progress; left by list: may 3" in told
    assert (await engine_shell("campaign", "watch", "autumn", "--json")).data["state"] == "running"


async def test_what_it_has_learnt_is_told_with_what_was_seen(
    engine: FakeEngine, http: httpx.AsyncClient, engine_shell: Callable[..., Any]
) -> None:
    await three_leads(engine, http)
    told = (await engine_shell("campaign", "learnt", "autumn")).out
    assert told.startswith("nobody was dialled yet: half of them are thought to answer\n")
    assert "talks: half within 12" in told
    assert "(a guess, none was seen)" in told
    await http.post("/campaigns/autumn/start", json={})
    line = await rings(engine)
    engine.runtime.post(LineFailed(attempt_id=line, outcome=AttemptOutcome.NO_ANSWER))
    await engine.settles()
    learnt = (await http.get("/campaigns/autumn/learnt")).json()
    may = learnt["lists"]["may"]
    for one in (may["whole"], *may["hours"], *may["regions"]):
        assert (one["lines"], one["answered"], one["low"]) == (1, 0, 0.0)
        assert 0.2 < one["believed"] < 0.5 < one["high"] < 1.0
    assert (len(may["hours"]), len(may["regions"]), learnt["fails"]["seen"]) == (1, 1, 1)
    told = (await engine_shell("campaign", "learnt", "autumn")).out
    assert "list may: 0 of 1 lines answered (0.0% to 79.3%), " in told
    assert (await http.get("/campaigns/winter/learnt")).status_code == 404
    engine.runtime.campaigns.campaigns.clear()  # as after a restart, of one that is over
    assert (await http.get("/campaigns/autumn/learnt")).json()["in_memory"] is False
    assert (await engine_shell("campaign", "learnt", "autumn")).out.startswith("nothing is in memory")


async def test_one_that_is_over_is_told_from_the_database(
    engine: FakeEngine, http: httpx.AsyncClient
) -> None:
    await three_leads(engine, http)
    engine.runtime.campaigns.campaigns.clear()  # as after a restart
    told = (await http.get("/campaigns/autumn/live")).json()
    assert (told["in_memory"], told["left"], told["lines"]["ringing"]) == (False, {"may": 3}, 0)
