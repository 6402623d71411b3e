"""The whole product dials a day: as good as the simulator says that its pacing is, and within the law."""

import pytest

from cti.simulator.dialling.ours import Budgeted
from cti.simulator.dialling.scenario import DiallingScenario
from cti.simulator.dialling.world import DiallingWorld
from dialer.campaign import CampaignState, Mode
from tests.sim.dialled_day import DialledDay

SEED = 3


def test_the_floor_dials_as_well_as_the_simulator_says_and_abandons_no_more_than_allowed() -> None:
    scenario = DiallingScenario.model_validate({"agents": 12, "hours": 1})
    said = DiallingWorld(scenario, Budgeted(scenario), SEED).run()
    whole = DialledDay(scenario, SEED, leads=5_000)
    day = whole.run()
    assert day.unexplained == 0
    assert day.live > 100
    assert day.abandoned <= 0.03 * day.live
    assert day.utilisation == pytest.approx(said.utilisation, abs=0.03)
    assert len(whole.ended) == day.placed == len({one.attempt_id for one in whole.ended})
    assert not whole.floor.campaigns.lines
    assert not whole.floor.tables.calls


def test_a_list_that_ends_is_dialled_to_its_end_and_the_campaign_is_finished() -> None:
    scenario = DiallingScenario.model_validate({"agents": 4, "hours": 2})
    whole = DialledDay(scenario, SEED, leads=120)
    day = whole.run()
    assert day.placed == 120
    assert whole.state is CampaignState.FINISHED


def test_one_line_for_each_free_agent_abandons_nobody() -> None:
    scenario = DiallingScenario.model_validate({"agents": 8, "hours": 1})
    day = DialledDay(scenario, SEED, leads=2_000, mode=Mode.PROGRESSIVE).run()
    assert day.abandoned == 0
    assert day.live > 50
