"""Where callers go who leave the queues, and what they hear."""

from acd.overflow_rules import Way
from cti.treatments import MOST_BYTES, PLACES, announcement, in_turn
from ivr.utterance import PlaceInLine, WaitAtMost


def test_there_is_a_place_for_every_way() -> None:
    assert set(PLACES) == set(Way) - {Way.CALLBACK}  # whose caller is taken leave of like any other


def test_a_caller_is_told_what_is_known_of_his_place_and_his_wait() -> None:
    assert announcement(1, None) == (PlaceInLine(1),)
    assert announcement(None, 12) == (WaitAtMost(12),)
    assert announcement(2, 12) == (PlaceInLine(2), WaitAtMost(12))


def test_sounds_that_find_no_room_in_an_order_are_left_out() -> None:
    assert in_turn(["hello", "digits/1"]) == "hello&digits/1"
    assert in_turn(["x" * 99] * 20) == "&".join(["x" * 99] * 9)
    assert in_turn(["x" * (MOST_BYTES + 1)]) == ""
