"""Whom a line is placed for next, and by which of his numbers."""

from typing import NamedTuple

from acd.instant import Instant
from dialer import leads
from dialer.lead import LeadNumber, WhyDone
from dialer.pursuit import Pursuit
from dialer.tables import Campaign, DialerTables
from dialer.wall import minute_of_day, next_minute


class Chosen(NamedTuple):
    """Whose turn it is."""

    pursuit: Pursuit
    place: int
    """Of the number among his."""

    @property
    def number(self) -> str:
        """The telephone that is to ring."""
        return self.pursuit.lead.numbers[self.place].number


def choose(t: DialerTables, campaign: Campaign, at: Instant) -> Chosen | None:
    """The next one of those whom anybody may call; None: there is nobody now. Who has no number that may ring
    at this time of his day is put to rest until one may.
    """
    while (lead_id := campaign.turns.first()) is not None:
        pursuit = campaign.leads[lead_id]
        if pursuit.lead.not_after is not None and pursuit.lead.not_after <= at:
            leads.finish(t, campaign, pursuit, WhyDone.EXPIRED, at)
            continue
        place = number_for(pursuit, at)
        if place is not None:
            return Chosen(pursuit, place)
        leads.rest(t, campaign, pursuit, opens(pursuit, at), at, "hours")
    return None


def number_for(pursuit: Pursuit, at: Instant) -> int | None:
    """Which of his numbers may ring now: the one that is next, else the first of the others."""
    numbers = pursuit.lead.numbers
    places = [pursuit.place, *(place for place in range(len(numbers)) if place != pursuit.place)]
    return next(
        (place for place in places if place not in pursuit.barred and _opens(pursuit, place, at) <= at), None
    )


def opens(pursuit: Pursuit, at: Instant) -> Instant:
    """The first moment from ``at`` on at which one of his numbers may ring; one at least is not barred."""
    return min(
        _opens(pursuit, place, at)
        for place in range(len(pursuit.lead.numbers))
        if place not in pursuit.barred
    )


def _opens(pursuit: Pursuit, place: int, at: Instant) -> Instant:
    asleep = (pursuit.asleep or {}).get(place, at)
    begins = max(asleep, at)
    number = pursuit.lead.numbers[place]
    if _in_hours(number, begins, pursuit.lead.zone):
        return begins
    return next_minute(begins, pursuit.lead.zone, number.since_minute)


def _in_hours(number: LeadNumber, at: Instant, zone: str | None) -> bool:
    if number.since_minute == 0 and number.until_minute == 1440:
        return True
    return number.since_minute <= minute_of_day(at, zone) < number.until_minute
