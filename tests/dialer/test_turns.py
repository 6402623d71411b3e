"""Whose turn it is."""

from acd.call import Outcome
from acd.call_events import CallEnded
from acd.customer import Party
from acd.ids import CallId
from acd.instant import Span, after, seconds
from dialer.attempt import AttemptOutcome
from dialer.campaign import CampaignState, ListShare, RetryRule
from dialer.commands import PartyResponded, RemoveLead
from dialer.ids import CampaignId, LeadId, ListId
from dialer.lead import LeadNumber, LeadState, WhyDone
from dialer.orders import DropLine
from dialer.penetration import Penetration
from dialer.signals import LineRefused, NumberListed
from tests.dialer.house import HOUR, C, House, agentless, lead

A, B = ListId("a"), ListId("b")


def one_by_one(house: House, times: int) -> list[str]:
    """Who is dialled when there is one line, and everybody is busy."""
    for _ in range(times):
        (line,) = house.campaign().lines.values()
        house.fails(str(line.lead_id), AttemptOutcome.BUSY)
    return house.dialled()


def test_lists_take_turns_by_their_shares_while_they_have_anybody() -> None:
    house = House(
        agentless(most_lines=1, lists=(ListShare(list_id=A, share=3), ListShare(list_id=B, share=1)))
    )
    house.add(*(lead(f"a{n}", list_id=A) for n in range(6)), *(lead(f"b{n}", list_id=B) for n in range(6)))
    house.add(lead("c0", list_id=ListId("c")))
    house.start()
    first_eight = one_by_one(house, 7)
    assert sorted(one[0] for one in first_eight) == ["a"] * 6 + ["b"] * 2
    assert [one[0] for one in one_by_one(house, 4)[8:]] == ["b"] * 4
    assert "c0" not in house.dialled()  # a list that is not named


def test_a_list_that_had_nobody_does_not_make_up_for_it() -> None:
    house = House(agentless(most_lines=1, lists=(ListShare(list_id=A), ListShare(list_id=B))))
    house.add(*(lead(f"a{n}", list_id=A) for n in range(20)))
    house.start()
    one_by_one(house, 9)
    house.add(*(lead(f"b{n}", list_id=B) for n in range(20)))
    assert sorted(one[0] for one in one_by_one(house, 8)[10:]) == ["a"] * 4 + ["b"] * 4


def test_greater_priority_goes_first_and_who_was_tried_goes_before_who_was_not() -> None:
    house = House(agentless(most_lines=1))
    house.add(lead("low", priority=10), lead("ann"), lead("bob"), lead("cleo"), lead("high", priority=90))
    house.start()
    assert one_by_one(house, 2) == ["high", "ann", "bob"]
    house.wait(seconds(301))
    assert one_by_one(house, 4)[3:] == ["high", "ann", "cleo", "low"]


def test_his_next_number_is_tried_at_once_and_the_first_again_when_all_were() -> None:
    house = House(
        agentless(retry={AttemptOutcome.NO_ANSWER: RetryRule(after=HOUR, next_number=True, most=2)})
    )
    house.add(lead("ann", "+331", "+332", "+333"))
    house.start()
    for _ in range(3):
        house.fails("ann", AttemptOutcome.NO_ANSWER)
    assert house.numbers() == ["+331", "+332", "+333"]
    assert house.lead("ann").next_at == after(house.at, HOUR)
    house.wait(HOUR)
    for _ in range(3):
        house.fails("ann", AttemptOutcome.NO_ANSWER)
    assert house.numbers()[3:] == ["+331", "+332", "+333"]
    assert house.lead("ann").because == WhyDone.OUT_OF_ATTEMPTS


