"""How an allowance of abandoned calls stood, day by day: the share over the window that rolls."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from acd.instant import Instant, Span, seconds
from dialer.budget import Allowance, Budget
from dialer.ledger import BUCKET, LedgerRow

A_DAY = seconds(86_400)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfAllowance:
    """One allowance over one day."""

    begins: Instant
    """Midnight UTC, or when the time asked for begins."""
    ends: Instant
    at_end: Budget
    worst: Budget
    """The window with the greatest share, of those that ended within the day at a multiple of
    :data:`BUCKET`; where every window was empty, the last one."""
    worst_at: Instant
    exceeded: bool
    """Whether more were abandoned in any of these windows than the allowance lets be."""


def days_of(
    allowance: Allowance, rows: Sequence[LedgerRow], since: Instant, until: Instant
) -> tuple[DayOfAllowance, ...]:
    """An allowance over each day in ``since <= t < until``.

    ``rows`` are the campaign's, oldest first, from a window before ``since`` on. Counted as the ledger that
    paces counts (:class:`dialer.ledger.Ledger`): a bucket that is in a window in part counts its abandoned
    calls in full and its live answers not at all. At a multiple of :data:`BUCKET` none is, and where the
    ledger still counts the one that has just left, what is told here is exact.
    """
    window = _Rolling(allowance, rows)
    days = []
    begins = since
    while begins < until:
        ends = min(until, Instant((begins // A_DAY + 1) * A_DAY))
        days.append(_day(window, begins, ends))
        begins = ends
    return tuple(days)


def budget_at(allowance: Allowance, rows: Sequence[LedgerRow], at: Instant) -> Budget:
    """What it had left at one moment."""
    return _Rolling(allowance, rows).at(at)


class _Rolling:
    """Sums over the window that ends at any moment."""

    def __init__(self, allowance: Allowance, rows: Sequence[LedgerRow]) -> None:
        self._allowance = allowance
        self.buckets = [row.begins // BUCKET for row in rows]
        self._live = [0, *accumulate(row.live for row in rows)]
        self._abandoned = [0, *accumulate(row.abandoned for row in rows)]

    def at(self, moment: Instant) -> Budget:
        begins = moment - self._allowance.window
        whole, part = (
            bisect_left(self.buckets, -(-begins // BUCKET)),
            bisect_left(self.buckets, begins // BUCKET),
        )
        end = bisect_left(self.buckets, -(-moment // BUCKET))
        abandoned = self._abandoned[end] - self._abandoned[part]
        live = max(self._live[end] - self._live[whole], abandoned)
        return Budget(allowance=self._allowance, live=live, abandoned=abandoned)


def _day(window: _Rolling, begins: Instant, ends: Instant) -> DayOfAllowance:
    at_end = window.at(ends)
    worst, worst_at, exceeded = at_end, ends, at_end.is_spent
    # Every moment something may come in or leave at: a share also grows when old answers leave the window.
    for bucket in range(begins // BUCKET + 1, ends // BUCKET + 1):
        moment = Instant(bucket * BUCKET)
        budget = window.at(moment)
        exceeded = exceeded or budget.is_spent
        if budget.share is not None and (worst.share is None or budget.share > worst.share):
            worst, worst_at = budget, moment
    return DayOfAllowance(
        begins=begins, ends=ends, at_end=at_end, worst=worst, worst_at=worst_at, exceeded=exceeded
    )


def longest(allowances: Sequence[Allowance]) -> Span:
    """How far back rows are needed."""
    return Span(max((allowance.window for allowance in allowances), default=0) + BUCKET)
