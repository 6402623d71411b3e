"""What a campaign has learnt, for people who want to know where a figure comes from."""

import math
from dataclasses import dataclass

from acd.instant import Instant
from dialer.durations import Durations
from dialer.ids import ListId
from dialer.list_rates import ListRates, Seen
from dialer.tables import Campaign
from dialer.wall import hour_of_day

MOST_LISTS = 100
"""Told of; the first that were dialled."""
SURE = 1.96
"""Standard deviations on both sides: nineteen of twenty intervals hold the true share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSeen:
    """Who answers, of some of a campaign's people."""

    of: str
    """A list, an hour of the day of the called, or a region."""
    lines: int
    """That were learnt from, of this run and those before it that are remembered."""
    answered: int
    """Of these, by a person."""
    low: float
    high: float
    """Between these lies the share of those who answer, were it the same all the time (Wilson's interval)."""
    believed: float
    """The chance that pacing goes by: the latest lines count most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSeen:
    """One list: as a whole, by hour of the day of the called, and by region."""

    list_id: ListId
    whole: RateSeen
    hours: tuple[RateSeen, ...]
    regions: tuple[RateSeen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanSeen:
    """How long something takes."""

    seen: int
    """Observations, beside the first guess."""
    median_s: float
    most_s: float
    """Nine of ten are over by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearntView:
    """All of it, now."""

    lists: tuple[ListSeen, ...]
    answers: SpanSeen
    """From when a line is placed until a person is there."""
    fails: SpanSeen
    """Until it is clear that nobody will be."""
    talks: SpanSeen
    wraps: SpanSeen


def learnt_of(campaign: Campaign, at: Instant) -> LearntView:
    """As it is at ``at``. Nothing is changed by looking."""
    estimates, hour = campaign.estimates, hour_of_day(at, None)
    learnt = [(name, rates) for name, rates in estimates.rates.items() if rates.seen.lines]
    return LearntView(
        lists=tuple(_list(ListId(name), rates, hour) for name, rates in learnt[:MOST_LISTS]),
        answers=_span(estimates.answers),
        fails=_span(estimates.fails),
        talks=_span(estimates.talks),
        wraps=_span(estimates.wraps),
    )


def _list(list_id: ListId, rates: ListRates, hour: int) -> ListSeen:
    return ListSeen(
        list_id=list_id,
        whole=_rate(list_id, rates.seen, rates.mean(None, hour)),
        hours=tuple(
            _rate(f"{its:02}", seen, rates.mean(None, its)) for its, seen in sorted(rates.by_hour.items())
        ),
        regions=tuple(_rate(name, seen, rates.mean(name, hour)) for name, seen in rates.regions()),
    )


def _rate(of: str, seen: Seen, believed: float) -> RateSeen:
    low, high = wilson(seen.answered, seen.lines)
    return RateSeen(of=of, lines=seen.lines, answered=seen.answered, low=low, high=high, believed=believed)


def wilson(answered: int, lines: int) -> tuple[float, float]:
    """The interval of a share."""
    if not lines:
        return 0.0, 1.0
    share, squared = answered / lines, SURE * SURE / lines
    middle = (share + squared / 2) / (1 + squared)
    half = SURE * math.sqrt(share * (1 - share) / lines + squared / (4 * lines)) / (1 + squared)
    return max(0.0, middle - half), min(1.0, middle + half)


def _span(durations: Durations) -> SpanSeen:
    return SpanSeen(seen=durations.seen, median_s=durations.over_by(0.5), most_s=durations.over_by(0.9))
