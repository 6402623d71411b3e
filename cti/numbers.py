"""Telephone numbers in one form, so that a person is found however a trunk or a list writes his number."""

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, country_code_for_region

MOST_DIGITS = 20
SHORT_DIGITS = 7
"""Numbers up to this long may be internal ones, which are nobody's national or international number."""
REGIONS = frozenset(phonenumbers.SUPPORTED_REGIONS)
"""Countries and territories by their ISO 3166 letters, as in ``FR``."""

_DECORATION = re.compile(r"[\s().\-/\u00a0\u2010-\u2015]+")
_PLAIN = re.compile(r"\+?[0-9]{1,20}")


class NotANumber(ValueError):
    """Nobody can be reached by this; ``suggestion`` is what may have been meant."""

    def __init__(self, message: str, suggestion: str | None = None) -> None:
        self.suggestion = suggestion
        super().__init__(f"{message} (did you mean {suggestion}?)" if suggestion else message)


def canonical(shown: str, region: str | None) -> str:
    """A number as a trunk shows it: E.164 where it can be one, else its digits as they are.

    ``region`` is where numbers without a country code are at home; None knows international ones alone.
    """
    plain = _plain(shown)
    return _e164(plain, region) or plain


def number_of(written: str, region: str | None) -> str:
    """A number as somebody wrote it into a list: E.164, or a short internal number.

    Raises:
        NotANumber: it is neither.
    """
    plain = _plain(written)
    if not _PLAIN.fullmatch(plain):
        raise NotANumber(f"{written[:40]!r} is no telephone number")
    found = _e164(plain, region)
    if found is not None:
        return found
    if not plain.startswith("+") and len(plain) <= SHORT_DIGITS:
        return plain
    home = f" of {region}" if region else "; without a region, numbers begin with + or 00"
    likely = None if plain.startswith("+") else _e164(f"+{plain}", None)
    raise NotANumber(f"{written[:40]!r} is no number{home}", likely)


def _plain(text: str) -> str:
    return _DECORATION.sub("", text.strip())


def _e164(plain: str, region: str | None) -> str | None:
    if len(plain) > MOST_DIGITS or not _PLAIN.fullmatch(plain):
        return None
    if region is None and plain.startswith("00"):
        plain = f"+{plain[2:]}"
    found = _possible(plain, region)
    if found is None and region is not None and plain.startswith(str(country_code_for_region(region))):
        found = _possible(f"+{plain}", None)  # as many trunks show it: the country's code and no +
    return found


def _possible(plain: str, region: str | None) -> str | None:
    try:
        parsed = phonenumbers.parse(plain, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
