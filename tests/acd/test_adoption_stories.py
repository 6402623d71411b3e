"""New rules while callers wait: they apply to everybody from that moment, and nobody loses anything by it."""

from typing import Any

from acd.agent import AgentState
from acd.call import CallClass, CallState, Outcome
from acd.commands import AdoptRules
from acd.explain import why_idle, why_waiting
from acd.ids import AgentId
from acd.offer_events import OfferMade
from acd.queue_events import CallReassessed, ReserveClosed, RulesAdopted
from cti.floor import Floor
from cti.rules_document import RulesDocument
from tests.sim_floor import OneCaller, Rings, SimFloor, document_of, opens_with

AGENTS = {"ana": {"sales": 8, "support": 6}, "ben": {"support": 8}}


def rules(agents: dict[str, dict[str, int]] = AGENTS, **more: Any) -> RulesDocument:
    sales = {"requires": "sales >= 5", **more.pop("of_sales", {})}
    return document_of(agents, {"sales": sales, "support": {"requires": "support >= 5"}}, **more)


def places(floor: SimFloor, *callers: OneCaller) -> list[int]:
    t = floor.world.floor.tables
    return [t.in_queue[c.now.queue_id].position(c.id, floor.world.now) for c in callers if c.now.queue_id]


def test_a_skill_given_while_callers_wait_brings_the_first_of_them_an_agent_at_once() -> None:
    floor = opens_with(rules())
    floor.agents("ben").ready()
    first, second = floor.caller("+331").enters("sales"), floor.caller("+332").enters("sales")
    assert floor.told() == []
    assert floor.adopts(rules({"ana": {"sales": 8}, "ben": {"sales": 5, "support": 8}})) is None
    assert floor.told() == [Rings("ben")]
    assert (first.agents_offered, second.agents_offered) == (["ben"], [])
    assert floor.why(first).rules_version == 1


def test_nobody_is_logged_out_and_what_goes_on_goes_on() -> None:
    floor = opens_with(rules())
    floor.agents("ana", "ben").ready()
    floor.agent("ben").lets_it_ring()
    talking = floor.caller("+331").enters("sales")
    floor.wait(seconds=2)
    ringing = floor.caller("+332").enters("support")
    floor.wait(seconds=1)
    assert (talking.now.state, ringing.now.state) == (CallState.CONNECTED, CallState.OFFERED)
    assert floor.adopts(rules({"ana": {"support": 6}, "ben": {"sales": 5}})) is None  # neither suits any more
    assert (talking.now.state, ringing.now.state) == (CallState.CONNECTED, CallState.OFFERED)
    floor.agent("ben").answers_after(0)
    floor.agent("ben").logs_out()  # after this call
    floor.wait(seconds=20)
    assert floor.agent("ana").state is AgentState.TALKING
    talking.hangs_up()
    assert talking.outcome is Outcome.ANSWERED
    assert floor.agent("ana").state is AgentState.WRAPPING_UP


def test_an_agent_without_skills_stays_and_gets_nobody() -> None:
    floor = opens_with(rules())
    floor.agents("ana", "ben").ready()
    assert floor.adopts(rules({"ana": {"sales": 8, "support": 8}})) is None
    assert floor.agent("ben").state is AgentState.READY
    floor.caller("+331").enters("support")
    assert floor.told() == [Rings("ana")]
    t = floor.world.floor.tables
    why = why_idle(t, t.agents[AgentId("ben")], floor.world.now)
    assert (why.because, why.rules_version) == ("he lacks a skill for every queue", 1)


def test_whoever_becomes_a_vip_goes_ahead_and_the_others_keep_their_order() -> None:
    floor = opens_with(rules())
    callers = [floor.caller(f"+33{n}").enters("sales") for n in range(4)]
    assert places(floor, *callers) == [1, 2, 3, 4]
    assert floor.adopts(rules(vip_callers=["+332"])) is None
    assert places(floor, *callers) == [2, 3, 1, 4]
    told = floor.events(CallReassessed)
    assert [(e.call_id, e.call_class) for e in told] == [(callers[2].id, CallClass.VIP)]
    assert floor.adopts(rules(), 2) is None
    assert places(floor, *callers) == [1, 2, 3, 4]


def test_a_class_the_flow_asked_for_stays() -> None:
    floor = opens_with(rules(vip_callers=["+331"]))
    caller = floor.caller("+331").enters("sales", vip=True)
    assert floor.adopts(rules()) is None
    assert caller.now.call_class is CallClass.VIP


