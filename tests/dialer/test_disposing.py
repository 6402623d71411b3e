"""What an agent, or a flow, says came of it, and what follows."""

from acd.call import Outcome
from acd.call_events import CallConnected, CallEnded
from acd.ids import AgentId, CallId
from acd.instant import Instant, Span, after, seconds
from dialer.attempt import AttemptOutcome, Party
from dialer.campaign import Disposition
from dialer.commands import DisposeLead
from dialer.events import (
    AttemptEnded,
    CallPromised,
    LeadDisposed,
    LiveAnswerCounted,
    LiveAnswerTakenBack,
)
from dialer.ids import AttemptId
from dialer.invariants import broken
from dialer.lead import LeadState, WhyDone
from dialer.orders import DropLine, ListNumber, PlaceLine
from dialer.signals import NumberListed
from tests.dialer.house import HOUR, SALES, C, House, agentless, lead, progressive

SAID = (
    Disposition(name="sold", success=True),
    Disposition(name="later", retry_after=HOUR),
    Disposition(name="never", do_not_call=True),
    Disposition(name="promised", calls_back=True),
    Disposition(name="machine", machine=True),
)


def talking() -> tuple[House, AttemptId]:
    """Zoe talks with Ann."""
    house = House(progressive(dispositions=SAID))
    house.add(lead("ann", "+331", "+332"))
    house.idle("zoe")
    house.start()
    attempt_id = house.line("ann")
    house.answers("ann")
    house.idle()
    house.witnesses(
        CallConnected(call_id=CallId(attempt_id), agent_id=AgentId("zoe"), queue_id=SALES, waited=seconds(0))
    )
    return house, attempt_id


def goodbye(house: House, attempt_id: AttemptId) -> None:
    """The conversation is over."""
    house.witnesses(
        CallEnded(
            call_id=CallId(attempt_id),
            queue_id=SALES,
            agent_id=AgentId("zoe"),
            outcome=Outcome.ANSWERED,
            talked=seconds(60),
        )
    )


def said(
    attempt_id: AttemptId, what: str, at: Instant | None = None, number: str | None = None
) -> DisposeLead:
    """Zoe's word."""
    return DisposeLead(
        attempt_id=attempt_id, disposition=what, by="zoe", call_back_at=at, call_back_number=number
    )


def test_what_is_said_after_the_conversation_decides_what_becomes_of_him() -> None:
    house, attempt = talking()
    goodbye(house, attempt)
    assert house.stands("ann") is LeadState.TO_DISPOSE
    told = house.says(said(attempt, "sold"))
    assert [one.success for one in told if isinstance(one, LeadDisposed)] == [True]
    assert house.lead("ann").because == WhyDone.REACHED


def test_what_is_said_while_they_talk_follows_when_they_have_said_goodbye() -> None:
    house, attempt = talking()
    house.says(said(attempt, "later"))
    assert house.stands("ann") is LeadState.IN_PROGRESS
    goodbye(house, attempt)
    assert house.stands("ann") is LeadState.RESTING
    assert house.lead("ann").next_at == after(house.at, HOUR)


def test_who_never_wants_to_be_called_again_is_on_the_list_before_the_call_is_over() -> None:
    house, attempt = talking()
    told = house.says(said(attempt, "never"))
    assert [one.number for one in told if isinstance(one, ListNumber)] == ["+331", "+332"]
    goodbye(house, attempt)
    assert house.lead("ann").because == WhyDone.OPTED_OUT


def test_who_was_promised_a_call_is_called_then_where_he_wants_it_before_all_others() -> None:
    house, attempt = talking()
    then = after(house.at, Span(2 * HOUR))
    told = house.says(said(attempt, "promised", then, "+339"))
    goodbye(house, attempt)
    assert [one.when for one in house.told if isinstance(one, CallPromised)] == [then]
    assert not [one for one in told if isinstance(one, CallPromised)]
    house.add(lead("bob", priority=100))
    house.wait(Span(2 * HOUR))
    house.idle("zoe")
    house.wait(seconds(1))
    house.witnesses()
    assert house.numbers()[-1] == "+339"
    assert [one.elsewhere for one in house.told if isinstance(one, PlaceLine)] == [False, True]
    house.fails("ann", AttemptOutcome.BUSY)
    assert house.lead("ann").place == 0
    assert house.lead("ann").promised is False


def test_nothing_came_of_an_attempt_that_nobody_has_answered_yet() -> None:
    house = House(agentless(dispositions=SAID))
    house.add(lead("ann"))
    house.start()
    attempt = house.line("ann")
    assert house.refusal(said(attempt, "sold")) == f"{attempt}: nobody has answered yet"
    house.rings("ann")
    assert house.refusal(said(attempt, "sold")) == f"{attempt}: nobody has answered yet"
    house.fails("ann", AttemptOutcome.NO_ANSWER)
    assert house.stands("ann") is LeadState.RESTING  # and not sold to


def test_nobody_said_anything_in_time() -> None:
    house, attempt = talking()
    goodbye(house, attempt)
    house.wait(seconds(300))
    assert (house.lead("ann").disposition, house.stands("ann")) == ("unknown", LeadState.DONE)
    house.says(said(attempt, "later"))  # somebody has thought better of it
    assert house.stands("ann") is LeadState.RESTING
    assert house.lead("ann").because == ""


