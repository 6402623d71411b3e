"""Whom a line is placed for next, and by which of his numbers."""

from typing import NamedTuple

from acd.instant import Instant, after, seconds
from dialer import leads, retry
from dialer.ids import LeadId, ListId
from dialer.lead import LeadNumber, WhyDone
from dialer.pursuit import Pursuit
from dialer.tables import Campaign, DialerTables
from dialer.timers import TimerKind
from dialer.wall import minute_of_day, next_minute

MOST_PUT_TO_REST = 100
"""Leads whose numbers may not ring at this time of their day that are put to rest in one go; the others a
moment later, so that no step takes long."""
ELSEWHERE = -1
"""The place of a number that is none of a lead's."""
_A_MOMENT = seconds(0.1)
_ENGAGED = seconds(60)
"""When a number is looked at again that is being dialled for somebody else."""


class Chosen(NamedTuple):
    """Whose turn it is."""

    pursuit: Pursuit
    place: int
    """Of the number among his; less than 0: it is none of them, but where he wants to be called back."""

    @property
    def number(self) -> str:
        """The telephone that is to ring."""
        if self.place < 0:
            return self.pursuit.call_back_number
        return self.pursuit.lead.numbers[self.place].number

    @property
    def region(self) -> str:
        """Of that telephone; empty: nobody knows."""
        return "" if self.place < 0 else self.pursuit.lead.numbers[self.place].region


def choose(t: DialerTables, campaign: Campaign, at: Instant) -> Chosen | None:
    """The next one of those whom anybody may call; None: there is nobody now. Who has no number that may ring
    at this time of his day is put to rest until one may.
    """
    if t.timers.is_set(TimerKind.TURN, campaign.campaign_id):
        return None
    for _ in range(MOST_PUT_TO_REST):
        lead_id = campaign.turns.first()
        if lead_id is None:
            return None
        pursuit = campaign.leads[lead_id]
        place = ready(t, campaign, pursuit, at)
        if place is not None:
            return Chosen(pursuit, place)
    t.timers.set(TimerKind.TURN, after(at, _A_MOMENT), campaign.campaign_id)
    return None


def ready(t: DialerTables, campaign: Campaign, pursuit: Pursuit, at: Instant) -> int | None:
    """Which of his numbers is dialled now; None: none, and he does not wait for his turn any more."""
    if pursuit.lead.not_after is not None and pursuit.lead.not_after <= at:
        leads.finish(t, campaign, pursuit, WhyDone.EXPIRED, at)
    elif not pursuit.promised and _quota_is_full(campaign, pursuit.lead.list_id):
        leads.finish(t, campaign, pursuit, WhyDone.QUOTA, at)
    elif pursuit.promised and pursuit.call_back_number:
        if pursuit.call_back_number not in t.in_use:
            return ELSEWHERE
        leads.rest(t, campaign, pursuit, after(at, _ENGAGED), at, "hours")
    elif (begins := _begins(campaign, pursuit, at)) > at:
        leads.rest(t, campaign, pursuit, begins, at, "hours")
    elif not (left := retry.places_left(campaign.rules, pursuit)):
        leads.finish(t, campaign, pursuit, leads.why_nothing_left(pursuit), at)
    else:
        left.sort(key=lambda place: place != pursuit.place)  # the one that is next goes before the others
        opens = [(_opens(t, pursuit, place, at), place) for place in left]
        now = next((place for moment, place in opens if moment <= at), None)
        if now is not None:
            return now
        leads.rest(t, campaign, pursuit, min(opens)[0], at, "hours")
    return None


def _quota_is_full(campaign: Campaign, list_id: ListId) -> bool:
    quota = campaign.rules.quota(list_id)
    return quota is not None and campaign.penetration.won(list_id) >= quota


def _begins(campaign: Campaign, pursuit: Pursuit, at: Instant) -> Instant:
    """When the step he is in begins on his day, with every call of it; ``at`` if it may now."""
    steps = campaign.rules.steps
    minute = steps[pursuit.step].not_before_minute if pursuit.step < len(steps) else 0
    if pursuit.promised or minute_of_day(at, pursuit.lead.zone) >= minute:
        return at
    return next_minute(at, pursuit.lead.zone, minute)


def _opens(t: DialerTables, pursuit: Pursuit, place: int, at: Instant) -> Instant:
    """When this number may ring; ``at`` if it may now."""
    number = pursuit.lead.numbers[place]
    begins = max((pursuit.asleep or {}).get(place, at), at)
    if number.number in t.in_use:
        begins = max(begins, after(at, _ENGAGED))
    if in_hours(number, begins, pursuit.lead.zone):
        return begins
    return next_minute(begins, pursuit.lead.zone, number.since_minute)


def in_hours(number: LeadNumber, at: Instant, zone: str | None) -> bool:
    """Whether a number may ring at this time of its owner's day, as his list has it."""
    if number.since_minute == 0 and number.until_minute == 1440:
        return True
    return number.since_minute <= minute_of_day(at, zone) < number.until_minute


def zone_closed(t: DialerTables, campaign: Campaign, lead_id: LeadId, until: Instant, at: Instant) -> None:
    """Nobody of this lead's time zone may be called before then: nobody's turn comes there. So the gate is
    not asked about each of them in turn, all night.
    """
    pursuit = campaign.leads.get(lead_id)
    zone = pursuit.lead.zone if pursuit is not None else None
    if zone is not None and until > at:
        campaign.turns.close(zone, until)
        t.timers.set(TimerKind.ZONE, until, campaign.campaign_id, zone)


def zone_opens(t: DialerTables, campaign: Campaign | None, zone: str) -> None:
    """It may be morning there."""
    if campaign is not None:
        campaign.turns.open(zone)
