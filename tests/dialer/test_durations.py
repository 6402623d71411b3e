"""Distributions without a shape: what outlasts a time, by a guess first and by what was seen then."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.instant import Span, seconds
from dialer.durations import RELEARNT_EVERY, Durations


def test_the_guess_holds_until_something_was_seen() -> None:
    guess = Durations(1.0, [0.0, 0.5, 0.5, 0.0], worth=10, memory=100)
    assert [guess.outlasts(at) for at in (0, 1, 1.5, 2, 3, 99)] == pytest.approx([1, 1, 0.75, 0.5, 0, 0])


def test_what_is_seen_outweighs_it() -> None:
    learnt = Durations(1.0, [0.25] * 4, worth=10, memory=1_000)
    for _ in range(500):
        learnt.observe(seconds(2.5))
    assert learnt.outlasts(2) > 0.98
    assert learnt.outlasts(3) < 0.02
    assert learnt.version == 500 // RELEARNT_EVERY


def test_the_old_is_forgotten() -> None:
    learnt = Durations(1.0, [0.25] * 4, worth=10, memory=50)
    for value in (0.5, 3.5):
        for _ in range(400):
            learnt.observe(seconds(value))
    assert learnt.outlasts(3) > 0.99


@given(st.lists(st.integers(0, 200_000_000), max_size=300), st.floats(1, 1000))
def test_it_is_always_a_distribution(spans: list[int], memory: float) -> None:
    learnt = Durations(5.0, [0.1] * 10, worth=20, memory=max(2.0, memory))
    for span in spans:
        learnt.observe(Span(span))
    curve = [learnt.outlasts(at / 2) for at in range(120)]
    assert curve[0] == 1.0
    assert curve[-1] == 0.0
    assert all(a >= b >= 0 for a, b in pairwise(curve))
    assert sum(learnt.chance_in(cell) for cell in range(10)) == pytest.approx(1.0)
