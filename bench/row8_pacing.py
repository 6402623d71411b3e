"""Row 8: how much agents talk, and how many answer into silence, under predictive pacing and under others.

Campaigns of invented people in virtual time, on the product's own pacing (``dialer``) and its own ACD; see
docs/reference/dial-sim.md. Nothing of a day is known to the product beforehand: every day begins with an
empty ledger and nothing learnt. Cells: answer rate .15, .30, .50 and drifting, 5 to 100 agents; and what is
hard: the rate jumps from .15 to .6 within a minute, half the agents leave, the list ends. Talk 120 s, wrap-up
15 s, ring 10 s in the mean.

Peers: one line for each idle agent; a fixed ratio of lines to agents, the best found in hindsight; a ratio
that adapts to idle agents and drops, from its description; and the product's own decisions by the true rates
and distributions, risking in hindsight just what is allowed (semi-clairvoyant).

Run: python -m bench.row8_pacing [--jobs N]; with --agents, --cells or --days only a part, and no report.
"""

import argparse
import math
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from bench.common import report
from bench.common.machine import Load
from cti.simulator.dialling.report import over, told
from cti.simulator.dialling.scenario import DiallingScenario
from cti.simulator.dialling.study import CALLWRIGHT, FOREKNOWING, POLICIES, PROGRESSIVE, Course, live
from cti.simulator.estimate import Estimate

SEED = 8
DAYS = {5: 12, 10: 12, 20: 12, 50: 6, 100: 4}
"""Of each cell, by its agents; a day of many agents has many answers."""
DRIFT = [(0, 0.20), (2, 0.45), (4, 0.15), (6, 0.50), (8, 0.25)]
JUMP = [(0, 0.15), (4, 0.15), (4 + 1 / 60, 0.60)]
STEADY = {".15": 0.15, ".30": 0.30, ".50": 0.50, "drifting": None}
HARD = ("jump", "half leave", "list ends")
HARD_AGENTS = (10, 20, 50)
GOAL_DAYS, GOAL_CLAIRVOYANT, GOAL_CLAIRVOYANT_10, GOAL_PROGRESSIVE = 0.95, 0.97, 0.93, 1.2
MANY = 20
"""Agents from which on the higher goals hold."""

Cell = tuple[str, int]


