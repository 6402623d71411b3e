"""What the dialer sees of the floor: who could talk, who will be able to, and how inbound is served."""

import pytest

from acd.agent import AgentState
from acd.agent_state import QueueStanding
from acd.commands import EnqueueCall
from acd.ids import AgentId, QueueId
from acd.instant import seconds
from acd.queue_events import CallLeftQueue
from cti.floor_view import MOST_VISITS, FloorSeen
from dialer.floor_view import AgentsSeen
from tests.sim_floor import SimFloor, rules_of

SALES, SUPPORT = QueueId("sales"), QueueId("support")


class Seen:
    """A floor, and what the dialer sees of it."""

    def __init__(self, floor: SimFloor) -> None:
        self.floor = floor
        self.view = FloorSeen(floor.world.floor.tables)
        floor.world.listeners.append(self._note)

    def _note(self, at: object, event: object) -> None:
        if isinstance(event, CallLeftQueue):
            self.view.note(event)

    def of(self, queue: QueueId = SALES) -> AgentsSeen:
        self.view.look(self.floor.world.now)
        return self.view.agents_of(queue)

    def level(self, queue: QueueId = SALES, visits: int = 2) -> float | None:
        self.view.look(self.floor.world.now)
        return self.view.service_level(queue, visits)


@pytest.fixture
def seen() -> Seen:
    """Ana and Ben sell, Ben and Cleo help; they wrap up for ten seconds."""
    return Seen(
        SimFloor(
            rules_of(
                agents={"ana": {"sales": 5}, "ben": {"sales": 5, "support": 5}, "cleo": {"support": 5}},
                queues={"sales": {"sales": 1}, "support": {"support": 1}},
                wrap_up=seconds(10),
            )
        )
    )


def test_every_agent_of_the_queue_stands_in_one_place_and_nobody_else_does(seen: Seen) -> None:
    assert seen.of() == AgentsSeen()
    seen.floor.agents("ben", "ana", "cleo").ready()
    assert seen.of().idle == ("ben", "ana")
    assert seen.view.is_ready(AgentId("ben"))
    seen.floor.agent("ben").talks_for(30)
    seen.floor.caller("+331").enters("sales")
    assert (seen.of().idle, seen.of().offered) == (("ana",), 1)
    assert not seen.view.is_ready(AgentId("ben"))
    seen.floor.wait(seconds=11)
    (talks,) = seen.of().talking
    assert seconds(9) < talks < seconds(11)
    seen.floor.wait(seconds=25)
    assert (len(seen.of().wrapping_up), seen.of().at_work) == (1, 2)
    seen.floor.wait(seconds=10)
    assert seen.of().idle == ("ana", "ben")
    assert seen.of(QueueId("nowhere")) == AgentsSeen()
    assert not seen.view.is_ready(AgentId("nobody"))


def test_who_goes_home_after_this_call_is_not_counted_on(seen: Seen) -> None:
    seen.floor.agents("ana").ready()
    seen.floor.caller("+331").enters("sales")
    seen.floor.wait(seconds=3)
    assert seen.of().at_work == 1
    seen.floor.agent("ana").chooses_next(AgentState.NOT_READY, "break")
    assert seen.of().at_work == 0


def test_who_has_paused_the_queue_is_not_there_for_it(seen: Seen) -> None:
    seen.floor.agents("ana", "ben").ready()
    seen.floor.agent("ben").stands("sales", QueueStanding.PAUSED)
    assert seen.of().idle == ("ana",)
    assert seen.of(SUPPORT).idle == ("ben",)


def test_a_caller_whom_nobody_is_there_for_waits_and_one_on_his_way_has_his_agent(seen: Seen) -> None:
    seen.floor.caller("+331").enters("sales")
    seen.floor.wait(seconds=1)
    assert seen.of().waiting == 1
    seen.floor.agents("ana", "ben").ready()
    assert (seen.of().waiting, seen.of().idle) == (0, ("ben",))
    seen.floor.agent("cleo").sets_ready()
    assert seen.of(SUPPORT).idle == ("ben", "cleo")
    world = seen.floor.world
    late = world.arrives("+332")  # his flow cannot ring anybody itself
    world.meets_menu(late)
    world.tell(EnqueueCall(call_id=late.call_id, queue_id=SUPPORT))
    assert seen.of(SUPPORT).waiting == 1
    assert (seen.of().idle, seen.of(SUPPORT).idle) == ((), ("ben", "cleo"))
    world.to_waiting_room(late)
    seen.floor.wait(seconds=0.1)
    assert (seen.of().idle, seen.of(SUPPORT).idle) == ((), ("cleo",))


def test_a_service_level_is_that_of_the_latest_visits_and_of_who_waits_too_long(seen: Seen) -> None:
    ana = seen.floor.agent("ana")
    ana.talks_for(5)
    ana.sets_ready()
    for number in ("+331", "+332"):
        assert seen.level() is None
        seen.floor.caller(number).enters("sales")
        seen.floor.wait(seconds=20)
    assert seen.level() == 1.0
    ana.sets_not_ready()
    late = seen.floor.caller("+333").enters("sales")
    seen.floor.wait(seconds=19)
    assert seen.level() == 1.0
    seen.floor.wait(seconds=2)
    assert seen.level() == 0.5
    late.hangs_up()
    assert (seen.level(), seen.level(visits=3)) == (0.5, pytest.approx(2 / 3))
    assert seen.level(SUPPORT) is None
    assert seen.level(visits=MOST_VISITS + 1) is None
    assert seen.level(QueueId("nowhere")) is None


def test_the_link_is_as_the_floor_has_it(seen: Seen) -> None:
    assert seen.view.link_up
    seen.floor.world.cut_link()
    assert not seen.view.link_up
