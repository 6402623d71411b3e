"""What a telephone number tells of where it is, by the phonenumbers library.

A number says where it was given out, not where its telephone lies; a list that knows better goes before it.
Where a number fits several zones, it may be in any of them.
"""

from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, shortnumberinfo, timezone

from cti.numbers import REGIONS, canonical
from dialer.compliance.facts import NumberFacts

MOST_EMERGENCY_DIGITS = 5
"""Longer numbers are no country's emergency number; prefixes of longer ones are left to the allow-list."""


@lru_cache(maxsize=4096)
def whereabouts(shown: str, region: str | None) -> NumberFacts:
    """What is known of a number as it is dialled; ``region`` is where those without a country code are at
    home.
    """
    number = canonical(shown, region)
    parsed = _parsed(number)
    return NumberFacts(
        number=number,
        country=None if parsed is None else _country(parsed),
        zones=() if parsed is None else _zones(parsed),
        emergency=_is_emergency(shown.removeprefix("+"), region),
    )


def _parsed(number: str) -> PhoneNumber | None:
    if not number.startswith("+"):
        return None
    try:
        return phonenumbers.parse(number, None)
    except NumberParseException:
        return None


def _country(number: PhoneNumber) -> str | None:
    country = phonenumbers.region_code_for_number(number)
    return country if country in REGIONS else None


def _zones(number: PhoneNumber) -> tuple[str, ...]:
    """Of a number that fits no plan we know, all of its country's. None at all when one of them is unknown
    here: then nobody knows what time it is there.
    """
    found = tuple(timezone.time_zones_for_number(number))
    if timezone.UNKNOWN_TIMEZONE in found:
        nowhere_in_it = PhoneNumber(country_code=number.country_code, national_number=0)
        found = tuple(timezone.time_zones_for_geographical_number(nowhere_in_it))
    return found if all(zone != timezone.UNKNOWN_TIMEZONE and _is_known(zone) for zone in found) else ()


def _is_known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _is_emergency(number: str, region: str | None) -> bool:
    if region is not None:
        return bool(shortnumberinfo.connects_to_emergency_number(number, region))
    if len(number) > MOST_EMERGENCY_DIGITS:
        return False
    return any(shortnumberinfo.is_emergency_number(number, one) for one in sorted(REGIONS))
