"""What ``callwright rules`` and ``callwright ivr`` share: versions that are published, told of, shown."""

import getpass
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from api.asking import client
from api.printing import harmless, print_json, print_table
from cti.rules_diff import Change

VersionNumber = Annotated[int, typer.Argument(metavar="VERSION", min=1)]
ShownVersion = Annotated[int | None, typer.Argument(metavar="[VERSION]", min=1)]
Comment = Annotated[str, typer.Option(help="Why, for the history.")]
Author = Annotated[str | None, typer.Option(help="Who; your login name when not given.")]
Base = Annotated[
    int | None, typer.Option(min=0, help="The latest version you knew; the latest there is when not given.")
]
MostVersions = Annotated[int, typer.Option(min=1, max=500, help="Versions at most.")]

_COLUMNS = {"version": "version", "at": "published", "author": "author", "is": "is", "comment": "comment"}


def tell_history(
    of: str, limit: int, config: Path, is_now: Callable[[dict[str, Any]], str], *, as_json: bool
) -> None:
    """What was published of ``of`` (a path of the API), the latest first; ``is_now`` says what has become of
    a version."""
    with client(config) as engine:
        rows = engine.get(of, "history", params={"limit": limit})
    if as_json:
        print_json(rows)
        return
    for row in rows:
        row["is"] = is_now(row)
        row["at"] = local(row["at"])
    print_table(_COLUMNS, rows, "nothing was published")


def as_data(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Changes that were found here, as the API tells those that it finds."""
    return [
        {"where": c.where, "what": c.what, "before": c.before, "after": c.after, "told": str(c)}
        for c in changes
    ]


def print_changes(changes: Sequence[dict[str, Any]]) -> None:
    """One line for each value that changes."""
    if not changes:
        print("nothing changes")
    for change in changes:
        came, went = change["before"] is None, change["after"] is None
        colour = "green" if came else "red" if went else "yellow"
        sign = "+" if came else "-" if went else "~"
        typer.echo(typer.style(f"{sign} {harmless(change['told'])}", fg=colour))


def login() -> str:
    """Who types: the name he logged in by, as far as it is known."""
    try:
        return re.sub(r"[\x00-\x1f\x7f]", "", getpass.getuser())[:64]
    except (OSError, KeyError):  # nobody by that number
        return "somebody"


def local(at: str) -> str:
    """A point in time by this machine's clock on the wall."""
    return datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
