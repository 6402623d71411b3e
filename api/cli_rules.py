"""``callwright rules``: check, compare, publish, schedule and take back what the engine decides by."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from api.asking import AsJson, ConfigPath, client
from api.check import misfits_between
from api.cli_versions import (
    Author,
    Base,
    Comment,
    MostVersions,
    ShownVersion,
    VersionNumber,
    as_data,
    local,
    login,
    print_changes,
    tell_history,
)
from api.client import EngineClient
from api.moments import a_moment
from api.printing import print_json, print_lines
from api.rules import rules_schema
from cti.config import DEFAULT_CONFIG, load_config
from cti.rules_diff import differences
from cti.rules_document import load_rules
from ivr.document import DocumentError
from ivr.flow_texts import load_book

PROBLEM = 1

rules = typer.Typer(
    help="What the engine decides by: versions that are published, scheduled and taken back.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

RulesFile = Annotated[Path, typer.Argument(metavar="FILE", help="A rules document.")]
When = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="TIME",
        help="When it comes into force: 18:30, or 2026-03-02T18:30.",
    ),
]


@rules.callback()
def _group() -> None:
    """What the engine decides by: versions that are published, scheduled and taken back."""


@rules.command()
def check(file: RulesFile, config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Check a rules document against the house's agents and flows; needs no engine."""
    try:
        problems = _misfits(file, config)
    except DocumentError as error:
        problems = list(error.problems)
    if as_json:
        names = ("file", "line", "field", "message", "suggestion")
        print_json([{name: getattr(problem, name) for name in names} for problem in problems])
    elif problems:
        print_lines(map(str, problems))
    else:
        print(f"{file}: no problems")
    if problems:
        raise typer.Exit(PROBLEM)


@rules.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="A file or a version's number.")],
    after: Annotated[
        str | None, typer.Argument(metavar="[B]", help="Another; alone, A is compared with what is in force.")
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """What changes from A to B; with A alone, from what is in force to A. Two files need no engine."""
    sides = (before, after) if after is not None else (None, before)
    if all(side is not None and not side.isdigit() for side in sides):
        people = [agent.id for agent in load_config(config).agents]
        old, new = (load_rules(Path(str(side)), people) for side in sides)
        changes = as_data(differences(old, new))
    else:
        body: dict[str, Any] = {}
        for name, side in zip(("before", "after"), sides, strict=True):
            if side is not None and side.isdigit():
                body[f"{name}_version"] = int(side)
            elif side is not None:
                body[name] = _text(Path(side), config)
        with client(config) as engine:
            changes = engine.post("rules", "diff", body=body)
    if as_json:
        print_json(changes)
        return
    print_changes(changes)


@rules.command()
def apply(
    file: RulesFile,
    at: When = None,
    comment: Comment = "",
    author: Author = None,
    base: Base = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Publish a rules document: at once, also for callers who wait already, or from a time on."""
    body = {"rules": _text(file, config), "comment": comment}
    _publish("apply", body, at, author, base, config, as_json=as_json)


@rules.command()
def rollback(
    version: VersionNumber,
    at: When = None,
    comment: Comment = "",
    author: Author = None,
    base: Base = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Publish an old version's document anew."""
    body = {"version": version, "comment": comment}
    _publish("rollback", body, at, author, base, config, as_json=as_json)


@rules.command()
def cancel(version: VersionNumber, config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Take back a version that is scheduled."""
    with client(config) as engine:
        told = engine.post("rules", str(version), "cancel")
    if as_json:
        print_json(told)
        return
    print(f"version {version} is cancelled")


@rules.command()
def history(
    limit: MostVersions = 20,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """What was published, the latest first."""
    tell_history("rules", limit, config, _is_now, as_json=as_json)


@rules.command()
def show(
    version: ShownVersion = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """A version's document, by default the one in force, with every default written out."""
    with client(config) as engine:
        told = engine.get("rules") if version is None else engine.get("rules", str(version))
    if as_json:
        print_json(told)
        return
    print(f"# version {told['version']} of the rules")
    print_lines(yaml.safe_dump(told["document"], sort_keys=False, width=100).splitlines())


@rules.command()
def schema() -> None:
    """The JSON Schema of rules documents, for editors; needs no engine."""
    print_json(rules_schema())


def _misfits(file: Path, config: Path) -> list[Any]:
    house = load_config(config)
    document = load_rules(file, [agent.id for agent in house.agents])
    return [*misfits_between(document, load_book(config.parent))]


def _text(file: Path, config: Path) -> str:
    """The file's text, checked here first: mistakes are told with the file's name."""
    load_rules(file, [agent.id for agent in load_config(config).agents])
    return file.read_text(encoding="utf-8-sig")


def _publish(
    how: str,
    body: dict[str, Any],
    at: str | None,
    author: str | None,
    base: int | None,
    config: Path,
    *,
    as_json: bool,
) -> None:
    due = None if at is None else a_moment(at, datetime.now(UTC).astimezone())
    with client(config) as engine:
        known = engine.get("rules")
        if base is None:
            base = known["latest"]
        body |= {"author": author or login(), "base_version": base, "at": due and due.isoformat()}
        told = engine.post("rules", how, body=body)
        after_it = _scheduled_later(engine, told)
    if as_json:
        print_json(told)
        return
    print_changes(told["changes"])
    if told["state"] == "scheduled":
        print(f"version {told['version']} is scheduled for {local(told['scheduled_for'])}")
    else:
        print(f"version {told['version']} is in force")
    for other in after_it:
        typer.echo(
            f"version {other['version']}, scheduled for {local(other['scheduled_for'])}, will replace it "
            "whole: it does not hold this change unless its author knew of it",
            err=True,
        )


def _scheduled_later(engine: EngineClient, told: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        other
        for other in engine.get("rules")["scheduled"] or ()
        if other["version"] < told["version"] and other["scheduled_for"] > told["scheduled_for"]
    ]


def _is_now(row: dict[str, Any]) -> str:
    """What has become of a version."""
    told: str = row["state"].replace("_", " ")
    if row["state"] == "scheduled":
        told += f" for {local(row['scheduled_for'])}"
    if row["waits_because"]:
        told += f"; waits: {row['waits_because']}"
    return told
