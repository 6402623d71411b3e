"""What keeps a lead from being dialled, before anybody asks the gate."""

import pytest

from acd.instant import Instant
from dialer.campaign import ListShare
from dialer.diallable import Obstacle, places_now
from dialer.ids import ListId
from dialer.lead import LeadNumber, LeadState, OutcomeCount
from dialer.pursuit import Pursuit
from tests.dialer.house import DAY, HOUR, NOON, agentless, lead


def told(pursuit: Pursuit, **rules: object) -> tuple[str, Instant | None]:
    found = places_now(agentless(**rules), pursuit, NOON)
    assert isinstance(found, Obstacle), found
    return found.why, found.until


def mia(*numbers: LeadNumber, state: LeadState = LeadState.NEW, **more: object) -> Pursuit:
    theirs = {"numbers": numbers} if numbers else {}
    return Pursuit(lead=lead("mia", "+331", "+332", **theirs, **more), order=1, state=state)


def test_the_number_that_is_next_is_asked_about_first() -> None:
    somebody = mia()
    assert places_now(agentless(), somebody, NOON) == (0, 1)
    somebody.place = 1
    assert places_now(agentless(), somebody, NOON) == (1, 0)
    somebody.barred = (0,)
    assert places_now(agentless(), somebody, NOON) == (1,)
    somebody.outcomes = (OutcomeCount(place=1, outcome="busy", times=9),)
    assert told(somebody) == ("no_number_left", None)


@pytest.mark.parametrize("state", [LeadState.PREVIEWED, LeadState.IN_PROGRESS, LeadState.TO_DISPOSE])
def test_whom_somebody_is_busy_with_is_not_asked_about(state: LeadState) -> None:
    assert told(mia(state=state)) == ("under_way", None)


def test_what_his_list_says_goes_before_the_law() -> None:
    later, over = Instant(NOON + HOUR), Instant(NOON - HOUR)
    assert told(mia(not_before=later)) == ("not_before", later)
    assert told(mia(not_after=over)) == ("expired", None)
    assert told(mia(), lists=(ListShare(list_id=ListId("other")),)) == ("list_not_dialled", None)
    morning = LeadNumber(number="+331", since_minute=8 * 60, until_minute=9 * 60)
    evening = LeadNumber(number="+332", since_minute=18 * 60, until_minute=20 * 60)
    assert told(mia(morning, evening)) == ("number_hours", NOON + 6 * HOUR)
    assert told(mia(morning, zone="Asia/Tokyo")) == ("number_hours", NOON + 11 * HOUR)


def test_who_rests_is_told_until_when_and_who_is_done_why() -> None:
    resting = mia(state=LeadState.RESTING)
    resting.next_at = Instant(NOON + DAY)
    assert told(resting) == ("resting", NOON + DAY)
    resting.next_at = NOON
    assert places_now(agentless(), resting, NOON) == (0, 1)
    done = mia(state=LeadState.DONE)
    done.because = "opted_out"
    found = places_now(agentless(), done, NOON)
    assert found == Obstacle(why="done", told="he is done: opted out", until=None)