def test_another_promise_to_a_class_changes_who_goes_first() -> None:
    floor = opens_with(rules(vip_callers=["+339"]))
    normal = floor.caller("+331").enters("sales")
    floor.wait(seconds=30)
    vip = floor.caller("+339").enters("sales")
    assert places(floor, normal, vip) == [2, 1]
    equal = {"objective_s": 60, "never_exceed_s": 600}
    assert floor.adopts(rules(vip_callers=["+339"], classes={"vip": equal, "normal": equal})) is None
    assert places(floor, normal, vip) == [1, 2]


def test_a_relaxation_whose_time_has_passed_already_is_in_force_at_once() -> None:
    floor = opens_with(rules())
    floor.agent("ana").sets_ready()
    floor.agent("ana").sets_not_ready()  # here, and the only one who could
    floor.agents("ben").ready()
    waiting = floor.caller("+331").enters("sales")
    floor.wait(seconds=30)
    relax = {"relax": [{"after_s": 20, "requires": "sales >= 5 or support"}]}
    assert floor.adopts(rules(of_sales=relax)) is None
    assert (waiting.now.relaxed, waiting.agents_offered) == (1, ["ben"])


def test_a_later_relaxation_is_expected_when_it_is_due_counted_from_the_start() -> None:
    floor = opens_with(rules(of_sales={"relax": [{"after_s": 20, "requires": "anybody"}]}))
    floor.agent("ana").sets_not_ready()
    floor.agents("ben").ready()
    waiting = floor.caller("+331").enters("sales")
    floor.wait(seconds=10)
    assert floor.adopts(rules(of_sales={"relax": [{"after_s": 40, "requires": "anybody"}]})) is None
    floor.wait(seconds=29)
    assert waiting.agents_offered == []
    floor.wait(seconds=2)
    assert waiting.agents_offered == ["ben"]


def test_when_the_rules_take_the_last_who_could_serve_him_he_relaxes_at_once() -> None:
    relax = {"relax": [{"after_s": 3600, "requires": "sales >= 5 or support >= 8"}]}
    floor = opens_with(rules(of_sales=relax))
    floor.agent("ana").sets_not_ready()
    floor.agents("ben").ready()
    waiting = floor.caller("+331").enters("sales")
    assert waiting.agents_offered == []
    assert floor.adopts(rules({"ana": {"sales": 4}, "ben": {"support": 8}}, of_sales=relax)) is None
    assert (waiting.now.relaxed, waiting.agents_offered) == (1, ["ben"])


def test_a_queue_with_callers_is_not_taken_away() -> None:
    floor = opens_with(rules())
    caller = floor.caller("+331").enters("sales")
    without = document_of(AGENTS, {"support": {"requires": "support >= 5"}})
    assert floor.adopts(without) == "these rules take away queues that still have callers: 1 in sales"
    assert floor.events(RulesAdopted) == []
    assert caller.now.state is CallState.WAITING
    caller.hangs_up()
    assert floor.adopts(without) is None
    assert list(floor.world.floor.tables.stats) == ["support"]


def test_a_new_queue_serves_and_counters_of_the_old_ones_go_on() -> None:
    floor = opens_with(rules())
    floor.caller("+331").enters("support").hangs_up()
    grown = document_of(AGENTS, {"support": {"requires": "support >= 5"}, "vip-desk": {}})
    assert floor.adopts(grown) is None
    floor.agents("ben").ready()
    assert floor.caller("+332").enters("vip-desk").agents_offered == ["ben"]
    stats = floor.world.floor.tables.stats
    assert [(queue, counted.offered) for queue, counted in stats.items()] == [("support", 1), ("vip-desk", 1)]


def test_a_smaller_queue_sends_nobody_away_who_is_in_it() -> None:
    floor = opens_with(rules())
    callers = [floor.caller(f"+33{n}").enters("sales") for n in range(3)]
    assert floor.adopts(rules(of_sales={"capacity": 1})) is None
    assert places(floor, *callers) == [1, 2, 3]
    assert floor.caller("+339").enters("sales").refused == "queue sales is full"


def test_a_document_that_cannot_be_read_changes_nothing() -> None:
    floor = opens_with(rules())
    outputs = floor.world.tell(AdoptRules(version=3, document='{"queues": 1}'))
    assert [type(o).__name__ for o in outputs] == ["Refused"]
    assert floor.world.floor.tables.rules_version == 0


