"""``callwright queue``: close a queue at once, and leave it to its hours again."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from api.asking import AsJson, ConfigPath, client
from api.printing import clock, print_json, print_lines
from cti.config import DEFAULT_CONFIG


class Door(StrEnum):
    """What may be done with a queue."""

    CLOSE = "close"
    REOPEN = "reopen"


class Waiting(StrEnum):
    """What becomes of those who wait."""

    SERVE = "serve"
    LEAVE = "leave"
    CALLBACKS = "callbacks"


def queue(
    door: Annotated[Door, typer.Argument(metavar="close|reopen")],
    queue_id: Annotated[str, typer.Argument(metavar="ID")],
    because: Annotated[str | None, typer.Option(help="Why it closes; callers' stories say it.")] = None,
    by: Annotated[str, typer.Option(help="Who says so.")] = "",
    waiting: Annotated[
        Waiting | None,
        typer.Option(help="What becomes of those who wait; else by the rules."),
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Close a queue at once, whatever its hours, or leave it to them again."""
    if door is Door.CLOSE and not because:
        raise typer.BadParameter("say why: --because", param_hint="--because")
    if door is Door.REOPEN and (because or waiting):
        raise typer.BadParameter("goes with close only", param_hint="--because, --waiting")
    body: dict[str, Any] = {"by": by}
    if door is Door.CLOSE:
        body |= {"because": because, "waiting": waiting}
    with client(config) as engine:
        told = engine.post("queues", queue_id, door.value, body=body)
    if as_json:
        print_json(told)
        return
    print_lines([_in_words(told)])


def _in_words(told: dict[str, Any]) -> str:
    changes = f"; its hours change it {clock(told['changes_at'])}" if told["changes_at"] else ""
    return f"{told['queue_id']} is {told['door']}{changes}, {told['waiting']} waiting"
