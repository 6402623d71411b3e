"""Answer rates by region: one region is its list, one that differs is soon itself, others lean on it."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.answer_rate import AnswerRate
from dialer.list_rates import MOST_REGIONS, OTHERS, ListRates

NORTH, SOUTH, EAST = "+33 11", "+33 41", "+33 31"


def dialled(rates: ListRates, outcomes: int, seed: int = 1, **people: float) -> ListRates:
    """Regions in turns, and the share who answer in each."""
    chance, names = random.Random(seed), list(people)
    for n in range(outcomes):
        region = names[n % len(names)]
        rates.observe(region, answered=chance.random() < people[region], hour=10)
    return rates


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 23)), max_size=200))
def test_a_list_of_one_region_is_foretold_as_if_there_were_no_regions(
    outcomes: list[tuple[bool, int]],
) -> None:
    plain, rates = AnswerRate(), ListRates()
    for answered, hour in outcomes:
        plain.observe(answered=answered, hour=hour)
        rates.observe(NORTH, answered=answered, hour=hour)
        assert rates.mean(NORTH, hour) == rates.mean(None, hour) == plain.mean(hour)


def test_regions_that_differ_are_soon_told_apart() -> None:
    errors = []
    for seed in range(10):
        rates = dialled(ListRates(), 400, seed, north=0.1, south=0.5)
        errors += [abs(rates.mean("north", 10) - 0.1), abs(rates.mean("south", 10) - 0.5)]
        assert rates.mean(None, 10) == pytest.approx(0.3, abs=0.1)
    assert sum(errors) / len(errors) < 0.06


def test_a_region_of_few_lines_leans_on_its_list() -> None:
    rates, alone = dialled(ListRates(), 1_000, north=0.2, south=0.2), AnswerRate()
    for answered in (False, True, False):
        rates.observe(EAST, answered=answered, hour=10)
        alone.observe(answered=answered, hour=10)
    assert rates.mean(None, 10) < rates.mean(EAST, 10) < alone.mean(10) - 0.05


def test_who_was_never_dialled_is_thought_rather_too_ready_to_answer() -> None:
    rates = dialled(ListRates(), 1_000, north=0.1, south=0.1)
    assert rates.mean(None, 10) + 0.05 < rates.mean(EAST, 10) < 0.5
    assert ListRates().mean(EAST, 10) == pytest.approx(0.5)


def test_a_first_region_keeps_what_was_learnt_when_a_second_comes() -> None:
    rates = dialled(ListRates(), 1_000, north=0.1)
    before = rates.mean("north", 10)
    for _ in range(100):
        rates.observe("south", answered=True, hour=10)
    assert rates.mean("south", 10) > 0.85
    assert rates.mean("north", 10) < before + 0.15
    dialled(rates, 20, north=0.1)
    assert rates.mean("north", 10) < before + 0.07


def test_when_everybody_answers_of_a_sudden_every_region_is_believed_to() -> None:
    """Of each region's lines few have come since; of their list's, all."""
    names = {f"r{n}": 0.15 for n in range(20)}
    rates = dialled(ListRates(), 4_000, **names)
    dialled(rates, 100, 2, **dict.fromkeys(names, 0.6))
    means = [rates.mean(name, 10) for name in names]
    assert sum(means) / len(means) > 0.33  # where each had had five lines, of which three were answered


def test_there_are_no_more_regions_than_are_kept_and_the_rest_is_one() -> None:
    rates = ListRates()
    for n in range(3 * MOST_REGIONS):
        rates.observe(f"r{n}", answered=n >= MOST_REGIONS, hour=10)
    told = dict(rates.regions())
    assert len(told) == MOST_REGIONS + 1
    assert (told[OTHERS].lines, told[OTHERS].answered) == (2 * MOST_REGIONS, 2 * MOST_REGIONS)
    assert rates.mean("r150", 10) == rates.mean("never", 10) > 0.8
    assert sum(seen.lines for seen in told.values()) == rates.seen.lines == 3 * MOST_REGIONS


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 23), st.sampled_from([NORTH, SOUTH, ""])), max_size=200)
)
def test_nothing_is_ever_impossible_anywhere(outcomes: list[tuple[bool, int, str]]) -> None:
    rates = ListRates()
    for answered, hour, region in outcomes:
        rates.observe(region, answered=answered, hour=hour)
    for region in (NORTH, SOUTH, "", EAST, None):
        assert all(0.0 < rates.mean(region, hour) < 1.0 for hour in range(24))
