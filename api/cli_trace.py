"""``callwright trace``: call logs of others, made into traces that the simulator replays."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from api.printing import print_json, print_lines, print_table
from cti.simulator.bank import BankLog, in_order
from cti.simulator.trace import TraceCall, write
from cti.simulator.trace_figures import Summary, figures

_A_FEW = 5_000
"""Calls between two steps of the progress display."""

trace = typer.Typer(
    help="Call logs as traces for the simulator.", no_args_is_help=True, rich_markup_mode=None
)


@trace.callback()
def _group() -> None:
    """Call logs as traces for the simulator."""


@trace.command(name="import-bank")
def import_bank(
    log: Annotated[
        Path, typer.Argument(metavar="FILE", help="The archive of the bank's log, or one month of it.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The trace to write, a CSV file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Make a trace of the bank's call log of 1999 (Guedj and Mandelbaum, Technion)."""
    reader = BankLog()
    calls = in_order(_watched(reader.read(log)))
    written = write(output, calls)
    told = _told(reader, figures(calls), output, written)
    if as_json:
        print_json(told)
        return
    print_lines(
        [
            f"{reader.rows} rows read: {reader.phantoms} phantoms removed, {reader.repaired} malformed rows "
            f"repaired, {sum(reader.dropped.values())} dropped",
            *(f"dropped: {count} rows, {why}" for why, count in reader.dropped.items()),
        ]
    )
    rows = [{"queue": "all", **told["all"]}, *({"queue": q, **row} for q, row in told["queues"].items())]
    print_table(_COLUMNS, [_shown(row) for row in rows], "no calls")
    print(f"{written} calls written to {output}")


_COLUMNS = {
    "queue": "queue",
    "calls": "calls",
    "waiting_share": "wait",
    "mean_wait_s": "mean wait s",
    "answered_share": "answered",
    "answered_within_20_s_share": "in 20 s",
    "abandoned_share": "abandoned",
    "left_ivr_share": "left menu",
    "mean_service_s": "service s",
    "mean_service_from_10_s_s": "service s, from 10 s",
}


def _told(reader: BankLog, summary: Summary, output: Path, written: int) -> dict[str, Any]:
    return {
        "rows": reader.rows,
        "phantoms_removed": reader.phantoms,
        "malformed_repaired": reader.repaired,
        "malformed_dropped": dict(reader.dropped),
        "written": written,
        "trace": str(output),
        "all": summary.all.told(),
        "queues": {queue_id: one.told() for queue_id, one in summary.by_queue.items()},
    }


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: f"{value:.1%}" if name.endswith("_share") and value is not None else value
        for name, value in row.items()
    }


def _watched(calls: Iterable[TraceCall]) -> Iterator[TraceCall]:
    """The calls, with how many there were so far on standard error while somebody watches."""
    console = Console(file=sys.stderr)
    columns = (SpinnerColumn(), TextColumn("{task.completed:.0f} calls read"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("read", total=None)
        for count, call in enumerate(calls, 1):
            if count % _A_FEW == 0:
                progress.update(task, completed=count)
            yield call
