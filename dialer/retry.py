"""What follows an attempt that reached nobody: when he is tried again, by which number, or not at all."""

from collections.abc import Mapping
from typing import NamedTuple

from acd.instant import Instant, after, seconds
from dialer.attempt import AttemptOutcome
from dialer.campaign import CampaignRules, RetryRule
from dialer.pursuit import Pursuit
from dialer.wall import minute_of_day, next_minute

MINUTE, HOUR = 60, 3_600

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
    AttemptOutcome.CANCELLED: RetryRule(after=seconds(5 * MINUTE), most=6),
    AttemptOutcome.AGENT_GONE: RetryRule(after=seconds(60), most=6),
    AttemptOutcome.LOST: RetryRule(after=seconds(72 * HOUR), most=2),
}
"""Where a campaign says nothing. LOST: he may have answered into silence, so as ABANDONED. Every outcome is
here but those after which he is reached."""

PARTS_OF_DAY = (8 * 60, 12 * 60, 17 * 60)
"""The minutes at which morning, afternoon and evening begin; the night belongs to the evening."""


class Next(NamedTuple):
    """What is tried next."""

    place: int
    """Of the number among his."""
    not_before: Instant
    barred: bool
    """Whether the number that was dialled is not tried any more."""


def rule_of(rules: CampaignRules, outcome: AttemptOutcome) -> RetryRule:
    """What a campaign does after this outcome."""
    return rules.retry.get(outcome) or DEFAULT_RETRY[outcome]


def after_attempt(
    rules: CampaignRules, pursuit: Pursuit, place: int, outcome: AttemptOutcome, at: Instant
) -> Next | None:
    """What follows when the number at ``place`` has come to this; None: nothing is left to try."""
    rule = rule_of(rules, outcome)
    barred = outcome is AttemptOutcome.INVALID or pursuit.times(place, outcome) >= rule.most
    gone = (*pursuit.barred, place) if barred else pursuit.barred
    left = [number for number in range(len(pursuit.lead.numbers)) if number not in gone]
    if not left:
        return None
    if rule.next_number or barred:
        later = [number for number in left if number > place]
        if later:
            return Next(later[0], at, barred)
        return Next(left[0], at if outcome is AttemptOutcome.INVALID else _rest(rule, pursuit, at), barred)
    return Next(place, _rest(rule, pursuit, at), barred)


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
