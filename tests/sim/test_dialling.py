"""A campaign's day in virtual time: nobody is unaccounted for, few are abandoned, whatever happens."""

from typing import Any

import pytest

from cti.simulator.dialling.day import Day
from cti.simulator.dialling.others import FixedRatio, Progressive, Reactive
from cti.simulator.dialling.ours import Budgeted, Foreknowing
from cti.simulator.dialling.policy import Policy
from cti.simulator.dialling.scenario import DiallingScenario
from cti.simulator.dialling.world import STARTS, DiallingWorld


def scenario(**what: Any) -> DiallingScenario:
    return DiallingScenario.model_validate({"agents": 12, "hours": 1, **what})


def lived(day: DiallingScenario, policy: Policy | None = None, seed: int = 3) -> Day:
    done = DiallingWorld(day, policy or Budgeted(day), seed).run()
    assert done.unexplained == 0
    return done


JUMP = [{"at_h": 0, "rate": 0.15}, {"at_h": 0.7, "rate": 0.15}, {"at_h": 0.7166, "rate": 0.6}]


@pytest.mark.parametrize(
    "what",
    [
        {},
        {"answer_rate": 0.15},
        {"answer_rate": 0.5},
        {"answer_rate": JUMP},
        {"answer_rate": JUMP, "agents": 40},
        {"leave": [{"at_h": 0.6, "agents": 6}]},
        {"agents": 3, "hours": 2},
        {"wrap_up_s": 0},
    ],
)
def test_no_more_are_abandoned_than_allowed(what: dict[str, Any]) -> None:
    day = lived(scenario(**what))
    assert day.live > 50
    assert day.abandoned <= 0.03 * day.live + (1 if "leave" in what else 0)


def test_agents_talk_more_than_with_one_line_each() -> None:
    one = lived(scenario(agents=20, hours=2), Progressive())
    ours = lived(scenario(agents=20, hours=2))
    assert one.abandoned == 0
    assert ours.utilisation > 1.15 * one.utilisation


def test_nothing_is_abandoned_where_nothing_is_allowed() -> None:
    assert lived(scenario(allowed=0.0)).abandoned == 0


def test_a_list_that_ends_is_dialled_to_its_end_and_no_further() -> None:
    day = lived(scenario(leads=400))
    assert day.placed == 400
    assert day.utilisation > 0.6  # of the time until its end


def test_the_same_seed_is_the_same_day() -> None:
    first, again, other = (lived(scenario(), seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_who_knows_everything_beforehand_does_better() -> None:
    day = scenario(agents=20, answer_rate=0.15)
    knows = lived(day, Foreknowing(day, STARTS, 0.03))
    assert knows.utilisation > lived(day).utilisation


@pytest.mark.parametrize("ratio", [1.0, 1.5, 3.0])
def test_the_more_lines_for_each_agent_the_more_is_abandoned(ratio: float) -> None:
    assert (
        lived(scenario(), FixedRatio(ratio + 0.3)).abandoned > lived(scenario(), FixedRatio(ratio)).abandoned
    )


def test_who_only_reacts_spends_more_than_there_is() -> None:
    day = scenario(agents=20, answer_rate=JUMP)
    reactive = lived(day, Reactive(0.03, STARTS))
    assert reactive.abandoned > 0.03 * reactive.live