def scenario_of(cell: Cell) -> DiallingScenario:
    """A day of the cell."""
    name, agents = cell
    what: dict[str, Any] = {"agents": agents}
    if name == "jump":
        what["answer_rate"] = [{"at_h": at, "rate": rate} for at, rate in JUMP]
    elif name == "drifting":
        what["answer_rate"] = [{"at_h": at, "rate": rate} for at, rate in DRIFT]
    elif name == "half leave":
        what["leave"] = [{"at_h": 4, "agents": agents // 2}]
    elif name == "list ends":
        what["leads"] = agents * 300  # in the third hour or so
    else:
        what["answer_rate"] = STEADY[name]
    return DiallingScenario.model_validate(what)


def lived(task: tuple[Cell, str, int]) -> Course:
    """One policy's days in one cell."""
    cell, policy, days = task
    return live(policy, scenario_of(cell), days, SEED)


def share_at_least(held: int, of: int) -> float:
    """The lower end of the exact 95 % interval (Clopper and Pearson) of a share."""
    if not held:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(60):
        share = (low + high) / 2
        reached = math.fsum(
            math.comb(of, n) * share**n * (1 - share) ** (of - n) for n in range(held, of + 1)
        )
        low, high = (share, high) if reached < 0.025 else (low, share)
    return low


def said(found: Estimate | None, factor: float = 1, digits: int = 3) -> str:
    if found is None:
        return "-"
    half = "" if found.half_width is None else f" ±{factor * found.half_width:.{digits}f}"
    return f"{factor * found.value:.{digits}f}{half}"


def show(cell: Cell, courses: Sequence[Course]) -> None:
    """One cell's lines of the table."""
    ours = courses[0]
    for course in courses:
        times = over(ours.utilisation, course.utilisation)
        kept = sum(day.abandoned <= 0.03 * day.live for day in course.days)
        setting = "" if course.setting is None else f"   found: {course.setting:.4g}"
        print(
            f"{cell[0]:<11}{cell[1]:>4}  {course.policy:<17}{said(course.utilisation, 100, 2):>14}"
            f"{said(course.abandoned, 100, 2):>14}{kept:>6}/{len(course.days):<4}{said(times):>14}{setting}",
            flush=True,
        )


def figures(courses: Sequence[Course]) -> dict[str, Any]:
    """For the report."""
    ours = courses[0]
    return {
        course.policy: {
            "utilisation": told(course.utilisation),
            "abandoned": told(course.abandoned),
            "days": len(course.days),
            "days_within": course.within(0.03),
            "ours_over_it": told(over(ours.utilisation, course.utilisation)),
            "setting": course.setting,
            "unexplained": course.unexplained,
        }
        for course in courses
    }


def bad_end(found: Estimate | None) -> float:
    return -math.inf if found is None or found.interval is None else found.interval[0]


def main(arguments: Sequence[str] | None = None) -> int:
    asked = argparse.ArgumentParser(prog="bench.row8_pacing")
    asked.add_argument("--jobs", type=int, default=1, help="processes")
    asked.add_argument("--agents", default="", help="only these numbers of agents: 10,20")
    asked.add_argument("--cells", default="", help="only these: .30,jump")
    asked.add_argument("--days", type=int, default=0, help="so many days of each cell, for a first look")
    options = asked.parse_args(arguments)
    cells = [(name, agents) for name in STEADY for agents in DAYS]
    cells += [(name, agents) for name in HARD for agents in HARD_AGENTS]
    wanted = [
        (name, agents)
        for name, agents in cells
        if (not options.agents or str(agents) in options.agents.split(","))
        and (not options.cells or name in options.cells.split(","))
    ]
    load, began = Load(), time.monotonic()
    print(
        f"{'cell':<11}{'N':>4}  {'policy':<17}{'talking %':>14}{'abandoned %':>14}{'days kept':>11}"
        f"{'ours over it':>14}"
    )
    by_cell = dict[Cell, list[Course]]()
    tasks = [(cell, policy, options.days or DAYS[cell[1]]) for cell in wanted for policy in POLICIES]
    with ProcessPoolExecutor(options.jobs) as pool:
        for (cell, _, _), course in zip(tasks, pool.map(lived, tasks), strict=True):
            courses = by_cell.setdefault(cell, [])
            courses.append(course)
            if len(courses) == len(POLICIES):
                show(cell, courses)
    kept = [day.abandoned <= 0.03 * day.live for courses in by_cell.values() for day in courses[0].days]
    days = share_at_least(sum(kept), len(kept))
    named = {
        cell: {course.policy: over(courses[0].utilisation, course.utilisation) for course in courses}
        for cell, courses in by_cell.items()
    }
    steady = [cell for cell in named if cell[0] in STEADY]
    clairvoyant = min((bad_end(named[c][FOREKNOWING]) for c in steady if c[1] >= MANY), default=math.nan)
    clairvoyant_10 = min((bad_end(named[c][FOREKNOWING]) for c in steady if c[1] == 10), default=math.nan)
    progressive = min(
        (bad_end(named[c][PROGRESSIVE]) for c in steady if c[0] == ".30" and c[1] >= MANY), default=math.nan
    )
    unexplained = sum(course.unexplained for courses in by_cell.values() for course in courses)
    print(
        f"\n{CALLWRIGHT}: {sum(kept)} of {len(kept)} days kept, at least {days:.1%} (goal {GOAL_DAYS:.0%})"
        f"\nbad ends: {clairvoyant:.3f} of semi-clairvoyant for N >= {MANY} (goal {GOAL_CLAIRVOYANT}), "
        f"{clairvoyant_10:.3f} at N = 10 (goal {GOAL_CLAIRVOYANT_10}); {progressive:.3f} times progressive "
        f"at .30, N >= {MANY} (goal {GOAL_PROGRESSIVE}); unexplained: {unexplained}; "
        f"{time.monotonic() - began:.0f} s"
    )
    if wanted != cells or options.days:
        print("only a part was measured: no report")
        return 0 if unexplained == 0 else 1
    met = (
        days >= GOAL_DAYS
        and clairvoyant >= GOAL_CLAIRVOYANT
        and clairvoyant_10 >= GOAL_CLAIRVOYANT_10
        and progressive >= GOAL_PROGRESSIVE
        and unexplained == 0
    )
    report.write(
        8,
        figures={
            "days_kept": sum(kept) / len(kept),
            "worst_over_semi_clairvoyant": clairvoyant,
            "worst_over_semi_clairvoyant_at_10": clairvoyant_10,
            "worst_over_progressive_at_30": progressive,
            "unexplained": unexplained,
        },
        peers={f"{name}, {agents} agents": figures(c) for (name, agents), c in by_cell.items()},
        goal=(
            f"abandoned <= 3.0 % on >= {GOAL_DAYS:.0%} of days; talking >= {GOAL_CLAIRVOYANT} x "
            f"semi-clairvoyant for N >= {MANY}, >= {GOAL_CLAIRVOYANT_10} x at N = 10; "
            f">= {GOAL_PROGRESSIVE} x progressive at .30, N >= {MANY}"
        ),
        interval={"days_kept": [days, 1.0]},
        met=met,
        versions={},
        load=load.told(),
        seeds={"all": SEED},
    )
    return 0 if unexplained == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
