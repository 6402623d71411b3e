"""Of which region a number is, by its first digits: the country, and what comes after its calling code.

Regions are there to tell apart people who answer more or less often, not to find them: no names, no maps.
Of one number it is the same today and tomorrow, whatever numbering plans do.
"""

import phonenumbers

_CALLING_CODES = frozenset(map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
_NORTH_AMERICA = "1"
AREA_DIGITS, AREA_DIGITS_IN_NORTH_AMERICA = 2, 3
_known: dict[str, str] = {}
"""Each name once, however many leads bear it."""


def region_of(number: str) -> str:
    """``+33 61``, ``+49 30``, ``+1 212``; empty when it is no number of any country."""
    if not number.startswith("+"):
        return ""
    for length in (1, 2, 3):
        code = number[1 : 1 + length]
        if code in _CALLING_CODES:
            digits = AREA_DIGITS_IN_NORTH_AMERICA if code == _NORTH_AMERICA else AREA_DIGITS
            area = number[1 + length : 1 + length + digits]
            name = f"+{code} {area}"
            # digits alone, or a hostile list could fill the memory with names
            return _known.setdefault(name, name) if area.isascii() and area.isdigit() else ""
    return ""
