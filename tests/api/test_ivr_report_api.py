"""What callers did in flows, over HTTP: a call's own way, the figures, and the calls behind them."""

from typing import Any

import httpx
import pytest

from acd.commands import EnqueueCall, EnterIvr
from acd.ids import CallId, QueueId
from acd.signals import CallerHungUp, FlowFinished, NodeAnswered, NodeEntered
from tests.api.fake_engine import FakeEngine


class Caller:
    """Somebody in the bank's flow."""

    def __init__(self, engine: FakeEngine, name: str) -> None:
        self.engine, self.id = engine, CallId(name)

    async def enters(self, version: int = 17) -> "Caller":
        enters = EnterIvr(call_id=self.id, caller="+3312", dialled="8000", flow="bank", flow_version=version)
        assert await self.engine.runtime.ask(enters) is None
        return self

    async def comes_to(self, node: str, kind: str = "menu", flow: str = "bank") -> "Caller":
        self.engine.runtime.post(NodeEntered(call_id=self.id, flow=flow, node=node, kind=kind))
        await self.engine.settles()
        return self

    async def presses(self, node: str, key: str | None, result: str = "chosen") -> "Caller":
        at = {"flow": "bank", "node": node, "kind": "menu"}
        self.engine.runtime.post(NodeAnswered(call_id=self.id, **at, key=key, result=result))
        await self.engine.settles()
        return self

    async def is_served(self) -> None:
        self.engine.runtime.post(FlowFinished(call_id=self.id))
        await self.hangs_up()

    async def hangs_up(self) -> None:
        self.engine.runtime.post(CallerHungUp(call_id=self.id))
        await self.engine.settles()

    async def queues(self) -> None:
        asks = EnqueueCall(call_id=self.id, queue_id=QueueId("sales"))
        assert await self.engine.runtime.ask(asks) is None


async def a_morning(engine: FakeEngine) -> None:
    """One hears his balance, one hangs up in the menu, one wants an agent."""
    served = await Caller(engine, "c1").enters()
    await served.comes_to("choice")
    await served.presses("choice", "9", "invalid")
    await served.presses("choice", "1")
    await served.comes_to("pin", "collect", "identify")
    await served.comes_to("balance", "play")
    await served.is_served()
    await (await (await Caller(engine, "c2").enters()).comes_to("choice")).hangs_up()
    asks = await (await Caller(engine, "c3").enters(version=18)).comes_to("choice")
    await (await asks.presses("choice", "2")).queues()
    await engine.writes_history()


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
