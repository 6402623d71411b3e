"""Callers whom a flow puts through to somebody outside pass the gate, and take lines as everybody does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

import pytest

from acd.call import CallState
from acd.call_signals import CallerHungUp
from acd.ids import CallId
from acd.outside import OutsideRules
from acd.transfer import TransferWay
from cti.clock import Clock
from cti.dial_gate import DialGate, lines_in_use
from cti.floor import Floor
from cti.runtime import Runtime
from cti.store import Store
from cti.switchboard import EngineSwitchboard
from cti.transfer_gate import TransferGate
from dialer.compliance.lines import LineLimits
from tests.dialer.dialled import RULES
from tests.sim_floor import rules_of

OUTSIDE = OutsideRules(allow=("+33",), extensions=("501",))
NUMBER = "+33612345678"


class House:
    """A house with one line, and no database."""

    def __init__(self) -> None:
        rules = replace(rules_of(agents={"ana": {}}, queues={"support": {}}), outside=OUTSIDE)
        self.runtime = Runtime(Floor(rules), Clock(), "run", carry_out=lambda order: None)
        self.gate = DialGate(
            store=Store("sqlite+aiosqlite:////nowhere/callwright.db"),
            rules=replace(RULES, outside=OUTSIDE, lines=LineLimits(most=1)),
            region="FR",
            now=self.runtime.clock.now,
        )
        transfers = TransferGate(self.gate, lambda: lines_in_use(self.runtime.tables))
        self.switchboard = EngineSwitchboard(self.runtime, transfers=transfers)

    async def puts_through(self, call_id: str, number: str = NUMBER, *, inside: bool = False) -> str | None:
        way = TransferWay.EXTENSION if inside else TransferWay.OUTSIDE
        return await self.switchboard.put_through(call_id=call_id, way=way, number=number)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    running = asyncio.create_task(house.runtime.run())
    for call_id in ("1.1", "1.2", "1.3"):
        await house.switchboard.call_entered_ivr(
            call_id=call_id, caller="+3399", dialled="8000", flow="main", flow_version=1
        )
    yield house
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_of_two_at_the_same_moment_one_has_the_last_line(house: House) -> None:
    assert await asyncio.gather(house.puts_through("1.1"), house.puts_through("1.2")) == [
        None,
        "all 1 lines are in use",
    ]
    assert house.runtime.tables.calls[CallId("1.2")].state is CallState.IN_IVR, "he goes on in his flow"
    assert await house.puts_through("1.3", "501", inside=True) is None, (
        "the house's own numbers are no matter"
    )
    house.runtime.post(CallerHungUp(call_id=CallId("1.1")))
    await house.switchboard.tell_place(call_id="1.2")  # it has been heard by then
    assert await house.puts_through("1.2") is None


async def test_an_emergency_number_is_never_dialled_for_a_caller(house: House) -> None:
    house.gate.rules = replace(house.gate.rules, outside=OutsideRules(allow=("11",)))
    assert await house.puts_through("1.1", "112") == "112 is an emergency number"


async def test_a_line_that_was_not_taken_after_all_is_free(house: House) -> None:
    assert await house.puts_through("9.9") == "the call is over or in a queue"
    assert await house.puts_through("1.1") is None
