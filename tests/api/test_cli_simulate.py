"""``callwright simulate`` as a user meets it: files in, tables or JSON out, nothing else touched."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.cli import main

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "config" / "scenarios"


def simulate(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as over:
        main(["simulate", *map(str, arguments)])
    said = capsys.readouterr()
    code = over.value.code
    assert isinstance(code, int)
    return code, said.out, said.err


def figures(report: dict[str, Any], rules: int = 0) -> dict[tuple[str | None, str | None], dict[str, Any]]:
    return {(row["queue"], row["class"]): row for row in report["rules"][rules]["figures"]}


def test_the_day_that_comes_with_the_house(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = simulate(
        capsys, "--rules", ROOT / "config/rules.yaml", "--scenario", SCENARIOS / "day.yaml", "--runs", "5"
    )
    assert (code, err) == (0, "")
    assert "unexplained: 0" in out
    for row in ("all", "sales", "support", "billing", "vip", "returning", "sales vip", "sales normal"):
        assert f"\n{row} " in out
    assert "±" in out
    assert "seed 1;" in out


def test_two_sets_of_rules_meet_the_same_callers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = tmp_path / "short.yaml"
    text = (SCENARIOS / "six-skills.yaml").read_text()
    scenario.write_text(text.replace("hours: 220", "hours: 4").replace("warm_up_h: 20", "warm_up_h: 1"))
    rules = [SCENARIOS / f"six-skills-{name}.yaml" for name in ("siloed", "two-each", "pooled")]
    arguments = ["--scenario", scenario, "--rules", rules[0], "--compare", rules[1], "--compare", rules[2]]
    code, out, err = simulate(capsys, *arguments, "--seed", "5", "--json", "--runs", "5")
    assert (code, err) == (0, "")
    report = json.loads(out)
    assert (report["seed"], [one["runs"] for one in report["rules"]]) == (5, [5, 5, 5])
    assert [one["unexplained"] for one in report["rules"]] == [0, 0, 0]
    assert len({one["calls"] for one in report["rules"]}) == 1, "the same callers"
    waits = [figures(report, n)[None, None]["mean_wait_s"]["value"] for n in range(3)]
    assert waits[0] > waits[1] > 0
    assert waits[0] > waits[2] > 0
    difference = report["differences"][1]["figures"][0]["mean_wait_s"]
    assert difference["value"] == pytest.approx(waits[2] - waits[0])
    assert difference["interval"][1] < 0
    assert set(figures(report)) == {(None, None), *((f"q{n}", None) for n in range(1, 7))}
    again = json.loads(simulate(capsys, *arguments, "--seed", "5", "--json", "--runs", "5")[1])
    assert {**report, "calls_per_cpu_second": 0} == {**again, "calls_per_cpu_second": 0}
    code, out, _ = simulate(capsys, *arguments, "--runs", "2")
    assert code == 0
    assert f"{rules[1]} less {rules[0]}, the same callers in both" in out


def test_a_trace_is_lived_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["call_id,arrived_at,customer,queue,call_class,ivr_s,waited_s,outcome,service_s,agent"]
    for day in range(4, 8):
        for minute in range(0, 60, 2):
            served = minute % 6
            came, kind = f"1999-01-0{day}T09:{minute:02d}:00Z", "normal" if minute % 4 else "vip"
            end = f"answered,{90 + minute},DANA" if served else "abandoned,,"
            lines.append(f"{day}-{minute},{came},{minute},sales,{kind},5,{minute},{end}")
    (tmp_path / "calls.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "rules.yaml").write_text("queues:\n  - {id: sales, requires: {sales: 1}, wrap_up_s: 0}\n")
    (tmp_path / "trace.yaml").write_text("zone: UTC\n")
    code, out, err = simulate(
        capsys,
        *("--rules", tmp_path / "rules.yaml", "--scenario", tmp_path / "trace.yaml"),
        *("--trace", tmp_path / "calls.csv", "--json"),
    )
    assert (code, err) == (0, "")
    report = json.loads(out)
    assert report["rules"][0]["calls"] == 4 * 30
    assert report["rules"][0]["samples"] == 4, "its days"
    rows = figures(report)
    assert set(rows) == {(None, None), (None, "vip"), (None, "normal")}
    assert rows[None, None]["unexplained"] == 0
    assert rows[None, None]["offered_in_all"] == 120


def test_mistakes_are_one_line_each_and_the_exit_code_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("hours: 2\narrivals:\n  - {queue: sails, per_hour: 60}\n")
    code, out, err = simulate(capsys, "--rules", ROOT / "config/rules.yaml", "--scenario", wrong)
    assert (code, out) == (1, "")
    assert err.startswith(f"{wrong}:3: arrivals.0.queue: {ROOT}/config/rules.yaml has no queue 'sails'")
    code, out, err = simulate(capsys, "--rules", tmp_path / "none.yaml", "--scenario", SCENARIOS / "day.yaml")
    assert (code, out) == (1, "")
    assert "none.yaml: cannot be read" in err
