"""Each named formula against the textbook's example, and what it makes of nothing."""

import pytest

from acd.service_level import Answers, ServiceLevelFormula

A_DAY = Answers(answered=1000, answered_within=860, abandoned=60, abandoned_within=20, abandoned_short=10)
"""The example by which the variants are told apart in the trade's literature."""


@pytest.mark.parametrize(
    ("formula", "per_cent"),
    [
        (ServiceLevelFormula.ABANDONED_IN_TIME_COUNT_FOR, 83.0),
        (ServiceLevelFormula.ANSWERED_ONLY, 86.0),
        (ServiceLevelFormula.ABANDONED_COUNT_AGAINST, 81.1),
        (ServiceLevelFormula.ABANDONED_IN_TIME_IGNORED, 82.7),
        (ServiceLevelFormula.SHORT_ABANDONED_COUNT_FOR, 82.1),
    ],
)
def test_one_day_has_five_service_levels(formula: ServiceLevelFormula, per_cent: float) -> None:
    share = formula.share(A_DAY)
    assert share is not None
    assert round(share * 100, 1) == per_cent


@pytest.mark.parametrize("formula", ServiceLevelFormula)
def test_nobody_called_is_no_service_level_at_all(formula: ServiceLevelFormula) -> None:
    nobody = Answers(answered=0, answered_within=0, abandoned=0, abandoned_within=0, abandoned_short=0)
    assert formula.share(nobody) is None


def test_who_only_ever_gave_up_at_once_says_nothing_where_he_is_ignored() -> None:
    hasty = Answers(answered=0, answered_within=0, abandoned=3, abandoned_within=3, abandoned_short=3)
    assert ServiceLevelFormula.ABANDONED_IN_TIME_IGNORED.share(hasty) is None
    assert ServiceLevelFormula.ABANDONED_COUNT_AGAINST.share(hasty) == 0
    assert ServiceLevelFormula.SHORT_ABANDONED_COUNT_FOR.share(hasty) == 1


def test_every_formula_is_told_in_words_of_its_own() -> None:
    assert len({formula.words for formula in ServiceLevelFormula}) == len(ServiceLevelFormula)
