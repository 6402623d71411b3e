"""Quantiles, and how sure they are: 95 % intervals by bootstrap over the blocks of a run."""

import random
import statistics
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

Block = TypeVar("Block")

RESAMPLES = 10_000
FEWER_RESAMPLES = 1_000
"""For statistics that look at every sample of every block again."""


class Estimate(NamedTuple):
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float

    def rounded(self, digits: int) -> list[float]:
        """For a report."""
        return [round(self.low, digits), round(self.high, digits)]


def quantile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of the samples do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * len(ordered)))]


def bootstrap(
    blocks: Sequence[Block],
    statistic: Callable[[Sequence[Block]], float],
    seed: int,
    resamples: int = FEWER_RESAMPLES,
) -> Estimate:
    """A statistic of the blocks, its interval from drawing as many of them again, with replacement."""
    chance = random.Random(seed)
    drawn = sorted(statistic(chance.choices(blocks, k=len(blocks))) for _ in range(resamples))
    low, high = drawn[round(0.025 * resamples)], drawn[round(0.975 * resamples) - 1]
    return Estimate(statistic(blocks), low, high)


def of_medians(ratios: Sequence[float], seed: int) -> Estimate:
    """The median over the blocks of each block's own ratio."""
    return bootstrap(ratios, statistics.median, seed, RESAMPLES)
