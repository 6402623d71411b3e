"""``callwright dnc``: who is not to be called; to put on a list, take off, import, check."""

import csv
import getpass
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer

from api.asking import AsJson, ConfigPath, client
from api.client import EngineClient, SaidNo
from api.printing import print_json, print_lines, print_table
from cti.config import DEFAULT_CONFIG, load_config
from cti.dnc_csv import DncFile, DncRow, NotAList
from cti.numbers import REGIONS
from dialer.compliance.listing import ListKind

AT_ONCE = 2000
"""Rows sent to the engine at a time."""
MOST_ZONES = 3
MOST_SHOWN = 20
"""Rejected rows named on the screen; the file of rejected rows has them all."""

dnc = typer.Typer(help="Do not call: lists, and who stands on them.", rich_markup_mode=None)

Campaign = Annotated[str | None, typer.Option(metavar="NAME", help="The campaign's list, instead.")]
Reason = Annotated[str, typer.Option(help="Why; stays on record.")]
By = Annotated[str | None, typer.Option(help="Who says so; by default the user of this shell.")]


def _by(said: str | None) -> str:
    return said or getpass.getuser()


def _list(campaign: str | None, otherwise: ListKind = ListKind.INTERNAL) -> dict[str, str]:
    if campaign is None:
        return {"list": otherwise.value}
    return {"list": ListKind.CAMPAIGN.value, "campaign": campaign}


def _named(row: dict[str, Any]) -> str:
    return f"campaign {row['campaign']}" if row["campaign"] else str(row["list"])


