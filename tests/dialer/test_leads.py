"""What becomes of a lead, from the list to the end."""

from acd.instant import seconds
from dialer.attempt import AttemptOutcome
from dialer.campaign import CampaignState
from dialer.commands import PauseCampaign, StopCampaign
from dialer.events import AttemptEnded
from dialer.lead import LeadState, WhyDone
from dialer.orders import DropLine
from tests.dialer.house import HOUR, NOON, C, House, agentless, lead, progressive


def test_everybody_of_a_list_is_dialled_and_the_campaign_ends_when_all_are_done() -> None:
    house = House(agentless())
    house.add(lead("ann"), lead("bob"))
    assert house.dialled() == []
    house.start()
    assert house.dialled() == ["ann", "bob"]
    house.fails("ann", AttemptOutcome.INVALID)
    assert house.lead("ann").because == WhyDone.NO_NUMBER_LEFT
    for _ in range(6):
        house.fails("bob", AttemptOutcome.NO_ANSWER)
        house.wait(seconds(86_400))
    assert house.lead("bob").because == WhyDone.OUT_OF_ATTEMPTS
    assert house.lead("bob").attempts == 6
    assert house.state() is CampaignState.FINISHED
    assert len([one for one in house.told if isinstance(one, AttemptEnded)]) == 7


def test_who_is_busy_is_called_again_in_five_minutes() -> None:
    house = House(agentless())
    house.add(lead("ann"))
    house.start()
    house.fails("ann", AttemptOutcome.BUSY)
    assert house.stands("ann") is LeadState.RESTING
    assert house.dialer.next_deadline() == NOON + seconds(300)
    assert house.dialled(house.wait(seconds(299))) == []
    assert house.dialled(house.wait(seconds(1))) == ["ann"]


def test_who_did_not_answer_is_called_again_in_another_part_of_the_day() -> None:
    house = House(agentless())
    house.add(lead("ann"))
    house.start()
    house.fails("ann", AttemptOutcome.NO_ANSWER)
    assert house.dialled(house.wait(seconds(5 * 3_600 - 1))) == []
    assert house.dialled(house.wait(seconds(1))) == ["ann"]  # it is five, and evening


def test_one_line_rings_for_each_agent_who_is_free() -> None:
    house = House(progressive())
    house.add(lead("ann"), lead("bob"), lead("cleo"))
    house.idle("zoe", "yan")
    house.start()
    assert house.dialled() == ["ann", "bob"]
    house.fails("bob", AttemptOutcome.BUSY)
    assert house.dialled() == ["ann", "bob", "cleo"]


def test_what_rings_when_a_campaign_pauses_is_finished_and_nothing_new_is_dialled() -> None:
    house = House(agentless(most_lines=1))
    house.add(lead("ann"), lead("bob"))
    house.start()
    house.says(PauseCampaign(campaign_id=C))
    house.fails("ann", AttemptOutcome.BUSY)
    house.wait(HOUR)
    assert house.dialled() == ["ann"]
    house.start()
    assert house.dialled() == ["ann", "ann"]  # tried before, and due


def test_what_rings_when_a_campaign_is_stopped_at_once_is_given_up() -> None:
    house = House(agentless())
    house.add(lead("ann"))
    house.start()
    told = house.says(StopCampaign(campaign_id=C, at_once=True))
    assert [type(one) for one in told][-1] is DropLine
    house.hangs_up("ann")
    ended = house.told[-2]
    assert isinstance(ended, AttemptEnded)
    assert ended.outcome is AttemptOutcome.CANCELLED
    assert house.stands("ann") is LeadState.RESTING


def test_a_trial_pauses_after_so_many_attempts() -> None:
    house = House(agentless(most_lines=1))
    house.add(lead("ann"), lead("bob"), lead("cleo"))
    house.start(trial=2)
    house.fails("ann", AttemptOutcome.BUSY)
    house.fails("bob", AttemptOutcome.BUSY)
    assert house.state() is CampaignState.PAUSED
    assert house.dialled() == ["ann", "bob"]
