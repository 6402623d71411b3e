"""The whole product dials a day: as good as the simulator says that its pacing is, and within the law."""

import pytest

from cti.simulator.dialling.day import Day
from cti.simulator.dialling.ours import Budgeted
from cti.simulator.dialling.scenario import DiallingScenario
from cti.simulator.dialling.world import DiallingWorld
from dialer.campaign import CampaignState, Mode
from dialer.lead import Lead
from tests.sim.dialled_day import DialledDay, one_of_many

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


def test_two_regions_in_blocks_are_dialled_by_what_each_answers() -> None:
    """One of ten answers in the one, every second in the other; the list goes to the other after every
    sixty. Told apart they cost fewer abandoned calls, and agents talk more."""

    def lived(*, told_apart: bool) -> Day:
        def somebody(n: int) -> Lead:
            kind = n // 60 % 2
            return one_of_many(n, kind, ("+33 11", "+33 41")[kind] if told_apart else "")

        day = DiallingScenario.model_validate({"agents": 10, "hours": 1})
        return DialledDay(day, 1, leads=3_000, lead=somebody, answer_rates=(0.1, 0.5)).run()

    apart, together = lived(told_apart=True), lived(told_apart=False)
    for day in (apart, together):
        assert day.live > 100
    assert apart.abandoned <= 0.03 * apart.live
    assert apart.utilisation >= together.utilisation
