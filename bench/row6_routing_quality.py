"""Scoreboard row 6: routing quality. What the same callers meet under our rules and under others'.

(a) Six kinds of calls of 14 erlangs each (ten minutes a call) for 15 agents each: 84 erlangs on 90 agents,
    everybody waits for ever. Peers: six teams that do not help each other, first in first out; app_queue-
    style penalties (each agent a member of two queues, penalties 0 and 1); and everybody can do
    everything. The first and the last have exact means by Erlang C, 433.39 s and 41.20 s, and must hold
    them in their intervals. Two skills per agent under our rules are measured against the pooled floor of
    the same callers.
(b) The bank's call log again (Guedj and Mandelbaum, Technion), agents as they were there, patience by
    Kaplan and Meier: priority rules against one class for all. Priority 2 of the log is our VIP (in the
    log only those who waited have a priority). VIPs are the more patient ones there, so their going first
    costs abandonment among the others; weighing queues with short conversations more earns it back. These
    rules were chosen on January and are measured on February to July.

Needs the log for (b): CALLWRIGHT_SHARED_DATA, by default ../shared/data. Takes some ten minutes, a third
of it with ``scripts/compile-core run``. Run: python -m bench.row6_routing_quality [--runs K] [--hours H]
[--calls N]
"""

import argparse
import math
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import fmean
from typing import Any
from zoneinfo import ZoneInfo

import acd.engine
from acd import erlang
from acd.call import CallClass
from acd.ids import QueueId
from acd.instant import in_seconds, seconds
from acd.requirement import Requirement
from acd.rules import DEFAULT_CLASSES, AgentProfile, ClassRules, QueueRules, ReturningRules, Rules
from acd.skills import SkillSet
from acd.weight import EVEN, Weight
from bench.common import report
from bench.common.call_lists import Waits, penalties
from bench.common.machine import Load
from cti.simulator.bank import BankLog, in_order
from cti.simulator.estimate import Estimate, ratio
from cti.simulator.figures import Figures, Scope, figures
from cti.simulator.fitted import FittedTrace
from cti.simulator.loading import load_rules, load_scenario
from cti.simulator.scenario import Scenario
from cti.simulator.setting import Setting
from cti.simulator.study import Result, run_into, seed_of
from cti.simulator.trace import TraceCall, TraceOutcome
from cti.simulator.trace_figures import SHORT_SERVICE

ROOT = Path(__file__).parents[1]
SCENARIOS = ROOT / "config" / "scenarios"
DATA = Path(os.environ.get("CALLWRIGHT_SHARED_DATA", ROOT.parent / "shared" / "data"))
LOG = "anonymous_bank_1999_jan-jul.tar.gz"
SEED = 6
GOAL_TWO_SKILLS, GOAL_VIP = 1.25, 0.70

