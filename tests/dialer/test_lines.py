"""The life of a line: every attempt ends in exactly one outcome, and nobody is left in the air."""

import pytest

from acd.agent_events import WrapUpEnded
from acd.call import Outcome
from acd.call_events import CallConnected, CallEnded, CallStarted
from acd.exits import QueueExit
from acd.ids import AgentId, CallId
from acd.instant import Span, after, seconds
from acd.queue_events import CallLeftQueue, CallQueued
from dialer import pace
from dialer.attempt import AttemptOutcome, AttemptState, Party
from dialer.campaign import MachineRules, MachineThen
from dialer.commands import RemoveLead
from dialer.events import AttemptConnected, AttemptEnded, AttemptRefused, LinesDecided, LiveAnswerCounted
from dialer.ids import CampaignId, LeadId
from dialer.lead import LeadState
from dialer.orders import DropLine, LocateLine, PlaceLine
from dialer.signals import (
    LineGone,
    LineJudged,
    LineLocated,
    LineMessageLeft,
    LineOrderFailed,
    LineRefused,
    LineUnconfirmed,
)
from tests.dialer.house import NOON, SALES, C, House, agentless, lead, progressive

ZOE = AgentId("zoe")
AMD = MachineRules()


def house_of_ann(**more: object) -> House:
    """Zoe is free, and Ann's telephone is about to ring."""
    house = House(progressive(**more))
    house.add(lead("ann"))
    house.idle("zoe")
    house.start()
    assert house.dialled() == ["ann"]
    house.idle()
    house.witnesses()
    return house


def ends(house: House) -> list[AttemptEnded]:
    return [one for one in house.told if isinstance(one, AttemptEnded)]


def outcome(house: House) -> AttemptOutcome:
    """Of the only attempt, which is over."""
    (ended,) = ends(house)
    assert not house.dialer.tables.lines
    assert house.stands("ann") is not LeadState.IN_PROGRESS
    return ended.outcome


def counted(house: House) -> list[bool]:
    """Live answers in the ledger: whether each was abandoned."""
    return [one.abandoned for one in house.told if isinstance(one, LiveAnswerCounted)]


def queues(house: House, call_id: CallId) -> None:
    house.witnesses(
        CallStarted(call_id=call_id, caller="+331ann", dialled="c"),
        CallQueued(
            call_id=call_id,
            queue_id=SALES,
            call_class=progressive().call_class,
            queued_at=house.at,
            position=1,
        ),
    )


def connects(house: House, call_id: CallId) -> None:
    house.witnesses(
        CallLeftQueue(call_id=call_id, queue_id=SALES, exit=QueueExit.ANSWERED, waited=Span(0)),
        CallConnected(call_id=call_id, agent_id=ZOE, queue_id=SALES, waited=Span(0)),
    )


def is_over(house: House, call_id: CallId, how: Outcome, talked: Span | None = None) -> None:
    house.witnesses(CallEnded(call_id=call_id, queue_id=SALES, agent_id=None, outcome=how, talked=talked))


def test_an_agent_talks_with_who_answered_in_time() -> None:
    house = house_of_ann()
    call = CallId(house.line("ann"))
    house.wait(seconds(8))
    house.answers("ann")
    queues(house, call)
    house.wait(seconds(1))
    connects(house, call)
    assert [one.after for one in house.told if isinstance(one, AttemptConnected)] == [seconds(1)]
    assert counted(house) == [False]
    house.wait(seconds(60))
    is_over(house, call, Outcome.ANSWERED, seconds(60))
    assert outcome(house) is AttemptOutcome.CONNECTED
    (ended,) = ends(house)
    assert (ended.rang, ended.talked, ended.agent_id, ended.live) == (seconds(8), seconds(60), ZOE, True)
    assert house.says(LineGone(attempt_id=ended.attempt_id)) == ()


