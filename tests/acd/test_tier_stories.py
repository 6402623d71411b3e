"""Tiers of agents: asked one after the other, and never for the sake of somebody who is away."""

from collections.abc import Mapping

import pytest

from acd.agent import AgentState
from acd.choice import Choice, Strategy
from acd.decision import RivalVerdict, Verdict, WhyRelaxed
from acd.explain import why_idle, why_waiting
from acd.ids import AgentId
from acd.instant import seconds
from acd.queue_events import TierOpened
from acd.teams import Tier
from tests.sim_floor import SimFloor, rules_of

SKILLS = {"ana": {"sales": 5}, "ben": {"sales": 9}, "cleo": {"sales": 3}, "dan": {"support": 1}}


def tiers(*later: tuple[float, str]) -> tuple[Tier, ...]:
    return tuple(
        Tier(after=seconds(after), agents=tuple(AgentId(name) for name in names.split()))
        for after, names in later
    )


def house(*later: tuple[float, str], queues: Mapping[str, str] | None = None, **more: object) -> SimFloor:
    queues = queues or {"sales": "sales"}
    rules = rules_of(SKILLS, queues, life={"sales": {"tiers": tiers(*later), **more}}, wrap_up=seconds(0))
    return SimFloor(rules)


def test_the_second_tier_is_asked_after_its_time_and_the_first_keeps_its_right() -> None:
    floor = house((20, "ben"))
    floor.agents("ben", "ana", "cleo").ready()
    calls = [floor.caller(f"+{n}").enters("sales") for n in range(4)]
    assert [call.agents_offered for call in calls] == [["ana"], ["cleo"], [], []]
    assert floor.agent("ben").state is AgentState.READY
    floor.wait(seconds=19.9)
    assert calls[2].agents_offered == []
    floor.wait(seconds=0.2)
    assert calls[2].agents_offered == ["ben"]
    opened = floor.events(TierOpened)
    assert {(o.call_id, o.tier, o.because) for o in opened} == {
        (call.id, 2, WhyRelaxed.WAITED) for call in calls[2:]
    }
    calls[0].hangs_up()
    assert calls[3].agents_offered == ["ana"]  # of both tiers by now; the first one is free


def test_within_a_tier_the_queues_strategy_chooses() -> None:
    floor = house((20, "ana ben"), choice=Choice(strategy=Strategy.BEST_SKILL))
    floor.agents("ana", "ben").ready()
    call = floor.caller("+1").enters("sales")
    assert call.agents_offered == ["ben"]  # Cleo, the first tier, is not in
    assert floor.why(call).candidates[0].detail.endswith("highest of the ready agents who suit of tier 2")


@pytest.mark.parametrize("away", ["logged out", "on a break", "never came"])
def test_who_is_away_holds_nobody_up(away: str) -> None:
    floor = house((300, "ben"), (600, "cleo"))
    floor.agents("cleo").ready()
    if away != "never came":
        floor.agents("ana").ready()
        floor.agent("ana").logs_out() if away == "logged out" else floor.agent("ana").sets_not_ready()
    call = floor.caller("+1").enters("sales")
    assert call.agents_offered == ["cleo"]
    (opened,) = floor.events(TierOpened)
    assert (opened.tier, opened.because) == (3, WhyRelaxed.NOBODY_COULD)


def test_who_is_busy_is_waited_for() -> None:
    floor = house((300, "ben"))
    floor.agents("ana", "ben").ready()
    first = floor.caller("+1").enters("sales")
    second = floor.caller("+2").enters("sales")
    floor.wait(seconds=100)
    assert (first.agents_offered, second.agents_offered) == (["ana"], [])
    floor.agent("ana").sets_not_ready()  # after this call
    first.hangs_up()
    assert second.agents_offered == ["ben"]


def test_a_rejected_call_opens_the_next_tier_when_nobody_else_is_at_work() -> None:
    floor = house((300, "ben"))
    floor.agents("ana", "ben").ready()
    floor.agent("ana").rejects()
    call = floor.caller("+1").enters("sales")
    floor.wait(seconds=2)
    assert call.agents_offered == ["ana", "ben"]


def test_whoever_comes_to_work_in_a_later_tier_gets_those_for_whom_nobody_is_there() -> None:
    floor = house((300, "ben"))
    call = floor.caller("+1").enters("sales")
    floor.wait(seconds=10)
    assert floor.events(TierOpened) == []
    floor.agents("ben").ready()
    assert call.agents_offered == ["ben"]


