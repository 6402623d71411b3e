"""Put through to somebody who is no agent: by permission only, and back when nobody answers."""

import pytest

from acd.call import CallState, Outcome
from acd.call_events import CallEnded, TransferAnswered, TransferBegun, TransferEnded
from acd.call_signals import TransferOver, TransferTaken
from acd.callback import DialFailure
from acd.instant import seconds
from acd.ivr_events import CallLeftIvr
from acd.ivr_exits import IvrExit
from acd.transfer import TransferWay
from tests.sim_floor import SimFloor, rules_of


@pytest.fixture
def floor() -> SimFloor:
    rules = rules_of({"ana": {"a": 5}}, {"sales": {"a": 1}}, outside=("+33",), extensions=("501",))
    return SimFloor(rules)


def test_somebody_outside_answers_and_the_call_is_transferred(floor: SimFloor) -> None:
    caller = floor.caller("+331")
    assert caller.is_put_through("+33612", talks=30) is None
    assert caller.now.state is CallState.TRANSFERRED
    floor.wait(seconds=3)
    assert caller.now.transfer is not None
    assert caller.now.transfer.answered_at is not None
    floor.runs_dry()
    assert [e.number for e in floor.events(TransferBegun)] == ["+33612"]
    assert len(floor.events(TransferAnswered)) == 1
    (over,) = floor.events(TransferEnded)
    assert (over.way, over.failure) == (TransferWay.OUTSIDE, None)
    assert abs(over.talked - seconds(30)) <= seconds(0.01)
    assert caller.outcome is Outcome.TRANSFERRED
    assert [e.exit for e in floor.events(CallLeftIvr)][:1] == [IvrExit.TRANSFERRED]
    assert floor.everyone_ended_somewhere()


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("+49301", "calls to +49301 are not allowed: numbers must begin with +33"),
        ("+33", "that is no number that could be called"),
        ("502", "'502' is no extension of the house"),
    ],
)
def test_the_gate_is_passed_here_too(floor: SimFloor, number: str, why: str) -> None:
    caller = floor.caller("+331")
    assert caller.is_put_through(number) == why
    assert caller.now.state is CallState.IN_IVR
    assert floor.events(TransferBegun) == []


def test_nobody_answers_and_he_is_back_in_his_flow(floor: SimFloor) -> None:
    caller = floor.caller("+331")
    caller.is_put_through("501", answers=None)
    floor.wait(seconds=21)
    assert caller.now.state is CallState.IN_IVR
    (over,) = floor.events(TransferEnded)
    assert (over.talked, over.failure) == (None, DialFailure.NO_ANSWER)
    floor.runs_dry()
    assert caller.outcome is Outcome.SERVED_IN_IVR


def test_afterwards_he_may_go_on_to_a_queue(floor: SimFloor) -> None:
    caller = floor.caller("+331")
    caller.is_put_through("501", talks=5, returns=True)
    floor.wait(seconds=8)
    assert caller.now.state is CallState.IN_IVR
    floor.agents("ana").ready()
    floor.agent("ana").talks_for(9)
    caller.enters("sales")
    floor.runs_dry()
    assert caller.outcome is Outcome.ANSWERED
    assert floor.everyone_ended_somewhere()


def test_he_hangs_up_while_it_rings(floor: SimFloor) -> None:
    caller = floor.caller("+331")
    caller.is_put_through("501", answers=10)
    caller.hangs_up()
    assert caller.outcome is Outcome.LEFT_IVR
    assert [e.talked for e in floor.events(TransferEnded)] == [None]


def test_the_link_was_away_all_the_while(floor: SimFloor) -> None:
    caller = floor.caller("+331")
    caller.is_put_through("501", answers=5, talks=100)
    floor.world.cut_link()
    floor.wait(seconds=10)
    floor.world.mend_link()
    assert caller.now.transfer is not None
    assert caller.now.transfer.answered_at is not None
    floor.runs_dry()
    assert caller.outcome is Outcome.TRANSFERRED


def test_another_run_of_the_engine_finds_him_put_through(floor: SimFloor) -> None:
    caller = floor.caller("+331")
    caller.is_put_through("+33612", talks=60)
    floor.wait(seconds=5)
    again = SimFloor(rules_of({"ana": {"a": 5}}, {"sales": {"a": 1}}))
    again.world.calls = {caller.id: caller.sim}
    again.world.cut_link()
    again.world.mend_link()
    assert again.world.floor.tables.calls[caller.id].state is CallState.TRANSFERRED
    again.world.hangs_up(caller.sim)
    again.runs_dry()
    assert [e.outcome for e in again.events(CallEnded)] == [Outcome.TRANSFERRED]


def test_late_and_strange_news_change_nothing(floor: SimFloor) -> None:
    caller = floor.caller("+331").enters("sales")
    floor.world.tell(TransferTaken(call_id=caller.id))
    floor.world.tell(TransferOver(call_id=caller.id, failure=None))
    assert caller.now.state is CallState.WAITING
    assert floor.events(TransferEnded) == []