def test_who_waits_for_longer_than_two_seconds_is_abandoned_at_that_very_moment() -> None:
    house = house_of_ann()
    call = CallId(house.line("ann"))
    house.answers("ann")
    queues(house, call)
    house.wait(seconds(1.999_999))
    assert counted(house) == []
    house.wait(Span(1))
    assert counted(house) == [True]
    house.wait(seconds(9))  # he listens to who called
    is_over(house, call, Outcome.SERVED_IN_IVR)
    assert outcome(house) is AttemptOutcome.ABANDONED
    assert counted(house) == [True]


def test_who_is_connected_too_late_counts_as_abandoned_and_was_talked_with() -> None:
    house = house_of_ann()
    call = CallId(house.line("ann"))
    house.answers("ann")
    queues(house, call)
    house.wait(seconds(3))
    connects(house, call)
    is_over(house, call, Outcome.ANSWERED, seconds(30))
    assert outcome(house) is AttemptOutcome.CONNECTED
    assert counted(house) == [True]


def test_who_is_let_go_before_the_clock_is_over_is_abandoned_at_once() -> None:
    house = house_of_ann()
    call = CallId(house.line("ann"))
    house.answers("ann")
    queues(house, call)
    house.witnesses(CallLeftQueue(call_id=call, queue_id=SALES, exit=QueueExit.FULL))
    assert counted(house) == [True]
    is_over(house, call, Outcome.TURNED_AWAY)
    assert outcome(house) is AttemptOutcome.ABANDONED


def test_who_answers_and_hangs_up_by_himself_is_not_abandoned() -> None:
    house = house_of_ann()
    call = CallId(house.line("ann"))
    house.answers("ann")
    queues(house, call)
    house.wait(seconds(1))
    house.witnesses(CallLeftQueue(call_id=call, queue_id=SALES, exit=QueueExit.ABANDONED, waited=Span(0)))
    is_over(house, call, Outcome.ABANDONED)
    assert outcome(house) is AttemptOutcome.HUNG_UP
    assert counted(house) == [False]


def test_what_the_acd_has_seen_decides_also_when_the_line_is_gone_first() -> None:
    house = House(agentless())
    house.add(lead("ann"))
    house.start()
    call = CallId(house.line("ann"))
    house.answers("ann")
    house.witnesses(CallStarted(call_id=call, caller="+331ann", dialled="c"))
    house.hangs_up("ann")
    assert ends(house) == []
    is_over(house, call, Outcome.SERVED_IN_IVR)
    assert outcome(house) is AttemptOutcome.SERVED
    assert house.stands("ann") is LeadState.DONE


def test_a_line_that_is_gone_ends_even_if_the_acd_never_says_how() -> None:
    house = house_of_ann()
    call = CallId(house.line("ann"))
    house.answers("ann")
    queues(house, call)
    house.wait(seconds(1))
    house.hangs_up("ann")
    house.wait(seconds(10))
    assert outcome(house) is AttemptOutcome.HUNG_UP  # the clock was not over when he went
    assert counted(house) == [False]


def test_the_clock_runs_from_the_end_of_the_greeting() -> None:
    house = house_of_ann(machine=AMD)
    house.answers("ann")
    house.wait(seconds(3))  # somebody listens for a machine
    house.says(LineJudged(attempt_id=house.line("ann"), party=Party.PERSON))
    house.wait(seconds(1.199_999))  # of the two seconds .8 were over when it said so
    assert counted(house) == []
    house.wait(Span(1))
    assert counted(house) == [True]


def test_a_machine_is_hung_up_on_or_left_a_message() -> None:
    for message, expected in ((False, AttemptOutcome.MACHINE), (True, AttemptOutcome.MESSAGE_LEFT)):
        house = house_of_ann(machine=AMD)
        house.answers("ann", Party.MACHINE)
        if message:
            house.says(LineMessageLeft(attempt_id=house.line("ann")))
        house.hangs_up("ann")
        assert outcome(house) is expected
        assert counted(house) == []
        assert not ends(house)[0].live


