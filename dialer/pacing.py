"""How many lines to place now: as many as the legal allowance of abandoned calls can pay for.

What rings now is answered within seconds, while agents become free. At some moments ahead the answers and
the free agents expected by then are laid side by side, as sums of many small chances; where more answer than
are free, calls are lost. Two things must be affordable, whatever number is placed:

- the share of calls expected to be lost, by the share the law allows, more while the ledger has more left
  than is needed, less while it has less: so errors of the model pay for themselves;
- a surprise: were the people who are being dialled suddenly far readier to answer, as in the minute after the
  news, all calls lost in that minute by what the ledger has left.

A line for which an agent is idle costs nothing and is always placed; unless the budget is spent: then none.
"""

import math
from collections import Counter
from collections.abc import Callable

from acd.instant import Span
from dialer.budget import Budget
from dialer.estimates import AHEAD_S, SECOND, TALK_CELL, Chances, Estimates, Hazard
from dialer.view import View

SURPRISE = 8.0
"""The odds of an answer may multiply by so much before anybody notices: .15 becomes .59, .30 becomes .77."""
SURE = 2.0
"""Standard deviations of the calls lost in a surprise (counted as if without memory) that must be left, too,
and one call more: an upper confidence bound, which small numbers need most."""
WELL_OFF = 4.0
"""With so many calls left beyond a surprise the legal share is risked; with fewer or more in proportion."""
MOST_BOLD = 3.0
"""No more than so many times the legal share is ever risked at once, however much is left."""
LARGE = 30.0
"""A variance above it is that of a sum of so many chances that it is as good as normal."""


def lines_to_place(view: View, estimates: Estimates, budget: Budget) -> int:
    """The greatest number of new lines whose expected share of abandoned calls the budget can pay for."""
    if budget.is_spent:
        return 0
    rings = sum(ringing.lines for ringing in view.ringing)
    covered = max(0, min(view.most, view.idle - view.waiting - rings))
    if covered == view.most or budget.left < 1.0:
        return covered
    outlook = _Outlook(view, estimates, budget)
    return _greatest(covered, view.most, outlook.is_affordable)


def _greatest(least: int, most: int, holds: Callable[[int], bool]) -> int:
    """The greatest number up to ``most`` that holds, if all before it do; ``least`` is not asked about."""
    step = 1
    while least < most and holds(min(most, least + step)):
        least = min(most, least + step)
        step *= 2
    if step == 1:
        return least
    most = min(most, least + step - 1)
    while least < most:
        middle = (least + most + 1) // 2
        if holds(middle):
            least = middle
        else:
            most = middle - 1
    return least


class _Tide:
    """Answers to come, at every moment ahead, as a sum of small chances."""

    __slots__ = ("by", "in_all", "variance")

    def __init__(self) -> None:
        self.in_all = 0.0
        """Answers that will ever come."""
        self.by = [0.0] * len(AHEAD_S)
        self.variance = [0.0] * len(AHEAD_S)

    def add(self, rate: float, hazard: Hazard, lines: int) -> None:
        """So many lines that ring since equally long."""
        answered = rate / (rate + (1.0 - rate) * hazard.unlikelier)
        self.in_all += lines * answered
        by, variance = self.by, self.variance
        for n, soon in hazard.by:
            chance = answered * soon
            by[n] += lines * chance
            variance[n] += lines * chance * (1.0 - chance)


class _Outlook:
    """What is to be expected of everything that rings, and of some lines more."""

    __slots__ = (
        "_budget",
        "_free",
        "_free_variance",
        "_one",
        "_placed_now",
        "_rate",
        "_rings",
        "_surprise",
        "_tide",
    )

    def __init__(self, view: View, estimates: Estimates, budget: Budget) -> None:
        self._budget = budget
        self._free = [float(view.idle - view.waiting)] * len(AHEAD_S)
        self._free_variance = [0.0] * len(AHEAD_S)
        for cell, agents in Counter([elapsed // TALK_CELL for elapsed in view.talking]).items():
            self._frees(estimates.talking(cell), agents)
        for second, agents in Counter([elapsed // SECOND for elapsed in view.wrapping_up]).items():
            self._frees(estimates.wrapping_up(second), agents)
        self._tide, self._one = _Tide(), _Tide()
        self._rings = [(ringing, estimates.ringing(ringing.age)) for ringing in view.ringing]
        for ringing, hazard in self._rings:
            self._tide.add(ringing.rate, hazard, ringing.lines)
        self._placed_now, self._rate = estimates.ringing(Span(0)), view.rate
        self._one.add(view.rate, self._placed_now, 1)
        self._surprise: tuple[_Tide, _Tide] | None = None

    def _frees(self, chances: Chances, agents: int) -> None:
        free, variance = self._free, self._free_variance
        for n, chance in chances:
            free[n] += agents * chance
            variance[n] += agents * chance * (1.0 - chance)

    def _surprised(self) -> tuple[_Tide, _Tide]:
        """All answers, and those of one more line, were people far readier to answer."""
        if self._surprise is None:
            tide, one = self._surprise = _Tide(), _Tide()
            for ringing, hazard in self._rings:
                tide.add(_surprising(ringing.rate), hazard, ringing.lines)
            one.add(_surprising(self._rate), self._placed_now, 1)
        return self._surprise

    def is_affordable(self, lines: int) -> bool:
        """Whether so many more lines may be placed."""
        legal = self._budget.allowance.share
        answers = self._tide.in_all + lines * self._one.in_all
        lost = self._lost(self._tide, self._one, lines)
        if lost > legal * MOST_BOLD * answers:
            return False
        surprise, one = self._surprised()
        in_surprise = self._lost(surprise, one, lines)
        spare = self._budget.left - 1.0 - in_surprise - SURE * math.sqrt(in_surprise)
        return spare >= 0.0 and lost <= legal * min(MOST_BOLD, spare / WELL_OFF) * answers

    def _lost(self, tide: _Tide, one: _Tide, lines: int) -> float:
        """Calls expected to be lost: as many as answer more than are free, at the worst moment."""
        worst = 0.0
        for n, free in enumerate(self._free):
            mean = tide.by[n] + lines * one.by[n] - free
            variance = tide.variance[n] + lines * one.variance[n] + self._free_variance[n]
            worst = max(worst, _above_nothing(mean, variance))
        return worst


def _surprising(rate: float) -> float:
    odds = SURPRISE * rate
    return odds / (odds + 1.0 - rate)


def _above_nothing(mean: float, variance: float) -> float:
    """The mean of what is above 0 of a sum of many small chances less another.

    Small sums by a Poisson variable that is moved by whole numbers so that mean and variance fit (after
    Röllin 2007): what can hardly be counted on one hand is far from normal. Great ones as if normal.
    """
    if variance > LARGE:
        deviation = math.sqrt(variance)
        z = mean / deviation
        if z < -6.0:
            return 0.0
        density = math.exp(-0.5 * z * z) * 0.3989422804014327
        return mean * 0.5 * (1.0 + math.erf(z * 0.7071067811865476)) + deviation * density
    moved = variance - mean
    if moved <= 0.0:
        return mean
    whole = int(moved)
    more = moved - whole
    return (1.0 - more) * _above(mean, whole) + more * _above(mean, whole + 1)


def _above(mean: float, moved: int) -> float:
    """The mean of what is above 0 of a Poisson variable less ``moved`` that has this mean."""
    poisson = mean + moved
    if poisson <= 0.0:
        return 0.0
    above, chance = mean, math.exp(-poisson)
    for count in range(moved):
        above += (moved - count) * chance
        chance *= poisson / (count + 1)
    return max(0.0, above)
