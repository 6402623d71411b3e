"""A number means the same however it is written; what is no number is told, with what may have been meant."""

import pytest

from cti.numbers import NotANumber, canonical, number_of


@pytest.mark.parametrize(
    ("shown", "region", "expected"),
    [
        ("+33123456789", None, "+33123456789"),
        ("0033123456789", None, "+33123456789"),
        ("0123456789", "FR", "+33123456789"),
        ("33123456789", "FR", "+33123456789"),
        ("0123456789", None, "0123456789"),
        ("(0151) 123-456 78", "DE", "+4915112345678"),
        ("1002", "FR", "1002"),
        ("+3312", "FR", "+3312"),
        ("*123", "FR", "*123"),
        ("unknown", "FR", "unknown"),
        ("", "FR", ""),
    ],
)
def test_what_a_trunk_shows_becomes_one_form(shown: str, region: str | None, expected: str) -> None:
    assert canonical(shown, region) == expected


@pytest.mark.parametrize(
    ("written", "region", "expected"),
    [
        ("01 23 45 67 89", "FR", "+33123456789"),
        ("1002\r\n", "FR", "1002"),
        ("00 33 123456789", None, "+33123456789"),
    ],
)
def test_what_is_written_into_a_list_becomes_the_same_form(
    written: str, region: str | None, expected: str
) -> None:
    assert number_of(written, region) == expected
    assert canonical(expected, region) == expected


@pytest.mark.parametrize(
    ("written", "region", "told"),
    [
        ("4915112345678", "FR", "is no number of FR (did you mean +4915112345678?)"),
        ("0123456789", None, "without a region, numbers begin with"),
        ("anna", "FR", "'anna' is no telephone number"),
        ("+33", "FR", "is no number of FR"),
        ("1" * 60, "FR", "is no telephone number"),
        ("", "FR", "is no telephone number"),
    ],
)
def test_what_is_no_number_is_told(written: str, region: str | None, told: str) -> None:
    with pytest.raises(NotANumber) as problem:
        number_of(written, region)
    assert told in str(problem.value)