@dnc.callback(invoke_without_command=True)
def lists(context: typer.Context, config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """All lists."""
    if context.invoked_subcommand is not None:
        return
    with client(config) as engine:
        rows = engine.get("dnc", "lists")
    if as_json:
        print_json(rows)
        return
    told = [row | {"list": _named(row), "as_of": _moment(row["as_of"])} for row in rows]
    print_table({"list": "list", "numbers": "numbers", "as_of": "imported"}, told, "")


@dnc.command(name="list")
def show_list(
    campaign: Campaign = None,
    national: Annotated[bool, typer.Option("--national", help="The country's register, instead.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=500, help="Numbers at most.")] = 100,
    after: Annotated[str | None, typer.Option(help="Only numbers after this one.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Who stands on a list: the house's own, unless another one is named."""
    asked: dict[str, Any] = _list(campaign, ListKind.NATIONAL if national else ListKind.INTERNAL)
    if after is not None:
        asked["after"] = after
    with client(config) as engine:
        page = engine.get("dnc", params=asked | {"limit": limit})
    if as_json:
        print_json(page)
        return
    _print_entries(page["numbers"], "nobody stands on it")
    if page["next"] is not None:
        print_lines([f"more: --after {page['next']}"])


@dnc.command()
def add(
    number: Annotated[str, typer.Argument(metavar="NUMBER")],
    reason: Reason,
    campaign: Campaign = None,
    by: By = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Never call a number: the house never, unless a campaign is named."""
    body = _list(campaign) | {"number": number, "reason": reason, "by": _by(by)}
    with client(config) as engine:
        told = engine.post("dnc", body=body)
    if as_json:
        print_json(told)
        return
    since = _moment(told["at"])
    print_lines([f"{told['number']} is on the list {_named(told)} since {since} UTC: {told['reason']}"])


@dnc.command()
def remove(
    number: Annotated[str, typer.Argument(metavar="NUMBER")],
    reason: Reason,
    campaign: Campaign = None,
    by: By = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Let a number be called again; who did it, and why, stays on record."""
    body = _list(campaign) | {"number": number, "reason": reason, "by": _by(by)}
    with client(config) as engine:
        told = engine.post("dnc", "remove", body=body)
    if as_json:
        print_json(told)
        return
    _print_check(told)


@dnc.command()
def check(
    number: Annotated[str, typer.Argument(metavar="NUMBER")],
    campaign: Annotated[str | None, typer.Option(metavar="NAME", help="For this campaign.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Whether a number may be dialled now, by hand or for a campaign, and if not, why not; on which lists it
    stands, and what was ever done about it. Exit code 1 when it may not be dialled."""
    asked = {"number": number} | ({} if campaign is None else {"campaign": campaign})
    with client(config) as engine:
        told = engine.get("dnc", "check", params=asked)
    if as_json:
        print_json(told)
    else:
        _print_check(told)
    if not told["may_be_dialled"]:
        raise typer.Exit(1)


def _print_check(told: dict[str, Any]) -> None:
    zones = ", ".join(told["zones"][:MOST_ZONES]) + (", …" if len(told["zones"]) > MOST_ZONES else "")
    by = f"profile {told['profile']}" if told["profile"] else "no profile"
    print_lines([f"{told['number']}: {told['country'] or 'no country'}, {zones or 'no time zone'}; {by}"])
    for reason in told["reasons"]:
        again = f"; again at {_moment(reason['until'])} UTC" if reason["until"] else ""
        print_lines([f"not now: {reason['told']}{again}"])
    if told["may_be_dialled"]:
        print_lines(["it may be dialled now"])
    _print_entries(told["listings"], f"{told['number']} is on no list")
    if told["changes"]:
        rows = [one | {"list": _named(one), "at": _moment(one["at"])} for one in told["changes"]]
        columns = {"at": "at", "what": "what was done", "list": "list", "by": "by", "reason": "why"}
        print_table(columns, rows, "")


def _print_entries(entries: Sequence[dict[str, Any]], nobody: str) -> None:
    rows = [one | {"list": _named(one), "at": _moment(one["at"])} for one in entries]
    columns = {"number": "number", "list": "list", "at": "since", "by": "by", "reason": "why"}
    print_table(columns, rows, nobody)


def _moment(written: str | None) -> str:
    return "" if written is None else written[:16].replace("T", " ")


@dataclass(slots=True)
class _Import:
    """What an import has come to so far."""

    rows: int = 0
    taken: int = 0
    new: int = 0
    removed: int = 0
    rejected: list[DncRow] = field(default_factory=list)


@dnc.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="One number a line; - for stdin.")],
    reason: Annotated[str, typer.Option(help="Where the file comes from; stays on record.")],
    national: Annotated[bool, typer.Option("--national", help="It is the country's register.")] = False,
    campaign: Campaign = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Who is not in the file is on the list no more (national only).")
    ] = False,
    region: Annotated[
        str | None, typer.Option(help="Where numbers without a country code are at home; else as configured.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would become of it.")] = False,
    rejects: Annotated[
        Path | None, typer.Option(help="Where rejected rows go; by default FILE.rejected.csv.")
    ] = None,
    by: By = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Put the numbers of a file on a list: the house's own, unless another one is named. Rows without a
    number go to a file of their own. With --replace nobody is taken off before the whole file is in."""
    if replace and not national:
        raise SaidNo("only the national list is replaced as a whole: --national --replace")
    if national and campaign is not None:
        raise SaidNo("one list, please: --national or --campaign")
    if region is not None and region not in REGIONS:
        raise SaidNo(f"--region must be a country's two capital letters, such as FR, not {region!r}")
    home = region or load_config(config).customers.region
    asked = _list(campaign, ListKind.NATIONAL if national else ListKind.INTERNAL)
    said = {"edition": uuid4().hex, "by": _by(by), "reason": reason}
    done = _Import()
    try:
        with client(config) as engine, _opened(file) as lines:
            rows = DncFile(lines, home).rows()
            while batch := list(islice(rows, AT_ONCE)):
                _take(engine, batch, {**asked, **said, "dry_run": "true" if dry_run else "false"}, done)
            if replace and done.rejected and not dry_run:
                raise SaidNo(_half_read(done))
            if not dry_run:
                ended = engine.post("dnc", "import", "end", body={**asked, **said, "replace": replace})
                done.removed = ended["removed"]
    except (NotAList, UnicodeDecodeError) as problem:
        told = "not UTF-8: save it as 'CSV UTF-8'" if isinstance(problem, UnicodeDecodeError) else problem
        already = f"; {done.taken} numbers before it are on the list" if done.taken and not dry_run else ""
        raise SaidNo(f"{file}: {told}{already}") from None
    where = rejects or (None if str(file) == "-" else file.with_suffix(".rejected.csv"))
    if done.rejected and where is not None:
        _write_rejected(where, done.rejected)
    _tell(done, dry_run, where, as_json)
    if done.rejected:
        raise typer.Exit(1)


def _half_read(done: _Import) -> str:
    first, other = done.rejected[0], done.taken
    return (
        f"{len(done.rejected)} rows hold no number (line {first.line}: {first.fault}); the other {other} are "
        "on the list, and nobody was taken off: what cannot be read whole replaces nothing"
    )


def _opened(file: Path) -> io.TextIOWrapper:
    stream = sys.stdin.buffer if str(file) == "-" else file.open("rb")
    return io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")


def _take(engine: EngineClient, batch: Sequence[DncRow], params: dict[str, str], done: _Import) -> None:
    done.rows += len(batch)
    done.rejected += [row for row in batch if row.number is None]
    good = [row for row in batch if row.number is not None]
    if not good:
        return
    body = io.StringIO(newline="")
    writer = csv.writer(body)
    writer.writerow(("number", "reason"))
    writer.writerows((row.number, row.reason) for row in good)
    told = engine.send_csv("dnc", "import", text=body.getvalue(), params=params)
    done.taken += told["taken"]
    done.new += told["new"]


def _write_rejected(path: Path, rejected: Sequence[DncRow]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("number", "rejected.line", "rejected.why"))
        writer.writerows((" ".join(row.cells), row.line, row.fault) for row in rejected)


def _tell(done: _Import, dry_run: bool, where: Path | None, as_json: bool) -> None:
    if as_json:
        figures = {"rows": done.rows, "taken": done.taken, "new": done.new, "removed": done.removed}
        rejected = [{"line": row.line, "why": row.fault} for row in done.rejected]
        file = str(where) if done.rejected and where is not None else None
        print_json({**figures, "dry_run": dry_run, "rejected": rejected, "rejects_file": file})
        return
    print_lines(_in_words(done, dry_run, where))


def _in_words(done: _Import, dry_run: bool, where: Path | None) -> Iterator[str]:
    for row in done.rejected[:MOST_SHOWN]:
        yield f"line {row.line}: {row.fault}"
    if len(done.rejected) > MOST_SHOWN:
        yield f"and {len(done.rejected) - MOST_SHOWN} more"
    verb = "would be on the list" if dry_run else "on the list"
    yield f"{done.rows} rows: {done.taken} {verb} ({done.new} new), {len(done.rejected)} rejected"
    if done.removed:
        yield f"{done.removed} numbers that are not in the file are on it no more"
    if done.rejected and where is not None:
        yield f"rejected rows are in {where}"
