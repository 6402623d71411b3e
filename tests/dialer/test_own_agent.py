"""Leads whose list names the only agent who calls them, and an agent who does not come to work any more."""

import pytest

from acd.agent import AgentState
from acd.agent_events import AgentStateChanged
from acd.ids import AgentId
from acd.instant import Instant, Span, seconds
from dialer.campaign import CampaignState, Mode, OwnThen
from dialer.commands import DialByHand, TakeLead
from dialer.invariants import broken
from dialer.lead import LeadStanding, LeadState, WhyDone
from dialer.messages import CallForAgent
from dialer.signals import (
    CampaignRemembered,
    LeadsAllRemembered,
    LeadsRemembered,
    LineRefused,
    RememberedLead,
)
from tests.dialer.house import DAY, HOUR, NOON, C, House, agentless, lead, progressive

ZOE, YAN = AgentId("zoe"), AgentId("yan")


def house_of_zoe(**more: object) -> House:
    """Ann is Zoe's alone, and Zoe is not at work."""
    house = House(progressive(**more))
    house.add(lead("ann", agent_id=ZOE))
    house.idle("yan")
    house.start()
    return house


def calls(house: House) -> list[str]:
    return [f"{one.agent_id} {one.number}" for one in house.told if isinstance(one, CallForAgent)]


def waits(house: House, span: Span) -> None:
    house.wait(span)
    assert not broken(house.dialer.tables)


def goes_home(house: House) -> None:
    house.idle("yan")
    left = AgentStateChanged(
        agent_id=ZOE, was=AgentState.READY, now=AgentState.LOGGED_OUT, reason=None, because="asked"
    )
    house.witnesses(left)


def test_anybody_calls_him_when_his_agent_has_not_come_for_three_days() -> None:
    house = house_of_zoe()
    waits(house, Span(3 * DAY - 1))
    assert (house.dialled(), calls(house)) == ([], [])
    waits(house, Span(1))
    assert house.dialled() == ["ann"]


def test_while_his_agent_comes_to_work_he_waits_however_long_that_takes() -> None:
    house = house_of_zoe(mode=Mode.PREVIEW)  # she does not get round to him
    for _ in range(10):
        house.idle("zoe", "yan")
        waits(house, Span(8 * HOUR))
        goes_home(house)
        waits(house, Span(16 * HOUR))
    assert "called by zoe alone" in house.refusal(
        TakeLead(campaign_id=C, agent_id=YAN, lead_id=lead("ann").lead_id)
    )
    waits(house, Span(3 * DAY - 16 * HOUR))
    assert house.lead("ann").freed
    house.says(TakeLead(campaign_id=C, agent_id=YAN))
    assert house.stands("ann") is LeadState.PREVIEWED
    assert not broken(house.dialer.tables)


def test_where_nobody_else_may_call_him_he_is_done_and_it_is_said_why() -> None:
    house = house_of_zoe(own_late=HOUR, own_then=OwnThen.DONE)
    waits(house, HOUR)
    assert (house.stands("ann"), house.lead("ann").because) == (LeadState.DONE, WhyDone.OWN_AGENT_GONE)
    assert house.state() is CampaignState.FINISHED
    assert house.dialled() == []


def test_who_rests_is_not_waited_for_and_the_wait_begins_when_he_is_due() -> None:
    house = House(progressive(own_late=HOUR))
    house.add(lead("ann", agent_id=ZOE, not_before=Instant(NOON + 5 * HOUR)))
    house.idle("yan")
    house.start()
    waits(house, Span(6 * HOUR - 1))
    assert house.dialled() == []
    waits(house, Span(1))
    assert house.dialled() == ["ann"]


def test_a_list_that_names_another_agent_gives_him_to_that_one() -> None:
    house = house_of_zoe(own_late=HOUR, mode=Mode.PREVIEW)
    waits(house, HOUR)
    assert house.lead("ann").only_agent is None
    house.add(lead("ann", agent_id=YAN))
    assert house.lead("ann").only_agent == YAN
    assert not broken(house.dialer.tables)


@pytest.mark.parametrize("late", [Span(3 * DAY), HOUR])
def test_after_a_restart_she_is_given_time_to_come_and_not_for_ever(late: Span) -> None:
    house = House()
    house.idle("yan")
    house.told += house.dialer.adopt(progressive(own_late=late), 1, house.at, house.floor)
    house.says(CampaignRemembered(campaign_id=C, state=CampaignState.RUNNING, trial_left=None, ledger=()))
    since = LeadStanding(since=Instant(NOON - 10 * DAY))
    remembered = RememberedLead(lead=lead("ann", agent_id=ZOE), standing=since)
    house.says(LeadsRemembered(campaign_id=C, leads=(remembered,)))
    house.says(LeadsAllRemembered(campaign_id=C, open_attempts=()))
    patience = min(late, Span(12 * HOUR))
    waits(house, Span(patience - 1))
    assert house.dialled() == []
    waits(house, Span(1))
    assert house.dialled() == ["ann"]


def test_what_her_campaign_lacks_is_not_asked_for_at_once_again() -> None:
    house = House(progressive())
    house.add(lead("ann", agent_id=ZOE))
    house.idle("zoe")
    house.start()
    assert calls(house) == ["zoe +331ann"]
    until = Instant(NOON + seconds(60))
    house.says(
        LineRefused(
            attempt_id=house.line("ann"), why="no profile", never=False, until=until, of_campaign=True
        )
    )
    waits(house, seconds(59))
    by_hand = DialByHand(campaign_id=C, agent_id=ZOE, number="+33199")
    assert house.refusal(by_hand) == "the gate lets nobody of c out for the moment"
    assert calls(house) == ["zoe +331ann"]
    waits(house, seconds(1))
    assert calls(house) == ["zoe +331ann"] * 2


def test_a_campaign_that_is_given_agents_has_those_of_one_agent_called_by_that_one() -> None:
    house = House(agentless())
    house.add(lead("ann", agent_id=ZOE))
    house.told += house.dialer.adopt(progressive(), 2, house.at, house.floor)
    house.idle("yan")
    house.start()
    assert house.dialled() == []
    assert not broken(house.dialer.tables)
    house.idle("yan", "zoe")
    house.witnesses()
    assert calls(house) == ["zoe +331ann"]
