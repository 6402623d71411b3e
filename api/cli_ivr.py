"""``callwright ivr``: what callers hear, published, compared and taken back."""

from pathlib import Path
from typing import Annotated, Any

import typer

from api import cli_flow
from api.asking import AsJson, ConfigPath, client
from api.cli_versions import (
    Author,
    Base,
    Comment,
    MostVersions,
    ShownVersion,
    VersionNumber,
    as_data,
    login,
    print_changes,
    tell_history,
)
from api.flows import flow_schema, number_plan_schema
from api.printing import print_json, print_lines
from cti.config import DEFAULT_CONFIG
from cti.flow_diff import differences
from ivr.flow_texts import FLOWS_DIRECTORY, NUMBERS_FILE, FlowTexts, load_book, read_texts

ivr = typer.Typer(
    help="What callers hear: flows and the number plan, published, compared and taken back.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Directory = Annotated[
    Path | None,
    typer.Argument(
        metavar="[DIRECTORY]", help="With numbers.yaml and flows/; by default where the configuration lies."
    ),
]


@ivr.callback()
def _group() -> None:
    """What callers hear: flows and the number plan, published, compared and taken back."""


ivr.command()(cli_flow.check)
ivr.command("test")(cli_flow.run_tests)
ivr.command("try")(cli_flow.try_flow)
ivr.command()(cli_flow.graph)


@ivr.command()
def publish(
    directory: Directory = None,
    comment: Comment = "",
    author: Author = None,
    base: Base = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Publish all flows and the number plan: new calls meet them at once, calls in progress keep theirs."""
    texts = _texts(directory or config.parent)
    body: dict[str, Any] = {"numbers": texts.numbers, "flows": dict(texts.flows), "comment": comment}
    body["author"] = author or login()
    with client(config) as engine:
        body["base_version"] = engine.get("flows")["latest"] if base is None else base
        told = engine.put("flows", body=body)
    _print_published(told, as_json=as_json)


@ivr.command()
def rollback(
    version: VersionNumber,
    comment: Comment = "",
    author: Author = None,
    base: Base = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Publish an old version's flows anew. The files stay as they are."""
    body: dict[str, Any] = {"version": version, "comment": comment, "author": author or login()}
    with client(config) as engine:
        body["base_version"] = engine.get("flows")["latest"] if base is None else base
        told = engine.post("flows", "rollback", body=body)
    _print_published(told, as_json=as_json)


@ivr.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="[A]", help="A directory or a version's number.")] = "",
    after: Annotated[
        str, typer.Argument(metavar="[B]", help="Another; alone, A is compared with what is in force.")
    ] = "",
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """What changes from A to B; with A alone, from what is in force to A; without both, to the files beside
    the configuration. Two directories need no engine."""
    sides = (before, after) if after else ("", before or str(config.parent))
    if all(side and not side.isdigit() for side in sides):
        changes = as_data(differences(*(load_book(Path(side)) for side in sides)))
    else:
        body: dict[str, Any] = {}
        for name, side in zip(("before", "after"), sides, strict=True):
            if side.isdigit():
                body[f"{name}_version"] = int(side)
            elif side:
                texts = _texts(Path(side))
                body[name] = {"numbers": texts.numbers, "flows": dict(texts.flows)}
        with client(config) as engine:
            changes = engine.post("flows", "diff", body=body)
    if as_json:
        print_json(changes)
        return
    print_changes(changes)


@ivr.command()
def history(
    limit: MostVersions = 20,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """What was published, the latest first."""
    tell_history("flows", limit, config, lambda row: "in force" if row["in_force"] else "", as_json=as_json)


@ivr.command()
def show(
    version: ShownVersion = None,
    to: Annotated[
        Path | None, typer.Option(help="Write numbers.yaml and flows/ into this directory instead.")
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """A version's number plan and flows as they were written, by default the latest one's."""
    with client(config) as engine:
        number = version if version is not None else engine.get("flows")["latest"]
        told = engine.get("flows", str(number))
    if as_json:
        print_json(told)
        return
    files = {Path(NUMBERS_FILE): told["numbers"]}
    files |= {Path(FLOWS_DIRECTORY) / name: text for name, text in told["flows"].items()}
    if to is None:
        for path, text in files.items():
            print_lines([f"# {path}, version {told['version']}", *text.splitlines(), ""])
        return
    (to / FLOWS_DIRECTORY).mkdir(parents=True, exist_ok=True)
    FlowTexts(numbers=told["numbers"], flows=told["flows"]).check_names()
    for path, text in files.items():
        (to / path).write_text(text, encoding="utf-8")
    print_lines(str(to / path) for path in files)


@ivr.command()
def schema(
    numbers: Annotated[bool, typer.Option("--numbers", help="That of the number plan instead.")] = False,
) -> None:
    """The JSON Schema of flows, for editors; needs no engine."""
    print_json(number_plan_schema() if numbers else flow_schema())


def _texts(directory: Path) -> FlowTexts:
    """What lies there, checked here first: mistakes are told with the files' names."""
    texts = read_texts(directory)
    texts.book(beside=directory)
    return texts


def _print_published(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    print_changes(told["changes"])
    print(f"version {told['version']} is in force")
