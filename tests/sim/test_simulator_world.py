"""The lean world: nobody is forgotten whatever goes wrong; the same people come whatever the rules."""

from dataclasses import replace
from typing import Any, get_args

import pytest

from acd.exits import QueueExit
from acd.ids import QueueId
from acd.instant import seconds
from acd.orders import Order
from acd.overflow_rules import OverflowStep, SendAway, ToQueue, Way
from acd.rules import Rules
from cti.simulator.figures import Scope, figures_of
from cti.simulator.scenario import Scenario
from cti.simulator.setting import Setting
from cti.simulator.study import Result, run_into, run_once, seed_of
from tests.sim_floor import rules_of

AGENTS = {"ana": {"s": 5}, "ben": {"s": 5, "b": 5}, "cleo": {"b": 5}}
QUEUES = {"sales": {"s": 1}, "billing": {"b": 1}}


def scenario(**more: Any) -> Scenario:
    return Scenario.model_validate(
        {
            "hours": 12,
            "warm_up_h": 1,
            "handling": {"kind": "exponential", "mean_s": 150},
            "patience": {"kind": "exponential", "mean_s": 120},
            "arrivals": [
                {"queue": "sales", "per_hour": 35},
                {"queue": "sales", "class": "vip", "per_hour": 5},
                {"queue": "billing", "per_hour": 25},
            ],
            **more,
        }
    )


def lived(rules: Rules, asked: Scenario, runs: int = 5) -> Result:
    setting, result = Setting.of(asked, None, runs), Result("test", rules)
    for run in range(runs):
        run_into(result, setting, seed_of(1, run))
    every = figures_of(result, Scope())
    assert every.unexplained == every.still_here == result.core_unexplained == 0
    assert result.not_carried_out == {}
    return result


@pytest.mark.parametrize(
    "faults",
    [
        {},
        {"phones": {"no_answer": 0.1, "rejects": 0.1, "answers_after": {"kind": "exponential", "mean_s": 6}}},
        {"faults": {"link_cuts": [{"at_h": 2, "for_s": 300}, {"at_h": 5.5, "for_s": 2000}]}},
        {"agents": [{"ids": ["ana", "ben", "cleo"], "shifts": [{"from": "02:00", "to": "07:00"}]}]},
        {"redial": {"share": 0.9, "after": {"kind": "constant", "value_s": 30}}},
        {
            "phones": {"no_answer": 0.2, "answers_after": {"kind": "gamma", "mean_s": 9, "sd_s": 6}},
            "faults": {"link_cuts": [{"at_h": h, "for_s": 100} for h in range(1, 11)]},
            "redial": {"share": 0.5, "after": {"kind": "exponential", "mean_s": 300}},
        },
    ],
    ids=["a good day", "deaf phones", "the link is cut", "few shifts", "callers insist", "everything"],
)
@pytest.mark.parametrize("ring_most", [1, 3])
def test_everybody_ends_somewhere_whatever_goes_wrong(faults: dict[str, Any], ring_most: int) -> None:
    result = lived(rules_of(AGENTS, QUEUES, ring_most=ring_most), scenario(**faults))
    every = figures_of(result, Scope())
    assert every.offered > 2000
    assert set(every.exits) <= {QueueExit.ANSWERED, QueueExit.ABANDONED, QueueExit.LOST}
    assert every.exits[QueueExit.ANSWERED] > 500
    for sample in result.samples:
        for staffed in sample.agents.values():
            assert 0 <= staffed.talked <= staffed.busy <= staffed.here <= 11 * 3600 * 1_000_000


def test_callers_whom_nobody_can_ever_serve_are_counted_and_not_lost() -> None:
    nobody = scenario(
        patience={"kind": "never"}, agents=[{"ids": ["ana"], "shifts": [{"from": "02:00", "to": "03:00"}]}]
    )
    rules = rules_of({"ana": {"s": 5}}, QUEUES)
    setting, result = Setting.of(nobody, None, 5), Result("test", rules)
    run_into(result, setting, 1)
    every = figures_of(result, Scope())
    assert every.still_here > 100
    assert every.unexplained == result.core_unexplained == 0
    assert every.offered == every.still_here + sum(every.exits.values())


def test_those_who_are_turned_away_and_those_who_overflow_are_counted_once_each() -> None:
    rules = rules_of(AGENTS, QUEUES, capacity=2)
    sales = rules.queues[QueueId("sales")]
    steps = (
        OverflowStep(action=ToQueue(queue_id=QueueId("billing")), waited=seconds(20)),
        OverflowStep(action=SendAway(way=Way.VOICEMAIL, prompts=("later",)), waited=seconds(40)),
    )
    rules = replace(rules, queues={**rules.queues, QueueId("sales"): replace(sales, overflow=steps)})
    result = lived(rules, scenario())
    sales_figures = figures_of(result, Scope(QueueId("sales")))
    billing = figures_of(result, Scope(QueueId("billing")))
    assert sales_figures.exits[QueueExit.OVERFLOWED] > 50
    assert sales_figures.exits[QueueExit.VOICEMAIL] > 5
    assert sales_figures.exits[QueueExit.FULL] > 5
    assert billing.offered > sales_figures.exits[QueueExit.OVERFLOWED]


def test_the_same_seed_is_the_same_run() -> None:
    rules, setting = rules_of(AGENTS, QUEUES), Setting.of(scenario(), None, 5)

    def waits(seed: int) -> list[list[int]]:
        _, book = run_once(setting, rules, seed)
        return [list(w) for c in book.chapters for v in c.kinds.values() for w in v.waits.values()]

    assert waits(3) == waits(3) != waits(4)


def test_the_same_people_come_whatever_the_rules() -> None:
    setting = Setting.of(scenario(), None, 5)
    people = [(c.call_id, c.at, c.patience, c.handling) for c in setting.callers(9)]
    assert people == [(c.call_id, c.at, c.patience, c.handling) for c in setting.callers(9)]
    two, all_can = rules_of(AGENTS, QUEUES), rules_of({name: {"s": 5, "b": 5} for name in AGENTS}, QUEUES)
    results = [lived(rules, scenario()) for rules in (two, all_can)]
    before, after = (figures_of(result, Scope()) for result in results)
    assert before.offered == after.offered
    assert before.mean_wait is not None
    assert after.mean_wait is not None
    paired = after.mean_wait.less(before.mean_wait)
    assert paired.half_width is not None
    assert paired.value + paired.half_width < 0, "agents who can do everything make waits shorter"


def test_a_few_runs_are_judged_by_their_stretches() -> None:
    rules = rules_of(AGENTS, QUEUES)
    result = lived(rules, scenario(), runs=1)
    assert len(result.samples) == 20
    every = figures_of(result, Scope())
    assert every.per_run is not None
    assert every.per_run.value == pytest.approx(every.offered)
    assert every.mean_wait is not None
    assert every.mean_wait.half_width is not None


def test_what_the_world_does_not_carry_out_is_known_and_written_down() -> None:
    """A new order has to be carried out here, or stand in docs/reference/simulate.md and in this list."""
    rules, setting = rules_of(AGENTS, QUEUES), Setting.of(scenario(), None, 5)
    world, _ = run_once(setting, rules, 1)
    unknown = {order.__name__ for order in get_args(Order)} - {kind.__name__ for kind in world.known}
    assert unknown == {"RingAgentForCallback", "DialCustomer", "CancelDial"}
