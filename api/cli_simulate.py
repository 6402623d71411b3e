"""``callwright simulate``: what callers would meet under some rules. A tool of its own; publishes nothing."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from api.printing import harmless, print_json, print_lines
from cti.simulator.loading import load_rules, load_scenario, load_trace
from cti.simulator.report import as_json, print_text
from cti.simulator.setting import Setting
from cti.simulator.study import Result, run_into, seed_of
from ivr.document import DocumentError


def simulate(
    rules: Annotated[Path, typer.Option(help="The rules, such as config/rules.yaml.")],
    scenario: Annotated[
        Path, typer.Option(help="Who calls and who works, such as config/scenarios/day.yaml.")
    ],
    trace: Annotated[
        Path | None, typer.Option(help="Calls as they came, a CSV file; see 'callwright trace'.")
    ] = None,
    compare: Annotated[
        list[Path] | None, typer.Option(help="Other rules for the same callers; may be repeated.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="In place of the scenario's.")] = None,
    runs: Annotated[int | None, typer.Option(min=1, max=10_000, help="In place of the scenario's.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Let invented or recorded callers meet the rules, and tell what becomes of them, with 95 % intervals.

    The callers are the same for all rules compared. Nothing is published and nothing is changed.
    """
    calls = load_trace(trace) if trace is not None else None
    asked, written = load_scenario(scenario, with_trace=calls is not None)
    files = [rules, *(compare or ())]
    results = [Result(str(file), load_rules(file, asked, written, calls)) for file in files]
    if runs is None:
        runs = (
            1
            if calls is not None and not asked.arrivals and "runs" not in asked.model_fields_set
            else asked.runs
        )
    first = asked.seed if seed is None else seed
    setting = Setting.of(asked, calls, runs)
    began = time.process_time()
    _live(setting, results, first, runs)
    spent = time.process_time() - began
    lived = sum(result.calls for result in results)
    if json:
        print_json(
            as_json(
                results,
                scenario=str(scenario),
                trace=None if trace is None else str(trace),
                seed=first,
                calls_per_cpu_second=round(lived / max(spent, 1e-9)),
            )
        )
        return
    print_text(results)
    print_lines([f"seed {first}; {lived} calls in {spent:.1f} s of processor time"])


def _live(setting: Setting, results: list[Result], seed: int, runs: int) -> None:
    """All runs, with a bar on standard error while somebody watches."""
    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("simulating", total=runs * len(results))
        done = 0
        for run in range(runs):
            for result in results:
                run_into(
                    result,
                    setting,
                    seed_of(seed, run),
                    lambda share, before=done: progress.update(task, completed=before + share),  # type: ignore[misc]
                )
                done += 1
                progress.update(task, completed=done)


def main() -> None:
    """The command by itself, without what the others need: that is how the compiled core is used."""
    try:
        typer.run(simulate)
    except DocumentError as wrong:
        print(*(harmless(line) for line in str(wrong).splitlines()), sep="\n", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
