"""What callers did in flows, over HTTP: a call's own way, the figures, and the calls behind them."""

from typing import Any

import httpx
import pytest

from tests.api.bank_callers import Caller, a_morning
from tests.api.fake_engine import FakeEngine


async def test_a_call_tells_its_way_node_by_node(engine: FakeEngine, http: httpx.AsyncClient) -> None:
    await a_morning(engine)
    (path,) = (await http.get("/calls/c1")).json()["path"]
    stay, nodes = path["stay"], path["nodes"]
    assert (stay["flow"], stay["flow_version"], stay["exit"]) == ("bank", 17, "served")
    assert [node["node"] for node in nodes] == ["choice", "identify/pin", "balance"]
    assert [node["next"] for node in nodes] == ["identify/pin", "balance", None]
    choice = nodes[0]
    assert (choice["key"], choice["tries"], choice["tried"], choice["result"]) == ("1", 2, "9", "chosen")
    assert sum(node["spent_s"] for node in nodes) <= stay["spent_s"]
    live = (await http.get("/calls/c3")).json()
    assert (live["live"]["state"], live["path"][0]["stay"]["exit"]) == ("waiting", "queued")


async def test_a_live_call_says_where_in_its_flow_it_is(engine: FakeEngine, http: httpx.AsyncClient) -> None:
    caller = await Caller(engine, "c1").enters()
    await caller.comes_to("pin", "collect", "identify")
    (live,) = (await http.get("/calls")).json()
    assert (live["flow"], live["node"], live["state"]) == ("bank", "identify/pin", "in_ivr")
    (path,) = (await http.get("/calls/c1")).json()["path"]
    assert (path["stay"]["exit"], path["nodes"][0]["spent_s"]) == (None, None)


async def test_the_report_adds_up(engine: FakeEngine, http: httpx.AsyncClient) -> None:
    await a_morning(engine)
    report = (await http.get("/reports/ivr")).json()
    assert report["calls"]["outcomes"] == {"served_in_ivr": 1, "left_ivr": 1}
    assert (report["calls"]["calls"], report["calls"]["live"]) == (3, 1)
    assert report["calls"]["containment"] == pytest.approx(1 / 2)
    (bank,) = report["flows"]
    assert bank["exits"] == {"served": 1, "hung_up": 1, "queued": 1}
    choice, balance, pin = bank["nodes"]
    assert (choice["visits"], choice["begins"], choice["drop_off"]) == (3, 3, pytest.approx(1 / 3))
    assert (choice["keys"], choice["wrong_keys"]) == ({"1": 1, "2": 1}, {"9": 1})
    assert (choice["leads_to"], choice["exits"]) == ({"identify/pin": 1}, {"hung_up": 1, "queued": 1})
    assert (pin["node"], pin["leads_to"]) == ("identify/pin", {"balance": 1})
    assert (balance["node"], balance["exits"]) == ("balance", {"served": 1})
    (newer,) = (await http.get("/reports/ivr", params={"version": 18})).json()["flows"]
    assert newer["exits"] == {"queued": 1}
    assert (await http.get("/reports/ivr", params={"flow": "none"})).json()["flows"] == []


async def test_every_figure_leads_to_its_calls(engine: FakeEngine, http: httpx.AsyncClient) -> None:
    await a_morning(engine)

    async def calls(what: str, **asked: Any) -> list[str]:
        told = (await http.get(f"/reports/ivr/{what}", params=asked)).json()
        return [one["call_id"] for one in told[what]]

    assert await calls("stays", flow="bank", exit="hung_up") == ["c2"]
    assert await calls("stays", outcome="served_in_ivr") == ["c1"]
    assert await calls("visits", flow="bank", node="choice", exit="hung_up") == ["c2"]
    assert await calls("visits", flow="bank", node="choice", key="2") == ["c3"]
    assert await calls("visits", flow="bank", node="identify/pin") == ["c1"]
    assert await calls("visits", flow="bank", next="identify/pin") == ["c1"]
    assert await calls("visits", result="chosen", version=17) == ["c1"]
    first = (await http.get("/reports/ivr/stays", params={"limit": 2})).json()
    rest = (await http.get("/reports/ivr/stays", params={"limit": 2, "after": first["next"]})).json()
    assert [stay["call_id"] for stay in first["stays"] + rest["stays"]] == ["c1", "c2", "c3"]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"node": "choice"}, "of which flow"),
        ({"after": "nonsense"}, "`next` of an earlier page"),
        ({"since": "2026-03-02T08:00:00"}, "offset from UTC"),
    ],
)
async def test_what_cannot_be_asked_is_said(
    http: httpx.AsyncClient, asked: dict[str, str], said: str
) -> None:
    refused = await http.get("/reports/ivr/visits", params=asked)
    assert (refused.status_code, said in refused.text) == (422, True)
