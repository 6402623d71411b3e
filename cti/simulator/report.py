"""A study's figures as tables for people and as JSON for programs."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from acd.exits import QueueExit
from cti.simulator.estimate import Estimate, QuantileEstimate
from cti.simulator.figures import QUANTILES, Figures, Scope, figures
from cti.simulator.study import Result

SHOWN = (
    ("offered", "offered per run", "count"),
    ("answered", "answered", "share"),
    ("abandoned", "abandoned", "share"),
    ("mean_wait_s", "mean wait s", "seconds"),
    ("speed_of_answer_s", "ASA s", "seconds"),
    ("service_level", "service level", "share"),
    ("occupancy", "occupancy", "share"),
)
"""What has an interval by influences: name, title, kind."""
PLOT = "mean wait (dotted: its interval)"
_BAR = 40
"""Columns of the longest bar of a plot."""


def as_json(results: Sequence[Result], **about: Any) -> dict[str, Any]:
    """Everything, for programs. Differences are those of paired samples, to the first set of rules."""
    tables = [figures(result) for result in results]
    return {
        **about,
        "rules": [
            {
                "name": result.name,
                "runs": result.runs,
                "samples": len(result.samples),
                "calls": result.calls,
                "unexplained": table[Scope()].unexplained + result.core_unexplained,
                "not_carried_out": result.not_carried_out,
                "figures": [_told(row) for row in table.values()],
            }
            for result, table in zip(results, tables, strict=True)
        ],
        "differences": [
            {
                "rules": result.name,
                "to": results[0].name,
                "figures": [
                    _differences(row, tables[0][scope]) for scope, row in table.items() if scope in tables[0]
                ],
            }
            for result, table in zip(results[1:], tables[1:], strict=True)
        ],
    }


def _named(row: Figures) -> dict[str, Estimate | None]:
    return {
        "offered": row.per_run,
        "answered": row.answered,
        "abandoned": row.abandoned,
        "mean_wait_s": row.mean_wait,
        "speed_of_answer_s": row.speed_of_answer,
        "service_level": row.service_level,
        "occupancy": row.occupancy,
    }


def _told(row: Figures) -> dict[str, Any]:
    return {
        **_whose(row.scope),
        "offered_in_all": row.offered,
        "exits": {exit_.value: row.exits[exit_] for exit_ in QueueExit if row.exits.get(exit_)},
        "still_waiting_at_the_end": row.still_here,
        "unexplained": row.unexplained,
        **{name: _estimate(value) for name, value in _named(row).items()},
        "wait_quantiles_s": {
            f"{share:g}": None if found is None else {"value": found.value, "interval": found.interval}
            for share, found in row.wait_quantiles.items()
        },
        "longest_wait_s": row.longest_wait,
    }


def _differences(row: Figures, base: Figures) -> dict[str, Any]:
    before = _named(base)
    pairs = {name: (value, before[name]) for name, value in _named(row).items()}
    return {
        **_whose(row.scope),
        **{name: _estimate(_less(after, was)) for name, (after, was) in pairs.items()},
    }


def _less(after: Estimate | None, was: Estimate | None) -> Estimate | None:
    return None if after is None or was is None else after.less(was)


def _whose(scope: Scope) -> dict[str, str | None]:
    return {"queue": scope.queue_id, "class": scope.call_class}


def _estimate(found: Estimate | None) -> dict[str, Any] | None:
    return None if found is None else {"value": found.value, "interval": found.interval}


# -- for people ---------------------------------------------------------------------------------------


def as_text(results: Sequence[Result]) -> Group:
    """Tables for people: each set of rules, then how they differ."""
    tables = [figures(result) for result in results]
    parts: list[Any] = []
    for result, table in zip(results, tables, strict=True):
        parts += [
            Text(_title(result, table[Scope()]), style="bold"),
            _table(table),
            Text(),
            _exits(table),
            Text(),
            _plot(table),
            Text(),
        ]
    for result, table in zip(results[1:], tables[1:], strict=True):
        parts += [
            Text(f"{result.name} less {results[0].name}, the same callers in both", style="bold"),
            _difference_table(table, tables[0]),
        ]
    return Group(*parts)


def _title(result: Result, every: Figures) -> str:
    unexplained = every.unexplained + result.core_unexplained
    runs = "1 run" if result.runs == 1 else f"{result.runs} runs"
    said = f"{result.name}: {result.calls} calls in {runs}, {len(result.samples)} samples"
    said += f", unexplained: {unexplained}"
    if every.still_here:
        said += f", still waiting a day after the end: {every.still_here}"
    if result.not_carried_out:
        orders = ", ".join(f"{kind} ({n})" for kind, n in result.not_carried_out.items())
        said += f"\nnot simulated, callers and agents did nothing about it: {orders}"
    return said


def _table(rows: Mapping[Scope, Figures]) -> Table:
    table = _empty(
        "whose",
        *(title for _, title, _ in SHOWN),
        *(f"wait p{share * 100:g} s" for share in QUANTILES),
        "longest s",
    )
    for scope, row in rows.items():
        named = _named(row)
        table.add_row(
            Text(str(scope)),
            *(_cell(named[name], kind) for name, _, kind in SHOWN),
            *(_quantile(row.wait_quantiles[share]) for share in QUANTILES),
            "-" if row.longest_wait is None else f"{row.longest_wait:.0f}",
        )
    return table


def _exits(rows: Mapping[Scope, Figures]) -> Table:
    met = [exit_ for exit_ in QueueExit if any(row.exits.get(exit_) for row in rows.values())]
    table = _empty("whose", "offered", *(exit_.value.replace("_", " ") for exit_ in met), "unexplained")
    for scope, row in rows.items():
        counts = (str(row.exits.get(exit_, 0)) for exit_ in met)
        table.add_row(Text(str(scope)), str(row.offered), *counts, str(row.unexplained))
    return table


def _plot(rows: Mapping[Scope, Figures]) -> Table:
    """Mean waits as bars, their intervals as dashes."""
    found = {scope: row.mean_wait for scope, row in rows.items() if row.mean_wait is not None}
    most = max(((w.interval or (0, w.value))[1] for w in found.values()), default=0) or 1
    table = _empty("whose", PLOT, "s")
    for scope, wait in found.items():
        low, high = wait.interval or (wait.value, wait.value)
        solid, dashed = round(_BAR * max(0, low) / most), round(_BAR * high / most)
        table.add_row(Text(str(scope)), Text("█" * solid + "░" * (dashed - solid)), f"{wait.value:.1f}")
    return table


def _difference_table(rows: Mapping[Scope, Figures], base: Mapping[Scope, Figures]) -> Table:
    table = _empty("whose", *(title for _, title, _ in SHOWN), "mean wait, times")
    for scope, row in rows.items():
        if scope not in base:
            continue
        before, named = _named(base[scope]), _named(row)
        was, now = base[scope].mean_wait, row.mean_wait
        times = now.over(was) if now is not None and was is not None and was.value else None
        table.add_row(
            Text(str(scope)),
            *(_cell(_less(named[name], before[name]), kind, sign=True) for name, _, kind in SHOWN),
            _cell(times, "times"),
        )
    return table


def _empty(*titles: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for n, title in enumerate(titles):
        left = n == 0 or title == PLOT
        table.add_column(title, justify="left" if left else "right", no_wrap=True)
    return table


def _cell(found: Estimate | None, kind: str, *, sign: bool = False) -> str:
    if found is None:
        return "-"
    plus = "+" if sign else ""
    factor, digits = {"share": (100, 1), "seconds": (1, 1), "count": (1, 0), "times": (1, 2)}[kind]
    said = f"{found.value * factor:{plus}.{digits}f}"
    if found.half_width is not None:
        said += f" ±{found.half_width * factor:.{digits}f}"
    return said + (" %" if kind == "share" else "")


def _quantile(found: QuantileEstimate | None) -> str:
    if found is None:
        return "-"
    if found.interval is None:
        return f"{found.value:.1f}"
    return f"{found.value:.1f} ({found.interval[0]:.1f}-{found.interval[1]:.1f})"


def print_text(results: Sequence[Result]) -> None:
    """Print it; nothing is cut for a pipe."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=260)
    console.print(as_text(results))
