"""``callwright campaign import``: a file of leads, read here and taken in by the engine."""

import csv
import getpass
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from api.asking import AsJson, ConfigPath, client
from api.client import EngineClient, SaidNo
from api.printing import print_json, print_lines, print_table
from cti.config import DEFAULT_CONFIG, Config, load_config
from cti.lead_document import Fault, ReadLead
from cti.lead_file import LeadFile, LeadRow
from cti.lead_mapping import PASSED_OVER, REJECTED, Dedupe, ListReading
from cti.numbers import REGIONS
from cti.sheet import WHOLE_FILES, NotASheet, Sheet, read_sheet
from dialer.ids import ListId

AT_ONCE = 200
"""Leads sent to the engine at a time."""
PREVIEWED = 5
LOOKED_AT = 100
MOST_SHOWN = 20
"""Rejected rows named on the screen; the file of rejected rows has them all."""

TheCampaign = Annotated[str, typer.Argument(metavar="CAMPAIGN")]
By = Annotated[str | None, typer.Option(help="Who says so; by default the user of this shell.")]


@dataclass(slots=True)
class _Import:
    """What an import has come to so far."""

    rows: int = 0
    taken: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    listed: int = 0
    """Numbers on do-not-call lists."""
    rejected: list[tuple[LeadRow, Fault]] = field(default_factory=list)
    notes: list[tuple[int, Fault]] = field(default_factory=list)
    preview: list[dict[str, Any]] = field(default_factory=list)
    not_yet: str | None = None

    @property
    def rejected_rows(self) -> int:
        """How many rows."""
        return len({row.line for row, _ in self.rejected})


