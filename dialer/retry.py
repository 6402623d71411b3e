"""What follows an attempt that reached nobody: when he is tried again, by which number, or not at all."""

from collections.abc import Mapping
from typing import NamedTuple

from acd.instant import Instant, after, seconds
from dialer.attempt import AttemptOutcome
from dialer.campaign import CampaignRules, RetryRule
from dialer.pursuit import Pursuit
from dialer.wall import minute_of_day, next_minute

MINUTE, HOUR = 60, 3_600
_NEVER_HIS_FAULT = 1_000
"""What came of our own doing is no reason to give a number up."""

DEFAULT_RETRY: Mapping[AttemptOutcome, RetryRule] = {
    AttemptOutcome.LEFT_FLOW: RetryRule(after=seconds(24 * HOUR), most=2),
    AttemptOutcome.ABANDONED: RetryRule(after=seconds(72 * HOUR), most=2),
    AttemptOutcome.HUNG_UP: RetryRule(after=seconds(24 * HOUR), most=2),
    AttemptOutcome.MACHINE: RetryRule(after=seconds(4 * HOUR), most=3, next_number=True),
    AttemptOutcome.MESSAGE_LEFT: RetryRule(after=seconds(48 * HOUR), most=1, next_number=True),
    AttemptOutcome.BUSY: RetryRule(after=seconds(5 * MINUTE), most=4),
    AttemptOutcome.NO_ANSWER: RetryRule(
        after=seconds(2 * HOUR), most=6, next_number=True, other_part_of_day=True
    ),
    AttemptOutcome.REJECTED: RetryRule(after=seconds(24 * HOUR), most=2),
    AttemptOutcome.INVALID: RetryRule(after=seconds(0), most=1, next_number=True),
    AttemptOutcome.FAILED: RetryRule(after=seconds(30 * MINUTE), most=4),
    AttemptOutcome.CANCELLED: RetryRule(after=seconds(5 * MINUTE), most=_NEVER_HIS_FAULT),
    AttemptOutcome.AGENT_GONE: RetryRule(after=seconds(60), most=_NEVER_HIS_FAULT),
    AttemptOutcome.LOST: RetryRule(after=seconds(72 * HOUR), most=2),
}
"""Where a campaign says nothing. LOST: he may have answered into silence, so as ABANDONED. Every outcome is
here but those after which he is reached."""

REACHED = frozenset({AttemptOutcome.CONNECTED, AttemptOutcome.SERVED})
"""After these it is said what came of it, or he is done."""

TEXT_NEVER = "text_never"
"""Counted beside outcomes of attempts, while a step that is a text lasts: none can be sent to this number."""

PARTS_OF_DAY = (8 * 60, 12 * 60, 17 * 60)
"""The minutes at which morning, afternoon and evening begin; the night belongs to the evening."""


class Next(NamedTuple):
    """What is tried next."""

    place: int
    """Of the number among his."""
    not_before: Instant


def rule_of(rules: CampaignRules, outcome: AttemptOutcome) -> RetryRule:
    """What a campaign does after this outcome."""
    return rules.retry.get(outcome) or DEFAULT_RETRY[outcome]


def is_spent(rules: CampaignRules, pursuit: Pursuit, place: int) -> bool:
    """Whether a number of his has come to one outcome as often as it may."""
    return any(
        one.place == place and one.times >= rule_of(rules, AttemptOutcome(one.outcome)).most
        for one in pursuit.outcomes
        if one.outcome not in REACHED and one.outcome != TEXT_NEVER
    )


def places_left(rules: CampaignRules, pursuit: Pursuit) -> list[int]:
    """His numbers that may still be dialled, at some time."""
    out = pursuit.barred + pursuit.not_allowed
    places = [place for place in range(len(pursuit.lead.numbers)) if place not in out]
    if pursuit.promised:  # that was agreed, however often he was tried before
        return places
    return [place for place in places if not is_spent(rules, pursuit, place)]


def after_attempt(
    rules: CampaignRules, pursuit: Pursuit, place: int, outcome: AttemptOutcome, at: Instant
) -> Next | None:
    """What follows when the number at ``place`` has come to this, and that was noted; None: nothing is left
    to try. ``place`` less than 0: it was none of his numbers, and says nothing about them.
    """
    left = places_left(rules, pursuit)
    if not left or pursuit.attempts >= rules.max_attempts:
        return None
    rule = rule_of(rules, outcome)
    if place < 0:
        return Next(pursuit.place, _rest(rule, pursuit, at))
    if not rule.next_number and place in left:
        return Next(place, _rest(rule, pursuit, at))
    later = [number for number in left if number > place]
    if later:
        return Next(later[0], at)
    return Next(left[0], at if outcome is AttemptOutcome.INVALID else _rest(rule, pursuit, at))


def _rest(rule: RetryRule, pursuit: Pursuit, at: Instant) -> Instant:
    then = after(at, rule.after)
    if not rule.other_part_of_day:
        return then
    zone = pursuit.lead.zone
    part = part_of_day(minute_of_day(at, zone))
    if part_of_day(minute_of_day(then, zone)) != part or then - at >= seconds(24 * HOUR):
        return then
    return next_minute(then, zone, PARTS_OF_DAY[(part + 1) % len(PARTS_OF_DAY)])


def part_of_day(minute: int) -> int:
    """Which of :data:`PARTS_OF_DAY` it is."""
    begun = [part for part, begins in enumerate(PARTS_OF_DAY) if begins <= minute]
    return begun[-1] if begun else len(PARTS_OF_DAY) - 1
