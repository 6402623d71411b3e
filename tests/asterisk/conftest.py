"""Fixtures for stories on a real Asterisk."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.asterisk.real_house import RealHouse

QUICK = {
    "rules": {
        "queues": [
            {"id": "sales", "requires": {"sales": 5}, "ring_timeout_s": 3, "wrap_up_s": 1},
            {"id": "support", "requires": {"support": 5}, "ring_timeout_s": 3, "wrap_up_s": 1},
            {"id": "billing", "requires": {"billing": 5}, "ring_timeout_s": 3, "wrap_up_s": 1},
        ],
        "rejected_pause_s": 2,
    }
}


@pytest.fixture
async def closed_house(tmp_path: Path) -> AsyncIterator[RealHouse]:
    """Asterisk runs, the engine does not yet."""
    async with RealHouse(tmp_path / "house", QUICK) as house:
        yield house


@pytest.fixture
async def house(closed_house: RealHouse) -> RealHouse:
    """Asterisk and the engine run."""
    return await closed_house.opens()
