"""What is counted when calls end one way or another: handling time, wrap-up, who gave up how soon."""

from acd.agent_events import WrapUpEnded
from acd.call_events import CallEnded
from acd.ids import QueueId
from acd.instant import seconds
from tests.sim_floor import SimFloor, rules_of

SALES = QueueId("sales")


def floor_with_one_agent(wrap_up_s: float = 10) -> SimFloor:
    rules = rules_of(
        {"ana": {"sales": 5}},
        {"sales": {"sales": 1}},
        wrap_up=seconds(wrap_up_s),
        service_level_within=seconds(20),
        short_abandonment=seconds(5),
    )
    floor = SimFloor(rules)
    floor.agents("ana").ready()
    floor.agent("ana").answers_after(1)
    floor.agent("ana").talks_for(60)
    return floor


def test_handling_time_is_talk_and_wrap_up() -> None:
    floor = floor_with_one_agent()
    call = floor.caller("+331").enters("sales")
    floor.runs_dry()
    (wrap_up,) = floor.events(WrapUpEnded)
    assert (wrap_up.call_id, wrap_up.queue_id, wrap_up.wrapped) == (call.id, SALES, seconds(10))
    stats = floor.world.floor.tables.stats[SALES]
    (ended,) = floor.events(CallEnded)
    assert (stats.talked, stats.wrapped, stats.wrap_ups) == (ended.talked, seconds(10), 1)
    assert stats.average_handling == ended.talked + seconds(10)
    assert floor.everyone_ended_somewhere()


def test_a_wrap_up_ended_early_counts_for_as_long_as_it_took() -> None:
    floor = floor_with_one_agent()
    floor.caller("+331").enters("sales")
    floor.wait(seconds=64)
    assert floor.agent("ana").sets_ready() is None
    floor.runs_dry()
    (wrap_up,) = floor.events(WrapUpEnded)
    assert seconds(2) < wrap_up.wrapped < seconds(3.1)
    assert floor.everyone_ended_somewhere()


def test_a_queue_without_wrap_up_counts_none() -> None:
    floor = floor_with_one_agent(wrap_up_s=0)
    floor.caller("+331").enters("sales")
    floor.runs_dry()
    stats = floor.world.floor.tables.stats[SALES]
    assert (stats.finished, stats.wrap_ups, stats.wrapped) == (1, 0, 0)
    assert floor.events(WrapUpEnded) == []


def test_who_gives_up_is_counted_by_how_soon() -> None:
    floor = floor_with_one_agent()
    floor.caller("+330").enters("sales")
    hasty, patient, dogged = (floor.caller(f"+33{n}").enters("sales") for n in (1, 2, 3))
    floor.wait(seconds=4)
    hasty.hangs_up()
    floor.wait(seconds=10)
    patient.hangs_up()
    floor.wait(seconds=20)
    dogged.hangs_up()
    answers = floor.world.floor.tables.stats[SALES].answers
    assert (answers.abandoned, answers.abandoned_within, answers.abandoned_short) == (3, 2, 1)
    assert floor.world.floor.tables.stats[SALES].longest_waited > seconds(34)
    floor.runs_dry()
    assert floor.everyone_ended_somewhere()
