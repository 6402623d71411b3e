"""Distributions have the means they say, what was not seen to the end is estimated, intervals cover."""

import random
from statistics import fmean, stdev

import pytest

from acd.instant import Span, in_seconds, seconds
from cti.simulator.estimate import Estimate, mean, quantile, ratio, student
from cti.simulator.people import (
    Constant,
    Distribution,
    Empirical,
    Exponential,
    Gamma,
    Lognormal,
    Never,
    Survival,
    chance_for,
)

MANY = 40_000


def drawn(one: Distribution, count: int = MANY) -> list[float]:
    draw = one.draws(chance_for(3, "test"))
    spans = [draw() for _ in range(count)]
    return [in_seconds(span) for span in spans if span is not None]


@pytest.mark.parametrize(
    ("one", "expected", "spread"),
    [
        (Constant(12.5), 12.5, 0),
        (Exponential(180), 180, 180),
        (Lognormal(190, 170), 190, 170),
        (Gamma(260, 150), 260, 150),
        (Gamma(260, 0), 260, 0),
        (Empirical((seconds(1), seconds(2), seconds(6))), 3, 2.16),
    ],
)
def test_spans_have_the_mean_and_the_spread_that_were_asked_for(
    one: Distribution, expected: float, spread: float
) -> None:
    spans = drawn(one)
    assert fmean(spans) == pytest.approx(expected, rel=0.03)
    assert stdev(spans) == pytest.approx(spread, rel=0.1, abs=1e-9)


def test_who_never_gives_up_never_does() -> None:
    assert drawn(Never(), 3) == []


def test_chance_is_the_same_for_the_same_thing_and_another_for_another() -> None:
    def three(*what: object) -> list[float]:
        return [chance_for(1, *what).random() for _ in range(3)]

    assert three("a", 1) == three("a", 1) != three("a", 2)


def test_kaplan_and_meier_find_an_end_that_was_mostly_hidden() -> None:
    chance = random.Random(5)
    ends = [seconds(chance.expovariate(1 / 300)) for _ in range(20_000)]
    watched = [seconds(chance.expovariate(1 / 100)) for _ in ends]
    fitted = Survival.fit([(min(e, w), e <= w) for e, w in zip(ends, watched, strict=True)])
    median = fitted.median()
    assert median is not None
    assert in_seconds(median) == pytest.approx(300 * 0.6931, rel=0.06)
    assert fitted.mean_within(seconds(200)) == pytest.approx(300 * (1 - 2.71828 ** (-200 / 300)), rel=0.03)


def test_kaplan_and_meier_by_hand() -> None:
    """Of five: one gone at 1, one watched till 2, one gone at 3, two watched till 4."""
    seen = [(Span(1), True), (Span(2), False), (Span(3), True), (Span(4), False), (Span(4), False)]
    fitted = Survival.fit(seen)
    assert fitted.ends == (1, 3)
    assert fitted.ended == pytest.approx((0.2, 1 - 0.8 * 2 / 3))
    assert fitted.after(Span(-1), 0.19) == 1
    assert fitted.after(Span(-1), 0.21) == 3
    assert fitted.after(Span(1), 0.0) == 3, "he has lasted for longer than 1"
    assert fitted.after(Span(1), 0.34) is None, "two thirds of those outlast all that was seen"
    assert fitted.median() is None


def test_student_is_students() -> None:
    exact = {1: 12.7062, 4: 2.7764, 5: 2.5706, 9: 2.2622, 10: 2.2281, 19: 2.0930, 99: 1.9842}
    for degrees, value in exact.items():
        assert student(degrees) == pytest.approx(value, abs=2e-3)


def test_an_interval_covers_what_it_should() -> None:
    chance = random.Random(1)
    held = 0
    for _ in range(1000):
        samples = [[chance.expovariate(1) for _ in range(20)] for _ in range(10)]
        found = ratio([sum(s) for s in samples], [len(s) for s in samples])
        assert found is not None
        assert found.interval is not None
        held += found.interval[0] <= 1 <= found.interval[1]
    assert 930 <= held <= 970


def test_the_interval_of_a_quantile_covers_it() -> None:
    chance = random.Random(2)
    held = 0
    for _ in range(300):
        found = quantile([[round(1000 * chance.random()) for _ in range(50)] for _ in range(10)], 0.8)
        assert found is not None
        assert found.interval is not None
        held += found.interval[0] <= 800 <= found.interval[1]
    assert 270 <= held <= 299


def test_what_samples_share_is_gone_from_their_difference() -> None:
    chance = random.Random(3)
    common = [chance.gauss(100, 30) for _ in range(10)]
    one, other = mean(common), mean([c + 5 + chance.gauss(0, 0.1) for c in common])
    assert isinstance(one, Estimate)
    assert isinstance(other, Estimate)
    difference, times = other.less(one), other.over(one)
    assert difference.value == pytest.approx(5, abs=0.2)
    assert difference.half_width is not None
    assert difference.half_width < 0.2 < 10 < (one.half_width or 0)
    assert times.value == pytest.approx(1.05, abs=0.02)


def test_nothing_comes_of_nothing() -> None:
    assert ratio([0.0], [0.0]) is None
    assert quantile([[]], 0.5) is None
    alone = mean([3.0])
    assert alone is not None
    assert (alone.value, alone.half_width, alone.interval) == (3.0, None, None)
