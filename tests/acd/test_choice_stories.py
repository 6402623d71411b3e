"""Which of the ready agents gets a caller, strategy by strategy, and what people are told about it."""

import pytest

from acd.choice import Choice, Strategy
from acd.decision import Verdict
from acd.instant import seconds
from tests.sim_floor import SimFloor, rules_of

DESK = {
    "ana": {"billing": 9, "sales": 2},
    "ben": {"billing": 5},
    "cleo": {"billing": 3, "sales": 8},
}


def desk(strategy: Strategy, *skills: str, seed: int = 0) -> SimFloor:
    choice = Choice(strategy=strategy, skills=skills)
    floor = SimFloor(rules_of(DESK, {"billing": "billing"}, choice=choice, wrap_up=seconds(0)), seed)
    floor.agents("cleo", "ben", "ana").ready()
    return floor


def serve(floor: SimFloor, *, talks: float = 10) -> str:
    """One caller, served from start to end; who got him."""
    call = floor.caller("+331")
    floor.world.enters(call.sim, "billing", talks=seconds(talks))
    floor.wait(seconds=talks + 5)
    (name,) = call.agents_offered
    return name


def verdicts(floor: SimFloor) -> dict[str, tuple[Verdict, str]]:
    call = floor.caller("+332").enters("billing")
    why = floor.why(call)
    call.hangs_up()
    return {c.agent_id: (c.verdict, c.detail) for c in why.candidates}


def test_longest_idle_goes_by_who_became_ready_first() -> None:
    floor = desk(Strategy.LONGEST_IDLE)
    assert [serve(floor) for _ in range(4)] == ["cleo", "ben", "ana", "cleo"]


def test_best_skill_takes_the_expert_and_says_why_the_others_lost() -> None:
    floor = desk(Strategy.BEST_SKILL)
    assert [serve(floor) for _ in range(2)] == ["ana", "ana"]
    told = verdicts(floor)
    assert told["ana"][0] is Verdict.CHOSEN
    assert told["ana"][1].endswith("level 9 in billing, highest of the ready agents who suit")
    assert told["ben"][0] is Verdict.LESS_SKILLED
    assert told["ben"][1].endswith("level 5 in billing")


def test_lowest_sufficient_skill_keeps_the_experts_free() -> None:
    floor = desk(Strategy.LOWEST_SUFFICIENT_SKILL)
    assert [serve(floor) for _ in range(2)] == ["cleo", "cleo"]
    assert verdicts(floor)["ana"][0] is Verdict.MORE_SKILLED
    floor.agent("cleo").logs_out()
    assert serve(floor) == "ben"


def test_levels_may_be_measured_in_other_skills_than_those_required() -> None:
    floor = desk(Strategy.BEST_SKILL, "billing", "sales")
    assert [serve(floor) for _ in range(2)] == ["cleo", "ana"]  # 11 and 11: then the longest idle
    assert desk(Strategy.LOWEST_SUFFICIENT_SKILL, "sales").caller("+331").enters(
        "billing"
    ).agents_offered == ["ben"]


def test_fewest_calls_makes_up_for_who_took_more() -> None:
    floor = desk(Strategy.FEWEST_CALLS)
    floor.agent("cleo").sets_not_ready()
    assert [serve(floor) for _ in range(4)] == ["ben", "ana", "ben", "ana"]
    floor.agent("cleo").sets_ready()
    told = verdicts(floor)
    assert told["cleo"][0] is Verdict.CHOSEN
    assert told["ben"][0] is Verdict.MORE_CALLS
    assert told["ben"][1].endswith("2 calls taken")
    assert [serve(floor) for _ in range(2)] == ["cleo", "cleo"]


def test_least_occupied_looks_at_the_share_of_the_shift_and_not_at_the_number_of_calls() -> None:
    floor = desk(Strategy.LEAST_OCCUPIED)
    floor.wait(seconds=100)
    assert serve(floor, talks=60) == "cleo"
    assert serve(floor, talks=10) == "ben"
    assert serve(floor, talks=10) == "ana"
    assert [serve(floor, talks=10) for _ in range(6)] == ["ben", "ana", "ben", "ana", "ben", "ana"]
    told = verdicts(floor)
    assert told["cleo"][0] is Verdict.MORE_OCCUPIED
    assert "% of his shift" in told["cleo"][1]


