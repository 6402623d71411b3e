"""Agents in reserve help while the wait is too long, and are left alone otherwise."""

import pytest

from acd import reserve
from acd.agent import AgentState
from acd.call import CallClass
from acd.decision import RivalVerdict, Verdict
from acd.estimate import Estimate
from acd.explain import why_idle, why_waiting
from acd.ids import AgentId, QueueId
from acd.instant import Instant, Span, seconds
from acd.queue_events import ReserveClosed, ReserveOpened, WhyOpened
from acd.tables import Tables
from acd.teams import Reserve, Tier
from tests.sim_floor import SimFloor, rules_of

BEN = AgentId("ben")


def house(**more: object) -> SimFloor:
    """Ana serves sales; Ben is in reserve there and serves support."""
    of_sales = {"reserve": Reserve(above=seconds(60), agents=(BEN,)), **more}
    return SimFloor(
        rules_of(
            {"ana": {"sales": 5}, "ben": {"sales": 9, "support": 5}, "cleo": {"sales": 1}},
            {"sales": "sales", "support": "support"},
            life={"sales": of_sales},
            wrap_up=seconds(0),
        )
    )


def test_the_reserve_opens_when_somebody_has_waited_for_too_long_and_closes_when_nobody_waits() -> None:
    floor = house()
    floor.agents("ben", "ana").ready()
    calls = [floor.caller(f"+{n}").enters("sales") for n in range(3)]
    assert [call.agents_offered for call in calls] == [["ana"], [], []]
    floor.wait(seconds=59)
    assert floor.agent("ben").state is AgentState.READY
    floor.wait(seconds=3)
    assert calls[1].agents_offered == ["ben"]
    (opened,) = floor.events(ReserveOpened)
    assert (opened.queue_id, opened.because) == ("sales", WhyOpened.WAITED)
    calls[1].hangs_up()
    assert calls[2].agents_offered == ["ben"]  # he had waited for as long
    for call in calls:
        call.hangs_up()
    floor.runs_dry()
    assert len(floor.events(ReserveClosed)) == 1
    assert floor.everyone_ended_somewhere()


def test_whoever_else_is_ready_goes_before_the_reserve() -> None:
    floor = house()
    floor.agents("ben", "ana").ready()
    first, _, third = (floor.caller(f"+{n}").enters("sales") for n in range(3))
    floor.wait(seconds=62)  # open; Ben talks
    floor.agent("ana").sets_not_ready()
    first.hangs_up()
    floor.agents("ana").ready()
    assert third.agents_offered == ["ana"]


def test_the_reserve_opens_by_the_wait_foretold_and_closes_below_half_of_the_threshold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    foretold = {"wait": 60.0}

    def for_newcomer(t: Tables, queue_id: QueueId, call_class: CallClass, at: Instant) -> Estimate:
        wait = seconds(foretold["wait"])
        return Estimate(
            wait=wait, quantile_permille=800, median=Span(wait // 2), by_now=wait, ahead=1.0, agents=1
        )

    monkeypatch.setattr(reserve.estimate, "for_newcomer", for_newcomer)
    floor = house()
    floor.agents("ana").ready()
    calls = [floor.caller(f"+{n}").enters("sales") for n in range(3)]
    floor.wait(seconds=100)
    assert floor.events(ReserveOpened) == []  # the figure counts, not how long somebody has waited
    foretold["wait"] = 61
    floor.wait(seconds=1.1)
    (opened,) = floor.events(ReserveOpened)
    assert (opened.because, opened.wait) == (WhyOpened.FORETOLD, seconds(61))
    foretold["wait"] = 30
    floor.wait(seconds=5)
    assert floor.events(ReserveClosed) == []
    foretold["wait"] = 29
    floor.wait(seconds=1.1)
    assert len(floor.events(ReserveClosed)) == 1
    floor.agents("ben").ready()
    assert calls[1].agents_offered == []


@pytest.mark.parametrize("how", ["logged out", "on a break", "never came"])
def test_the_reserve_opens_at_once_when_nobody_else_is_at_work(how: str) -> None:
    floor = house()
    floor.agents("ben").ready()
    if how != "never came":
        floor.agents("ana").ready()
        (floor.agent("ana").logs_out if how == "logged out" else floor.agent("ana").sets_not_ready)()
    call = floor.caller("+1").enters("sales")
    assert call.agents_offered == ["ben"]
    (opened,) = floor.events(ReserveOpened)
    assert opened.because is WhyOpened.NOBODY_ELSE


def test_later_tiers_are_asked_before_the_reserve() -> None:
    floor = house(tiers=(Tier(after=seconds(20), agents=(AgentId("cleo"),)),))
    floor.agents("ben", "ana", "cleo").ready()
    calls = [floor.caller(f"+{n}").enters("sales") for n in range(3)]
    floor.wait(seconds=65)
    assert [call.agents_offered for call in calls] == [["ana"], ["cleo"], ["ben"]]


def test_people_are_told_of_the_reserve() -> None:
    floor = house()
    floor.agents("ben", "ana").ready()
    first = floor.caller("+1").enters("sales")
    told = {c.agent_id: (c.verdict, c.detail) for c in floor.why(first).candidates}
    assert told["ben"] == (Verdict.IN_RESERVE, "in reserve, which is not open to him yet")
    second = floor.caller("+2").enters("sales")
    t, now = floor.world.floor.tables, floor.world.now
    idle = why_idle(t, t.agents[BEN], now)
    assert idle.because.endswith("2 wait for whom it is too early to ask him")
    assert [(q.queue_id, q.tier) for q in idle.queues] == [("sales", None), ("support", 1)]
    waiting = why_waiting(t, second.now, now)
    assert waiting is not None
    assert waiting.because.endswith("1 more are of later tiers or in reserve")
    other = floor.caller("+3").enters("support")
    assert [(r.call_id, r.verdict) for r in floor.why(other).rivals] == [
        (second.id, RivalVerdict.AGENT_IN_RESERVE)
    ]
    other.hangs_up()
    floor.wait(seconds=62)
    decided = floor.why(second).candidates[0]
    assert decided.agent_id == "ben"
    assert decided.detail.endswith("longest of the ready agents who suit in reserve")
