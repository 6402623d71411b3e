"""A customer waits a while for the agent who knows him, and never in vain."""

import pytest

from acd.agent import AgentState
from acd.customer import Customer
from acd.decision import RivalVerdict, Verdict
from acd.explain import why_idle, why_waiting
from acd.ids import AgentId, CustomerId
from acd.instant import seconds
from acd.preferred_rules import PreferredAgent, Whom
from acd.queue_events import AgentAwaited, AgentNoLongerAwaited, WhyNoLonger
from acd.teams import Tier
from tests.sim_floor import OneCaller, SimFloor, rules_of

ANA, BEN = AgentId("ana"), AgentId("ben")


def house(whom: Whom = Whom.OWN, **more: object) -> SimFloor:
    """Ana looks after +1 and +2, who talked with Ben last; +3 has nobody, +4 talked with Ben."""
    floor = SimFloor(
        rules_of(
            {"ana": {"sales": 5}, "ben": {"sales": 5}, "cleo": {"support": 5}},
            {"sales": "sales", "support": "support"},
            preferred_agent=PreferredAgent(whom=whom, wait=seconds(30)),
            wrap_up=seconds(5),
            **more,
        )
    )
    for number, own, last in (("+1", ANA, BEN), ("+2", ANA, BEN), ("+4", None, BEN)):
        customer = Customer(customer_id=CustomerId(f"c{number}"), own_agent=own, last_agent=last)
        floor.world.customers[number] = customer
    return floor


def ended(floor: SimFloor) -> list[WhyNoLonger]:
    return [event.because for event in floor.events(AgentNoLongerAwaited)]


def talks_with_ana(floor: SimFloor) -> OneCaller:
    floor.agents("ana").ready()
    call = floor.caller("+3").enters("sales")
    floor.wait(seconds=2)
    assert floor.agent("ana").state is AgentState.TALKING
    return call


def test_his_own_agent_is_chosen_before_those_who_are_idle_longer() -> None:
    floor = house()
    floor.agents("ben", "ana").ready()
    floor.wait(seconds=10)
    call = floor.caller("+1").enters("sales")
    assert call.agents_offered == ["ana"]
    told = {c.agent_id: (c.verdict, c.detail) for c in floor.why(call).candidates}
    assert told["ana"] == (Verdict.CHOSEN, "idle 10.0 s, the agent who looks after him")
    assert told["ben"] == (
        Verdict.NOT_HIS_AGENT,
        "ready, but he waits for ana, the agent who looks after him",
    )


@pytest.mark.parametrize(
    ("whom", "number", "agent"),
    [
        (Whom.LAST, "+1", "ben"),
        (Whom.OWN_OR_LAST, "+1", "ana"),
        (Whom.OWN_OR_LAST, "+4", "ben"),
        (Whom.OWN, "+4", "ana"),  # he has none, and Ana is idle longest
        (Whom.OWN_OR_LAST, "+3", "ana"),  # nobody knows him
    ],
)
def test_who_is_preferred_is_the_queues_rule(whom: Whom, number: str, agent: str) -> None:
    floor = house(whom)
    floor.agents("ana", "ben").ready()
    assert floor.caller(number).enters("sales").agents_offered == [agent]


def test_he_waits_for_his_agent_while_others_are_idle_and_gets_her() -> None:
    floor = house()
    first = talks_with_ana(floor)
    floor.agents("ben").ready()
    call = floor.caller("+1").enters("sales")
    floor.wait(seconds=10)
    assert call.agents_offered == []
    t = floor.world.floor.tables
    why = why_waiting(t, call.now, floor.world.now)
    assert why is not None
    assert why.because == "for 20 s more he waits for ana, the agent who looks after him: talking"
    idle = why_idle(t, t.agents[BEN], floor.world.now)
    assert idle.because == "nobody is waiting whom he could take; 1 wait for agents of their own"
    first.hangs_up()
    floor.wait(seconds=6)  # her wrap-up
    assert call.agents_offered == ["ana"]
    (awaited,) = floor.events(AgentAwaited)
    assert (awaited.agent_id, awaited.until) == ("ana", call.now.joined_at + seconds(30))
    assert ended(floor) == []


def test_after_the_time_of_the_rule_anybody_will_do() -> None:
    floor = house()
    talks_with_ana(floor)
    floor.agents("ben").ready()
    call = floor.caller("+1").enters("sales")
    floor.wait(seconds=29.9)
    assert call.agents_offered == []
    floor.wait(seconds=0.2)
    assert call.agents_offered == ["ben"]
    assert ended(floor) == [WhyNoLonger.WAITED]