def test_a_number_rings_within_its_own_hours_by_the_clock_on_his_wall() -> None:
    work = LeadNumber(number="+811", kind="work", since_minute=9 * 60, until_minute=18 * 60)
    home = LeadNumber(number="+812", kind="home", since_minute=19 * 60, until_minute=21 * 60)
    ann = lead("ann", zone="Asia/Tokyo", numbers=(work, home))  # noon in Greenwich is nine in the evening
    house = House(agentless())
    house.add(ann)
    house.start()
    assert house.dialled() == []
    assert house.stands("ann") is LeadState.RESTING
    house.wait(Span(12 * HOUR - 1))
    assert house.dialled() == []
    house.wait(Span(1))
    assert house.numbers() == ["+811"]


def test_a_number_the_gate_holds_back_lets_another_one_ring() -> None:
    house = House(agentless())
    house.add(lead("ann", "+331", "+332"))
    house.start()
    until = after(house.at, HOUR)
    house.says(LineRefused(attempt_id=house.line("ann"), why="too_soon", never=False, until=until))
    assert house.numbers() == ["+331", "+332"]
    house.says(LineRefused(attempt_id=house.line("ann"), why="listed", never=True))
    assert house.lead("ann").next_at == until
    assert house.lead("ann").attempts == 0
    house.wait(HOUR)
    assert house.numbers() == ["+331", "+332", "+331"]


def test_a_number_of_two_people_rings_for_one_of_them_at_a_time() -> None:
    other = CampaignId("d")
    house = House(agentless(), agentless(other))
    house.add(lead("ann", "+331"))
    house.add(lead("ann2", "+331"), campaign_id=other)
    house.start()
    house.start(other)
    assert house.dialled() == ["ann"]
    house.fails("ann", AttemptOutcome.NO_ANSWER)
    house.wait(seconds(60))
    assert house.dialled() == ["ann", "ann2"]


def test_who_is_listed_while_his_telephone_rings_is_given_up_and_never_dialled_again() -> None:
    house = House(agentless())
    house.add(lead("ann", "+331"), lead("bob", "+332", "+333"))
    house.start()
    for number in ("+331", "+332"):
        told = house.says(NumberListed(number=number))
        assert [type(one) for one in told if isinstance(one, DropLine)] == [DropLine]
    house.hangs_up("ann")
    house.hangs_up("bob")
    house.wait(HOUR)
    assert (house.stands("ann"), house.lead("ann").because) == (LeadState.DONE, WhyDone.OPTED_OUT)
    assert house.numbers() == ["+331", "+332", "+333"]


def test_who_calls_in_leaves_every_campaign_at_once() -> None:
    other = CampaignId("d")
    house = House(agentless(), agentless(other))
    house.add(lead("ann", "+331", "+332"))
    house.add(lead("ann2", "+332"), campaign_id=other)
    house.start()
    told = house.says(PartyResponded(party=Party(caller="+332"), how="called_in"))
    assert [type(one) for one in told if isinstance(one, DropLine)] == [DropLine]
    assert house.lead("ann").because == house.lead("ann2", other).because == WhyDone.RESPONDED
    house.hangs_up("ann")
    assert house.stands("ann") is LeadState.DONE


def test_who_is_taken_off_is_done_and_what_rings_is_given_up() -> None:
    house = House(agentless())
    house.add(lead("ann"))
    assert "no lead" in house.refusal(RemoveLead(campaign_id=C, lead_id=LeadId("bob"), because="x"))
    house.start()
    house.says(RemoveLead(campaign_id=C, lead_id=LeadId("ann"), because="asked"))
    assert house.lead("ann").because == WhyDone.REMOVED


def test_who_was_done_with_for_want_of_a_number_is_tried_when_his_list_has_one() -> None:
    house = House(agentless())
    house.add(lead("ann", "+331"), lead("bob"))
    house.start()
    house.fails("ann", AttemptOutcome.INVALID)
    assert house.lead("ann").because == WhyDone.NO_NUMBER_LEFT
    house.add(lead("ann", "+334", "+331"))
    house.wait(seconds(1))
    assert house.numbers()[-1] == "+334"
    assert house.lead("ann").tried == (1, 1)
    assert house.lead("ann").barred == (1,)