def test_two_idle_agents_change_places_as_time_passes() -> None:
    """Ana was busy 30 of 100 s, Ben, just in, 1 of 3: in an hour Ben's second weighs less than her thirty."""
    floor = desk(Strategy.LEAST_OCCUPIED)
    floor.agent("cleo").logs_out()
    floor.agent("ben").logs_out()
    floor.wait(seconds=40)
    assert serve(floor, talks=30) == "ana"
    floor.agent("ana").sets_not_ready()
    floor.agent("ben").sets_ready()
    assert serve(floor, talks=5) == "ben"
    floor.agent("ana").sets_ready()
    assert floor.caller("+1").enters("billing").agents_offered == ["ana"]
    floor.agent("ana").sets_not_ready()
    floor.wait(seconds=3600)
    floor.agent("ana").sets_ready()
    assert floor.caller("+2").enters("billing").agents_offered == ["ben"]


def test_round_robin_goes_in_the_order_of_the_rules_and_skips_who_is_away() -> None:
    floor = desk(Strategy.ROUND_ROBIN)
    assert [serve(floor) for _ in range(4)] == ["ana", "ben", "cleo", "ana"]
    floor.agent("ben").sets_not_ready()
    assert verdicts(floor)["ana"][0] is Verdict.LATER_IN_TURN
    assert [serve(floor) for _ in range(2)] == ["ana", "cleo"]


def test_linear_always_begins_at_the_top() -> None:
    floor = desk(Strategy.LINEAR)
    assert [serve(floor) for _ in range(3)] == ["ana", "ana", "ana"]
    floor.agent("ana").sets_not_ready()
    assert serve(floor) == "ben"
    assert verdicts(floor)["cleo"][0] is Verdict.LATER_IN_LIST


def test_weighted_random_draws_twice_the_level_twice_as_often_and_the_same_again() -> None:
    drawn = [serve(floor) for floor in [desk(Strategy.WEIGHTED_RANDOM)] for _ in range(600)]
    counts = [drawn.count(name) for name in ("ana", "ben", "cleo")]  # levels 9, 5, 3
    assert all(abs(count - 600 * level / 17) < 50 for count, level in zip(counts, (9, 5, 3), strict=True))
    assert drawn == [serve(floor) for floor in [desk(Strategy.WEIGHTED_RANDOM)] for _ in range(600)]
    floor = desk(Strategy.WEIGHTED_RANDOM)
    told = verdicts(floor)
    assert sorted(verdict for verdict, _ in told.values()) == ["chosen", "not_drawn", "not_drawn"]
    assert "lots" in told["ana"][1]


@pytest.mark.parametrize("strategy", list(Strategy))
def test_whoever_is_preferred_goes_first_whatever_the_strategy(strategy: Strategy) -> None:
    floor = SimFloor(
        rules_of(
            DESK,
            {"billing": "billing"},
            choice=Choice(strategy=strategy),
            prefers={"billing": "sales >= 8"},
            wrap_up=seconds(0),
        )
    )
    floor.agents("ana", "ben", "cleo").ready()
    assert [serve(floor) for _ in range(3)] == ["cleo", "cleo", "cleo"]


def test_a_new_shift_begins_after_four_hours_away() -> None:
    floor = desk(Strategy.FEWEST_CALLS)
    assert [serve(floor) for _ in range(3)] == ["cleo", "ben", "ana"]
    for away_h, calls in ((3, 1), (5, 0)):
        floor.agent("ana").logs_out()
        floor.wait(seconds=away_h * 3600)
        floor.agent("ana").sets_ready()
        assert floor.agent("ana").now.workload.calls_in_shift == calls
    workload = floor.agent("ana").now.workload
    assert (workload.calls_taken, workload.staffed_in_shift) == (1, 0)
