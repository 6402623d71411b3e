"""The simulator's callers meet what Erlang's formulas say they must: ten seeds, the exact value inside the
95 % interval, and the interval narrow enough to mean something."""

from dataclasses import dataclass

import pytest

from acd import erlang
from acd.exits import QueueExit
from acd.ids import QueueId
from acd.rules import Rules
from cti.simulator.estimate import Estimate, ratio
from cti.simulator.figures import Scope, figures_of
from cti.simulator.scenario import Scenario
from cti.simulator.setting import Setting
from cti.simulator.study import Result, run_into, seed_of
from tests.sim_floor import rules_of

RUNS = 10


def house(servers: int, within_s: float) -> Rules:
    names = {f"a{n:03d}": {"s": 5} for n in range(servers)}
    return rules_of(
        names, {"q": {"s": 1}}, wrap_up=0, capacity=1_000_000, service_level_within=round(within_s * 1e6)
    )


def lived(rules: Rules, per_hour: float, handling_s: float, calls: int, patience_s: float | None) -> Result:
    hours = calls / per_hour
    never = {"kind": "never"}
    scenario = Scenario.model_validate(
        {
            "hours": hours,
            "warm_up_h": min(hours / 5, 20 * handling_s / 3600),
            "handling": {"kind": "exponential", "mean_s": handling_s},
            "patience": never if patience_s is None else {"kind": "exponential", "mean_s": patience_s},
            "arrivals": [{"queue": "q", "per_hour": per_hour}],
        }
    )
    setting, result = Setting.of(scenario, None, RUNS), Result("erlang", rules)
    for run in range(RUNS):
        run_into(result, setting, seed_of(7, run))
    assert result.core_unexplained == 0
    assert result.not_carried_out == {}
    return result


def waited_at_all(result: Result) -> Estimate | None:
    waits = [
        [wait for visits in sample.kinds.values() for one in visits.waits.values() for wait in one]
        for sample in result.samples
    ]
    return ratio([sum(wait > 0 for wait in one) for one in waits], [len(one) for one in waits])


def within(seen: Estimate | None, exact: float, narrow: float, what: str) -> None:
    assert seen is not None
    assert seen.half_width is not None
    told = f"{what}: {seen.value:.5f} +- {seen.half_width:.5f}, exact {exact:.5f}"
    print(told)
    assert abs(seen.value - exact) <= seen.half_width, told
    assert seen.half_width <= narrow * exact, f"too few calls to say anything: {told}"


@dataclass(frozen=True)
class ErlangC:
    load: float
    servers: int
    handling_s: float
    within_s: float
    calls: int
    exact: tuple[float, float, float]
    """P(wait), mean wait, share within."""


@pytest.mark.parametrize(
    "case",
    [
        ErlangC(48, 55, 240, 15, 20_000, (0.238701, 8.1840, 0.845883)),
        ErlangC(10, 14, 180, 20, 12_000, (0.174132, 7.8359, 0.888350)),
        ErlangC(50 / 3, 20, 300, 20, 15_000, (0.338125, 30.4312, 0.729251)),
    ],
    ids=lambda case: f"{case.load:.0f} erlangs on {case.servers}",
)
def test_callers_who_wait_for_ever_meet_erlang_c(case: ErlangC) -> None:
    assert erlang.mean_wait(case.load, case.servers, case.handling_s) == pytest.approx(
        case.exact[1], rel=1e-4
    )
    result = lived(
        house(case.servers, case.within_s),
        case.load / case.handling_s * 3600,
        case.handling_s,
        case.calls,
        None,
    )
    seen = figures_of(result, Scope())
    assert seen.unexplained == seen.still_here == 0
    assert set(seen.exits) == {QueueExit.ANSWERED}
    within(waited_at_all(result), case.exact[0], 0.2, "P(wait)")
    within(seen.mean_wait, case.exact[1], 0.35, "mean wait")
    within(seen.service_level, case.exact[2], 0.06, "in time")
    within(seen.occupancy, case.load / case.servers, 0.03, "occupancy")


def test_impatient_callers_meet_erlang_a() -> None:
    """100 calls a minute, a minute's service, a minute's patience, 100 servers."""
    result = lived(house(100, 20), 6000, 60, 15_000, 60)
    seen = figures_of(result, Scope())
    assert seen.unexplained == seen.still_here == 0
    within(waited_at_all(result), 0.51330, 0.15, "P(wait)")
    within(seen.abandoned, 0.03986, 0.25, "abandoned")
    within(seen.mean_wait, 2.39166, 0.25, "mean wait")


def test_the_queue_does_not_count_a_caller_twice_nor_forget_one() -> None:
    result = lived(house(5, 20), 200, 100, 2_000, 60)
    visits = [sample.visits((QueueId("q"), kind[1])) for sample in result.samples for kind in sample.kinds]
    seen = figures_of(result, Scope())
    assert seen.offered == sum(v.offered for v in visits) == sum(seen.exits.values())
    assert set(seen.exits) == {QueueExit.ANSWERED, QueueExit.ABANDONED}
    assert sum(len(waits) for v in visits for waits in v.waits.values()) == seen.offered
