"""What team leads see: figures that add up, and decisions that say why."""

import pytest

from acd.call import CallClass, CallState, Outcome
from acd.call_events import CallEnded
from acd.commands import EnqueueCall
from acd.decision import MOST_NAMED, RivalVerdict, Verdict
from acd.exits import QueueExit
from acd.ids import AgentId, CallId, QueueId
from acd.instant import seconds
from acd.offer_events import RoutingDecided
from acd.queue_events import CallQueued
from acd.views import agent_view, call_views, queue_view, queue_views
from tests.sim_floor import SimFloor, rules_of

SUPPORT = QueueId("support")


def test_a_queues_figures_add_up(floor: SimFloor) -> None:
    floor.agents("ana", "ben").ready()
    floor.agent("ana").answers_after(4)
    floor.agent("ben").answers_after(0)
    first = floor.caller("+331").enters("support")  # Ana after 4 s
    floor.caller("+332").enters("support")  # Ben at once
    floor.wait(seconds=5)
    floor.caller("+333").enters("support")
    floor.wait(seconds=10)
    fourth = floor.caller("+334").enters("support")
    floor.wait(seconds=2)
    fourth.hangs_up()
    first.hangs_up()
    floor.caller("+335").enters("support")
    t = floor.world.floor.tables
    view = queue_view(t, SUPPORT, floor.world.now)
    assert (view.offered, view.answered, view.abandoned, view.waiting) == (5, 2, 1, 2)
    assert (view.agents_logged_in, view.agents_ready, view.agents_talking) == (2, 0, 1)
    assert view.longest_wait_s == pytest.approx(12, abs=0.1)
    assert view.average_speed_of_answer_s == pytest.approx(2, abs=0.1)
    assert view.average_talk_s == pytest.approx(13, abs=0.2)
    assert view.service_level == pytest.approx(2 / 3)
    assert (view.unexplained, view.turned_away) == (0, 0)
    assert {exit_.value: n for exit_, n in view.exits.items() if n} == {"answered": 2, "abandoned": 1}
    assert [v.queue_id for v in queue_views(t, floor.world.now)] == ["support", "sales"]
    assert agent_view(t, t.agents[AgentId("ana")]).queues == ("support", "sales")
    assert agent_view(t, t.agents[AgentId("ben")]).queues == ("support",)


def test_the_service_level_holds_who_is_answered_in_exactly_the_span() -> None:
    floor = SimFloor(rules_of({"ana": {"s": 5}}, {"s": {"s": 1}}, service_level_within=seconds(1.002)))
    floor.agents("ana").ready()
    floor.agent("ana").answers_after(1)  # and 2 ms for the news of it
    floor.world.phones[AgentId("ana")].talks = lambda: seconds(1)
    floor.caller("+331").enters("s")
    floor.wait(seconds=5)
    stats = floor.world.floor.tables.stats[QueueId("s")]
    assert (stats.waited_answered, stats.answered_within) == (seconds(1.002), 1)


def test_live_calls_show_their_place_and_who_is_rung(floor: SimFloor) -> None:
    floor.agents("ana").ready()
    floor.agent("ana").lets_it_ring()
    for number in ("+331", "+332", "+3399"):
        floor.caller(number).enters("support")
    menu = floor.caller("+334")
    floor.wait(seconds=1)
    shown = [
        (v.position, v.agent_id, v.offers_made, v.state)
        for v in call_views(floor.world.floor.tables, floor.world.now)
    ]
    assert shown == [
        (2, "ana", 1, CallState.OFFERED),
        (3, None, 0, CallState.WAITING),
        (1, None, 0, CallState.WAITING),
        (None, None, 0, CallState.ARRIVED),
    ]
    floor.wait(seconds=30)
    floor.agents("ana").ready()
    assert [v.offers_made for v in call_views(floor.world.floor.tables, floor.world.now)] == [1, 0, 1, 0]
    menu.hangs_up()
    assert floor.events(CallEnded)[-1].queue_id is None


def test_the_flow_may_say_how_urgent_its_caller_is(floor: SimFloor) -> None:
    vip = floor.caller("+331").enters("support", vip=True)
    normal = floor.caller("+3399")
    floor.wait(seconds=1)
    floor.world.tell(EnqueueCall(call_id=normal.id, queue_id=SUPPORT, call_class=CallClass.NORMAL))
    assert (vip.now.call_class, normal.now.call_class) == (CallClass.VIP, CallClass.NORMAL)


def test_a_decision_names_some_and_counts_the_rest() -> None:
    names = {f"a{n:03d}": {"s": 5} for n in range(MOST_NAMED + 15)}
    floor = SimFloor(rules_of(names, {"s": {"s": 1}}))
    for name in reversed(names):
        floor.agents(name).ready()
    floor.caller("+330").enters("s").hangs_up()  # whoever was rung for him keeps his turn
    call = floor.caller("+331").enters("s")
    why = floor.why(call)
    assert len(why.candidates) == MOST_NAMED
    assert why.candidates_unnamed == 15
    assert [c.verdict for c in why.candidates] == [Verdict.CHOSEN] + [Verdict.IDLE_LESS_LONG] * (
        MOST_NAMED - 1
    )
    assert why.because == "a caller was waiting and agents were ready"


def test_a_decision_says_why_other_callers_go_on_waiting() -> None:
    floor = SimFloor(rules_of({"ana": {"s": 5}}, {"s": {"s": 1}, "x": {"x": 1}}))
    callers = [floor.caller(f"+33{n}").enters("s") for n in range(MOST_NAMED + 15)]
    floor.caller("+34").enters("x")
    floor.agents("ana").ready()
    (why,) = floor.events(RoutingDecided)
    assert why.call_id == callers[0].id
    assert (len(why.rivals), why.rivals_unnamed) == (MOST_NAMED, 15)
    assert {r.verdict for r in why.rivals} == {RivalVerdict.BEGAN_LATER}
    assert why.because == "an agent was ready and callers were waiting"
    assert [q.position for q in floor.events(CallQueued)][:3] == [1, 2, 3]


def test_who_went_back_to_the_menu_belongs_to_no_queue(floor: SimFloor) -> None:
    call = floor.caller("+331").enters("support")
    floor.world.enters(call.sim, "nowhere")  # his flow begins again, and its queue is unknown
    call.hangs_up()
    ended = floor.events(CallEnded)[-1]
    assert (ended.call_id, ended.queue_id, ended.outcome) == (CallId(call.id), None, Outcome.LEFT_IVR)
    view = queue_view(floor.world.floor.tables, SUPPORT, floor.world.now)
    assert view.exits[QueueExit.LEFT_FOR_IVR] == 1
