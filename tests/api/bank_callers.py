"""Callers in a bank's flow, as the engine hears of them."""

from acd.call_signals import CallerHungUp
from acd.commands import EnqueueCall, EnterIvr
from acd.ids import CallId, QueueId
from acd.ivr_signals import FlowFinished, NodeAnswered, NodeEntered
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