def import_file(
    campaign: TheCampaign,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or XLSX; - for stdin.")],
    list_id: Annotated[
        str | None,
        typer.Option("--list", metavar="NAME", help="Into which list; by default the campaign's name."),
    ] = None,
    title: Annotated[str | None, typer.Option(help="The list's title, for people.")] = None,
    mapped: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="COLUMN=MEANING",
            help="What a column means: number, number:mobile@09:00-17:00, id, name, zone, priority, "
            "language, not_before, not_after, agent, customer_id, data.WHAT, - to pass it over. The others "
            "are guessed.",
        ),
    ] = None,
    region: Annotated[
        str | None, typer.Option(help="Where numbers without a country code are at home; else as configured.")
    ] = None,
    dedupe: Annotated[
        Dedupe | None, typer.Option(help="Among whom nobody's number may stand twice; by default campaign.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="A workbook's sheet; by default its first one.")] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Of a CSV file that is not Unicode; by default Windows-1252.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Who is not done and not in the file is taken off the list.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would become of it.")] = False,
    rejects: Annotated[
        Path | None, typer.Option(help="Where rejected rows go; by default FILE.rejected.csv.")
    ] = None,
    by: By = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Take a list of leads in: every well-written row; who is known is brought up to date, and what was done
    about him stays. The others go to a file of their own with line, field and reason: correct them there and
    import it. What the columns mean is kept with the list."""
    if region is not None and region not in REGIONS:
        raise SaidNo(f"--region must be a country's two capital letters, such as FR, not {region!r}")
    settings, name = load_config(config), list_id or campaign
    try:
        read = read_sheet(_raw(file), sheet=sheet, encoding=encoding)
        rows = list(read.rows)
    except NotASheet as problem:
        raise SaidNo(f"{file}: {problem}") from None
    whole = Sheet(read.columns, iter(rows), read.told)
    done = _Import(rows=len(rows))
    with client(config) as engine:
        known = _known_list(engine, campaign, name)
        said = _said(mapped or (), region, dedupe, known)
        reading = _reading(said, whole, [row.cells for row in rows[:LOOKED_AT]], settings, file)
        if not as_json:
            print_lines([f"{file}: {read.told}; {len(rows)} rows", *_columns(reading, read.columns)])
        there = {"list": name, "campaign": campaign, "edition": uuid4().hex, "dry_run": dry_run}
        there["dedupe"] = reading.dedupe.value
        if not dry_run:
            written = {"campaign": campaign, "reading": reading.model_dump(mode="json")}
            shown = known["title"] if known is not None and title is None else title or ""
            engine.put("lead-lists", name, body=written | {"title": shown})
        home = reading.region or settings.customers.region
        agents = [agent.id for agent in settings.agents]
        leads = LeadFile(whole, ListId(name), reading.mapping, home, agents)
        with _progress(len(rows)) as bar:
            for batch in _in_batches(leads.rows()):
                _take(engine, batch, there, done)
                bar.update(bar.task_ids[0], advance=len(batch))
        if replace and done.rejected and not dry_run:
            raise SaidNo(_half_read(done, _write_rejected(rejects, file, read.columns, done)))
        if not dry_run:
            end = {
                "list": name,
                "edition": there["edition"],
                "file": _named(file),
                "by": by or getpass.getuser(),
            }
            figures = {"rows": done.rows, "rejected": done.rejected_rows, "replace": replace}
            done.removed = engine.post("leads", "import", "end", body=end | figures)["removed"]
    where = _write_rejected(rejects, file, read.columns, done) if done.rejected else None
    _tell(done, reading, name, dry_run, where, as_json)
    if done.rejected:
        raise typer.Exit(1)


def _raw(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read(WHOLE_FILES.most_bytes + 1)
    try:
        with file.open("rb") as stream:
            return stream.read(WHOLE_FILES.most_bytes + 1)
    except OSError as error:
        raise SaidNo(f"{file}: {error.strerror}") from None


def _named(file: Path) -> str:
    return "".join(c if c.isprintable() else "?" for c in file.name)[:200] or "-"


def _known_list(engine: EngineClient, campaign: str, name: str) -> dict[str, Any] | None:
    found: list[dict[str, Any]] = engine.get("lead-lists", params={"campaign": campaign})
    return next((one for one in found if one["list"] == name), None)


def _said(
    mapped: Sequence[str], region: str | None, dedupe: Dedupe | None, known: dict[str, Any] | None
) -> ListReading:
    """What somebody has said now, beside what was kept with the list."""
    kept = ListReading() if known is None else ListReading.model_validate(known["reading"])
    columns: dict[str, str] = {}
    for one in mapped:
        column, equals, meaning = one.rpartition("=")
        if not equals or not column:
            raise SaidNo(f"--map {one!r}: must be COLUMN=MEANING, such as Mobile=number:mobile")
        columns[column] = meaning
    wanted = {
        "columns": {**columns, **{name: was for name, was in kept.columns.items() if name not in columns}},
        "region": region or kept.region,
        "dedupe": dedupe or kept.dedupe,
    }
    try:
        return ListReading.model_validate(wanted)
    except ValidationError as error:
        told = "; ".join(str(one["msg"]).removeprefix("Value error, ") for one in error.errors())
        raise SaidNo(f"--map: {told}") from None


def _reading(
    said: ListReading, sheet: Sheet, rows: Sequence[Sequence[str]], settings: Config, file: Path
) -> ListReading:
    home = said.model_copy(update={"region": said.region or settings.customers.region})
    guessed = said.model_copy(update={"columns": home.with_guesses(sheet.columns, rows).columns})
    faults = guessed.faults(sheet.columns)
    if faults:
        raise SaidNo("\n".join(f"{file}: {fault}" for fault in faults))
    return guessed


def _columns(reading: ListReading, columns: Sequence[str]) -> Iterator[str]:
    means = [(column, reading.columns[column]) for column in columns if column in reading.columns]
    yield "; ".join(f"{column} = {meaning}" for column, meaning in means if meaning != PASSED_OVER)
    over = [column for column in columns if reading.columns.get(column, PASSED_OVER) == PASSED_OVER]
    over = [column for column in over if not column.startswith(REJECTED)]
    if over:
        yield f"passed over: {', '.join(over)}"


def _in_batches(rows: Iterator[LeadRow]) -> Iterator[list[LeadRow]]:
    while batch := list(islice(rows, AT_ONCE)):
        yield batch


def _progress(total: int) -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn("leads"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
    bar.add_task("rows", total=total)
    return bar


def _take(engine: EngineClient, batch: Sequence[LeadRow], there: dict[str, Any], done: _Import) -> None:
    """Send those who are written well; whom the engine does not take is rejected too."""
    good: list[tuple[LeadRow, ReadLead]] = []
    for row in batch:
        done.rejected += [(row, fault) for fault in row.faults]
        if row.read is not None:
            good.append((row, row.read))
            done.notes += [(row.line, fault) for fault in row.notes]
    if not good:
        return
    told = engine.post("leads", body=there | {"leads": [_sent(read) for _, read in good]})
    done.taken += told["taken"]
    done.added += told["added"]
    done.changed += told["changed"]
    done.not_yet = told["not_yet"] or done.not_yet
    refused = {one["row"] for one in told["rejected"]}
    done.rejected += [(good[one["row"] - 1][0], Fault(one["field"], one["why"])) for one in told["rejected"]]
    for one in told["notes"]:
        done.listed += one["field"] == "do_not_call"
        fault = Fault(one["field"], one["why"])
        line = good[one["row"] - 1][0].line
        if (line, fault) not in done.notes[-AT_ONCE * 2 :]:  # doubtful numbers were told here already
            done.notes.append((line, fault))
    for place, (row, read) in enumerate(good, 1):
        if place not in refused and len(done.preview) < PREVIEWED:
            lead = read.lead
            data = ", ".join(f"{one.name}={one.value}" for one in lead.data)
            numbers = ", ".join(one.number for one in lead.numbers)
            seen = {"line": row.line, "lead_id": lead.lead_id, "name": lead.name, "numbers": numbers}
            done.preview.append(seen | {"zone": lead.zone or "", "priority": lead.priority, "data": data})


def _sent(read: ReadLead) -> dict[str, Any]:
    """A lead as the engine takes him: his numbers in their one form, without those that others have."""
    numbers = [
        {
            "number": one.number,
            "kind": one.kind,
            "since_minute": one.since_minute,
            "until_minute": one.until_minute,
        }
        for one in read.lead.numbers
    ]
    return read.document.model_dump(mode="json") | {"numbers": numbers}


def _half_read(done: _Import, where: Path | None) -> str:
    row, fault = done.rejected[0]
    return (
        f"{done.rejected_rows} rows were rejected (line {row.line}: {fault.why}); the other {done.taken} are "
        "on the list, and nobody was taken off: what cannot be read whole replaces nothing"
        + ("" if where is None else f"; rejected rows are in {where}")
    )


def _write_rejected(rejects: Path | None, file: Path, columns: Sequence[str], done: _Import) -> Path | None:
    """The rejected rows as they were, and why. They can be corrected there and imported."""
    where = rejects or (None if str(file) == "-" else file.with_suffix(".rejected.csv"))
    if where is None:
        return None
    kept = [at for at, column in enumerate(columns) if not column.startswith(REJECTED)]
    by_line: dict[int, tuple[LeadRow, list[Fault]]] = {}
    for row, fault in done.rejected:
        by_line.setdefault(row.line, (row, []))[1].append(fault)
    with where.open("w", encoding="utf-8-sig", newline="") as stream:  # so that a spreadsheet reads it too
        writer = csv.writer(stream)
        told = ("line", "field", "why")
        writer.writerow([*(columns[at] for at in kept), *(f"{REJECTED}{name}" for name in told)])
        for line, (row, faults) in sorted(by_line.items()):
            cells = [*row.cells, *[""] * len(columns)][: len(columns)]
            fields, whys = " ".join(one.field for one in faults), "; ".join(one.why for one in faults)
            writer.writerow([*(cells[at] for at in kept), line, fields, whys])
    return where


def _tell(
    done: _Import, reading: ListReading, name: str, dry_run: bool, where: Path | None, as_json: bool
) -> None:
    if as_json:
        figures = {"list": name, "rows": done.rows, "taken": done.taken, "added": done.added}
        figures |= {"changed": done.changed, "removed": done.removed, "dry_run": dry_run}
        figures |= {"on_do_not_call_lists": done.listed, "not_yet": done.not_yet}
        figures["reading"] = reading.model_dump(mode="json")
        figures["rejected"] = [{"line": row.line, "field": f.field, "why": f.why} for row, f in done.rejected]
        figures["notes"] = [{"line": line, "field": f.field, "why": f.why} for line, f in done.notes]
        figures["rejects_file"] = None if where is None else str(where)
        print_json(figures)
        return
    if dry_run:
        columns = ("line", "lead_id", "name", "numbers", "zone", "priority", "data")
        print_table(
            {column: column.replace("_", " ") for column in columns}, done.preview, "no row could be taken"
        )
    told = [(row.line, "", fault) for row, fault in done.rejected]
    told += [(line, "note: ", fault) for line, fault in done.notes]
    print_lines(f"line {line}: {how}{one.field or 'row'}: {one.why}" for line, how, one in told[:MOST_SHOWN])
    if len(told) > MOST_SHOWN:
        print(f"and {len(told) - MOST_SHOWN} more")
    print_lines(_in_words(done, dry_run, where))


def _in_words(done: _Import, dry_run: bool, where: Path | None) -> Iterator[str]:
    verb = "would be taken" if dry_run else "taken"
    yield (
        f"{done.rows} rows: {done.taken} {verb} ({done.added} new, {done.changed} changed), "
        f"{done.rejected_rows} rejected"
    )
    if done.listed:
        yield f"{done.listed} numbers stand on do-not-call lists, and are not dialled"
    if done.removed:
        yield f"{done.removed} leads that are not in the file were taken off"
    if done.not_yet is not None:
        yield done.not_yet
    if where is not None:
        yield f"rejected rows are in {where}"
