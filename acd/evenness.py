"""Evenness: how steady the answer rate is, over the days of a month or the intervals of a day.

A good mean may hide a bad hour. The measure is the coefficient of variation of the answer rate, standard
deviation over mean; a centre that is well run stays below 0.16.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

GOAL = 0.16
"""The coefficient of variation that should not be exceeded."""
FEWEST = 2
"""Periods with calls without which nothing can be said about evenness."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evenness:
    """How even the answer rate was over some periods."""

    periods: int
    """Periods in which anybody called; the others have no answer rate."""
    mean_answer_rate: float
    """The mean of the periods' answer rates, each period counting the same."""
    variation: float
    """The coefficient of variation: the population's standard deviation over the mean."""

    @property
    def is_even(self) -> bool:
        """Whether it meets :data:`GOAL`."""
        return self.variation < GOAL


def evenness(periods: Iterable[tuple[int, int]]) -> Evenness | None:
    """Of periods as ``(answered, offered)``; None for fewer than :data:`FEWEST` periods with calls, or when
    nobody was ever answered.
    """
    rates = [answered / offered for answered, offered in periods if offered > 0]
    if len(rates) < FEWEST or not any(rates):
        return None
    mean = sum(rates) / len(rates)
    spread = sqrt(sum((rate - mean) ** 2 for rate in rates) / len(rates))
    return Evenness(periods=len(rates), mean_answer_rate=mean, variation=spread / mean)
