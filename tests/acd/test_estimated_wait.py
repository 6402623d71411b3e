"""Estimated waits: silent until proved, from the agents he may reach and the callers truly ahead; they never
grow because somebody waited."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from acd import adoption, estimate
from acd.call import CallClass
from acd.estimate import Estimate
from acd.explain import why_waiting
from acd.ids import AgentId, QueueId
from acd.instant import Instant, Span, in_seconds, seconds
from acd.invariants import violations
from acd.overflow_rules import AnnounceRules
from acd.pace import FIRST_GUESS, Pace
from acd.regression import Regression
from acd.tables import Tables
from acd.teams import Reserve, Tier
from acd.views import call_view, queue_views
from acd.wait_model import ENOUGH, ENOUGH_JUDGED, Situation, WaitModel
from acd.window import Window
from tests.sim_floor import OneCaller, SimFloor, rules_of

ANA, BEN = AgentId("ana"), AgentId("ben")
SALES, BILLING = QueueId("sales"), QueueId("billing")


# -- the parts ---------------------------------------------------------------------------------------------


def test_a_window_forgets_the_oldest_and_knows_its_quantiles() -> None:
    window = Window(9)
    for value in (100, 3, 1, 2, 9, 8, 7, 4, 5, 6):  # the 100 makes room for the 6
        window.add(value)
    assert len(window) == 9
    assert [window.quantile(p) for p in (1, 100, 101, 500, 800, 900, 999)] == [1, 1, 2, 5, 8, 9, 9]


def test_a_window_agrees_with_sorting() -> None:
    chance, window, all_of_them = random.Random(1), Window(40), []
    for n in range(300):
        all_of_them.append(chance.choice((1.0, 2.0, chance.random())))
        window.add(all_of_them[-1])
        latest = sorted(all_of_them[-40:])
        rank = min(-(-8 * (len(latest) + 1) // 10), len(latest))
        assert window.quantile(800) == latest[rank - 1], n


def test_a_regression_believes_then_learns() -> None:
    regression = Regression((1.0, 0.0), (1e4, 30.0))
    assert regression.weights() == [1.0, 0.0]
    chance = random.Random(2)
    for _ in range(3000):
        x = chance.uniform(10, 300)
        regression.learn((x, 1.0), 0.5 * x + 20 + chance.gauss(0, 5))
    slope, constant = regression.weights()
    assert slope == pytest.approx(0.5, abs=0.01)
    assert constant == pytest.approx(20, abs=1.5)


def test_a_regression_stays_sound_when_a_fact_never_varies() -> None:
    regression = Regression((1.0, 0.0, 0.0), (1e4, 30.0, 30.0))
    for _ in range(5000):
        regression.learn((40.0, 1.0, 0.0), 50.0)
    model, constant, unseen = regression.weights()
    assert model * 40 + constant == pytest.approx(50, abs=0.5)
    assert unseen == 0.0


# -- who is there, and for whom ----------------------------------------------------------------------------


def there(*names: str) -> Pace:
    pace = Pace()
    pace.adopt({ANA: ["s"], BEN: ["s", "b"]}, {SALES: "s", BILLING: "b"})
    for name in names:
        pace.comes(AgentId(name))
    return pace


def test_agents_of_two_queues_are_rivals_by_their_share() -> None:
    pace = there("ana", "ben")
    assert (pace.heads("s"), pace.heads("b")) == (2, 1)
    assert dict(pace.rivals("s")) == {
        SALES: 1.0,
        BILLING: 1.0,
    }  # who takes billing can take sales
    assert dict(pace.rivals("b")) == {
        SALES: 0.5,
        BILLING: 1.0,
    }  # half of who takes sales can do both
    pace.goes(BEN)
    assert dict(pace.rivals("s")) == {SALES: 1.0}
    assert dict(pace.rivals("b")) == {}
    assert (pace.heads("b"), pace.speed("b")) == (0, 0.0)


def test_speeds_are_learnt_from_talks_and_their_sums_never_drift() -> None:
    pace = there("ana", "ben")
    assert pace.speed("s") == pytest.approx(2 / in_seconds(FIRST_GUESS))
    chance, at = random.Random(3), Instant(0)
    for _ in range(2000):
        name = chance.choice((ANA, BEN))
        match chance.randrange(4):
            case 0:
                pace.comes(name)
            case 1:
                pace.goes(name)
            case _:
                pace.takes(name, at)
                at = Instant(at + chance.randrange(1, 400_000_000))
                pace.is_free(name, at, talked=chance.random() < 0.9)
    pace.goes(ANA)
    pace.goes(BEN)
    assert (pace.speed("s"), pace.speed("b"), pace.heads("s")) == (0.0, 0.0, 0)


def test_ringing_in_vain_is_not_learnt_from() -> None:
    pace = there("ana")
    pace.takes(ANA, Instant(0))
    pace.is_free(ANA, Instant(seconds(3)), talked=False)
    assert pace.house == FIRST_GUESS


def test_new_rules_keep_who_is_there_and_what_was_learnt() -> None:
    pace = there("ana", "ben")
    for start in range(0, 4000, 100):
        pace.takes(ANA, Instant(seconds(start)))
        pace.is_free(ANA, Instant(seconds(start + 60)), talked=True)
    speed = pace.speed("s")
    pace.adopt({ANA: ["s", "b"]}, {SALES: "s", BILLING: "b"})
    assert (pace.heads("s"), pace.heads("b")) == (1, 1)
    assert pace.there() == {ANA}
    assert speed > pace.speed("b") > speed / 2


# -- the model of one queue --------------------------------------------------------------------------------


def test_the_model_by_hand() -> None:
    """Two agents of 100 s each, three callers ahead, the patience of 600 s that is believed at first: four
    departures at 0.02 a second, and of the three ahead on average 1.5 who leave at 1/600 a second each.
    """
    model = WaitModel()
    met = Situation(3.0, 0.02, 45.0, CallClass.NORMAL)
    features = model.features(met)
    assert features[0] == pytest.approx(4 / (0.02 + 1.5 / 600))
    assert features[1:4] == (50.0, 1.0, 45.0)
    assert model.mean(features) == pytest.approx(4 / 0.0225)  # nothing learnt: the queueing model's answer
    assert model.ratio(3.0, 800) is None


def test_a_model_is_silent_until_it_kept_what_it_said() -> None:
    chance, model = random.Random(4), WaitModel()
    said = []
    for n in range(400):
        met = Situation(float(n % 3), 0.02, 0.0, CallClass.NORMAL)
        features = model.features(met)
        mean = model.mean(features)
        stated, median = model.ratio(met.ahead, 800), model.ratio(met.ahead, 500)
        waited = chance.gammavariate(met.ahead + 1, 50.0)
        said.append(model.is_calibrated(800))
        if stated is not None and median is not None:
            model.judge(800, mean * stated, mean * median, waited)
        model.answered(met, features, mean, waited)
    assert not any(said[: ENOUGH + ENOUGH_JUDGED])
    assert said[-1]
    assert model.accuracy().learnt == 400
    assert abs((model.accuracy().coverage_permille or 0) - 800) <= 80
    assert not model.is_calibrated(900)  # nobody judged what it would have said then


def test_a_model_that_proves_wrong_falls_silent() -> None:
    model = WaitModel()
    for _ in range(100):
        model.judge(800, 100.0, 60.0, 50.0)
        model.judge(800, 100.0, 60.0, 70.0)
    assert not model.is_calibrated(800)  # everybody was answered in time: that is too pessimistic by far
    for waited in (50.0, 150.0, 70.0, 80.0, 90.0) * 40:
        model.judge(800, 100.0, 60.0, waited)
    assert model.is_calibrated(800)
    for _ in range(80):
        model.judge(800, 100.0, 60.0, 150.0)
    assert not model.is_calibrated(800)


# -- on the floor ------------------------------------------------------------------------------------------

AGENTS = {"ana": {"s": 5}, "ben": {"s": 5}, "cleo": {"b": 5}}
QUEUES = {"sales": {"s": 1}, "billing": {"b": 1}}


def a_floor(**queue: object) -> SimFloor:
    floor = SimFloor(rules_of(AGENTS, QUEUES, wrap_up=Span(0), **queue))
    floor.agents("ana", "ben", "cleo").ready()
    return floor


def busy_day(floor: SimFloor, callers: int, seed: int, queue: str = "sales") -> Iterator[OneCaller]:
    """Callers of exponential talks, a little more of them than the two agents can serve, and some give up."""
    chance = random.Random(seed)
    for n in range(callers):
        floor.wait(seconds=chance.expovariate(1 / 48))
        caller = floor.caller(f"+{n}").enters(queue, vip=chance.random() < 0.2)
        caller.sim.talks = seconds(chance.expovariate(1 / 90))  # no phone is answered that soon
        if chance.random() < 0.3:
            patience = seconds(chance.expovariate(1 / 300))
            floor.world.plan(patience, gives_up(floor, caller))
        yield caller


def gives_up(floor: SimFloor, caller: OneCaller) -> Callable[[], None]:
    def gone() -> None:
        call = floor.world.floor.tables.calls.get(caller.id)
        if call is not None and call.agent_id is None:
            floor.world.hangs_up(caller.sim)

    return gone


def taught(**queue: object) -> SimFloor:
    floor = a_floor(**queue)
    return learns(floor, 400, seed=5)


def learns(floor: SimFloor, callers: int, seed: int) -> SimFloor:
    checked, floor.world.after_step = floor.world.after_step, None
    for _ in busy_day(floor, callers, seed):
        pass
    floor.runs_dry()
    floor.world.after_step = checked
    return floor


def of(floor: SimFloor, caller: OneCaller) -> Estimate:
    told = estimate.for_call(floor.world.floor.tables, caller.now, floor.world.now)
    assert told is not None
    return told


def newcomer(
    floor: SimFloor, queue: QueueId = SALES, of_class: CallClass = CallClass.NORMAL
) -> Estimate | None:
    return estimate.for_newcomer(floor.world.floor.tables, queue, of_class, floor.world.now)


def fill(floor: SimFloor, waiting: int, queue: str = "sales", agents: int = 2) -> list[OneCaller]:
    for n in range(agents):
        floor.caller(f"+1{n}").enters(queue)
        floor.wait(seconds=2)
    return [floor.caller(f"+2{n}").enters(queue) for n in range(waiting)]


def test_nothing_is_said_before_anything_is_known() -> None:
    floor = a_floor()
    (caller,) = fill(floor, 1)
    assert estimate.for_call(floor.world.floor.tables, caller.now, floor.world.now) is None
    assert newcomer(floor) is None


def test_a_taught_floor_speaks_and_counts_who_is_ahead() -> None:
    floor = taught()
    first, second, third = fill(floor, 3)
    told = [of(floor, caller) for caller in (first, second, third)]
    assert [one.ahead for one in told] == [0.0, 1.0, 2.0]
    assert [one.agents for one in told] == [2, 2, 2]
    assert [one.quantile_permille for one in told] == [800] * 3
    assert told[0].median < told[1].median < told[2].median
    assert all(one.median < one.wait for one in told)
    after_them = newcomer(floor)
    assert after_them is not None
    assert after_them.ahead == 3.0
    before_them = newcomer(floor, of_class=CallClass.VIP)
    assert before_them is not None
    assert before_them.ahead == 0.0
    assert newcomer(floor, BILLING) is None  # of billing nothing is known


def test_who_waits_for_other_agents_is_not_ahead() -> None:
    floor = taught()
    fill(floor, 4, "billing", agents=1)
    (caller,) = fill(floor, 1)
    assert of(floor, caller).ahead == 0.0


def test_a_vip_who_comes_later_is_ahead_yet_nobody_is_told_more_than_before() -> None:
    floor = taught()
    (caller,) = fill(floor, 1)
    t = floor.world.floor.tables
    told = estimate.announce(t, caller.now, floor.world.now)
    assert told is not None
    for n in range(3):
        floor.caller(f"+3{n}").enters("sales", vip=True)
    later = estimate.announce(t, caller.now, floor.world.now)
    assert later is not None
    assert later.ahead == 3.0
    assert later.wait <= told.wait < later.by_now
    assert later.grew is None


def test_waiting_longer_alone_never_makes_it_longer() -> None:
    floor = taught()
    for phone in floor.world.phones.values():
        phone.talks = lambda: seconds(3600)
    *_, caller = fill(floor, 4)
    told = [of(floor, caller)]
    for _ in range(60):
        floor.wait(seconds=10)
        told.append(of(floor, caller))
    assert {one.wait for one in told} == {told[0].wait}


def test_fewer_agents_make_it_longer_and_it_says_so() -> None:
    floor = taught()
    *_, caller = fill(floor, 3)
    t = floor.world.floor.tables
    told = estimate.announce(t, caller.now, floor.world.now)
    assert told is not None
    floor.agent("ben").logs_out()
    floor.world.hangs_up(next(c for c in floor.world.calls.values() if c.agent_id == BEN))
    floor.wait(seconds=0.01)
    later = estimate.announce(t, caller.now, floor.world.now)
    assert later is not None
    assert later.agents == 1
    assert later.wait > told.wait
    assert later.grew == "1 agents are there for him, 2 were"
    again = estimate.announce(t, caller.now, floor.world.now)
    assert again is not None
    assert (again.wait, again.grew) == (later.wait, None)  # he knows by now


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_only_fewer_agents_let_it_grow(seed: int) -> None:
    floor, chance = taught(), random.Random(seed)
    t = floor.world.floor.tables
    callers, told = [floor.caller("+50").enters("sales")], dict[str, Estimate]()
    grew = 0
    for n in range(250):
        match chance.randrange(6):
            case 0 | 1:
                caller = floor.caller(f"+5{n}").enters("sales", vip=chance.random() < 0.4)
                caller.sim.talks = seconds(chance.expovariate(1 / 60))
                callers.append(caller)
            case 2:
                chance.choice(callers).hangs_up()
            case 3:
                floor.agent(chance.choice(("ana", "ben"))).sets_not_ready()
            case 4 if chance.random() < 0.3:
                floor.agent("ana").sets_ready()
                floor.agent("ben").sets_ready()
            case _:
                floor.wait(seconds=chance.expovariate(1 / 20))
        for call in list(t.calls.values()):
            now = estimate.announce(t, call, floor.world.now)
            if now is None:
                continue
            before = told.get(call.call_id)
            told[call.call_id] = now
            if before is not None and now.wait > before.wait:
                assert now.agents < before.agents
                assert now.grew
                grew += 1
            else:
                assert now.grew is None
    print(f"{len(told)} callers were told something; {grew} times it grew")
    assert len(told) > 20


def test_new_rules_forget_nothing_that_was_learnt() -> None:
    floor = taught()
    *_, caller = fill(floor, 3)
    before = of(floor, caller)
    t = floor.world.floor.tables
    adoption.adopt(t, replace(t.rules, rejected_pause=seconds(7)), 2, floor.world.now)
    assert of(floor, caller) == before
    assert violations(t) == []


def test_nothing_is_said_while_nobody_is_there_or_the_link_is_down() -> None:
    floor = taught()
    (caller,) = fill(floor, 1)
    t = floor.world.floor.tables
    floor.world.cut_link()
    assert estimate.for_call(t, caller.now, floor.world.now) is None
    floor.world.mend_link()
    of(floor, caller)
    for name in ("ana", "ben"):
        floor.agent(name).logs_out()
    for sim in [c for c in floor.world.calls.values() if c.agent_id]:
        floor.world.hangs_up(sim)
    floor.wait(seconds=0.01)
    assert estimate.for_call(t, caller.now, floor.world.now) is None
    assert newcomer(floor) is None


def test_who_is_answered_at_once_is_told_the_ringing() -> None:
    floor = taught()
    for n in range(ENOUGH):
        caller = floor.caller(f"+4{n}").enters("sales")
        floor.wait(seconds=3)
        caller.hangs_up()
        floor.wait(seconds=1)
    told = newcomer(floor)
    assert told is not None
    assert in_seconds(told.wait) == pytest.approx(1.0, abs=0.1)  # phones are answered after one second


def test_those_in_reserve_count_while_it_is_open() -> None:
    floor = a_floor(reserve=Reserve(above=seconds(30), agents=(BEN,)))
    t = floor.world.floor.tables
    (demand,) = t.matching.demands_of(SALES)
    assert t.estimates.pace.heads(demand.reach) == 1
    fill(floor, 2, agents=1)
    floor.wait(seconds=35)
    assert t.matching.reserve_is_open(SALES)
    assert t.estimates.pace.heads(demand.reach) == 2


def test_agents_of_a_later_tier_count_once_it_is_open() -> None:
    floor = a_floor(tiers=(Tier(after=seconds(20), agents=(BEN,)),))
    t = floor.world.floor.tables
    (caller,) = fill(floor, 1, agents=1)
    assert t.estimates.pace.heads(t.matching.open_to(caller.now).reach) == 1
    floor.agent("ben").sets_not_ready()  # or he would be asked at the end of it
    floor.wait(seconds=21)
    floor.agent("ben").lets_it_ring()
    floor.agent("ben").sets_ready()
    assert t.estimates.pace.heads(t.matching.open_to(caller.now).reach) == 2


def test_a_simulation_foretells_only_what_its_rules_ask_for() -> None:
    rules = rules_of(AGENTS, QUEUES)
    asking = rules_of(AGENTS, QUEUES, announce=AnnounceRules(first=seconds(10), every=seconds(30)))
    mute = rules_of(AGENTS, QUEUES, announce=AnnounceRules(first=seconds(10), every=seconds(30), wait=False))
    told = [Tables(one, explains=False).foretells for one in (rules, asking, mute)]
    assert told == [False, True, False]
    assert Tables(rules).foretells


def test_views_and_explanations_carry_them() -> None:
    floor = taught()
    *_, caller = fill(floor, 3)
    t, now = floor.world.floor.tables, floor.world.now
    said = call_view(t, caller.now, now).estimated_wait
    assert said is not None
    assert (said.ahead, said.agents, said.quantile, said.grew) == (2.0, 2, 0.8, None)
    why = why_waiting(t, caller.now, now)
    assert why is not None
    assert why.estimated_wait == said
    sales, billing = queue_views(t, now)
    assert sales.estimated_wait is not None
    assert sales.estimated_wait.ahead == 3.0
    assert sales.estimate_accuracy.told
    assert sales.estimate_accuracy.judged == 200
    assert sales.estimate_accuracy.coverage == pytest.approx(0.8, abs=0.1)
    assert billing.estimated_wait is None
    assert (billing.estimate_accuracy.told, billing.estimate_accuracy.coverage) == (False, None)


def test_reading_estimates_changes_nothing() -> None:
    floor = taught()
    *_, caller = fill(floor, 3)
    first = of(floor, caller)
    assert all(of(floor, caller) == first for _ in range(5))
    assert newcomer(floor) == newcomer(floor)


def test_a_relaxed_caller_may_hope_for_more_agents() -> None:
    floor = SimFloor(
        rules_of(AGENTS, QUEUES, relax={"sales": ((30, "s or b"),)}, wrap_up=Span(0), estimate_permille=700)
    )
    floor.agents("ana", "ben", "cleo").ready()
    learns(floor, 500, seed=6)
    fill(floor, 0, "billing", agents=1)
    (caller,) = fill(floor, 1)
    before = of(floor, caller)
    floor.wait(seconds=31)
    after = of(floor, caller)
    assert (before.agents, after.agents, after.quantile_permille) == (2, 3, 700)
    assert after.wait < before.wait