def test_where_it_is_night_nobody_is_asked_about_until_it_opens() -> None:
    house = House(agentless(most_lines=2))
    tokyo = [lead(f"t{n}", zone="Asia/Tokyo", priority=90) for n in range(10)]
    house.add(*tokyo, lead("paris", zone="Europe/Paris"), lead("nowhere"))
    house.start()
    opens = after(house.at, Span(11 * HOUR))
    for name in ("t0", "t1"):
        house.says(
            LineRefused(attempt_id=house.line(name), why="night", never=False, until=opens, zone_opens=opens)
        )
    assert house.dialled() == ["t0", "t1", "paris", "nowhere"]
    assert house.stands("t5") is LeadState.NEW
    house.fails("paris", AttemptOutcome.INVALID)
    house.fails("nowhere", AttemptOutcome.INVALID)
    assert house.dialled() == ["t0", "t1", "paris", "nowhere"]
    house.wait(Span(11 * HOUR))
    assert house.dialled()[4:] == ["t0", "t1"]


def test_another_profile_may_have_other_hours_and_is_asked_at_once() -> None:
    house = House(agentless(most_lines=1, profile="uk"))
    house.add(lead("t0", zone="Asia/Tokyo"), lead("t1", zone="Asia/Tokyo"))
    house.start()
    opens = after(house.at, Span(11 * HOUR))
    night = LineRefused(attempt_id=house.line("t0"), why="night", never=False, until=opens, zone_opens=opens)
    assert house.dialled(house.says(night)) == []
    told = house.dialer.adopt(agentless(most_lines=1, profile="us"), 2, house.at, house.floor)
    assert house.dialled(told) == ["t1"]


def test_when_enough_of_a_list_were_won_the_others_are_left_alone() -> None:
    lists = (ListShare(list_id=A, quota=1), ListShare(list_id=B))
    house = House(agentless(most_lines=1, lists=lists))
    house.add(*(lead(f"a{n}", list_id=A) for n in range(3)), lead("b0", list_id=B))
    house.start()
    house.answers("a0")
    house.witnesses(
        CallEnded(
            call_id=CallId(house.line("a0")),
            queue_id=None,
            agent_id=None,
            outcome=Outcome.SERVED_IN_IVR,
            talked=None,
        )
    )
    assert house.campaign().penetration.by_list[A] == Penetration(leads=3, tried=1, done=1, won=1)
    house.fails("b0", AttemptOutcome.INVALID)
    assert house.dialled() == ["a0", "b0"]
    assert [house.lead(name).because for name in ("a1", "a2")] == [WhyDone.QUOTA] * 2
    assert house.state() is CampaignState.FINISHED


def test_who_moves_to_another_list_is_counted_there_also_when_no_number_of_his_is_left() -> None:
    house = House(agentless())
    house.add(lead("ann", list_id=A, not_after=after(house.at, HOUR)))
    house.start()
    house.fails("ann", AttemptOutcome.NO_ANSWER)
    assert house.lead("ann").because == WhyDone.EXPIRED
    once = {AttemptOutcome.NO_ANSWER: RetryRule(after=HOUR, most=1)}
    house.dialer.adopt(agentless(retry=once), 2, house.at, house.floor)
    house.add(lead("ann", list_id=B))
    assert house.stands("ann") is LeadState.DONE
    assert house.campaign().penetration.by_list[A].leads == 0
    assert house.campaign().penetration.by_list[B] == Penetration(leads=1, tried=1, done=1)


def test_a_number_that_leaves_his_list_and_comes_again_while_it_is_asked_about_was_never_tried() -> None:
    house = House(agentless())
    house.add(lead("ann", "+331", "+332"))
    house.start()
    attempt_id = house.line("ann")
    house.add(lead("ann", "+332"))
    house.add(lead("ann", "+331", "+332"))
    house.says(LineRefused(attempt_id=attempt_id, why="listed", never=True))
    assert (house.lead("ann").tried, house.lead("ann").attempts) == ((0, 1), 1)
    assert house.numbers() == ["+331", "+332"]
