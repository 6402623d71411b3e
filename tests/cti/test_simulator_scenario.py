"""A scenario's mistakes are told with their lines, and what is written is what happens."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from acd.ids import AgentId
from acd.instant import Instant
from cti.simulator.fitted import agent_id
from cti.simulator.loading import load_rules, load_scenario, load_trace
from cti.simulator.setting import Setting
from ivr.document import DocumentError

RULES = """\
agents:
  ana: {skills: {sales: 8}}
  ben: {skills: {sales: 5}}
queues:
  - {id: sales, requires: {sales: 5}}
"""
CALLS = "hours: 2\narrivals: [{queue: sales, per_hour: 60}]\n"
TRACE = """\
call_id,arrived_at,customer,queue,call_class,ivr_s,waited_s,outcome,service_s,agent
1,1999-01-03T07:00:00Z,7,sales,normal,10,0,answered,100,ANA
2,1999-01-03T07:01:00Z,8,sales,vip,0,30,abandoned,,
3,1999-01-03T07:02:00Z,,sales,normal,5,0,left_ivr,,
4,1999-01-03T09:00:00Z,9,sales,normal,0,20,answered,50,ANA
5,1999-01-04T09:00:00Z,9,sales,normal,0,20,answered,5,Guest 2
"""


def problems(tmp_path: Path, scenario: str, rules: str = RULES, trace: str | None = None) -> list[str]:
    """What is said of a scenario, with its rules and perhaps a trace; the folder left out."""
    (tmp_path / "s.yaml").write_text(scenario)
    (tmp_path / "r.yaml").write_text(rules)
    (tmp_path / "t.csv").write_text(trace or "")
    try:
        fitted = load_trace(tmp_path / "t.csv") if trace is not None else None
        asked, written = load_scenario(tmp_path / "s.yaml", with_trace=trace is not None)
        load_rules(tmp_path / "r.yaml", asked, written, fitted)
    except DocumentError as error:
        return [str(problem).replace(f"{tmp_path}/", "") for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        (CALLS, []),
        (
            "arrivals: [{queue: sales, per_hour: 60}]\n",
            ["s.yaml:1: arrivals: needs hours: how long callers come"],
        ),
        (
            "hours: 2\narrivals:\n  - {queue: sale, per_hour: 60}\n",
            ["s.yaml:3: arrivals.0.queue: r.yaml has no queue 'sale' (did you mean 'sales'?)"],
        ),
        (
            "hours: 2\narrivals:\n  - queue: sales\n",
            ["s.yaml:3: arrivals.0: needs either per_hour or half_hours"],
        ),
        (
            CALLS + "patience: {kind: exponental, mean_s: 3}\n",
            [
                "s.yaml:3: patience.kind: 'exponental' is none of 'constant', 'exponential', 'lognormal', "
                "'gamma', 'empirical', 'never', 'trace' (did you mean 'exponential'?)"
            ],
        ),
        (
            CALLS + "handling: {kind: trace}\n",
            ["s.yaml:3: handling: comes from a trace: name it with --trace"],
        ),
        ("hours: 2\n", ["s.yaml:1: arrivals: comes from a trace: name it with --trace"]),
        (CALLS + "warm_up_h: 2\n", ["s.yaml:3: warm_up_h: must be less than the 2 hours of the whole"]),
        (
            CALLS + "agents:\n  - {ids: [anna]}\n",
            ["s.yaml:4: agents.0.ids.0: the rules know no agent 'anna' (did you mean 'ana'?)"],
        ),
        (
            CALLS + "agents:\n  - {ids: [ana]}\n  - {ids: [ana]}\n",
            ["s.yaml:5: agents.1: 'ana' is described twice"],
        ),
        (
            CALLS + "agents:\n  - {ids: [ana], skills: {sales: 9}}\n",
            ["s.yaml:4: agents.0.skills: the rules say what these agents can do: use name and count"],
        ),
        (
            CALLS + "zone: Mars/Olympus\n",
            ["s.yaml:3: zone: 'Mars/Olympus' is no time zone, such as Europe/Paris"],
        ),
        (
            CALLS + "faults:\n  link_cuts:\n    - {at_h: 1, for_s: 60}\n    - {at_h: 1.01, for_s: 60}\n",
            ["s.yaml:6: faults.link_cuts.1.at_h: begins before the cut above is over"],
        ),
        (CALLS + "colour: blue\n", ["s.yaml:3: colour: unknown key"]),
    ],
)
def test_mistakes_are_told_with_their_places(tmp_path: Path, scenario: str, said: list[str]) -> None:
    assert problems(tmp_path, scenario) == said


def test_rules_that_nobody_who_works_can_serve_are_told(tmp_path: Path) -> None:
    said = problems(tmp_path, CALLS, RULES.replace("requires: {sales: 5}", "requires: {sails: 5}"))
    assert said[0].startswith("r.yaml:5: queues.0.requires.sails: no agent has the skill 'sails'")
    nobody = problems(tmp_path, CALLS, "agents:\n  ana: 7\nqueues: []\n")
    assert nobody[0].startswith("r.yaml:2: agents.ana")


def test_the_callers_of_a_trace_need_their_queue(tmp_path: Path) -> None:
    said = problems(tmp_path, "{}", RULES, TRACE.replace("sales", "sail"))
    assert said == [
        "r.yaml: queues: has no queue 'sail', to which callers of the trace come (did you mean 'sales'?)"
    ]


def test_a_trace_that_is_none_is_told(tmp_path: Path) -> None:
    assert problems(tmp_path, "{}", RULES, "hello\n") == ["t.csv:1: hello: no column of a trace"]
    only_menu = "".join(TRACE.splitlines(keepends=True)[i] for i in (0, 3))
    assert problems(tmp_path, "{}", RULES, only_menu) == ["t.csv: no call of this trace came to a queue"]


def setting(tmp_path: Path, scenario: str, trace: str | None = None) -> Setting:
    assert problems(tmp_path, scenario, RULES, trace) == []
    fitted = load_trace(tmp_path / "t.csv") if trace is not None else None
    asked, _ = load_scenario(tmp_path / "s.yaml", with_trace=trace is not None)
    return Setting.of(asked, fitted, asked.runs)


def clock(at: Instant) -> str:
    return datetime.fromtimestamp(at / 1e6, UTC).strftime("%d %H:%M")


def test_shifts_come_every_day_by_the_clock_of_the_place(tmp_path: Path) -> None:
    text = CALLS.replace("hours: 2", "hours: 30\nzone: Europe/Paris\nstarts: 2026-01-05 12:00")
    text += (
        'agents:\n  - ids: [ana]\n    shifts: [{from: "22:00", to: "06:00"}, {from: "06:00", to: "07:00"}]\n'
    )
    made = setting(tmp_path, text)
    asked, written = load_scenario(tmp_path / "s.yaml", with_trace=False)
    rules = load_rules(tmp_path / "r.yaml", asked, written, None)
    assert list(rules.agents) == ["ana"]
    shifts = made.people(rules, 1)[AgentId("ana")].shifts
    assert [(clock(since), clock(to)) for since, to in shifts][:2] == [
        ("05 21:00", "06 06:00"),
        ("06 21:00", "07 06:00"),
    ]


def test_new_agents_have_the_skills_the_scenario_gives_them(tmp_path: Path) -> None:
    setting(tmp_path, CALLS + "agents:\n  - {name: temp, count: 3, skills: {sales: 7}}\n")
    asked, written = load_scenario(tmp_path / "s.yaml", with_trace=False)
    rules = load_rules(tmp_path / "r.yaml", asked, written, None)
    assert list(rules.agents) == ["temp1", "temp2", "temp3"]
    assert rules.agents[AgentId("temp2")].skills.level("sales") == 7


def test_callers_follow_the_half_hours(tmp_path: Path) -> None:
    rates = [0] * 48
    rates[20], rates[21] = 200, 50
    text = f"starts: 2026-01-05 00:00\nhours: 48\narrivals: [{{queue: sales, half_hours: {rates}}}]\n"
    callers = list(setting(tmp_path, text).callers(1))
    by_slot = [0] * 96
    for caller in callers:
        by_slot[int((caller.at / 1e6 - datetime(2026, 1, 5, tzinfo=UTC).timestamp()) // 1800)] += 1
    assert [slot for slot, count in enumerate(by_slot) if count] == [20, 21, 68, 69]
    assert by_slot[20] + by_slot[68] == pytest.approx(400, abs=60)
    assert by_slot[21] + by_slot[69] == pytest.approx(100, abs=30)
    assert [c.at for c in callers] == sorted(c.at for c in callers)


def test_a_trace_brings_its_callers_agents_and_days(tmp_path: Path) -> None:
    made = setting(tmp_path, "{zone: Asia/Jerusalem}", TRACE)
    asked, written = load_scenario(tmp_path / "s.yaml", with_trace=True)
    fitted = load_trace(tmp_path / "t.csv")
    rules = load_rules(tmp_path / "r.yaml", asked, written, fitted)
    assert list(rules.agents) == ["ana", "guest-2"]
    assert rules.agents[AgentId("ana")].skills.level("sales") == 8, "what the rules say goes first"
    assert [clock(edge) for edge in made.edges] == ["02 22:00", "03 22:00", "04 09:00"]
    callers = list(made.callers(1))
    assert [caller.call_id for caller in callers] == ["1", "2", "4", "5"]
    assert [clock(caller.at) for caller in callers] == ["03 07:00", "03 07:01", "03 09:00", "04 09:00"]
    assert callers[0].handling == 100_000_000
    assert callers[1].patience == 30_000_000, "who gave up shows how patient he was"
    assert callers[1].handling in (100_000_000, 50_000_000), "drawn from others, too short services left out"
    assert callers[3].handling == 5_000_000, "what is known stays as it was"
    assert all(c.patience is None for c in (callers[0], callers[2])), "nobody normal was seen to give up"
    shifts = made.people(rules, 1)[AgentId("ana")].shifts
    assert [(clock(since), clock(to)) for since, to in shifts] == [
        ("03 07:00", "03 07:01"),
        ("03 09:00", "03 09:01"),
    ]


@pytest.mark.parametrize(
    ("name", "plain"), [("AVI", "avi"), ("Guest 2", "guest-2"), ("7", "agent-7"), ("É", "agent")]
)
def test_names_of_a_trace_become_names_of_the_rules(name: str, plain: str) -> None:
    assert agent_id(name) == plain