def test_what_cannot_be_said_is_refused_with_its_reason() -> None:
    house, attempt = talking()
    assert "knows no 'solid'" in house.refusal(said(attempt, "solid"))
    assert "at which moment" in house.refusal(said(attempt, "promised"))
    assert "more than a year" in house.refusal(
        said(attempt, "promised", after(house.at, Span(10_000 * HOUR)))
    )
    assert "is no number" in house.refusal(said(attempt, "promised", after(house.at, HOUR), "sip:x\r\n"))
    assert "no such attempt" in house.refusal(said(AttemptId("r0-a1"), "sold"))


def test_of_who_was_not_reached_nobody_can_say_what_came_of_it() -> None:
    house = House(progressive(dispositions=SAID))
    house.add(lead("ann"))
    house.idle("zoe")
    house.start()
    attempt = house.line("ann")
    house.fails("ann", AttemptOutcome.BUSY)
    assert "nobody talked with him (busy)" in house.refusal(said(attempt, "sold"))
    house.wait(HOUR)
    assert "dialled again since" in house.refusal(said(attempt, "sold"))


def test_what_came_of_an_earlier_attempt_does_not_keep_the_next_one_from_being_said() -> None:
    rules = agentless(
        dispositions=(Disposition(name="away", retry_after=HOUR), Disposition(name="confirmed", success=True))
    )
    house = House(rules)
    house.add(lead("ann"))
    house.start()
    house.answers("ann", Party.PERSON)
    first = said(house.line("ann"), "away")
    house.says(first)
    house.hangs_up("ann")
    assert house.stands("ann") is LeadState.RESTING

    house.wait(Span(HOUR + seconds(1)))
    house.answers("ann", Party.PERSON)
    assert "dialled again since" in house.refusal(first)
    house.says(said(house.line("ann"), "away"))
    house.says(said(house.line("ann"), "confirmed"))  # he has pressed another key after all
    house.hangs_up("ann")
    assert house.stands("ann") is LeadState.DONE
    told = [one.disposition for one in house.told if isinstance(one, LeadDisposed)]
    assert told == ["away", "away", "confirmed"]


def test_who_never_wants_to_be_called_again_is_not_at_the_number_he_was_called_back_at_either() -> None:
    house, first = talking()
    house.says(said(first, "promised", after(house.at, HOUR), "+339"))
    goodbye(house, first)
    house.idle("zoe")
    house.wait(HOUR)
    again = house.line("ann")
    house.answers("ann")
    house.idle()
    house.witnesses(
        CallConnected(call_id=CallId(again), agent_id=AgentId("zoe"), queue_id=SALES, waited=seconds(0))
    )
    told = house.says(said(again, "never"))
    assert [one.number for one in told if isinstance(one, ListNumber)] == ["+331", "+332", "+339"]


def test_what_rings_where_somebody_wanted_to_be_called_back_is_given_up_when_that_number_is_listed() -> None:
    house, first = talking()
    house.says(said(first, "promised", after(house.at, HOUR), "+339"))
    goodbye(house, first)
    house.idle("zoe")
    house.wait(HOUR)
    told = house.says(NumberListed(number="+339"))
    assert [one for one in told if isinstance(one, DropLine)] == [DropLine(attempt_id=house.line("ann"))]


def in_ledger(house: House) -> tuple[int, int]:
    """Live answers, and of these those abandoned."""
    budget = house.campaign().ledger.budget(C, house.at)
    return budget.live, budget.abandoned


def test_a_machine_after_all_is_no_live_answer_any_more() -> None:
    house, attempt_id = talking()
    assert in_ledger(house) == (1, 0)
    house.wait(HOUR)
    house.says(said(attempt_id, "machine"))
    assert in_ledger(house) == (0, 0)
    assert [(one.live, one.had_ended) for one in taken_back(house)] == [(0, False)]
    goodbye(house, attempt_id)
    (end,) = [one for one in house.told if isinstance(one, AttemptEnded)]
    assert not end.live
    house.says(said(attempt_id, "machine"))
    house.says(said(attempt_id, "sold"))
    assert in_ledger(house) == (0, 0), "taken back once, and never counted again"
    assert len(taken_back(house)) == 1
    assert broken(house.dialer.tables) == []


def taken_back(house: House) -> list[LiveAnswerTakenBack]:
    return [one for one in house.told if isinstance(one, LiveAnswerTakenBack)]


def test_it_is_taken_back_also_when_it_is_said_afterwards() -> None:
    house, attempt_id = talking()
    goodbye(house, attempt_id)
    house.says(said(attempt_id, "machine"))
    assert in_ledger(house) == (0, 0)
    assert [one.had_ended for one in taken_back(house)] == [True]
    assert all(not line.live for line in house.dialer.tables.ended.values())


def test_what_was_abandoned_stays_so_whatever_the_agent_who_came_too_late_says() -> None:
    house = House(progressive(dispositions=SAID))
    house.add(lead("ann"))
    house.idle("zoe")
    house.start()
    attempt_id = house.line("ann")
    house.answers("ann")
    house.idle()
    house.wait(seconds(3))  # two seconds are over
    house.witnesses(
        CallConnected(call_id=CallId(attempt_id), agent_id=AgentId("zoe"), queue_id=SALES, waited=seconds(3))
    )
    assert [one.abandoned for one in house.told if isinstance(one, LiveAnswerCounted)] == [True]
    house.says(said(attempt_id, "machine"))
    goodbye(house, attempt_id)
    assert in_ledger(house) == (1, 1)
    assert taken_back(house) == []