LOAD, AGENTS, HANDLING_S, KINDS = 84, 90, 600.0, 6
EXACT_POOLED_S = erlang.mean_wait(LOAD, AGENTS, HANDLING_S)
EXACT_SILOED_S = erlang.mean_wait(LOAD / KINDS, AGENTS // KINDS, HANDLING_S)


def shown(found: Estimate | None, factor: float = 1.0, digits: int = 1) -> str:
    """A figure and half its interval."""
    if found is None:
        return "-"
    half = found.half_width
    return f"{found.value * factor:.{digits}f}" + ("" if half is None else f" ±{half * factor:.{digits}f}")


def told(found: Estimate | None) -> dict[str, Any] | None:
    """A figure and its interval, for the report."""
    return None if found is None else {"value": found.value, "interval": found.interval}


# -- (a) six kinds of calls -----------------------------------------------------------------------------


def six_skills(runs: int, hours: float) -> dict[str, Any]:
    """Mean waits of every peer, and two skills over pooled, over the same runs."""
    scenario, written = load_scenario(SCENARIOS / "six-skills.yaml", with_trace=False)
    scenario = scenario.model_copy(update={"hours": hours, "warm_up_h": min(20.0, hours / 5)})
    setting = Setting.of(scenario, None, runs)
    ours = {
        name: Result(name, load_rules(SCENARIOS / f"six-skills-{file}.yaml", scenario, written, None))
        for name, file in (("siloed", "siloed"), ("two skills each", "two-each"), ("pooled", "pooled"))
    }
    members = [
        {f"q{kind + 1}": 0, f"q{other + 1}": 1}
        for kind in range(KINDS)
        for n in range(AGENTS // KINDS)
        for other in [(kind + 1 + n % (KINDS - 1)) % KINDS]
    ]
    theirs: list[Waits] = []
    for run in range(runs):
        seed = seed_of(SEED, run)
        for name, result in ours.items():
            began = time.process_time()
            run_into(result, setting, seed)
            spent = time.process_time() - began
            print(
                f"  run {run + 1} of {runs}, {name}: {result.calls // result.runs / spent:.0f} calls/s",
                flush=True,
            )
        counted = (
            wait for wait in penalties(setting.callers(seed), members, seed) if wait[0] >= setting.edges[0]
        )
        theirs.append(list(counted))
    waits: dict[str, Estimate | None] = {name: _mean_wait(result) for name, result in ours.items()}
    waits["app_queue-style penalties"] = ratio(
        [sum(in_seconds(wait) for _, wait in one) for one in theirs], [len(one) for one in theirs]
    )
    two, pooled = waits["two skills each"], waits["pooled"]
    assert two is not None
    assert pooled is not None
    times = two.over(pooled)
    unexplained = sum(figures(r)[Scope()].unexplained + r.core_unexplained for r in ours.values())
    print(f"\n{'84 erlangs on 90 agents':<34}{'mean wait s':>18}{'exact':>10}")
    exact = {"siloed": EXACT_SILOED_S, "pooled": EXACT_POOLED_S}
    for name in ("siloed", "app_queue-style penalties", "two skills each", "pooled"):
        by_formula = f"{exact[name]:.1f}" if name in exact else ""
        print(f"{name:<34}{shown(waits[name]):>18}{by_formula:>10}")
    print(f"two skills over pooled, the same callers: {shown(times, digits=3)} (goal <= {GOAL_TWO_SKILLS})")
    return {
        "calls": sum(result.calls for result in ours.values()),
        "unexplained": unexplained,
        "exact_s": {"pooled": EXACT_POOLED_S, "siloed": EXACT_SILOED_S},
        "exact_in_interval": {name: _holds(waits[name], value) for name, value in exact.items()},
        "mean_wait_s": {name: told(found) for name, found in waits.items()},
        "two_skills_over_pooled": told(times),
    }


def _mean_wait(result: Result) -> Estimate | None:
    return figures(result)[Scope()].mean_wait


def _holds(found: Estimate | None, value: float) -> bool:
    return (
        found is not None and found.interval is not None and found.interval[0] <= value <= found.interval[1]
    )


# -- (b) the bank ---------------------------------------------------------------------------------------

TUNED_ON = 1
"""The month by whose calls the rules below were chosen; it is left out of what is measured."""
VIP_STRONGLY = ClassRules(objective=seconds(20), offset=seconds(180), never_exceed=seconds(180))
STEEP = 4
"""Queues are weighed by how much shorter than average their conversations are, to this power."""


@dataclass(frozen=True)
class Bank:
    """Rules for the bank's floor: who can do what is as in the log, and nothing but priority differs."""

    trace: FittedTrace
    handling_s: Mapping[QueueId, float]
    """Mean of each queue's conversations, of the month the rules were chosen by."""

    def rules(self, vip: ClassRules, *, weights: bool = False) -> Rules:
        """Rules with this promise to VIPs, and with shorter conversations weighed more, or not."""
        normal = DEFAULT_CLASSES[CallClass.NORMAL]
        return Rules(
            run="bank",
            classes={CallClass.VIP: vip, CallClass.RETURNING: normal, CallClass.NORMAL: normal},
            returning=ReturningRules(boost=seconds(0)),
            queues={
                queue_id: QueueRules(
                    queue_id=queue_id,
                    requirement=Requirement.parse(f"type_{queue_id} >= 1"),
                    wrap_up=seconds(0),
                    capacity=10_000,
                    weight=self._weight(queue_id) if weights else EVEN,
                )
                for queue_id in self.trace.queues
            },
            agents={
                agent_id: AgentProfile(
                    agent_id=agent_id,
                    name=agent_id,
                    skills=SkillSet.of({f"type_{queue_id}": 5 for queue_id in queues}),
                )
                for agent_id, queues in self.trace.serves.items()
            },
        )

    def _weight(self, queue_id: QueueId) -> Weight:
        usual = fmean(self.handling_s.values())
        return Weight(max(1, round(EVEN * (usual / self.handling_s[queue_id]) ** STEEP)))


def bank(most: int | None) -> dict[str, Any] | None:
    """The log under three sets of rules; None where it is not here."""
    log = DATA / LOG
    if not log.exists():
        print(f"(b) is left out: {log} is not here (CALLWRIGHT_SHARED_DATA names the folder)")
        return None
    months: dict[bool, list[TraceCall]] = {True: [], False: []}
    zone = ZoneInfo("Asia/Jerusalem")
    for call in in_order(BankLog().read(log)):
        local = datetime.fromtimestamp(in_seconds(call.arrived_at), zone)
        months[local.month == TUNED_ON].append(call)
    tuned_on, calls = FittedTrace.of(months[True]), months[False][:most]
    trace = FittedTrace.of(calls)
    floor = Bank(trace, {queue_id: _mean_handling(tuned_on, queue_id) for queue_id in trace.queues})
    setting = Setting.of(Scenario.model_validate({"zone": "Asia/Jerusalem"}), trace, 1)
    normal = DEFAULT_CLASSES[CallClass.NORMAL]
    results = {
        "one class": Result("one class", floor.rules(normal)),
        "default classes": Result("default classes", floor.rules(DEFAULT_CLASSES[CallClass.VIP])),
        "classes and weights": Result("classes and weights", floor.rules(VIP_STRONGLY, weights=True)),
    }
    for name, result in results.items():
        began = time.process_time()
        run_into(result, setting, seed_of(SEED, 0))
        print(f"  {name}: {result.calls / (time.process_time() - began):.0f} calls/s", flush=True)
    tables = {name: figures(result) for name, result in results.items()}
    _print_bank(trace, tables)
    base = tables["one class"]
    return {
        "calls": len(trace.calls),
        "days": len(setting.edges) - 1,
        "unexplained": sum(
            tables[name][Scope()].unexplained + result.core_unexplained for name, result in results.items()
        ),
        "in_the_log": {str(scope): _logged(trace, scope) for scope in base if scope.queue_id is None},
        "rules": {
            name: {
                "classes": {str(s): _row(table[s]) for s in table if s.queue_id is None},
                "vip_wait_over_one_class": told(_times(table[VIP], base[VIP])),
                "abandoned_less_one_class": told(_less(table[Scope()], base[Scope()])),
            }
            for name, table in tables.items()
        },
    }


VIP = Scope(None, CallClass.VIP)


def _mean_handling(trace: FittedTrace, queue_id: QueueId) -> float:
    known = [c.service for c in trace.calls if c.queue == queue_id and c.service is not None]
    return fmean(in_seconds(span) for span in known if span >= SHORT_SERVICE)


def _times(after: Figures, before: Figures) -> Estimate:
    assert after.mean_wait is not None
    assert before.mean_wait is not None
    return after.mean_wait.over(before.mean_wait)


def _less(after: Figures, before: Figures) -> Estimate:
    assert after.abandoned is not None
    assert before.abandoned is not None
    return after.abandoned.less(before.abandoned)


def _row(one: Figures) -> dict[str, Any]:
    return {
        "offered": one.offered,
        "exits": {exit_.value: count for exit_, count in one.exits.items()},
        "still_here": one.still_here,
        "unexplained": one.unexplained,
        "mean_wait_s": told(one.mean_wait),
        "speed_of_answer_s": told(one.speed_of_answer),
        "abandoned": told(one.abandoned),
        "service_level": told(one.service_level),
    }


def _logged(trace: FittedTrace, scope: Scope) -> dict[str, float]:
    these = [call for call in trace.calls if scope.holds(call.queue, call.call_class)]
    return {
        "offered": len(these),
        "mean_wait_s": fmean(in_seconds(call.waited) for call in these),
        "abandoned": fmean(call.outcome is TraceOutcome.ABANDONED for call in these),
    }


def _print_bank(trace: FittedTrace, tables: Mapping[str, Mapping[Scope, Figures]]) -> None:
    base = tables["one class"]
    print(
        f"\n{'the bank, February to July 1999':<34}{'calls':>8}{'mean wait s':>14}{'ASA s':>14}"
        f"{'abandoned %':>14}{'unexplained':>12}"
    )
    for scope in (s for s in base if s.queue_id is None):
        was = _logged(trace, scope)
        print(
            f"{f'{scope}: in the log':<34}{was['offered']:>8.0f}{was['mean_wait_s']:>14.1f}{'':>14}"
            f"{100 * was['abandoned']:>14.2f}"
        )
        for name, table in tables.items():
            row = table[scope]
            print(
                f"{f'{scope}: {name}':<34}{row.offered:>8}{shown(row.mean_wait):>14}"
                f"{shown(row.speed_of_answer):>14}{shown(row.abandoned, 100, 2):>14}{row.unexplained:>12}"
            )
    for name, table in tables.items():
        if name != "one class":
            times, less = _times(table[VIP], base[VIP]), _less(table[Scope()], base[Scope()])
            print(
                f"{name}: VIP wait times {shown(times, digits=3)} (goal <= {GOAL_VIP}), "
                f"abandonment over all {shown(less, 100, 3)} points (goal <= 0)"
            )


# -- the row --------------------------------------------------------------------------------------------


def _end(found: Mapping[str, Any] | None) -> float:
    """The bad end of an interval."""
    return math.inf if found is None or found["interval"] is None else float(found["interval"][1])


def main(arguments: Sequence[str] | None = None) -> int:
    asked = argparse.ArgumentParser(prog="bench.row6_routing_quality")
    asked.add_argument("--runs", type=int, default=10, help="of (a)")
    asked.add_argument("--hours", type=float, default=220.0, help="of each run of (a)")
    asked.add_argument("--calls", type=int, default=None, help="of (b): only the first so many")
    options = asked.parse_args(arguments)
    load = Load()
    core = "compiled" if str(acd.engine.__file__).endswith(".so") else "interpreted"
    print(f"the core is {core}", flush=True)
    six = six_skills(options.runs, options.hours)
    log = bank(options.calls)
    two = _end(six["two_skills_over_pooled"])
    vip = more = math.inf
    if log is not None:
        best = log["rules"]["classes and weights"]
        vip, more = _end(best["vip_wait_over_one_class"]), _end(best["abandoned_less_one_class"])
    unexplained = six["unexplained"] + (0 if log is None else log["unexplained"])
    met = two <= GOAL_TWO_SKILLS and vip <= GOAL_VIP and more <= 0 and unexplained == 0
    print(
        f"\nbad ends: two skills {two:.3f} times pooled; VIP wait {vip:.3f} times; "
        f"abandonment {100 * more:+.3f} points; unexplained: {unexplained}"
    )
    report.write(
        6,
        figures={
            "two_skills_over_pooled": six["two_skills_over_pooled"],
            "bank": None if log is None else log["rules"]["classes and weights"],
            "unexplained": unexplained,
        },
        peers={"six_skills": six, "bank": log},
        goal=(
            f"two skills per agent: mean wait <= {GOAL_TWO_SKILLS} x pooled; bank: VIP wait <= {GOAL_VIP} x "
            "that of one class, at no more abandonment over all"
        ),
        interval={
            "two_skills_over_pooled": six["two_skills_over_pooled"],
            "vip_wait": None
            if log is None
            else log["rules"]["classes and weights"]["vip_wait_over_one_class"],
            "abandoned": None
            if log is None
            else log["rules"]["classes and weights"]["abandoned_less_one_class"],
        },
        met=met,
        versions={"core": core},
        load=load.told(),
        seeds={"all": SEED},
    )
    return 0 if unexplained == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
