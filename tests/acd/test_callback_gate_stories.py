"""Who may be called back, and what the gate says of it."""

import pytest

from acd.agent import AgentState
from acd.call import CallState, Outcome
from acd.call_events import UnansweredOpened
from acd.callback import CallbackRules
from acd.callback_view import callback_view
from acd.commands import BookCallback, CancelCallback
from acd.ids import CallId, QueueId
from acd.instant import after, seconds
from acd.ledger import WhyOwed
from acd.orders import DialCustomer
from tests.acd.callback_house import AGENT_FIRST, BOOKED, CUSTOMER_FIRST, FAILED, RINGING, a_floor, booked
from tests.sim_floor import SimFloor


@pytest.fixture
def floor() -> SimFloor:
    return a_floor()


# -- who may be called ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "outside", "why"),
    [
        ("+33123", (), "no outside calls are allowed"),
        ("+49123", ("+33",), "numbers must begin with +33"),
        ("unknown", ("+33",), "no number that could be called"),
        ("+33\r\nAction: Originate", ("+33",), "no number that could be called"),
        ("+33123", ("+33",), None),
    ],
)
def test_every_way_of_dialling_passes_one_gate(
    number: str, outside: tuple[str, ...], why: str | None
) -> None:
    floor = a_floor(outside=outside)
    refused = floor.asks(BookCallback(queue_id=QueueId("support"), number=number))
    assert refused is None if why is None else why in (refused or "")


def test_a_queue_that_does_not_call_back_says_so(floor: SimFloor) -> None:
    silent = a_floor(callback=None)
    caller = silent.caller("+33123").enters("support")
    assert caller.books() == "queue support does not call back"
    assert caller.now.state is CallState.WAITING
    assert floor.asks(BookCallback(queue_id=QueueId("nope"), number="+33123")) == "there is no queue nope"
    assert floor.asks(CancelCallback(call_id=CallId("cb-1"))) is not None


def test_a_queue_keeps_so_many_callbacks_and_no_more() -> None:
    floor = a_floor(CallbackRules(most=1))
    booked(floor)
    assert "keeps 1 callbacks" in (floor.caller("+33200").enters("support").books() or "")


def test_an_integrator_books_one_at_the_end_of_the_line(floor: SimFloor) -> None:
    floor.caller("+33200").enters("support")
    floor.wait(seconds=10)
    assert floor.asks(BookCallback(queue_id=QueueId("support"), number="+33123")) is None
    callback = floor.callback("+33123")
    assert callback.call.queued_at == floor.world.now
    assert callback.now.from_call is None


# -- the gate ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rules", [AGENT_FIRST, CUSTOMER_FIRST])
def test_what_the_gate_does_not_let_out_waits_until_it_may_and_takes_no_attempt(rules: CallbackRules) -> None:
    floor = a_floor(rules)
    callback = booked(floor)
    until = after(floor.world.now, seconds(3600))
    floor.world.barred["+33123"] = until
    floor.agents("ana").ready()
    floor.wait(seconds=60)
    assert callback.now.state is BOOKED
    assert (callback.now.not_before, callback.now.attempts) == (until, 0)
    view = callback_view(floor.world.floor.tables, callback.now, floor.world.now)
    assert view.why.endswith(": barred")
    assert floor.agent("ana").state is AgentState.READY
    assert len(callback.agents_offered) == 1, "not again and again"
    floor.world.barred.clear()
    floor.agent("ana").answers_after(1)
    floor.wait(seconds=3600)
    assert floor.customer("+33123").dialled == 1


@pytest.mark.parametrize("rules", [AGENT_FIRST, CUSTOMER_FIRST])
def test_what_the_gate_will_never_let_out_is_over_at_once_and_owed(rules: CallbackRules) -> None:
    floor = a_floor(rules)
    callback = booked(floor)
    floor.world.barred["+33123"] = None
    floor.agents("ana").ready()
    floor.wait(seconds=60)
    assert callback.states[-1] is FAILED
    assert callback.outcome is Outcome.MISSED_CALLBACK
    assert floor.customer("+33123").dialled == 0
    assert floor.agent("ana").state is AgentState.READY
    assert [opened.why for opened in floor.events(UnansweredOpened)] == [WhyOwed.MISSED_CALLBACK]
    assert floor.everyone_ended_somewhere()


@pytest.mark.parametrize("for_good", [True, False])
def test_who_is_put_on_a_list_while_the_agents_phone_rings_is_not_dialled(for_good: bool) -> None:
    floor = a_floor()
    callback = booked(floor)
    floor.agent("ana").answers_after(5)
    floor.agents("ana").ready()
    floor.wait(seconds=33)
    assert callback.now.state is RINGING
    floor.world.barred["+33123"] = None if for_good else after(floor.world.now, seconds(7200))
    floor.wait(seconds=60)
    assert floor.customer("+33123").dialled == 0
    assert callback.states[-1] is (FAILED if for_good else BOOKED)
    assert floor.agent("ana").state is not AgentState.TALKING
    if not for_good:
        assert callback.now.attempts == 0
        floor.world.barred.clear()
        floor.wait(seconds=8000)
        assert floor.customer("+33123").dialled == 1


def test_who_asks_from_the_number_that_is_dialled_has_asked_himself(floor: SimFloor) -> None:
    callback = booked(floor)
    asked_at = callback.now.asked_at
    assert asked_at == callback.now.booked_at
    other = floor.caller("+33200").enters("support")
    floor.asks(BookCallback(call_id=other.sim.call_id, number="+33201"))
    assert floor.callback("+33201").now.asked_at is None
    floor.asks(BookCallback(queue_id=QueueId("support"), number="+33202"))
    assert floor.callback("+33202").now.asked_at is None
    floor.agents("ana", "ben").ready()
    floor.wait(seconds=40)
    dialled = {order.number: order.asked_at for order in floor.events(DialCustomer)}
    assert dialled["+33123"] == asked_at
