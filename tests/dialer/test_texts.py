"""Campaigns of several steps: a text first, a call after an hour, a last text; who responds is left alone."""

from typing import Any

import pytest

from acd.brief import Datum
from acd.customer import Party as Who
from acd.instant import Instant, seconds
from dialer.attempt import AttemptOutcome, Party
from dialer.campaign import CampaignState, RetryRule, Step, StepKind
from dialer.commands import PartyResponded, PauseCampaign, StopCampaign
from dialer.diallable import TEXT_STEP, Obstacle, places_now
from dialer.events import TextEnded
from dialer.ids import LeadId
from dialer.invariants import broken
from dialer.lead import Lead, LeadNumber, LeadState, WhyDone
from dialer.orders import SendText
from dialer.signals import (
    CampaignRemembered,
    LeadsAllRemembered,
    LeadsRemembered,
    NumberListed,
    RememberedLead,
    TextFailed,
    TextSent,
)
from dialer.texts import HEARD_OF_WITHIN, MOST_LETTERS, MOST_UNDER_WAY, filled_in
from tests.dialer.house import DAY, HOUR, NOON, C, House, L, agentless, lead

STEPS = (
    Step(kind=StepKind.TEXT, text="Dear {name}, you owe {amount}."),
    Step(kind=StepKind.CALL, not_before_minute=16 * 60 + 30),
    Step(kind=StepKind.TEXT, text="A last word, {name}.", after=DAY),
)
ONCE = {AttemptOutcome.NO_ANSWER: RetryRule(after=HOUR, most=1)}
RULES = agentless(steps=STEPS, retry=ONCE)


def ann(*numbers: LeadNumber, **more: Any) -> Lead:
    theirs = numbers or (LeadNumber(number="+331", kind="home"), LeadNumber(number="+336", kind="mobile"))
    return Lead(
        lead_id=LeadId("ann"),
        list_id=L,
        numbers=theirs,
        name="Ann",
        data=(Datum(name="amount", value="12 €"),),
        **more,
    )


@pytest.fixture
def house() -> House:
    house = House(RULES)
    house.add(ann())
    house.start()
    return house


def texts(house: House) -> list[SendText]:
    return [one for one in house.told if isinstance(one, SendText)]


def sent(house: House) -> None:
    house.says(TextSent(text_id=texts(house)[-1].text_id))


def failed(house: House, **how: Any) -> None:
    why: dict[str, Any] = {"why": "the gateway says so", "never": False, **how}
    house.says(TextFailed(text_id=texts(house)[-1].text_id, **why))


def well(house: House) -> bool:
    return broken(house.dialer.tables) == []