def test_why_somebody_waits_names_the_rules() -> None:
    floor = opens_with(rules())
    caller = floor.caller("+331").enters("sales")
    assert floor.adopts(rules(), 7) is None
    t = floor.world.floor.tables
    why = why_waiting(t, caller.now, floor.world.now)
    assert why is not None
    assert (why.rules_version, why.position) == (7, 1)


def test_the_link_may_be_down_meanwhile() -> None:
    floor = opens_with(rules())
    floor.agents("ben").ready()
    caller = floor.caller("+331").enters("sales")
    floor.world.cut_link()
    assert floor.adopts(rules({"ana": {"sales": 8}, "ben": {"sales": 5, "support": 5}})) is None
    assert floor.events(OfferMade) == []
    floor.world.mend_link()
    assert caller.agents_offered == ["ben"]


def test_nothing_is_told_of_callers_for_whom_nothing_changes() -> None:
    floor = opens_with(rules())
    floor.caller("+331").enters("sales")
    heard = len(floor.world.heard)
    assert floor.adopts(rules(rejected_pause_s=20)) is None
    assert [type(r.output) for r in floor.world.heard[heard:]] == [RulesAdopted]


def test_a_record_replays_with_the_rules_it_adopted() -> None:
    floor = opens_with(rules())
    floor.agents("ben").ready()
    floor.caller("+331").enters("sales")
    assert floor.adopts(rules({"ana": {"sales": 8}, "ben": {"sales": 5, "support": 8}})) is None
    floor.wait(seconds=5)
    again = Floor(floor.world.rules)
    outputs = [(at, output) for at, message in floor.world.inputs for output in again.handle(message, at)]
    assert outputs == [(r.at, r.output) for r in floor.world.heard]
    assert again.tables.rules_version == 1


def test_tiers_and_a_strategy_may_come_and_go_while_callers_wait() -> None:
    both = {"ana": {"sales": 8}, "ben": {"sales": 6, "support": 5}}
    floor = opens_with(rules(both))
    floor.agents("ana").ready()
    floor.agent("ana").lets_it_ring()
    floor.caller("+331").enters("sales")
    waiting = floor.caller("+332").enters("sales")
    floor.wait(seconds=5)
    tiers: dict[str, Any] = {"tiers": [{"after_s": 30, "agents": ["ben"]}], "strategy": "least_occupied"}
    assert floor.adopts(rules(both, of_sales=tiers)) is None
    floor.agents("ben").ready()
    assert (waiting.now.tier, waiting.agents_offered) == (0, [])
    assert (
        floor.adopts(rules(both, of_sales={**tiers, "tiers": [{"after_s": 4, "agents": ["ben"]}]}), 2) is None
    )
    assert (waiting.now.tier, waiting.agents_offered) == (1, ["ben"])
    floor.runs_dry()
    assert floor.adopts(rules(both), 3) is None


def test_an_open_reserve_stays_open_under_new_rules_and_goes_with_them() -> None:
    both = {"ana": {"sales": 8}, "ben": {"sales": 6, "support": 5}}
    with_reserve = {"reserve": {"above_s": 20, "agents": ["ben"]}}
    floor = opens_with(rules(both, of_sales=with_reserve))
    floor.agents("ana").ready()
    first = floor.caller("+331").enters("sales")
    waiting = floor.caller("+332").enters("sales")
    floor.wait(seconds=22)
    assert floor.adopts(rules(both, of_sales={**with_reserve, "ring_timeout_s": 9})) is None
    floor.agents("ben").ready()
    assert waiting.agents_offered == ["ben"]
    assert floor.adopts(rules(both), 2) is None
    assert len(floor.events(ReserveClosed)) == 1
    for call in (first, waiting):
        call.hangs_up()
    floor.runs_dry()
    assert floor.everyone_ended_somewhere()


def test_a_new_limit_logs_nobody_out_who_is_past_it_until_it_has_lasted() -> None:
    floor = opens_with(rules())
    floor.agent("ana").sets_not_ready()
    floor.wait(seconds=600)
    limited = rules(dwell={"not_ready": {"most_s": 60, "then": "log_out"}})
    assert floor.adopts(limited) is None
    floor.wait(seconds=40)
    assert floor.adopts(limited, 2) is None  # the same again begins nothing anew
    assert floor.agent("ana").state is AgentState.NOT_READY
    floor.wait(seconds=21)
    assert floor.agent("ana").state is AgentState.LOGGED_OUT
