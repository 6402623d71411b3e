"""A number that may be dialled, and what keeps it from being: for tests of the gate."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from acd.hours import DaySpan
from acd.instant import Instant, Span, seconds
from acd.outside import OutsideRules
from dialer.budget import Allowance
from dialer.compliance.caller_ids import CallerId, CallerIdPool
from dialer.compliance.calling_hours import CallingHours
from dialer.compliance.facts import DialFacts, DialRules, NumberFacts
from dialer.compliance.lines import LineLimits
from dialer.compliance.profile import Connecting, Profile
from dialer.compliance.request import DialRequest, Purpose

PARIS, NEW_YORK, LOS_ANGELES = "Europe/Paris", "America/New_York", "America/Los_Angeles"
NUMBER = "+33123456789"
HOUR, DAY = seconds(3600), seconds(86_400)


def every_day(opens: int, closes: int) -> CallingHours:
    """The same hours, of the clock, on every day."""
    return CallingHours(week=((DaySpan(opens * 60, closes * 60),),) * 7)


def moment(year: int, month: int, day: int, hour: int, minute: int = 0, zone: str = PARIS) -> Instant:
    """What a wall shows, the first time."""
    shown = datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone))
    return Instant(int(shown.timestamp()) * 1_000_000)


NOON = moment(2026, 3, 2, 12)

PLAIN = Profile(
    name="plain",
    title="Plain",
    countries=frozenset(),
    hours=every_day(8, 21),
    hours_when_asked=None,
    national=None,
    attempts=(),
    gap=Span(0),
    lockout=None,
    shows_caller_id=False,
    connecting=Connecting(
        allowances=(Allowance(),),
        within=seconds(2),
        ring_at_least=seconds(15),
        message=True,
        opt_out_key="9",
    ),
)
RULES = DialRules(
    outside=OutsideRules(allow=("+",)),
    profile=PLAIN,
    lines=LineLimits(),
    pools={"own": CallerIdPool(name="own", numbers=(CallerId(number="+33100", permission="ours"),))},
    own_pool="own",
)
NUMBER_FACTS = NumberFacts(number=NUMBER, country="FR", zones=(PARIS,), emergency=False)
FACTS = DialFacts(
    number=NUMBER_FACTS, listings=(), national_as_of=None, attempts=(), lines_in_use=0, starts=()
)
REQUEST = DialRequest(attempt_id="a-1", number=NUMBER, purpose=Purpose.CAMPAIGN, ring_for=seconds(20))


def under(**changes: Any) -> DialRules:
    """The rules, under the plain profile but for ``changes``."""
    return replace(RULES, profile=replace(PLAIN, **changes))
