"""A dialer that knows nothing yet, and bad days: one to three agents, everybody answers, calls of two seconds
and of half an hour, agents who go home at once."""

from typing import Any

import pytest

from cti.simulator.dialling.ours import Budgeted
from cti.simulator.dialling.scenario import DiallingScenario
from cti.simulator.dialling.world import DiallingWorld

EVERYBODY = 0.999
SHORT = {"talk": {"kind": "lognormal", "mean_s": 2, "sd_s": 0.5}, "wrap_up_s": 0}
LONG = {"talk": {"kind": "lognormal", "mean_s": 1800, "sd_s": 300}, "hours": 4}
NOBODY_THEN_EVERYBODY = [{"at_h": 0, "rate": 0.02}, {"at_h": 0.5, "rate": 0.02}, {"at_h": 0.51, "rate": 0.99}]


def go_home(agents: int) -> dict[str, Any]:
    """Within a minute all but one."""
    return {"leave": [{"at_h": 0.5 + n / 1_000, "agents": 1} for n in range(1, agents)]}


@pytest.mark.parametrize("agents", [1, 2, 3])
@pytest.mark.parametrize(
    "what",
    [
        {"answer_rate": EVERYBODY},
        SHORT,
        {**SHORT, "answer_rate": EVERYBODY},
        LONG,
        {**LONG, "answer_rate": EVERYBODY},
        {"answer_rate": NOBODY_THEN_EVERYBODY},
        {"answer_rate": 0.1},
        "go home",
    ],
    ids=["everybody", "short", "short-everybody", "long", "long-everybody", "jump", "few", "go-home"],
)
def test_nobody_is_abandoned_by_a_few_agents_on_their_first_day(what: Any, agents: int) -> None:
    asked = go_home(agents) if what == "go home" else what
    day = DiallingScenario.model_validate({"hours": 1, "agents": agents, **asked})
    lived = DiallingWorld(day, Budgeted(day), seed=agents).run()
    assert lived.unexplained == 0
    assert lived.live >= 8
    assert lived.abandoned == 0
    assert lived.connected == lived.live


def test_ten_agents_of_whom_nine_go_home_within_a_minute_leave_hardly_anybody_alone() -> None:
    day = DiallingScenario.model_validate({"hours": 1, "agents": 10, **go_home(10)})
    lived = DiallingWorld(day, Budgeted(day), seed=3).run()
    assert lived.abandoned <= 0.03 * lived.live
