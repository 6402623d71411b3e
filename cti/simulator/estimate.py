"""Figures from samples, with their 95 % intervals.

A *sample* is a run, a day of a trace, or a stretch of a long run. Every figure here is a ratio of sums over
the samples: seconds waited per call, calls in time per call, agents' busy time per staffed time. How far
each sample pulls the figure (its influence) gives the interval by Student's t, and, since two rule sets
meet the same callers, influences of the same sample are subtracted before differences are judged: paired
comparison.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_Z = 1.959963984540054
"""97.5 % of a normal distribution lie below."""
_FEW = (12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157)
"""The same of Student's t, for 1 to 9 degrees of freedom."""


def student(degrees: int) -> float:
    """The 97.5 % quantile of Student's t (Cornish and Fisher's expansion: good to 3 digits)."""
    if degrees <= len(_FEW):
        return _FEW[degrees - 1]
    z, v = _Z, degrees
    terms = (
        z,
        (z**3 + z) / (4 * v),
        (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2),
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3),
    )
    return math.fsum(terms)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure, and how far each sample pulls it."""

    value: float
    influences: tuple[float, ...]

    @property
    def half_width(self) -> float | None:
        """Half of the 95 % interval; None with fewer than two samples."""
        n = len(self.influences)
        if n < 2:
            return None
        return student(n - 1) * math.sqrt(math.fsum(x * x for x in self.influences) / (n * (n - 1)))

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval."""
        half = self.half_width
        return None if half is None else (self.value - half, self.value + half)

    def less(self, other: "Estimate") -> "Estimate":
        """The difference to another figure of the same samples."""
        assert len(self.influences) == len(other.influences), "not the same samples"
        pulls = (a - b for a, b in zip(self.influences, other.influences, strict=True))
        return Estimate(self.value - other.value, tuple(pulls))

    def over(self, other: "Estimate") -> "Estimate":
        """The ratio to another figure of the same samples."""
        assert len(self.influences) == len(other.influences), "not the same samples"
        ratio = self.value / other.value
        pairs = zip(self.influences, other.influences, strict=True)
        return Estimate(ratio, tuple((a - ratio * b) / other.value for a, b in pairs))


def ratio(tops: Sequence[float], bottoms: Sequence[float]) -> Estimate | None:
    """The sum of ``tops`` over the sum of ``bottoms``, sample by sample; None when there is nothing below."""
    total = math.fsum(bottoms)
    if total == 0:
        return None
    value, mean = math.fsum(tops) / total, total / len(bottoms)
    pulls = ((top - value * bottom) / mean for top, bottom in zip(tops, bottoms, strict=True))
    return Estimate(value, tuple(pulls))


def mean(values: Sequence[float]) -> Estimate | None:
    """The mean of the samples' values."""
    return ratio(values, [1.0] * len(values))


@dataclass(frozen=True, slots=True)
class QuantileEstimate:
    """A quantile and its interval."""

    value: float
    interval: tuple[float, float] | None


def quantile(samples: Sequence[Sequence[int]], share: float) -> QuantileEstimate | None:
    """The value that ``share`` of all do not exceed, over all samples.

    Its interval (Woodruff 1952): how sure we are of the share below it, read off at both ends of that.
    """
    ordered = sorted(value for sample in samples for value in sample)
    if not ordered:
        return None

    def at(place: float) -> int:
        return ordered[min(len(ordered) - 1, max(0, math.ceil(place * len(ordered)) - 1))]

    value = at(share)
    below = ratio([sum(x <= value for x in sample) for sample in samples], [len(s) for s in samples])
    half = None if below is None else below.half_width
    if half is None:
        return QuantileEstimate(value, None)
    return QuantileEstimate(value, (at(share - half), at(share + half)))
