"""Agents and their leads over HTTP and at the prompt."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from acd.brief import Datum
from acd.ids import AgentId
from dialer.agent_view import script_for
from dialer.commands import AcceptLead, DialByHand, DisposeLead, SkipLead, TakeLead
from dialer.ids import CampaignId, LeadId
from dialer.lead import LeadState
from tests.api.fake_engine import FakeEngine
from tests.api.test_campaign_live_api import AUTUMN, rings, three_leads
from tests.api.test_cli import engine_shell as engine_shell
from tests.api.test_cli import listening as listening
from tests.dialer.house import House, lead, progressive

SOON = "2199-03-02T18:30:00+01:00"


@pytest.fixture
def asked(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the floor is asked, which it does."""
    commands: list[Any] = []

    async def ask_for(command: Any) -> tuple[Any, ...]:
        commands.append(command)
        return ()

    monkeypatch.setattr(engine.runtime, "ask_for", ask_for)
    return commands


async def test_what_an_agent_asks_is_asked_of_the_floor(http: httpx.AsyncClient, asked: list[Any]) -> None:
    for path, body in (
        ("agents/ana/lead/take", {"campaign": "autumn"}),
        ("agents/ana/lead/accept", None),
        ("agents/ana/lead/skip", {"because": "busy", "again_at": SOON}),
        ("agents/ana/dial", {"campaign": "autumn", "number": "01 23 45 67 89", "lead_id": "may:1"}),
        (
            "attempts/run-1-a7/disposition",
            {"disposition": "calls_back", "by": "ana", "note": "ask for Mia", "call_back_at": SOON},
        ),
    ):
        answer = await http.post(f"/{path}", json=body)
        assert answer.status_code == 204, answer.text
    take, accept, skip, dial, dispose = asked
    ana = AgentId("ana")
    assert take == TakeLead(campaign_id=AUTUMN, agent_id=ana)
    assert accept == AcceptLead(agent_id=ana)
    assert isinstance(skip, SkipLead)
    assert (skip.because, skip.again_at) == ("busy", 7_231_829_400_000_000)
    assert dial == DialByHand(
        campaign_id=AUTUMN, agent_id=ana, number="+33123456789", lead_id=LeadId("may:1")
    )
    assert isinstance(dispose, DisposeLead)
    assert (dispose.attempt_id, dispose.note, dispose.call_back_at) == (
        "run-1-a7",
        "ask for Mia",
        skip.again_at,
    )


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("agents/zoe/lead/take", {"campaign": "autumn"}, 404),
        ("agents/ana/dial", {"campaign": "autumn", "number": "anna"}, 422),
        ("agents/ana/lead/skip", {"again_at": "2199-03-02T18:30:00"}, 422),
        ("attempts/a7/disposition", {"disposition": "Sale!"}, 422),
        ("attempts/a7/disposition", {"disposition": "sale", "own_agent": "zoe"}, 404),
        ("attempts/a7/disposition", {"disposition": "sale"}, 409),
        ("agents/ana/lead/accept", None, 409),
    ],
)
async def test_what_makes_no_sense_is_told(
    http: httpx.AsyncClient, path: str, body: dict[str, str] | None, status: int
) -> None:
    answer = await http.post(f"/{path}", json=body)
    assert answer.status_code == status, answer.text


async def test_the_lead_before_an_agent_is_told_with_all_he_needs(
    engine: FakeEngine, http: httpx.AsyncClient, engine_shell: Callable[..., Any]
) -> None:
    await three_leads(engine, http)
    assert (await http.get("/agents/ana/lead")).status_code == 204
    assert (await engine_shell("campaign", "before", "ana")).out == "ana has no lead before him\n"
    await http.post("/campaigns/autumn/start", json={})
    line = await rings(engine)
    engine.runtime.campaigns.lines[line].agent_id = AgentId("ana")  # as when she dials by hand
    told = (await http.get("/agents/ana/lead")).json()
    assert (told["campaign_id"], told["attempt_id"], told["state"]) == ("autumn", line, "in_progress")
    assert "+33123456781" in (await engine_shell("campaign", "before", "ana")).out


async def test_who_has_responded_by_himself_is_called_no_more(
    engine: FakeEngine, http: httpx.AsyncClient, engine_shell: Callable[..., Any]
) -> None:
    await three_leads(engine, http)
    answer = await http.post("/campaigns/responded", json={"number": "01 23 45 67 81", "how": "paid"})
    assert answer.status_code == 204, answer.text
    told = await engine_shell(
        "campaign", "responded", "+33123456782", "--how", "wrote", "--campaign", "autumn"
    )
    assert told.out == "+33123456782 is called no more\n"
    leads = engine.runtime.campaigns.campaigns[AUTUMN].leads
    assert [leads[LeadId(f"may:{n}")].state for n in (1, 2, 3)] == [
        LeadState.DONE,
        LeadState.DONE,
        LeadState.NEW,
    ]


async def test_who_has_responded_is_called_by_none_of_the_numbers_he_is_known_by(
    engine: FakeEngine, http: httpx.AsyncClient
) -> None:
    await three_leads(engine, http)
    numbers = ["+33123456781", "+33123456782", "+33123456799"]
    kept = await http.put("/customers/mia", json={"numbers": numbers})
    assert kept.status_code in (200, 201, 204), kept.text
    answer = await http.post("/campaigns/responded", json={"number": "+33 1 23 45 67 99", "how": "paid"})
    assert answer.status_code == 204, answer.text
    leads = engine.runtime.campaigns.campaigns[AUTUMN].leads
    assert [leads[LeadId(f"may:{n}")].because for n in (1, 2, 3)] == ["responded", "responded", ""]


def test_whatever_a_list_says_stays_words_in_a_script() -> None:
    rules = progressive(script="**Ask for {name}**, owing {amount}; {nothing}.")
    house = House(rules)
    mia = lead("mia", data=(Datum(name="amount", value="<b>30</b>\n# free"),))
    house.add(type(mia)(**{name: getattr(mia, name) for name in mia.__slots__} | {"name": "[Mia](x)"}))
    told = script_for(house.campaign(CampaignId("c")), house.lead("mia"))
    assert told == r"**Ask for \[Mia\]\(x\)**, owing \<b\>30\</b\> \# free; ."
