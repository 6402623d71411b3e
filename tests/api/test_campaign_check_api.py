"""The dry run: who could be dialled now, and why not the others. Nobody is dialled, nothing is noted."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from acd.ids import AgentId
from acd.instant import Instant
from cti.campaign_check import CampaignChecks
from cti.lead_list import LeadList
from cti.store import StoreUnavailable
from dialer.campaign import CampaignState
from dialer.compliance.caller_ids import CallerId, CallerIdPool
from dialer.compliance.listing import Listing, ListKind
from dialer.compliance.request import DialRequest, Purpose
from dialer.ids import CampaignId, LeadId, ListId
from dialer.lead import Lead, LeadNumber
from tests.api.fake_engine import PROFILES, FakeEngine
from tests.api.test_campaigns_api import NEW
from tests.api.test_cli import engine_shell as engine_shell
from tests.api.test_cli import listening as listening

AUTUMN, MAY = CampaignId("autumn"), ListId("may")
A_MONDAY = Instant(1_772_445_600_000_000)  # 2026-03-02T10:00:00Z, 11:00 in Paris, 05:00 in New York
FREE, LISTED, FAR, NO_ONE = "+33123456781", "+33123456782", "+12125550123", "+49301234567"


@pytest.fixture
def at_ten(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """It is Monday morning, and the house shows a number."""
    pools = {"own": CallerIdPool(name="own", numbers=(CallerId(number="+33199999999", permission="ours"),))}
    outside = replace(engine.gate.rules.outside, allow=("+33", "+1"))
    engine.gate.rules = replace(
        engine.gate.rules, profiles=PROFILES, outside=outside, pools=pools, own_pool="own"
    )
    monkeypatch.setattr(engine.gate, "_now", lambda: A_MONDAY)
    engine.campaign_checks = CampaignChecks(engine.campaigns, engine.gate, engine.runtime, lambda: A_MONDAY)
    return engine


async def leads(engine: FakeEngine, http: httpx.AsyncClient, **numbers: tuple[str, ...]) -> None:
    assert (await http.post("/campaigns", json=NEW)).status_code == 200
    await engine.dnc.add(
        Listing(number=LISTED, kind=ListKind.INTERNAL, campaign_id=None, at=A_MONDAY, by="ana", reason="no")
    )
    may = LeadList(list_id=MAY, campaign_id=AUTUMN, made_at=A_MONDAY)
    await engine.campaigns.leads.put_list(may)
    people = [
        Lead(
            lead_id=LeadId(f"may:{name}"),
            list_id=MAY,
            numbers=tuple(LeadNumber(number=number) for number in theirs),
        )
        for name, theirs in numbers.items()
    ]
    taken = await engine.campaigns.leads.take_in(may, people, A_MONDAY, "first")
    await engine.campaigns.take_on(AUTUMN, taken.news)


async def checked(http: httpx.AsyncClient) -> dict[str, Any]:
    told = (await http.post("/campaigns/autumn/check")).json()
    while told["ended_at"] is None:
        await asyncio.sleep(0.01)
        told = (await http.get("/campaigns/autumn/check")).json()
    result: dict[str, Any] = told
    return result


async def test_everybody_is_counted_once_under_what_keeps_him(
    at_ten: FakeEngine, http: httpx.AsyncClient
) -> None:
    await leads(
        at_ten,
        http,
        mia=(LISTED, FREE),
        tom=(LISTED,),
        lea=(FAR,),
        eva=(FAR, LISTED),
        max=(NO_ONE,),
        ida=(FREE,),
    )
    told = await checked(http)
    assert (told["in_all"], told["looked_at"], told["diallable"], told["failed"]) == (6, 6, 2, None)
    kept_back = [(one["why"], one["leads"], one["until"]) for one in told["kept_back"]]
    assert kept_back == [
        ("outside_hours", 2, "2026-03-02T14:00:00.000000Z"),
        ("listed", 1, None),
        ("no_number", 1, None),
    ]
    assert told["kept_back"][0]["examples"] == ["may:lea", "may:eva"]
    assert at_ten.runtime.campaigns.campaigns[AUTUMN].state is CampaignState.DRAFT
    again = await checked(http)
    assert again["kept_back"] == told["kept_back"]


async def test_a_number_is_looked_at_by_the_campaigns_own_profile(
    at_ten: FakeEngine, http: httpx.AsyncClient
) -> None:
    await leads(at_ten, http)
    told = (await http.get("/dnc/check", params={"number": FAR, "campaign": "autumn"})).json()
    assert told["profile"] == "plain"  # the house has none
    assert [one["why"] for one in told["reasons"]] == ["outside_hours"]
    assert (await http.get("/dnc/check", params={"number": FAR})).json()["profile"] is None


async def test_what_the_gate_says_of_all_it_says_of_each(at_ten: FakeEngine, http: httpx.AsyncClient) -> None:
    await leads(at_ten, http)
    requests = [
        DialRequest(
            attempt_id="look",
            number=number,
            purpose=Purpose.CAMPAIGN,
            ring_for=PROFILES["plain"].connecting.ring_at_least,
            campaign_id=AUTUMN,
            profile=profile,
        )
        for number in (FREE, LISTED, FAR, NO_ONE, "17")
        for profile in ("plain", None, "nobody's")
    ]
    assert await at_ten.gate.look_at_all(requests) == [await at_ten.gate.look(one, 0) for one in requests]


async def test_it_is_told_at_the_prompt(
    at_ten: FakeEngine, http: httpx.AsyncClient, engine_shell: Callable[..., Any]
) -> None:
    await leads(at_ten, http, mia=(FREE,), tom=(LISTED,))
    told = (await engine_shell("campaign", "check", "autumn")).out
    assert told.startswith("1 of 2 leads of autumn could be dialled now\n")
    assert "never" in told
    assert "may:tom" in told


async def test_detection_that_uses_up_the_allowance_is_warned_of(
    at_ten: FakeEngine, http: httpx.AsyncClient, engine_shell: Callable[..., Any]
) -> None:
    document = f"{NEW['document']}machine: {{persons_taken_percent: 3}}\n"
    assert (await http.post("/campaigns", json=NEW | {"document": document})).status_code == 200
    (warning,) = (await checked(http))["warnings"]
    assert warning.startswith("machine.persons_taken_percent: 3 % of all persons are taken for machines")
    assert "lets 3 % be abandoned" in warning
    assert "warning: machine." in (await engine_shell("campaign", "check", "autumn")).out


async def test_who_waits_for_an_agent_whom_the_house_does_not_have_is_told(
    at_ten: FakeEngine, http: httpx.AsyncClient
) -> None:
    await leads(at_ten, http, mia=(FREE,))
    may = LeadList(list_id=MAY, campaign_id=AUTUMN, made_at=A_MONDAY)
    for name, agent in (("tom", "ana"), ("lea", "gone")):
        waits = Lead(
            lead_id=LeadId(f"may:{name}"),
            list_id=MAY,
            numbers=(LeadNumber(number=FAR),),
            agent_id=AgentId(agent),
        )
        await at_ten.campaigns.leads.take_in(may, [waits], A_MONDAY, "second")
    assert "ana" in at_ten.runtime.tables.agents
    (warning,) = (await checked(http))["warnings"]
    assert warning == "1 leads are only for gone to call, who is no agent; after 72 h they are anybody's"


async def test_what_cannot_be_looked_at_is_told(
    at_ten: FakeEngine, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await http.post("/campaigns/autumn/check")).status_code == 404
    assert (await http.get("/campaigns/autumn/check")).status_code == 404
    await leads(at_ten, http, mia=(FREE,))

    async def away(_: object) -> None:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(at_ten.gate, "look_at_all", away)
    assert (await checked(http))["failed"] == "the database is away: gone"
    monkeypatch.undo()
    await at_ten.campaign_checks.close()
