"""Numbers that the house is not set up to dial: left out, and given back when that is mended. What is
wrong with a number itself stays wrong."""

from dataclasses import replace

import pytest

from acd.instant import Instant, seconds
from dialer.attempt import AttemptOutcome
from dialer.campaign import CampaignRules, CampaignState, Step, StepKind
from dialer.events import LeadStateChanged
from dialer.ids import LeadId
from dialer.invariants import broken
from dialer.lead import LeadNumber, LeadState, WhyDone
from dialer.orders import SendText
from dialer.signals import (
    CampaignRemembered,
    LeadsAllRemembered,
    LeadsRemembered,
    LineRefused,
    RememberedLead,
    TextFailed,
)
from tests.dialer.house import NOON, C, House, agentless, lead

TEXTS = (Step(kind=StepKind.TEXT, text="hello"), Step(kind=StepKind.CALL))


def refuses(house: House, name: str, *, of_rules: bool = True) -> None:
    """The gate lets him out never, by the rules there are."""
    house.says(LineRefused(attempt_id=house.line(name), why="no", never=True, of_rules=of_rules))
    assert not broken(house.dialer.tables)


def house_of_ann(**more: object) -> House:
    house = House(agentless(**more))
    house.add(lead("ann", "+331", "+332"))
    house.start()
    return house


def killed(was: House, rules: CampaignRules | None = None) -> House:
    """The engine is started again, perhaps with other rules."""
    house = House(at=was.at, run="r2")
    house.told += house.dialer.adopt(rules or was.campaign().rules, 1, house.at, house.floor)
    house.says(CampaignRemembered(campaign_id=C, state=was.state(), trial_left=None, ledger=()))
    remembered = tuple(
        RememberedLead(lead=p.lead, standing=p.standing) for p in was.campaign().leads.values()
    )
    house.says(LeadsRemembered(campaign_id=C, leads=remembered))
    house.says(LeadsAllRemembered(campaign_id=C, open_attempts=()))
    assert not broken(house.dialer.tables)
    return house


def test_another_number_of_his_is_dialled_and_this_one_after_a_restart() -> None:
    house = house_of_ann()
    refuses(house, "ann")
    assert house.numbers() == ["+331", "+332"]
    assert house.lead("ann").barred == ()
    house.fails("ann", AttemptOutcome.NO_ANSWER)
    house.wait(seconds(86_400))
    assert house.numbers() == ["+331", "+332", "+332"], "not asked about again while nothing has changed"
    house.fails("ann", AttemptOutcome.NO_ANSWER)
    again = killed(house)
    for _ in range(2):
        again.wait(seconds(86_400))
        again.fails("ann", AttemptOutcome.NO_ANSWER)
    assert set(again.numbers()) == {"+331", "+332"}


def test_who_has_no_other_number_is_done_and_has_another_chance_after_a_restart_each_time_once() -> None:
    house = house_of_ann()
    refuses(house, "ann")
    refuses(house, "ann")
    assert (house.stands("ann"), house.lead("ann").because) == (LeadState.DONE, WhyDone.NOT_ALLOWED)
    assert house.state() is CampaignState.FINISHED
    assert house.lead("ann").attempts == 0
    again = killed(house)
    told = [one for one in again.told if isinstance(one, LeadStateChanged)]
    assert [(one.was, one.standing.state, one.standing.because) for one in told] == [
        (LeadState.DONE, LeadState.NEW, "")
    ]
    again.start()  # it was finished: nothing is dialled by itself
    assert again.numbers() == ["+331"]
    refuses(again, "ann")
    refuses(again, "ann")
    again.wait(seconds(10 * 86_400))
    assert again.numbers() == ["+331", "+332"]
    assert again.lead("ann").because == WhyDone.NOT_ALLOWED


def test_another_profile_gives_them_back_and_another_script_does_not() -> None:
    house = house_of_ann()
    refuses(house, "ann")
    refuses(house, "ann")
    house.told += house.dialer.adopt(agentless(script="hello"), 2, house.at, house.floor)
    house.wait(seconds(10))
    assert house.stands("ann") is LeadState.DONE
    house.told += house.dialer.adopt(agentless(profile="uk"), 3, house.at, house.floor)
    assert house.stands("ann") is LeadState.RESTING
    house.start()
    house.wait(seconds(1))
    assert house.numbers() == ["+331", "+332", "+331"]


def test_a_list_that_says_where_he_is_gives_them_back() -> None:
    house = house_of_ann()
    refuses(house, "ann")
    refuses(house, "ann")
    house.add(replace(lead("ann", "+331", "+332"), name="Ann"))
    assert house.stands("ann") is LeadState.DONE, "nothing about his numbers is new"
    house.add(lead("ann", "+331", "+332", zone="Europe/Paris"))
    house.start()
    house.wait(seconds(1))
    assert house.numbers() == ["+331", "+332", "+331"]
    assert not broken(house.dialer.tables)


def test_one_more_number_is_another_chance_for_that_number_alone() -> None:
    house = house_of_ann()
    refuses(house, "ann")
    refuses(house, "ann")
    house.add(lead("ann", "+333", "+331", "+332"))
    house.start()
    house.wait(seconds(1))
    assert house.numbers() == ["+331", "+332", "+333"]
    house.fails("ann", AttemptOutcome.INVALID)
    assert house.lead("ann").because == WhyDone.NOT_ALLOWED
    assert house.lead("ann").barred == (0,)


@pytest.mark.parametrize("first", [True, False])
def test_what_is_wrong_with_a_number_itself_stays_wrong(first: bool) -> None:
    house = house_of_ann()
    refuses(house, "ann", of_rules=first)
    refuses(house, "ann", of_rules=not first)
    assert house.lead("ann").because == WhyDone.NOT_ALLOWED, "one of the two may be dialled some day"
    again = killed(house)
    again.start()
    assert again.numbers() == ["+331" if first else "+332"]
    refuses(again, "ann", of_rules=False)
    assert again.lead("ann").because == WhyDone.NO_NUMBER_LEFT
    assert killed(again).stands("ann") is LeadState.DONE


def test_a_text_that_the_house_is_not_set_up_to_send_is_sent_when_it_is() -> None:
    house = House(agentless(steps=TEXTS))
    mobile = tuple(LeadNumber(number=number, kind="mobile") for number in ("+331", "+332"))
    house.add(replace(lead("ann"), numbers=mobile))
    house.start()

    def texts(of: House) -> list[str]:
        return [one.number for one in of.told if isinstance(one, SendText)]

    def refused(of: House) -> None:
        text_id = [one.text_id for one in of.told if isinstance(one, SendText)][-1]
        of.says(TextFailed(text_id=text_id, why="no", never=True, of_rules=True))
        assert not broken(of.dialer.tables)

    refused(house)
    house.wait(seconds(1))
    refused(house)
    assert texts(house) == ["+331", "+332"]
    assert (house.lead("ann").step, house.lead("ann").because) == (0, WhyDone.NOT_ALLOWED)
    assert house.dialled() == []
    again = killed(house)
    again.start()
    assert texts(again) == ["+331"]


def test_whose_last_moment_is_over_at_the_restart_is_done_for_that() -> None:
    house = House(agentless())
    house.add(lead("ann", not_after=Instant(NOON + seconds(60))))
    house.start()
    refuses(house, "ann")
    house.at = Instant(NOON + seconds(61))
    again = killed(house)
    again.wait(seconds(0))
    assert again.campaign().leads[LeadId("ann")].because == WhyDone.EXPIRED
