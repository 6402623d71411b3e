"""A campaign that is stopped: nobody is dialled any more, and telephones ring as long as the law asks."""

import pytest

from acd.instant import seconds
from dialer.attempt import AttemptOutcome
from dialer.campaign import CampaignState
from dialer.commands import StopCampaign
from dialer.events import AttemptEnded, CampaignStateChanged
from dialer.lead import LeadState
from dialer.orders import DropLine
from dialer.signals import LineOrderFailed
from tests.dialer.house import HOUR, C, House, agentless, lead

STOP, AT_ONCE = StopCampaign(campaign_id=C), StopCampaign(campaign_id=C, at_once=True)


def ringing(*names: str, **more: object) -> House:
    """A minute of ringing for each of these, of which the law asks fifteen seconds."""
    house = House(agentless(**{"ring_for": seconds(60), "most_lines": len(names), **more}))
    house.add(*(lead(name) for name in (*names, "last")))
    house.start()
    for name in names:
        house.rings(name)
    return house


def dropped(house: House) -> list[str]:
    """Whose ringing telephones were ordered to be given up."""
    theirs = {line.attempt_id: str(line.lead_id) for line in house.campaign().lines.values()}
    drops = [one for one in house.told if isinstance(one, DropLine) and one.also_dialled]
    return [theirs[one.attempt_id] for one in drops]


def test_telephones_of_a_stopped_campaign_ring_as_long_as_the_law_asks() -> None:
    house = ringing("ann", "bob")
    house.wait(seconds(4))
    house.says(STOP)
    house.wait(seconds(15.9))
    assert dropped(house) == []
    house.wait(seconds(0.1))  # fifteen, and five that the network may take
    assert dropped(house) == ["ann", "bob"]
    for name in ("ann", "bob"):
        house.hangs_up(name)
        assert house.stands(name) is LeadState.RESTING
    ended = [one.outcome for one in house.told if isinstance(one, AttemptEnded)]
    assert ended == [AttemptOutcome.CANCELLED] * 2
    house.wait(HOUR)
    assert house.dialled() == ["ann", "bob"]
    assert house.state() is CampaignState.STOPPED


def test_what_has_rung_long_enough_is_given_up_when_it_is_stopped() -> None:
    house = ringing("ann")
    house.wait(seconds(20))
    house.says(STOP)
    assert dropped(house) == ["ann"]


def test_what_ends_by_itself_as_early_as_it_could_be_given_up_does() -> None:
    house = ringing("ann", ring_for=seconds(20))
    house.says(STOP)
    house.wait(seconds(20))
    assert dropped(house) == []
    house.fails("ann", AttemptOutcome.NO_ANSWER)
    assert house.campaign().lines == {}


def test_where_the_law_asks_nothing_all_that_rings_is_given_up_at_once() -> None:
    house = ringing("ann", ring_at_least=seconds(0))
    house.says(STOP)
    assert dropped(house) == ["ann"]


def test_who_answers_a_stopped_campaign_is_served() -> None:
    house = ringing("ann")
    house.says(STOP)
    house.wait(seconds(5))
    house.answers("ann")
    house.wait(seconds(60))
    assert dropped(house) == []


def test_a_campaign_that_goes_on_meanwhile_gives_nothing_up() -> None:
    house = ringing("ann")
    house.says(STOP)
    house.wait(seconds(5))
    house.start()
    house.wait(seconds(30))
    assert dropped(house) == []
    assert house.state() is CampaignState.RUNNING


@pytest.mark.parametrize("stopped_before", [False, True])
def test_who_will_not_wait_says_so_and_it_is_told(stopped_before: bool) -> None:
    house = ringing("ann")
    if stopped_before:
        house.says(STOP)
    house.says(AT_ONCE)
    assert dropped(house) == ["ann"]
    assert [one.now for one in house.told if isinstance(one, CampaignStateChanged)][
        -1
    ] is CampaignState.STOPPED
    assert house.refusal(AT_ONCE) == "c: it is stopped"
    house.wait(HOUR)
    assert dropped(house) == ["ann"]


def test_who_waits_for_the_gate_when_a_campaign_is_stopped_is_not_dialled() -> None:
    house = House(agentless(most_lines=1))
    house.add(lead("ann"), lead("bob"))
    house.start()
    attempt = house.line("ann")
    told = house.says(STOP)
    assert [one for one in told if isinstance(one, DropLine)] == [
        DropLine(attempt_id=attempt, also_dialled=False)
    ]
    house.says(LineOrderFailed(attempt_id=attempt, detail="given up before it was dialled"))
    assert (house.stands("ann"), house.lead("ann").attempts) == (LeadState.NEW, 0)
    assert house.dialled(house.start()) == ["ann"]  # the house is not full
