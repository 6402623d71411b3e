"""``callwright customers``: who is kept, and lists of customers taken in."""

import csv
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from api.asking import AsJson, ConfigPath, client
from api.client import EngineClient, SaidNo
from api.printing import print_json, print_lines, print_table
from cti.config import DEFAULT_CONFIG, load_config
from cti.customer_csv import CustomerFile, NotCustomers, Row

AT_ONCE = 200
"""Rows sent to the engine at a time."""
PREVIEWED = 5
MOST_SHOWN = 20
"""Rejected rows named on the screen; the file of rejected rows has them all."""

customers = typer.Typer(help="Customers: who is calling.", no_args_is_help=True, rich_markup_mode=None)


@customers.callback()
def _group() -> None:
    """Customers: who is calling."""


@customers.command()
def show(
    customer_id: Annotated[str, typer.Argument(metavar="ID")],
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """One customer, and his latest calls."""
    with client(config) as engine:
        customer = engine.get("customers", customer_id)
        calls = engine.get("calls", "history", params={"customer": customer_id, "limit": 10})["calls"]
    if as_json:
        print_json({"customer": customer, "calls": calls})
        return
    print_lines(_told(customer))
    columns = {"arrived_at": "arrived", "queue_id": "queue", "outcome": "outcome", "agent_id": "agent"}
    print_table(columns, calls, "no calls on record")


def _told(customer: dict[str, Any]) -> Iterator[str]:
    for name, value in customer.items():
        if isinstance(value, dict):
            yield from (f"{name}: {what}: {text}" for what, text in value.items())
        elif value not in (None, []):
            yield f"{name}: {', '.join(value) if isinstance(value, list) else value}"


@customers.command()
def find(
    text: Annotated[
        str | None,
        typer.Argument(metavar="NUMBER|TEXT", help="A number, or how an id or a name begins."),
    ] = None,
    segment: Annotated[str | None, typer.Option(help="Only of this segment.")] = None,
    agent: Annotated[str | None, typer.Option(help="Only whom this agent looks after.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Customers at most.")] = 50,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Customers by number, by the beginning of id or name, by segment or by agent."""
    filters = {"segment": segment, "own_agent": agent, "limit": str(limit)}
    with client(config) as engine:
        found: list[dict[str, Any]] = []
        if text is not None and sum(c.isdigit() for c in text) >= 3:
            found = engine.get("customers", params={"number": text})["customers"]
        if not found:
            asked = {name: value for name, value in {**filters, "text": text}.items() if value is not None}
            found = engine.get("customers", params=asked)["customers"]
    if as_json:
        print_json(found)
        return
    columns = {
        "customer_id": "customer",
        "name": "name",
        "numbers": "numbers",
        "segment": "segment",
        "language": "language",
        "own_agent": "own agent",
        "last_agent": "last agent",
    }
    print_table(columns, found, "nobody is found")


_PREVIEW = {
    "customer_id": "customer",
    "numbers": "numbers",
    "name": "name",
    "segment": "segment",
    "language": "language",
    "own_agent": "own agent",
}


@dataclass(slots=True)
class _Import:
    """What an import has come to so far."""

    rows: int = 0
    taken: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    preview: list[dict[str, Any]] = field(default_factory=list)
    faulty: list[tuple[tuple[str, ...], dict[str, Any]]] = field(default_factory=list)

    def reject(self, row: Row, fault: str, why: str, customer_id: str | None) -> None:
        told = {"line": row.line, "customer_id": customer_id, "field": fault, "why": why}
        self.rejected.append(told)
        self.faulty.append((row.cells, told))


@customers.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="One customer a line; - for stdin.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would become of it.")] = False,
    rejects: Annotated[
        Path | None, typer.Option(help="Where rejected rows go; by default FILE.rejected.csv.")
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Take in a list of customers: every well-written row, each in place of what was kept of him.

    The others go to a file of their own with line, field and reason: correct them there and import it.
    """
    settings = load_config(config)
    text = _text_of(file)
    reader = CustomerFile(
        io.StringIO(text, newline=""), settings.customers.region, [agent.id for agent in settings.agents]
    )
    done = _Import()
    try:
        with client(config) as engine, _progress(text) as bar:
            for rows in _in_batches(reader.rows()):
                _take(engine, reader.columns, rows, dry_run, done)
                bar.update(bar.task_ids[0], completed=rows[-1].line)
    except NotCustomers as problem:
        already = f"; {done.taken} rows before it were taken" if done.taken and not dry_run else ""
        raise SaidNo(f"{file}: {problem}{already}") from None
    where = rejects or (None if str(file) == "-" else file.with_suffix(".rejected.csv"))
    if done.faulty and where is not None:
        _write_rejected(where, reader.columns, done)
    if as_json:
        print_json(
            {
                "rows": done.rows,
                "taken": done.taken,
                "dry_run": dry_run,
                "rejected": done.rejected,
                "rejects_file": str(where) if done.faulty and where is not None else None,
            }
        )
    else:
        _print(done, dry_run, where)
    if done.rejected:
        raise typer.Exit(1)


def _in_batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, AT_ONCE)):
        yield batch


