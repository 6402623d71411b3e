"""Where a number is at home, by its first digits."""

import pytest

from cti.regions import region_of


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("+33612345678", "+33 61"),
        ("+33112345678", "+33 11"),
        ("+12125550123", "+1 212"),
        ("+493012345", "+49 30"),
        ("+35312345678", "+353 12"),
        ("+33", ""),
        ("0612345678", ""),
        ("8000", ""),
        ("", ""),
        ("+0123456789", ""),
        ("+33\N{SUPERSCRIPT TWO}\N{SUPERSCRIPT TWO}1", ""),
        ("+33ab\r\n", ""),
    ],
)
def test_a_region_is_the_country_and_what_follows_its_code(number: str, region: str) -> None:
    assert region_of(number) == region
