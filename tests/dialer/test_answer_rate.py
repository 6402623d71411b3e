"""The answer rate that is believed: from a stated prior to what is seen, and at once when it jumps."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.answer_rate import AnswerRate


def seen(believed: AnswerRate, rate: float, outcomes: int, seed: int = 1, hour: int = 10) -> AnswerRate:
    chance = random.Random(seed)
    for _ in range(outcomes):
        believed.observe(answered=chance.random() < rate, hour=hour)
    return believed


def test_before_anything_was_seen_half_answer() -> None:
    assert AnswerRate().mean(10) == pytest.approx(0.5)


@pytest.mark.parametrize("rate", [0.05, 0.15, 0.3, 0.5, 0.8])
def test_what_is_steady_is_found(rate: float) -> None:
    errors = [abs(seen(AnswerRate(), rate, 2_000, seed).mean(10) - rate) for seed in range(20)]
    assert sum(errors) / 20 < 0.03


def test_a_jump_is_believed_within_some_twenty_lines() -> None:
    believed = [seen(AnswerRate(), 0.15, 2_000, seed) for seed in range(20)]
    for seed, one in enumerate(believed):
        seen(one, 0.6, 20, 100 + seed)
    assert sum(one.mean(10) for one in believed) / 20 > 0.42
    for seed, one in enumerate(believed):
        seen(one, 0.6, 40, 200 + seed)
    assert sum(one.mean(10) for one in believed) / 20 == pytest.approx(0.6, abs=0.08)


def test_an_hour_that_was_met_before_is_remembered() -> None:
    believed = AnswerRate()
    for day in range(3):
        seen(believed, 0.5, 600, day, hour=17)
        seen(believed, 0.2, 600, day, hour=10)
    seen(believed, 0.5, 60, 9, hour=17)
    assert believed.mean(17) > 0.4
    assert believed.mean(10) < believed.mean(17)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 23)), max_size=400))
def test_nothing_is_ever_impossible(outcomes: list[tuple[bool, int]]) -> None:
    believed = AnswerRate()
    for answered, hour in outcomes:
        believed.observe(answered=answered, hour=hour)
    assert all(0.0 < believed.mean(hour) < 1.0 for hour in range(24))