def _text_of(file: Path) -> str:
    raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SaidNo(f"{file}: line {line} is not UTF-8: save it as 'CSV UTF-8'") from None


def _progress(text: str) -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn("customers"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
    bar.add_task("rows", total=text.count("\n") + 1)
    return bar


def _take(
    engine: EngineClient, columns: Sequence[str], rows: Sequence[Row], dry_run: bool, done: _Import
) -> None:
    """Send the well-written rows; what the engine does not take of them is rejected too."""
    done.rows += len(rows)
    good: list[Row] = []
    for row in rows:
        if row.record is not None:
            good.append(row)
        for fault in row.faults:
            done.reject(row, fault.field, fault.why, None)
    if not good:
        return
    body = io.StringIO(newline="")
    writer = csv.writer(body)
    writer.writerow(columns)
    writer.writerows(row.cells for row in good)
    query = {"dry_run": "true" if dry_run else "false"}
    report = engine.send_csv("customers", "import", text=body.getvalue(), params=query)
    done.taken += report["taken"]
    refused = {one["row"] for one in report["rejected"]}
    for one in report["rejected"]:
        done.reject(good[one["row"] - 1], one["field"], one["why"], one["customer_id"])
    for number, row in enumerate(good, 1):
        if number not in refused and len(done.preview) < PREVIEWED and row.record is not None:
            kept = {name: getattr(row.record, name) for name in _PREVIEW}
            done.preview.append(kept | {"numbers": list(row.record.numbers)})


def _write_rejected(path: Path, columns: Sequence[str], done: _Import) -> None:
    """The rejected rows as they were, with three columns before them. It can be corrected and imported."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        kept = [at for at, column in enumerate(columns) if not column.startswith("rejected.")]
        writer.writerow([*(columns[at] for at in kept), "rejected.line", "rejected.field", "rejected.why"])
        by_line: dict[int, tuple[tuple[str, ...], list[dict[str, Any]]]] = {}
        for cells, told in done.faulty:
            by_line.setdefault(told["line"], (cells, []))[1].append(told)
        for line, (cells, all_told) in by_line.items():
            cut = [*cells, *[""] * len(columns)][: len(columns)]
            fields, whys = ([told[what] for told in all_told] for what in ("field", "why"))
            writer.writerow([*(cut[at] for at in kept), line, " ".join(fields), "; ".join(whys)])


def _print(done: _Import, dry_run: bool, where: Path | None) -> None:
    if dry_run:
        print_table(_PREVIEW, done.preview, "no row could be taken")
    print_lines(
        f"line {one['line']}: {one['field'] or 'row'}: {one['why']}" for one in done.rejected[:MOST_SHOWN]
    )
    if len(done.rejected) > MOST_SHOWN:
        print(f"and {len(done.rejected) - MOST_SHOWN} more")
    verb = "would be taken" if dry_run else "taken"
    rejected = len({one["line"] for one in done.rejected})
    print(f"{done.rows} rows: {done.taken} {verb}, {rejected} rejected")
    if done.faulty and where is not None:
        print_lines([f"rejected rows are in {where}"])
