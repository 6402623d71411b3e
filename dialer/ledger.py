"""The abandonment ledger: live answers and abandoned calls of each campaign, in rolling windows.

What is over is counted in buckets of time. One that has left the window in part, be it by a moment,
still counts its abandoned calls in full and its live answers not at all: errors are in favour of the called.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from acd.instant import Instant, Span, seconds
from dialer.budget import THIRTY_DAYS, Allowance, Budget
from dialer.ids import CampaignId

BUCKET = seconds(900)
"""What one row of the ledger spans."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """What happened to one campaign in one bucket of time; what is kept over a restart."""

    campaign_id: CampaignId
    begins: Instant
    """A multiple of :data:`BUCKET`."""
    live: int
    abandoned: int


class _Window:
    """One campaign's calls within one window, summed up as they come and go."""

    __slots__ = ("_buckets", "_first", "abandoned", "live", "window")

    def __init__(self, window: Span) -> None:
        self.window = window
        self.live = 0
        """Of buckets that are whole within the window."""
        self.abandoned = 0
        """Of all that are in it with any part."""
        self._buckets: dict[int, list[int]] = {}
        """By number: live, abandoned."""
        self._first: int | None = None
        """No bucket before this one counts any live answers, none before the one before it anything."""

    def add(self, bucket: int, live: int, abandoned: int) -> None:
        if self._first is not None and bucket < self._first:  # too late to count for much, or for anything
            if bucket < self._first - 1:
                return
            live = 0
        counted = self._buckets.setdefault(bucket, [0, 0])
        counted[0] += live
        counted[1] += abandoned
        self.live += live
        self.abandoned += abandoned

    def take_back(self, bucket: int) -> None:
        """One live answer was none. What left the window, or was never in it, is not taken from others."""
        counted = self._buckets.get(bucket)
        if counted is not None and counted[0] > 0:
            counted[0] -= 1
            self.live -= 1

    def until(self, at: Instant) -> None:
        """Forget what is too old at ``at``. Never goes back."""
        begins = at - self.window
        first = begins // BUCKET + 1
        if self._first is not None and first <= self._first:
            return
        self._first = first
        for bucket in [bucket for bucket in self._buckets if bucket < first]:
            live, abandoned = self._buckets[bucket]
            self.live -= live
            if bucket < first - 1:
                self.abandoned -= abandoned
                del self._buckets[bucket]
            else:
                self._buckets[bucket][0] = 0


def kept_for(allowances: Iterable[Allowance]) -> Span:
    """How long what is over is remembered: 30 days also where only shorter windows count, as others may
    count from the next change of a campaign's profile on."""
    return max([THIRTY_DAYS, *(allowance.window for allowance in allowances)])


class Ledger:
    """Counts what became of live answers; asked for a campaign's budget before every line that is placed."""

    def __init__(self, allowances: Iterable[Allowance], rows: Iterable[LedgerRow] = ()) -> None:
        """``allowances``: all of them must be kept (30 days by one law, a day by another); at least one.
        ``rows``: what was counted before a restart."""
        self._allowances = tuple(allowances)
        assert self._allowances, "no allowance: nothing could be abandoned, or everything"
        self._longest = kept_for(self._allowances)
        self._windows: dict[CampaignId, tuple[_Window, ...]] = {}
        self._rows: dict[CampaignId, dict[int, list[int]]] = {}
        self._now = Instant(0)
        for row in rows:
            self._count(row.campaign_id, row.begins // BUCKET, row.live, row.abandoned)

    def answered(self, campaign_id: CampaignId, at: Instant, *, abandoned: bool) -> None:
        """A person answered at ``at``, and now it is known whether somebody talked with him in time."""
        self._count(campaign_id, at // BUCKET, 1, int(abandoned))

    def take_back(self, campaign_id: CampaignId, at: Instant) -> None:
        """The live answer that was counted at ``at``, not as abandoned, was none: it was a machine."""
        bucket = at // BUCKET
        for window in self._of(campaign_id):
            window.take_back(bucket)
        counted = self._rows.get(campaign_id, {}).get(bucket)
        if counted is not None and counted[0] > 0:
            counted[0] -= 1

    def budgets(self, campaign_id: CampaignId, at: Instant) -> tuple[Budget, ...]:
        """What every allowance has left at ``at``, in their order."""
        self._now = max(self._now, at)
        windows = self._of(campaign_id)
        for window in windows:
            window.until(self._now)
        return tuple(
            Budget(allowance=allowance, live=max(w.live, w.abandoned), abandoned=w.abandoned)
            for allowance, w in zip(self._allowances, windows, strict=True)
        )

    def budget(self, campaign_id: CampaignId, at: Instant) -> Budget:
        """The tightest of them: one that is spent, else the one with least left."""
        return min(self.budgets(campaign_id, at), key=lambda budget: (not budget.is_spent, budget.left))

    def rows(self, campaign_id: CampaignId, at: Instant) -> Sequence[LedgerRow]:
        """Everything that still counts for any allowance, oldest first; what is older is forgotten."""
        self._now = max(self._now, at)
        known = self._rows.get(campaign_id, {})
        self._forget(known, self._now)
        return tuple(
            LedgerRow(
                campaign_id=campaign_id, begins=Instant(bucket * BUCKET), live=live, abandoned=abandoned
            )
            for bucket, (live, abandoned) in sorted(known.items())
        )

    def _count(self, campaign_id: CampaignId, bucket: int, live: int, abandoned: int) -> None:
        for window in self._of(campaign_id):
            window.add(bucket, live, abandoned)
        rows = self._rows.setdefault(campaign_id, {})
        if bucket not in rows:
            self._forget(rows, Instant(bucket * BUCKET))
        counted = rows.setdefault(bucket, [0, 0])
        counted[0] += live
        counted[1] += abandoned

    def _forget(self, rows: dict[int, list[int]], at: Instant) -> None:
        oldest = (at - self._longest) // BUCKET
        for bucket in [bucket for bucket in rows if bucket < oldest]:
            del rows[bucket]

    def _of(self, campaign_id: CampaignId) -> tuple[_Window, ...]:
        known = self._windows.get(campaign_id)
        if known is None:
            known = tuple(_Window(allowance.window) for allowance in self._allowances)
            self._windows[campaign_id] = known
        return known
