"""What callers are told is put together from Asterisk's own prompts, which must exist."""

from pathlib import Path

import pytest

from acd.overflow_rules import Way
from cti.treatments import PLACES, announcement, number

SOUNDS = Path(__file__).resolve().parents[2] / "var/asterisk-root"


def test_there_is_a_place_for_every_way() -> None:
    assert set(PLACES) == set(Way) - {Way.CALLBACK}  # whose caller is taken leave of like any other


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0"),
        (7, "7"),
        (20, "20"),
        (21, "20 1"),
        (40, "40"),
        (100, "1 hundred"),
        (342, "3 hundred 40 2"),
        (5000, "9 hundred 90 9"),
    ],
)
def test_numbers_are_said_as_people_say_them(value: int, said: str) -> None:
    assert " ".join(part.removeprefix("digits/") for part in number(value)) == said


def test_who_is_next_hears_so_and_others_hear_their_number() -> None:
    assert announcement(1, None) == ("queue-youarenext",)
    assert announcement(3, None) == ("queue-thereare", "digits/3", "queue-callswaiting")


def test_the_wait_is_less_than_so_many_minutes() -> None:
    assert announcement(None, 1) == ("queue-holdtime", "queue-less-than", "digits/1", "queue-minute")
    assert announcement(2, 12)[3:] == ("queue-holdtime", "queue-less-than", "digits/12", "queue-minutes")


def test_every_prompt_exists() -> None:
    folders = list(SOUNDS.glob("*/usr/share/asterisk/sounds/en*")) + list(
        SOUNDS.glob("usr/share/asterisk/sounds/en*")
    )
    if not folders:
        pytest.skip("no Asterisk here")
    said = {part for n in range(1000) for part in number(n)}
    said |= {part for n in (1, 2) for part in announcement(n, n)} | {"vm-mailboxfull", "vm-goodbye"}
    missing = [part for part in sorted(said) if not any(list(f.glob(f"{part}.*")) for f in folders)]
    assert missing == []