def test_tiers_and_relaxation_go_side_by_side() -> None:
    floor = SimFloor(
        rules_of(
            SKILLS,
            {"sales": "sales >= 5"},
            relax={"sales": ((30, "sales"),)},
            tiers=tiers((60, "ben cleo")),
            wrap_up=seconds(0),
        )
    )
    floor.agents("ana", "cleo").ready()
    first, second = (floor.caller(f"+{n}").enters("sales") for n in range(2))
    assert first.agents_offered == ["ana"]
    floor.wait(seconds=59)  # Cleo would do by now, and is of the second tier
    assert second.agents_offered == []
    floor.wait(seconds=2)
    assert second.agents_offered == ["cleo"]


def test_people_are_told_whose_turn_it_is_not_yet() -> None:
    floor = house((60, "ben"), queues={"sales": "sales", "support": "support"})
    floor.agents("ben", "ana").ready()
    floor.agent("ana").answers_after(1)
    first, second = (floor.caller(f"+{n}").enters("sales") for n in range(2))
    chosen = {c.agent_id: (c.verdict, c.detail) for c in floor.why(first).candidates}
    assert chosen["ben"] == (Verdict.LATER_TIER, "of tier 2, which is not open to him yet")
    t, now = floor.world.floor.tables, floor.world.now
    waiting = why_waiting(t, second.now, now)
    assert waiting is not None
    assert (waiting.tier, waiting.tier_opens_at) == (1, second.now.queued_at + seconds(60))
    assert waiting.because == (
        "of the 1 agents logged in who could take him, 1 are busy and 0 not ready; "
        "1 more are of later tiers or in reserve"
    )
    idle = why_idle(t, t.agents[AgentId("ben")], now)
    too_early = "2 wait for whom it is too early to ask him"
    assert idle.because == f"nobody is waiting whom he could take; {too_early}"
    assert [(q.queue_id, q.tier, q.not_yet) for q in idle.queues] == [("sales", 2, 2), ("support", 1, 0)]
    floor.wait(seconds=61)
    told = {c.agent_id: c.detail for c in floor.why(second).candidates}
    assert told["ben"].endswith("longest of the ready agents who suit of tier 2")


def test_a_rival_learns_that_the_agent_is_of_a_later_tier() -> None:
    floor = SimFloor(
        rules_of(
            {"ana": {"sales": 5}, "ben": {"sales": 5, "support": 5}},
            {"sales": "sales", "support": "support"},
            life={"sales": {"tiers": tiers((60, "ben"))}},
            wrap_up=seconds(0),
        )
    )
    floor.agents("ana").ready()
    floor.caller("+1").enters("sales")
    rival = floor.caller("+2").enters("sales")
    floor.agents("ben").ready()
    call = floor.caller("+3").enters("support")
    (told,) = floor.why(call).rivals
    assert (told.call_id, told.verdict) == (rival.id, RivalVerdict.AGENT_IN_LATER_TIER)


def test_an_agent_is_never_blocked_by_a_caller_he_may_not_take() -> None:
    """FIELD.md, complaint 6: one who waits longest, and whom only others may take, stands in nobody's way."""
    floor = house((600, "ben"), queues={"sales": "sales", "support": "support", "help": "anybody"})
    floor.agents("ana", "cleo").ready()
    for number in range(2):
        floor.caller(f"+1{number}").enters("sales")
    stuck = [floor.caller(f"+2{number}").enters(queue) for number, queue in enumerate(["sales", "support"])]
    floor.wait(seconds=100)
    young = floor.caller("+3").enters("help")
    floor.agents("ben").ready()
    assert [call.agents_offered for call in (*stuck, young)] == [[], [], ["ben"]]


def test_a_weight_multiplies_the_score_for_agents_of_both_queues_and_is_told() -> None:
    floor = SimFloor(
        rules_of(
            {"ana": {"a": 1}},
            {"plain": "a", "heavy": "a"},
            life={"heavy": {"weight": 3000}},
            wrap_up=seconds(0),
        )
    )
    early = floor.caller("+1").enters("plain")
    floor.wait(seconds=20)
    late = floor.caller("+2").enters("heavy")
    floor.wait(seconds=11)  # 31 s against three times 11 s
    floor.agents("ana").ready()
    assert (late.agents_offered, early.agents_offered) == (["ana"], [])
    why = floor.why(late)
    assert why.score.weight_thousandths == 3000
    (rival,) = why.rivals
    assert rival.verdict is RivalVerdict.LOWER_SCORE
    assert rival.detail.endswith(
        "0.26 (normal: 31.0 s / 120.0 s) against 0.28 (normal: 11.0 s / 120.0 s * 3)"
    )