def test_a_machine_that_is_passed_on_counts_only_when_nobody_is_there_for_it() -> None:
    rules = MachineRules(then=MachineThen.PASS_ON)
    reached = house_of_ann(machine=rules)
    call = CallId(reached.line("ann"))
    reached.answers("ann", Party.MACHINE)
    connects(reached, call)
    is_over(reached, call, Outcome.ANSWERED, seconds(5))
    assert counted(reached) == []
    dropped = house_of_ann(machine=rules)
    dropped.answers("ann", Party.MACHINE)
    dropped.wait(seconds(2))
    assert counted(dropped) == [True]


def test_who_hangs_up_before_it_is_known_who_he_was_was_no_live_answer() -> None:
    house = house_of_ann(machine=AMD)
    house.answers("ann")
    house.hangs_up("ann")
    assert outcome(house) is AttemptOutcome.HUNG_UP
    assert counted(house) == []


def test_whom_the_gate_does_not_let_out_was_not_dialled() -> None:
    house = house_of_ann()
    line = house.line("ann")
    told = house.says(LineRefused(attempt_id=line, why="outside_hours", never=False, until=house.at))
    assert any(isinstance(one, AttemptRefused) for one in told)
    assert ends(house) == []
    assert house.lead("ann").attempts == 0
    assert house.says(LineRefused(attempt_id=line, why="outside_hours", never=False)) == ()


def test_a_house_without_lines_is_asked_again_when_it_may_have_some() -> None:
    house = House(agentless())
    house.add(lead("ann"), lead("bob"))
    house.start()
    for name in ("ann", "bob"):
        attempt = house.line(name)
        house.says(
            LineRefused(
                attempt_id=attempt,
                why="too_fast",
                never=False,
                until=after(NOON, seconds(1)),
                of_house=True,
            )
        )
    assert house.dialled() == ["ann", "bob"]
    assert house.dialled(house.wait(seconds(1))) == ["ann", "bob"]


@pytest.mark.parametrize(("said", "asked", "given"), [(15, 15, 20), (18, 15, 20), (25, 15, 25), (5, 0, 5)])
def test_a_telephone_rings_as_long_as_the_law_asks_though_the_network_takes_a_while(
    said: int, asked: int, given: int
) -> None:
    house = House(agentless(ring_for=seconds(said), ring_at_least=seconds(asked)))
    house.add(lead("ann"))
    house.start()
    assert [one.ring_for for one in house.told if isinstance(one, PlaceLine)] == [seconds(given)]


def test_a_campaign_whose_profile_is_missing_waits_and_the_others_do_not() -> None:
    other = CampaignId("other")
    house = House(agentless(most_lines=2), agentless(other, most_lines=2))
    house.add(lead("ann"), lead("bob"), lead("cleo"))
    house.add(lead("dan"), campaign_id=other)
    house.start()
    for name in ("ann", "bob"):
        attempt = house.line(name)
        until = after(NOON, seconds(60))
        house.says(
            LineRefused(attempt_id=attempt, why="no profile", never=False, until=until, of_campaign=True)
        )
    assert [one.because for one in house.told if isinstance(one, LinesDecided)][-1] == pace.GATE_CLOSED
    assert house.dialled(house.start(other)) == ["dan"]
    assert house.dialled() == ["ann", "bob", "dan"]
    assert [house.lead(name).barred for name in ("ann", "bob")] == [(), ()]
    assert house.dialled(house.wait(seconds(60))) == ["ann", "bob"]


def test_a_campaign_that_is_given_another_profile_need_not_wait() -> None:
    house = House(agentless())
    house.add(lead("ann"))
    house.start()
    house.says(LineRefused(attempt_id=house.line("ann"), why="no profile", never=False, of_campaign=True))
    assert house.dialled() == ["ann"]
    other = agentless(profile="plain")
    assert house.dialled(house.dialer.adopt(other, 2, house.at, house.floor)) == ["ann"]


