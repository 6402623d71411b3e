"""How even an answer rate was: against values worked out by hand."""

import pytest

from acd.evenness import evenness


def test_a_rate_that_never_changes_is_perfectly_even() -> None:
    even = evenness([(9, 10), (18, 20), (90, 100)])
    assert even is not None
    assert (even.variation, even.mean_answer_rate) == (0, pytest.approx(0.9))
    assert even.is_even


def test_the_coefficient_of_variation_is_spread_over_mean() -> None:
    even = evenness([(10, 10), (5, 10)])  # rates 1 and .5: mean .75, deviation .25
    assert even is not None
    assert even.variation == pytest.approx(1 / 3)
    assert not even.is_even


def test_periods_without_callers_have_no_rate() -> None:
    even = evenness([(8, 10), (0, 0), (8, 10)])
    assert even is not None
    assert (even.periods, even.variation) == (2, 0)


@pytest.mark.parametrize("periods", [[], [(1, 1)], [(0, 5), (0, 7)], [(0, 0), (3, 3)]])
def test_too_little_says_nothing(periods: list[tuple[int, int]]) -> None:
    assert evenness(periods) is None
