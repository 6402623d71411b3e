"""What callers leave, as the floor lives it: what a call was for, whom we owe an answer, and until when."""

import pytest

from acd.call import Outcome
from acd.call_events import CallEnded, UnansweredClosed, UnansweredOpened
from acd.call_signals import CallerHungUp
from acd.commands import EnterIvr
from acd.engine import Acd
from acd.ids import CallId
from acd.instant import Instant, seconds
from acd.invariants import violations
from acd.ivr_signals import FlowFinished
from acd.ledger import WhyOwed
from acd.link_signals import LinkLost, LinkRestored
from acd.message import Mailbox, MessageId, MessageKind, MessageState
from acd.message_events import MessageChanged, MessageLeft
from acd.message_signals import MessageAsked, MessageHandled, MessageTakenIn
from acd.messages import CoreInput, Output
from acd.observation import Observation
from tests.sim_floor import OneCaller, SimFloor, rules_of

NAME, CALLER = CallId("c1"), "+33123"


class Floor:
    """A floor and its outputs."""

    def __init__(self) -> None:
        self.acd = Acd(rules_of({"ana": {"sales": 8}}, {"sales": {"sales": 5}}))
        self.now = Instant(seconds(1_000))
        self.told: list[Output] = []

    def hears(self, *messages: CoreInput) -> None:
        for message in messages:
            self.now = Instant(self.now + seconds(1))
            self.told += self.acd.handle(message, self.now)
            assert violations(self.acd.tables) == []

    def calls(self, call_id: CallId = NAME) -> None:
        self.hears(EnterIvr(call_id=call_id, caller=CALLER, dialled="8000", flow="main"))

    def of(self, kind: type) -> list[Output]:
        return [output for output in self.told if isinstance(output, kind)]

    def outcome(self) -> Outcome:
        (ended,) = self.of(CallEnded)
        assert isinstance(ended, CallEnded)
        return ended.outcome


@pytest.fixture
def floor() -> Floor:
    made = Floor()
    made.calls()
    return made


def taken_in(kind: MessageKind = MessageKind.VOICEMAIL) -> MessageTakenIn:
    return MessageTakenIn(
        call_id=NAME,
        message_id=MessageId("m1"),
        kind=kind,
        mailbox=Mailbox("claims"),
        caller=CALLER,
        customer_id=None,
        left_at=Instant(seconds(1_003)),
        length=seconds(4),
        pages=None,
        size=64_044,
    )


def handled(state: MessageState, call_id: CallId = NAME) -> MessageHandled:
    return MessageHandled(
        call_id=call_id,
        message_id=MessageId("m1"),
        kind=MessageKind.VOICEMAIL,
        mailbox=Mailbox("claims"),
        caller=CALLER,
        customer_id=None,
        state=state,
        by="ana",
    )


ASKED = MessageAsked(call_id=NAME, kind=MessageKind.VOICEMAIL)
GONE = CallerHungUp(call_id=NAME)


@pytest.mark.parametrize("flow_ends", [True, False])
def test_who_was_asked_for_a_message_is_owed_an_answer(floor: Floor, flow_ends: bool) -> None:
    floor.hears(ASKED, taken_in(), *([FlowFinished(call_id=NAME)] if flow_ends else []), GONE)
    assert floor.outcome() is Outcome.VOICEMAIL
    (owed,) = floor.of(UnansweredOpened)
    assert isinstance(owed, UnansweredOpened)
    assert owed.why is WhyOwed.VOICEMAIL


def asked_first() -> tuple[SimFloor, OneCaller]:
    """A caller whose flow asked him for a message before it did something else with him."""
    floor = SimFloor(rules_of({"ana": {"sales": 8}}, {"sales": {"sales": 5}}, extensions=("501",)))
    floor.agents("ana").ready()
    floor.agent("ana").talks_for(30)
    caller = floor.caller(CALLER)
    floor.asks(EnterIvr(call_id=caller.id, caller=CALLER, dialled="8000", flow="main"))
    floor.world.tell(MessageAsked(call_id=caller.id, kind=MessageKind.VOICEMAIL))
    return floor, caller


def test_who_was_asked_for_a_message_and_then_talked_with_an_agent_was_answered() -> None:
    floor, caller = asked_first()
    caller.enters("sales", returns=True)
    floor.runs_dry()
    assert caller.outcome is Outcome.ANSWERED
    assert floor.events(UnansweredOpened) == []
    assert floor.everyone_ended_somewhere()


def test_who_was_asked_for_a_message_and_then_put_through_was_transferred() -> None:
    floor, caller = asked_first()
    assert caller.is_put_through("501") is None
    floor.runs_dry()
    assert caller.outcome is Outcome.TRANSFERRED
    assert floor.events(UnansweredOpened) == []


def test_who_was_asked_for_a_message_and_then_put_through_in_vain_is_owed_an_answer() -> None:
    floor, caller = asked_first()
    caller.is_put_through("501", answers=None)
    floor.runs_dry()
    assert caller.outcome is Outcome.VOICEMAIL


def test_a_message_taken_in_after_its_call_is_told_all_the_same(floor: Floor) -> None:
    floor.hears(ASKED, GONE, taken_in())
    (left,) = floor.of(MessageLeft)
    assert isinstance(left, MessageLeft)
    assert (left.message_id, left.mailbox, left.caller, left.length) == ("m1", "claims", CALLER, seconds(4))


def test_a_fax_is_neither_served_nor_owed(floor: Floor) -> None:
    floor.hears(MessageAsked(call_id=NAME, kind=MessageKind.FAX), GONE)
    assert floor.outcome() is Outcome.FAX
    assert floor.of(UnansweredOpened) == []


def test_a_recording_of_the_flows_changes_nothing(floor: Floor) -> None:
    floor.hears(
        MessageAsked(call_id=NAME, kind=MessageKind.RECORDING),
        taken_in(MessageKind.RECORDING),
        FlowFinished(call_id=NAME),
        GONE,
    )
    assert floor.outcome() is Outcome.SERVED_IN_IVR


def test_dealing_with_the_message_settles_what_was_owed_for_it(floor: Floor) -> None:
    floor.hears(ASKED, taken_in(), GONE, handled(MessageState.HEARD))
    assert floor.of(UnansweredClosed) == []
    floor.hears(handled(MessageState.DONE))
    assert len(floor.of(UnansweredClosed)) == 1
    assert [c.state for c in floor.of(MessageChanged) if isinstance(c, MessageChanged)] == ["heard", "done"]
    floor.hears(handled(MessageState.DONE))
    assert len(floor.of(UnansweredClosed)) == 1


def test_it_settles_too_what_was_owed_because_nobody_saw_the_call_end(floor: Floor) -> None:
    nobody = Observation(as_of=Instant(floor.now + seconds(2)), calls=(), reachable=frozenset())
    floor.hears(LinkLost(reason="cut"), LinkRestored(seen=nobody))
    assert floor.outcome() is Outcome.LOST
    floor.hears(taken_in(), handled(MessageState.DONE))
    assert len(floor.of(UnansweredClosed)) == 1


def test_dealing_with_an_old_message_settles_nothing_that_came_later(floor: Floor) -> None:
    floor.hears(ASKED, taken_in(), GONE)
    later = CallId("c2")
    floor.calls(later)
    floor.hears(CallerHungUp(call_id=later), handled(MessageState.DONE))
    assert floor.of(UnansweredClosed) == []


def test_a_message_asked_of_somebody_who_is_gone_is_old_news(floor: Floor) -> None:
    floor.hears(GONE, ASKED)
    assert floor.outcome() is Outcome.LEFT_IVR
