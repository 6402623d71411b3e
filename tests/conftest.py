"""Fixtures every room shares."""

import pytest

from tests.sim_floor import SimFloor, rules_of


@pytest.fixture
def floor() -> SimFloor:
    """Two agents of equal skill, one queue for both and one nobody but Ana can serve."""
    return SimFloor(
        rules_of(
            agents={"ana": {"support": 8, "sales": 5}, "ben": {"support": 8}},
            queues={"support": {"support": 5}, "sales": {"sales": 3}},
            vips=("+3399",),
        )
    )