def test_a_pbx_that_takes_no_order_is_left_in_peace_for_a_while() -> None:
    house = house_of_ann()
    house.idle("zoe")
    told = house.says(LineOrderFailed(attempt_id=house.line("ann"), detail="no such context"))
    assert house.dialled(told) == []
    assert house.dialled(house.wait(seconds(5))) == ["ann"]


def test_who_is_given_up_before_he_is_dialled_keeps_nobody_else_from_being_dialled() -> None:
    house = house_of_ann()
    line = house.line("ann")
    house.idle()
    house.add(lead("bob"))
    house.says(RemoveLead(campaign_id=C, lead_id=LeadId("ann"), because="moved"))
    house.says(LineOrderFailed(attempt_id=line, detail="given up before it was dialled"))
    house.idle("zoe")
    assert house.dialled(house.witnesses()) == ["bob"]


def test_an_order_that_perhaps_never_arrived_is_asked_about_and_never_repeated() -> None:
    house = house_of_ann()
    line = house.line("ann")
    told = house.says(LineUnconfirmed(attempt_id=line, detail="no answer within 5 s"))
    assert told == (LocateLine(attempt_id=line),)
    house.idle("zoe")
    assert house.wait(seconds(10)) == (LocateLine(attempt_id=line),)  # nobody has answered
    house.says(LineLocated(attempt_id=line, as_of=house.at, found=None))
    assert outcome(house) is AttemptOutcome.LOST
    assert house.dialled() == ["ann"]
    assert house.lead("ann").attempts == 1


def test_a_line_that_nobody_hears_of_is_asked_about() -> None:
    house = house_of_ann()
    line = house.line("ann")
    house.rings("ann")
    assert house.wait(seconds(34.9)) == ()
    assert LocateLine(attempt_id=line) in house.wait(seconds(0.1))


def test_what_rings_on_and_on_is_given_up() -> None:
    house = house_of_ann()
    line = house.line("ann")
    house.rings("ann")
    house.wait(seconds(36))
    found = house.live("ann", AttemptState.RINGING)
    told = house.says(LineLocated(attempt_id=line, as_of=house.at, found=found))
    assert told == (DropLine(attempt_id=line),)
    house.hangs_up("ann")
    assert outcome(house) is AttemptOutcome.NO_ANSWER


def test_late_and_double_news_change_nothing() -> None:
    house = house_of_ann()
    line = house.line("ann")
    house.fails("ann", AttemptOutcome.BUSY)
    was = len(house.told)
    house.says(LineJudged(attempt_id=line, party=Party.PERSON))
    house.says(LineGone(attempt_id=line))
    is_over(house, CallId(line), Outcome.ABANDONED)
    assert len(house.told) == was
    assert outcome(house) is AttemptOutcome.BUSY


def test_pacing_learns_from_every_line_once_and_from_agents() -> None:
    house = house_of_ann()
    before = house.campaign().estimates.answer_rate("l", 12)
    house.fails("ann", AttemptOutcome.NO_ANSWER)
    after = house.campaign().estimates.answer_rate("l", 12)
    assert after < before
    assert house.campaign().learnt == 1
    talks, wraps = house.campaign().estimates.talks, house.campaign().estimates.wraps
    was = talks.version, wraps.version
    for _ in range(10):
        is_over(house, CallId("somebody who called in"), Outcome.ANSWERED, seconds(40))
        house.witnesses(WrapUpEnded(call_id=CallId("x"), agent_id=ZOE, queue_id=SALES, wrapped=seconds(5)))
    assert (talks.version, wraps.version) == (was[0] + 1, was[1] + 1)


def test_who_names_no_language_is_spoken_to_in_the_campaigns() -> None:
    house = House(agentless(language="fr"))
    house.add(lead("ann"), lead("bob", language="zh"))
    house.start()
    placed = [one for one in house.told if isinstance(one, PlaceLine)]
    assert {one.lead_id: one.language for one in placed} == {"ann": "fr", "bob": "zh"}