def test_a_text_then_a_call_after_half_past_four_then_a_last_text(house: House) -> None:
    (first,) = texts(house)
    assert (first.number, first.text) == ("+336", "Dear Ann, you owe 12 €.")
    assert house.stands("ann") is LeadState.IN_PROGRESS
    assert well(house)
    sent(house)
    assert house.dialled() == []
    house.wait(HOUR * 4)
    assert house.dialled() == []
    assert well(house)
    house.wait(HOUR // 2)
    assert house.dialled() == ["ann"]
    house.fails("ann", AttemptOutcome.NO_ANSWER)  # at home; ONCE: by each number
    house.wait(HOUR)
    house.fails("ann", AttemptOutcome.NO_ANSWER)  # on the mobile
    assert house.lead("ann").step == 2
    assert len(texts(house)) == 1
    house.wait(DAY + HOUR)
    assert [one.text for one in texts(house)] == ["Dear Ann, you owe 12 €.", "A last word, Ann."]
    assert len({one.text_id for one in texts(house)}) == 2
    sent(house)
    assert (house.stands("ann"), house.lead("ann").because) == (LeadState.DONE, WhyDone.STEPS_OVER)
    assert house.state() is CampaignState.FINISHED
    assert well(house)


def test_a_call_whose_hour_has_begun_today_follows_the_text_at_once() -> None:
    house = House(agentless(steps=(STEPS[0], Step(kind=StepKind.CALL, not_before_minute=9 * 60))))
    house.add(ann())
    house.start()
    assert house.dialled() == []
    sent(house)
    assert house.dialled() == ["ann"]
    assert well(house)


def test_a_first_call_waits_for_its_hour_too() -> None:
    house = House(agentless(steps=STEPS[1:]))
    house.add(ann())
    house.start()
    assert house.dialled() == []
    house.wait(HOUR * 9 // 2)
    assert house.dialled() == ["ann"]


def test_a_text_waits_for_its_hour_by_his_clock() -> None:
    house = House(agentless(steps=(Step(kind=StepKind.TEXT, text="hello", not_before_minute=14 * 60),)))
    house.add(ann(zone="Europe/London"), lead("bob", "+337", zone="Europe/Paris"))
    house.start()
    house.wait(HOUR)
    assert [one.lead_id for one in texts(house)] == ["bob"]
    house.wait(HOUR)
    assert [one.lead_id for one in texts(house)] == ["bob", "ann"]


@pytest.mark.parametrize("answered", ["before", "after", "never"])
def test_who_responds_gets_nothing_more(house: House, answered: str) -> None:
    (text,) = texts(house)
    if answered == "before":
        sent(house)
    assert house.dialer.tables.wants(text.text_id) is (answered != "before")
    house.says(PartyResponded(party=Who(caller="+331"), how="called in"))
    assert house.lead("ann").because == WhyDone.RESPONDED
    assert not house.dialer.tables.wants(text.text_id)
    if answered == "after":
        failed(house, never=True)
    house.wait(DAY * 3)
    assert len(texts(house)) == 1
    assert house.dialled() == []
    assert well(house)


def test_who_is_listed_while_his_text_is_on_its_way_is_let_go(house: House) -> None:
    house.says(NumberListed(number="+336"))
    assert house.stands("ann") is LeadState.IN_PROGRESS  # he has another number
    house.says(NumberListed(number="+331"))
    assert house.lead("ann").because == WhyDone.OPTED_OUT
    sent(house)
    house.wait(DAY * 3)
    assert len(texts(house)) == 1
    assert house.dialled() == []
    assert well(house)


def test_the_next_mobile_number_gets_the_text_when_the_gateway_says_never() -> None:
    mobiles = [LeadNumber(number=f"+336{n}", kind="Mobile") for n in range(2)]
    house = House(RULES)
    house.add(ann(LeadNumber(number="+331"), *mobiles))
    house.start()
    failed(house, never=True)
    assert [one.number for one in texts(house)] == ["+3360", "+3361"]
    assert well(house)
    failed(house, never=True)
    assert len(texts(house)) == 2
    assert house.lead("ann").step == 1
    house.wait(HOUR * 5)
    assert house.numbers() == ["+331"]  # he may be called all the same
    assert well(house)


def test_one_without_a_mobile_gets_it_at_his_first_number() -> None:
    house = House(RULES)
    house.add(ann(LeadNumber(number="+331"), LeadNumber(number="+332")))
    house.start()
    assert texts(house)[0].number == "+331"


def test_what_was_never_offered_is_ordered_again_under_another_name(house: House) -> None:
    failed(house, until=Instant(house.at + HOUR))
    assert house.stands("ann") is LeadState.RESTING
    house.wait(HOUR - seconds(1))
    assert len(texts(house)) == 1
    house.wait(seconds(1))
    assert len(texts(house)) == 2
    assert len({one.text_id for one in texts(house)}) == 2
    assert well(house)


def test_a_gateway_that_is_away_costs_him_his_text_not_his_call(house: House) -> None:
    failed(house)
    house.wait(HOUR * 5)
    assert len(texts(house)) == 1
    assert house.dialled() == ["ann"]


def test_one_of_which_nothing_is_heard_counts_as_sent(house: House) -> None:
    house.wait(HEARD_OF_WITHIN)
    (ended,) = [one for one in house.told if isinstance(one, TextEnded)]
    assert ended.sent
    assert house.lead("ann").step == 1
    sent(house)  # late
    assert house.lead("ann").step == 1
    assert well(house)


def test_one_that_a_restart_cut_short_counts_as_sent(house: House) -> None:
    was = house.lead("ann")
    again = House(RULES, at=house.at, run="r2")
    again.says(CampaignRemembered(campaign_id=C, state=CampaignState.RUNNING, trial_left=None, ledger=()))
    remembered = RememberedLead(lead=was.lead, standing=was.standing)
    again.says(LeadsRemembered(campaign_id=C, leads=(remembered,)))
    again.says(LeadsAllRemembered(campaign_id=C, open_attempts=()))
    assert texts(again) == []
    assert again.lead("ann").step == 1
    assert well(again)
    again.wait(HOUR * 5)
    assert texts(again) == []
    assert again.dialled() == ["ann"]


def test_no_more_than_so_many_are_on_their_way() -> None:
    house = House(RULES)
    house.add(*(lead(f"{n}") for n in range(MOST_UNDER_WAY + 5)))
    house.start()
    assert len(texts(house)) == MOST_UNDER_WAY
    assert well(house)
    house.says(TextSent(text_id=texts(house)[0].text_id))
    assert len(texts(house)) == MOST_UNDER_WAY + 1
    assert well(house)


def test_texts_count_in_a_trial() -> None:
    house = House(RULES)
    house.add(*(lead(f"{n}") for n in range(5)))
    house.start(trial=2)
    first, second = texts(house)
    house.says(TextSent(text_id=first.text_id))
    assert house.dialer.tables.wants(second.text_id), "a campaign that is paused sends none"
    assert house.state() is CampaignState.RUNNING
    house.says(TextSent(text_id=second.text_id))
    assert len(texts(house)) == 2
    assert house.state() is CampaignState.PAUSED
    assert well(house)


def test_a_campaign_that_does_not_run_sends_none(house: House) -> None:
    house.says(PauseCampaign(campaign_id=C))
    house.add(lead("bob"))
    assert not house.dialer.tables.wants(texts(house)[0].text_id)
    failed(house, until=house.at)  # the gateway was not offered it
    house.wait(HOUR)
    assert len(texts(house)) == 1
    house.says(StopCampaign(campaign_id=C))
    house.wait(HOUR)
    assert len(texts(house)) == 1
    assert well(house)
    house.start()
    assert sorted(str(one.lead_id) for one in texts(house)) == ["ann", "ann", "bob"]


def test_who_answers_the_call_gets_no_last_text(house: House) -> None:
    sent(house)
    house.wait(HOUR * 5)
    house.answers("ann", Party.PERSON)
    house.says(PartyResponded(party=Who(caller="+336"), how="paid"))
    house.wait(DAY * 3)
    assert len(texts(house)) == 1
    assert house.stands("ann") is LeadState.DONE


def test_a_list_read_again_does_not_call_who_was_just_sent_a_text(house: House) -> None:
    sent(house)
    house.add(ann(priority=60))
    house.wait(HOUR)
    assert house.dialled() == []


def test_a_texts_places_are_filled_with_what_is_known_of_him_and_nothing_else() -> None:
    sly = ann(zone=None)
    assert filled_in("{name}: {amount}{nothing} {0} {name.x}", sly) == "Ann: 12 €  "
    nested = Lead(lead_id=LeadId("x"), list_id=L, numbers=sly.numbers, name="{amount}\r\x00", data=sly.data)
    assert filled_in("{name}", nested) == "{amount}  "
    assert len(filled_in("{name}" * 3000, sly)) == MOST_LETTERS


def test_the_dry_run_says_who_is_sent_a_text() -> None:
    house = House(RULES)
    house.add(lead("1"))
    found = places_now(RULES, house.lead("1"), NOON)
    assert isinstance(found, Obstacle)
    assert (found.why, found.until) == (TEXT_STEP, None)