@pytest.mark.parametrize("how", ["never came", "logged out", "on a break", "leaves after this call"])
def test_he_does_not_wait_for_somebody_who_will_not_come(how: str) -> None:
    floor = house()
    if how != "never came":
        talks_with_ana(floor) if how == "leaves after this call" else floor.agents("ana").ready()
    if how == "on a break":
        floor.agent("ana").sets_not_ready()
    elif how != "never came":
        floor.agent("ana").logs_out()
    floor.agents("ben").ready()
    assert floor.caller("+1").enters("sales").agents_offered == ["ben"]
    assert floor.events(AgentAwaited) == []


@pytest.mark.parametrize("how", ["logged out", "on a break", "leaves after this call"])
def test_he_stops_waiting_at_once_when_she_goes(how: str) -> None:
    floor = house()
    first = talks_with_ana(floor)
    floor.agents("ben").ready()
    call = floor.caller("+1").enters("sales")
    if how != "leaves after this call":
        first.hangs_up()
        floor.agent("ben").lets_it_ring()
    (floor.agent("ana").sets_not_ready if how == "on a break" else floor.agent("ana").logs_out)()
    assert call.agents_offered == ["ben"]
    assert ended(floor) == [WhyNoLonger.GONE]


def test_he_waits_for_one_who_is_left_alone_for_a_moment_only() -> None:
    floor = house()
    floor.agents("ana").ready()
    floor.agent("ana").rejects()
    floor.caller("+3").enters("sales")
    floor.wait(seconds=2)
    assert floor.agent("ana").state is AgentState.NOT_READY
    floor.agent("ana").takes_calls()
    floor.agents("ben").ready()
    floor.wait(seconds=2)
    call = floor.caller("+1").enters("sales")
    floor.wait(seconds=3)
    assert call.agents_offered == []
    floor.wait(seconds=8)
    assert call.agents_offered == ["ana"]


def test_once_her_phone_has_rung_in_vain_anybody_will_do() -> None:
    floor = house()
    floor.agents("ana", "ben").ready()
    floor.agent("ana").lets_it_ring()
    call = floor.caller("+1").enters("sales")
    floor.wait(seconds=17)
    assert call.agents_offered == ["ana", "ben"]


def test_he_does_not_wait_for_one_who_lacks_what_is_required() -> None:
    floor = house()
    floor.agents("ana", "cleo").ready()
    assert floor.caller("+1").enters("support").agents_offered == ["cleo"]


def test_her_tier_does_not_matter() -> None:
    floor = house(life={"sales": {"tiers": (Tier(after=seconds(60), agents=(ANA,)),)}})
    floor.agents("ben", "ana").ready()
    assert floor.caller("+1").enters("sales").agents_offered == ["ana"]


def test_those_who_wait_for_one_agent_go_in_line_with_all_others() -> None:
    floor = house()
    first = talks_with_ana(floor)
    earlier = floor.caller("+3").enters("sales")
    own = floor.caller("+1").enters("sales")
    later = floor.caller("+5").enters("sales")
    second_own = floor.caller("+2").enters("sales")
    first.hangs_up()
    floor.wait(seconds=7)
    assert earlier.agents_offered == ["ana"]
    floor.agents("ben").ready()
    assert (own.agents_offered, later.agents_offered) == ([], ["ben"])  # who waits for Ana blocks nobody
    told = {rival.call_id: rival.verdict for rival in floor.why(later).rivals}
    assert told == dict.fromkeys((own.id, second_own.id), RivalVerdict.WAITS_FOR_ANOTHER)
    earlier.hangs_up()
    floor.wait(seconds=6)
    assert (own.agents_offered, second_own.agents_offered) == (["ana"], [])
    for call in (own, later, second_own):
        call.hangs_up()
    floor.runs_dry()
    assert floor.everyone_ended_somewhere()


def test_who_hangs_up_while_he_waits_for_somebody_leaves_nothing_behind() -> None:
    floor = house()
    first = talks_with_ana(floor)
    call = floor.caller("+1").enters("sales")
    floor.wait(seconds=5)
    call.hangs_up()
    first.hangs_up()
    floor.runs_dry()
    assert floor.everyone_ended_somewhere()
    assert len(floor.world.floor.tables.matching.all_demands()) == 2


def test_agents_who_are_gone_from_the_house_are_not_waited_for() -> None:
    floor = house(Whom.OWN_OR_LAST)
    left = Customer(customer_id=CustomerId("old"), own_agent=AgentId("zoe"), last_agent=BEN)
    floor.world.customers["+9"] = left
    floor.agents("ana", "ben").ready()
    assert floor.caller("+9").enters("sales").agents_offered == ["ben"]
