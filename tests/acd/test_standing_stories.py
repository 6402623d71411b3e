"""An agent pauses or leaves one queue and goes on in the others."""

import pytest

from acd.agent import AgentState
from acd.agent_events import QueueStandingChanged
from acd.agent_state import QueueStanding
from acd.decision import Verdict
from acd.explain import why_idle, why_waiting
from acd.ids import AgentId, QueueId
from acd.instant import Instant, seconds
from acd.queue_events import RequirementRelaxed
from acd.reasons import NotReadyReason
from acd.remembered import AgentRemembered, AgentsRemembered, AwayFromQueue
from acd.teams import Tier
from tests.sim_floor import SimFloor, rules_of

SERVES, PAUSED, LEFT = QueueStanding.SERVES, QueueStanding.PAUSED, QueueStanding.LEFT


@pytest.fixture
def house() -> SimFloor:
    """Ana serves both queues, Ben one."""
    floor = SimFloor(rules_of({"ana": {"a": 5, "b": 5}, "ben": {"a": 5}}, {"one": {"a": 1}, "two": {"b": 1}}))
    floor.agents("ana", "ben").ready()
    return floor


@pytest.mark.parametrize("standing", [PAUSED, LEFT])
def test_he_is_passed_over_in_one_queue_and_first_in_the_other(
    house: SimFloor, standing: QueueStanding
) -> None:
    assert house.agent("ana").stands("one", standing) is None
    first = house.caller("+331").enters("one")
    second = house.caller("+332").enters("two")
    assert (first.agents_offered, second.agents_offered) == (["ben"], ["ana"])
    assert house.agent("ana").state is AgentState.OFFERED


def test_a_caller_waits_while_the_only_agent_has_paused_and_is_his_when_he_is_back(house: SimFloor) -> None:
    house.agent("ana").stands("two", PAUSED, "training")
    call = house.caller("+331").enters("two")
    house.wait(seconds=60)
    assert call.agents_offered == []
    why = why_waiting(house.world.floor.tables, call.now, house.world.now)
    assert why is not None
    assert (why.candidates[0].verdict, why.candidates[0].detail) == (
        Verdict.AWAY_FROM_QUEUE,
        "has paused this queue: training",
    )
    idle = why_idle(house.world.floor.tables, house.agent("ana").now, house.world.now)
    assert [queue.lacks for queue in idle.queues] == [None, "has paused this queue: training"]
    house.agent("ana").stands("two", SERVES)
    assert call.agents_offered == ["ana"]
    told = [(e.queue_id, e.standing) for e in house.events(QueueStandingChanged)]
    assert told == [("two", PAUSED), ("two", SERVES)]


def test_it_stays_so_through_log_out_and_in(house: SimFloor) -> None:
    house.agent("ana").stands("two", LEFT)
    house.agent("ana").logs_out()
    house.agents("ana").ready()
    assert house.caller("+331").enters("two").agents_offered == []


def test_only_who_has_left_counts_as_if_he_were_logged_out() -> None:
    for standing, relaxes in ((PAUSED, False), (LEFT, True)):
        floor = SimFloor(
            rules_of({"ana": {"s": 9}, "ben": {"s": 2}}, {"q": "s >= 5"}, relax={"q": ((600, "s >= 1"),)})
        )
        floor.agents("ana", "ben").ready()
        floor.agent("ana").stands("q", standing)
        call = floor.caller("+331").enters("q")
        floor.wait(seconds=1)
        assert bool(floor.events(RequirementRelaxed)) == relaxes
        assert call.agents_offered == (["ben"] if relaxes else [])


def test_a_tier_whose_agent_has_paused_the_queue_opens_when_he_is_back() -> None:
    tiers = (Tier(after=seconds(60), agents=(AgentId("ben"),)),)
    floor = SimFloor(
        rules_of({"ana": {"a": 5}, "ben": {"a": 5}}, {"one": {"a": 1}}, life={"one": {"tiers": tiers}})
    )
    floor.agents("ben").ready()
    floor.agent("ben").stands("one", PAUSED)
    call = floor.caller("+331").enters("one")
    assert (call.now.tier, call.agents_offered) == (0, [])
    floor.agent("ben").stands("one", SERVES)
    assert (call.now.tier, call.agents_offered) == (1, ["ben"])


def test_a_phone_that_rings_rings_on(house: SimFloor) -> None:
    call = house.caller("+331").enters("two")
    house.agent("ana").stands("two", LEFT)
    house.wait(seconds=3)
    assert house.agent("ana").state is AgentState.TALKING
    call.hangs_up()
    house.runs_dry()
    assert house.everyone_ended_somewhere()


def test_what_makes_no_sense_is_refused(house: SimFloor) -> None:
    ben, ana = house.agent("ben"), house.agent("ana")
    assert ben.stands("two", PAUSED) == "ben does not have the skills that two requires"
    assert ana.stands("none", LEFT) == "there is no queue none"
    assert ana.stands("one", LEFT, "lunch") == "a reason goes with a pause only"
    assert ana.stands("one", PAUSED, "no_answer") == "no_answer is a reason only the engine gives"


def test_it_is_remembered_by_the_next_run(house: SimFloor) -> None:
    fresh = SimFloor(house.world.rules)
    away = AwayFromQueue(
        queue_id=QueueId("one"), standing=PAUSED, reason=NotReadyReason("training"), since=Instant(5)
    )
    gone = AwayFromQueue(queue_id=QueueId("closed"), standing=LEFT, reason=None, since=Instant(5))
    known = AgentRemembered(
        agent_id=AgentId("ana"), state=AgentState.LOGGED_OUT, reason=None, away_from=(away, gone)
    )
    fresh.world.tell(AgentsRemembered(agents=(known,)))
    fresh.agents("ana").ready()
    assert fresh.caller("+331").enters("one").agents_offered == []
    assert fresh.agent("ana").now.away_from[QueueId("one")].since == 5
    assert list(fresh.agent("ana").now.away_from) == ["one"]


def test_a_while_alone_is_over_after_a_restart_a_pause_is_not(house: SimFloor) -> None:
    rejected = NotReadyReason("rejected")
    later = Instant(house.world.now + seconds(5))
    for name, until in (("ana", later), ("ben", None)):
        fresh = SimFloor(house.world.rules)
        fresh.world.tell(
            AgentRemembered(agent_id=AgentId(name), state=AgentState.NOT_READY, reason=rejected, until=until)
        )
        assert (fresh.agent(name).state is AgentState.READY) == (until is not None)
