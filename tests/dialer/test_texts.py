"""Campaigns with a text in them: there is nobody to send it yet, so that they say so instead of waiting."""

from acd.events import Refused
from dialer.campaign import Step, StepKind
from dialer.commands import StartCampaign
from dialer.diallable import TEXT_STEP, Obstacle, places_now
from dialer.texts import NONE_SENT
from tests.dialer.house import NOON, C, House, agentless, lead

TEXT_FIRST = agentless(steps=(Step(kind=StepKind.TEXT, text="Dear {name}"), Step(kind=StepKind.CALL)))


def test_a_campaign_with_a_text_is_not_started_and_says_why() -> None:
    house = House(TEXT_FIRST)
    house.add(lead("1"))
    assert (
        house.refusal(StartCampaign(campaign_id=C))
        == "c: a step of it is a text, and no text can be sent yet"
    )


def test_one_that_runs_does_not_get_a_text_either() -> None:
    house = House(agentless())
    house.add(lead("1"))
    house.start()
    told = house.dialer.adopt(TEXT_FIRST, 2, house.at, house.floor)
    assert Refused(reason=f"c: {NONE_SENT}") in told
    assert house.campaign().rules == agentless()


def test_the_dry_run_says_who_waits_for_a_text() -> None:
    house = House(TEXT_FIRST)
    house.add(lead("1"))
    found = places_now(TEXT_FIRST, house.lead("1"), NOON)
    assert isinstance(found, Obstacle)
    assert (found.why, found.until) == (TEXT_STEP, None)
