"""The engine as a whole, when the floor meets a bug: it ends, and says so, rather than routing on."""

import asyncio
from pathlib import Path

import pytest

from acd.call_signals import CallerHungUp
from acd.ids import CallId
from api.engine import Engine
from api.house import load_everything
from cti.ports import free_ports
from demo.house import furnish


async def test_a_bug_in_the_floor_ends_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ami, agi, http = free_ports(3)
    path = furnish(tmp_path, {"asterisk": {"ami_port": ami, "agi_port": agi}, "http": {"port": http}})
    engine = Engine(load_everything(path, tmp_path), tmp_path)

    def breaks(*_: object) -> None:
        raise AssertionError("two agents for one call")

    monkeypatch.setattr("acd.journey.hung_up", breaks)
    running = asyncio.create_task(engine.run(asyncio.Event()))
    engine.runtime.post(CallerHungUp(call_id=CallId("c1")))
    async with asyncio.timeout(20):
        with pytest.raises(ExceptionGroup) as raised:
            await running
    assert raised.group_contains(AssertionError, match="two agents for one call")
    assert not engine.runtime.alive
    assert "the engine broke" in caplog.text
    assert "CallerHungUp(call_id='c1')" in caplog.text
    (await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", agi)).close()  # callers go back to music
