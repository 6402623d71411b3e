"""How long people do things: patience, handling, answering, as distributions with seeds of their own."""

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from acd.instant import MICROSECONDS_PER_SECOND, Span

Draw = Callable[[], Span | None]
"""A span each time; None is one that never ends."""

LONGEST = Span(400 * 86_400 * MICROSECONDS_PER_SECOND)
"""No span is longer: a distribution with a heavy tail must not leave the calendar."""


@dataclass(frozen=True, slots=True)
class Never:
    """It does not end."""

    def draws(self, chance: random.Random) -> Draw:
        """Always None."""
        return lambda: None


@dataclass(frozen=True, slots=True)
class Constant:
    """Always the same."""

    value_s: float

    def draws(self, chance: random.Random) -> Draw:
        """The value, over and over."""
        span = _span(self.value_s)
        return lambda: span


@dataclass(frozen=True, slots=True)
class Exponential:
    """Without memory."""

    mean_s: float

    def draws(self, chance: random.Random) -> Draw:
        """Exponential spans."""
        mean, log, uniform = self.mean_s * MICROSECONDS_PER_SECOND, math.log, chance.random
        return lambda: Span(int(-log(1.0 - uniform()) * mean))


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Whose logarithm is normal: what handling times mostly are."""

    mean_s: float
    sd_s: float

    def draws(self, chance: random.Random) -> Draw:
        """Lognormal spans with this mean and standard deviation."""
        variance = math.log1p((self.sd_s / self.mean_s) ** 2)
        mu, sigma, gauss = math.log(self.mean_s) - variance / 2, math.sqrt(variance), chance.gauss
        return lambda: _span(math.exp(gauss(mu, sigma)))


@dataclass(frozen=True, slots=True)
class Gamma:
    """A sum of phases."""

    mean_s: float
    sd_s: float

    def draws(self, chance: random.Random) -> Draw:
        """Gamma spans with this mean and standard deviation."""
        if self.sd_s == 0:
            return Constant(self.mean_s).draws(chance)
        shape = (self.mean_s / self.sd_s) ** 2
        scale, gamma = self.mean_s / shape, chance.gammavariate
        return lambda: _span(gamma(shape, scale))


@dataclass(frozen=True, slots=True)
class Empirical:
    """As observed: each value as often as any other."""

    values: tuple[Span, ...]

    def draws(self, chance: random.Random) -> Draw:
        """Values by chance."""
        values, count, uniform = self.values, len(self.values), chance.random
        return lambda: values[int(uniform() * count)]


@dataclass(frozen=True, slots=True)
class Survival:
    """A distribution estimated where not everybody was seen to the end (Kaplan and Meier 1958).

    Whoever outlasts the last end observed never ends, as far as anybody knows.
    """

    ends: tuple[Span, ...]
    """When ends were observed, ascending."""
    ended: tuple[float, ...]
    """The share that had ended by then, ascending."""

    @classmethod
    def fit(cls, observed: Sequence[tuple[Span, bool]]) -> "Survival":
        """From pairs of how long each was watched, and whether that was his end (else he was still there)."""
        alive, surviving = len(observed), 1.0
        ends, shares = list[Span](), list[float]()
        ordered = sorted(observed)
        at = 0
        while at < len(ordered):
            span, gone, left = ordered[at][0], 0, 0
            while at < len(ordered) and ordered[at][0] == span:
                gone += ordered[at][1]
                left += 1
                at += 1
            if gone:
                surviving *= 1 - gone / alive
                ends.append(span)
                shares.append(1 - surviving)
            alive -= left
        return cls(tuple(ends), tuple(shares))

    def draws(self, chance: random.Random) -> Draw:
        """Spans by chance."""
        uniform = chance.random
        return lambda: self.after(Span(-1), uniform())

    def after(self, known: Span, share: float) -> Span | None:
        """The span of somebody who has lasted for longer than ``known``; ``share`` (0 to 1) is his chance."""
        at = bisect_right(self.ends, known)
        before = self.ended[at - 1] if at else 0.0
        place = bisect_right(self.ended, before + (1 - before) * share)
        return self.ends[place] if place < len(self.ends) else None

    def median(self) -> Span | None:
        """When half had ended; None when fewer ever did."""
        return self.after(Span(-1), 0.5)

    def mean_within(self, horizon: Span) -> float:
        """The mean of the span or ``horizon``, whichever is less, in seconds."""
        edges = pairwise((0, *(min(end, horizon) for end in self.ends), horizon))
        alive = (1.0, *(1 - share for share in self.ended))
        area = sum((to - since) * share for (since, to), share in zip(edges, alive, strict=True))
        return area / MICROSECONDS_PER_SECOND


Distribution = Never | Constant | Exponential | Lognormal | Gamma | Empirical | Survival


def chance_for(seed: int, *what: object) -> random.Random:
    """A generator of its own for each thing left to chance, so that one more draw here moves nothing there.

    That makes two runs comparable call by call: the same caller comes at the same moment with the same
    patience, whatever the rules make of him (common random numbers).
    """
    return random.Random("/".join(map(str, (seed, *what))))  # noqa: S311 - a world, not a secret


def _span(value_s: float) -> Span:
    return Span(min(LONGEST, round(value_s * MICROSECONDS_PER_SECOND)))
