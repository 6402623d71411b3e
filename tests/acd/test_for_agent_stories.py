"""Calls that an agent asks for: his own phone rings, then one number, once."""

import pytest

from acd.agent import AgentState
from acd.agent_state import QueueStanding
from acd.call import CallState, Outcome
from acd.call_events import CallConnected, CallEnded, UnansweredOpened
from acd.callback import CallbackOrder, CallbackState, DialFailure
from acd.callback_events import CallbackBooked, CallbackStateChanged, WhyCallback
from acd.callback_signals import DialRefused
from acd.commands import DialForAgent
from acd.ids import AgentId, CallId, QueueId
from acd.instant import seconds
from acd.link_signals import LinkRestored
from acd.observation import LiveCall, Observation, Place
from acd.offer_events import OfferMade
from acd.orders import CancelDial, DialCustomer
from tests.sim_floor import SimFloor, rules_of

HIS = "+33123"


@pytest.fixture
def floor() -> SimFloor:
    """Ana and Ben sell; the queue calls nobody back."""
    return SimFloor(
        rules_of(
            agents={"ana": {"sales": 5}, "ben": {"sales": 5}, "cleo": {"support": 5}},
            queues={"sales": {"sales": 1}, "support": {"support": 1}},
            outside=("+33",),
            wrap_up=seconds(10),
        )
    )


def asks(floor: SimFloor, agent: str = "ana", number: str = HIS, name: str = "r1-a1") -> str | None:
    return floor.asks(
        DialForAgent(
            call_id=CallId(name),
            agent_id=AgentId(agent),
            queue_id=QueueId("sales"),
            number=number,
            ring_for=seconds(20),
        )
    )


def states(floor: SimFloor) -> list[CallbackState]:
    return [e.now for e in floor.events(CallbackStateChanged)]


def test_who_asks_talks_with_whom_he_asked_for_and_nobody_else_is_rung(floor: SimFloor) -> None:
    floor.agents("ben", "ana").ready()  # Ben has been idle for longer
    floor.customer(HIS).talks_for(30)
    assert asks(floor) is None
    assert [e.agent_id for e in floor.events(OfferMade)] == ["ana"]
    floor.wait(seconds=10)
    (connected,) = floor.events(CallConnected)
    assert (connected.call_id, connected.agent_id) == ("r1-a1", "ana")
    assert floor.events(DialCustomer)[0].dial_timeout == seconds(20)
    floor.runs_dry()
    assert [e.outcome for e in floor.events(CallEnded)] == [Outcome.ANSWERED]
    assert states(floor)[-1] is CallbackState.DONE
    assert floor.events(CallbackBooked) == []
    assert floor.everyone_ended_somewhere()


def test_who_is_not_reached_is_tried_once_and_owed_nothing(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    floor.customer(HIS).is_busy()
    assert asks(floor) is None
    floor.runs_dry()
    assert floor.customer(HIS).dialled == 1
    last = floor.events(CallbackStateChanged)[-1]
    assert (last.now, last.because) == (CallbackState.FAILED, WhyCallback.NOT_REACHED)
    assert last.failure is DialFailure.BUSY
    assert floor.events(UnansweredOpened) == []
    assert floor.agent("ana").state is AgentState.READY
    assert floor.everyone_ended_somewhere()


def test_when_the_agents_own_phone_is_not_answered_nobody_is_dialled(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    floor.agent("ana").rejects()
    assert asks(floor) is None
    floor.runs_dry()
    assert floor.customer(HIS).dialled == 0
    assert states(floor)[-1] is CallbackState.FAILED
    assert floor.everyone_ended_somewhere()


@pytest.mark.parametrize("again_in", [None, 60.0])
def test_what_the_gate_does_not_let_out_is_over_also_where_waiting_would_help(
    floor: SimFloor, again_in: float | None
) -> None:
    floor.agents("ana").ready()
    now = floor.world.now
    floor.world.barred[HIS] = None if again_in is None else type(now)(now + seconds(again_in))
    assert asks(floor) is None
    floor.runs_dry()
    assert states(floor)[-1] is CallbackState.FAILED
    assert floor.customer(HIS).dialled == 0
    assert floor.agent("ana").state is AgentState.READY
    assert DialRefused in {type(message) for _, message in floor.world.inputs}


def test_what_makes_no_sense_is_refused(floor: SimFloor) -> None:
    assert asks(floor) == "ana is logged_out"
    floor.agents("ana", "ben", "cleo").ready()
    assert asks(floor, agent="nobody") == "there is no agent nobody"
    assert asks(floor, agent="cleo") == "cleo does not serve sales"
    assert asks(floor, number="+4412") is not None
    floor.agent("ben").stands("sales", QueueStanding.PAUSED)
    assert asks(floor, agent="ben") == "ben does not serve sales"
    floor.agent("ben").stands("sales", QueueStanding.SERVES)
    assert asks(floor) is None
    assert asks(floor, agent="ben") == "there is a call r1-a1 already"
    assert asks(floor, agent="ben", name="r1-a2") == f"{HIS} is being called already"
    floor.world.cut_link()
    assert asks(floor, agent="ben", number="+3399", name="r1-a3") == "the link to the PBX is down"


def test_after_a_restart_who_talks_goes_on_and_nobody_is_dialled_for_it(floor: SimFloor) -> None:
    def found(name: str, number: str, place: Place, agent: str) -> LiveCall:
        return LiveCall(
            call_id=CallId(name),
            place=place,
            caller=number,
            queue_id=QueueId("sales"),
            agent_id=AgentId(agent),
            callback=CallbackOrder.AGENT_FIRST,
            we_called=True,
        )

    fresh = SimFloor(floor.world.rules)
    seen = (found("r0-a1", "+331", Place.TALKING, "ana"), found("r0-a2", "+332", Place.DIALLING, "ben"))
    everybody = frozenset({AgentId("ana"), AgentId("ben")})
    at = fresh.world.now
    fresh.world.tell(LinkRestored(seen=Observation(as_of=at, calls=seen, reachable=everybody)))
    assert fresh.world.floor.tables.calls[CallId("r0-a1")].state is CallState.CONNECTED
    assert [order.call_id for order in fresh.events(CancelDial)] == ["r0-a2"]
    assert list(fresh.world.floor.tables.calls) == ["r0-a1"]
