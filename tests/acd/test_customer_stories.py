"""Customers: who is recognised, when, and what that changes."""

import pytest

from acd.customer import Customer
from acd.events import CallConnected, CallQueued, CustomerRecognised, OfferMade
from acd.ids import AgentId, CallId, CustomerId
from acd.signals import CustomerFound
from tests.sim_floor import SimFloor

MIA = Customer(customer_id=CustomerId("mia"), segment="gold", last_agent=AgentId("ana"))


@pytest.fixture
def floor(floor: SimFloor) -> SimFloor:
    floor.world.customers = {"+337": MIA, "+338": MIA}
    return floor


def test_a_customer_is_recognised_by_his_number_and_named_in_what_follows(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    caller = floor.caller("+337").enters("support")
    assert caller.now.customer == MIA
    floor.wait(seconds=3)
    assert [(e.call_id, e.segment) for e in floor.events(CustomerRecognised)] == [(caller.id, "gold")]
    for kind in (CallQueued, OfferMade, CallConnected):
        assert [e.customer_id for e in floor.events(kind)] == ["mia"]


def test_who_is_recognised_late_keeps_his_place_and_is_told_once(floor: SimFloor) -> None:
    caller = floor.caller("+339").enters("support")
    assert caller.now.customer is None
    for _ in range(2):
        floor.world.tell(CustomerFound(call_id=caller.id, customer=MIA))
    assert caller.now.customer == MIA
    assert len(floor.events(CustomerRecognised)) == 1
    floor.world.tell(CustomerFound(call_id=CallId("gone"), customer=MIA))
    assert len(floor.events(CustomerRecognised)) == 1
