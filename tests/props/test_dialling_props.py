"""Whatever a campaign's day is, every line and every answer has an end, and policies keep their bounds."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cti.simulator.dialling.others import FixedRatio, Progressive, Reactive
from cti.simulator.dialling.ours import Budgeted
from cti.simulator.dialling.policy import Policy
from cti.simulator.dialling.scenario import DiallingScenario
from cti.simulator.dialling.world import STARTS, DiallingWorld

rates = st.floats(0.02, 0.98)
days: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "agents": st.integers(3, 15),
        "hours": st.just(0.4),
        "answer_rate": rates
        | st.tuples(rates, rates).map(
            lambda pair: [{"at_h": 0.2, "rate": pair[0]}, {"at_h": 0.21, "rate": pair[1]}]
        ),
        "ring": st.builds(lambda s: {"kind": "exponential", "mean_s": s}, st.floats(0.1, 30)),
        "ring_out_s": st.floats(1, 60),
        "fails_at_once": st.floats(0, 1),
        "talk": st.builds(
            lambda mean, sd: {"kind": "lognormal", "mean_s": mean, "sd_s": sd},
            st.floats(5, 400),
            st.floats(1, 400),
        ),
        "wrap_up_s": st.floats(0, 60),
        "connect_within_s": st.floats(0.1, 5),
        "allowed": st.floats(0, 0.1),
        "leads": st.none() | st.integers(1, 300),
        "leave": st.lists(
            st.fixed_dictionaries({"at_h": st.floats(0, 0.5), "agents": st.just(1)}), max_size=2
        ),
    }
)


@settings(max_examples=40, deadline=None)
@given(
    what=days, seed=st.integers(0, 1_000), who=st.sampled_from(["ours", "progressive", "ratio", "reactive"])
)
def test_every_line_and_every_answer_has_an_end(what: dict[str, Any], seed: int, who: str) -> None:
    scenario = DiallingScenario.model_validate(what)
    policy: Policy = {
        "ours": lambda: Budgeted(scenario),
        "progressive": Progressive,
        "ratio": lambda: FixedRatio(1.7),
        "reactive": lambda: Reactive(scenario.allowed, STARTS),
    }[who]()
    day = DiallingWorld(scenario, policy, seed).run()
    assert day.unexplained == 0
    assert day.placed <= (scenario.leads or day.placed)
    assert 0 <= day.talked <= day.staffed
    if who == "progressive" and not scenario.leave:
        assert day.abandoned == 0
    if who == "ours" and not scenario.leave and not isinstance(scenario.answer_rate, list):
        # a day too short to learn in: at most what could be risked at all, and a cluster of it
        assert day.abandoned <= scenario.allowed * day.live + 3
