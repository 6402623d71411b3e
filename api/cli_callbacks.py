"""``callwright callbacks``: what was promised; to book one, to take one back."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from api.asking import AsJson, ConfigPath, client
from api.moments import a_moment
from api.printing import clock, print_json, print_lines, print_table
from cti.config import DEFAULT_CONFIG

callbacks = typer.Typer(help="Callbacks: what was promised; to book one, to take one back.")


@callbacks.callback(invoke_without_command=True)
def open_ones(context: typer.Context, config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """What is promised and not over."""
    if context.invoked_subcommand is not None:
        return
    with client(config) as engine:
        rows = engine.get("callbacks")
    if as_json:
        print_json(rows)
        return
    columns = {
        "call_id": "callback",
        "number": "number",
        "queue_id": "queue",
        "position": "place",
        "state": "state",
        "attempts": "dialled",
        "agent_id": "agent",
        "why": "what it waits for",
    }
    print_table(columns, rows, "Nobody is to be called back.")


@callbacks.command()
def book(
    queue: Annotated[str, typer.Argument(metavar="QUEUE")],
    number: Annotated[str, typer.Argument(metavar="NUMBER")],
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When he wants to be called: 18:30, or 2026-03-02T18:30."),
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Book one; whoever has one already keeps the earlier, unless a time is named."""
    body = {"queue_id": queue, "number": number}
    if at is not None:
        body["not_before"] = a_moment(at, datetime.now(UTC).astimezone()).isoformat()
    with client(config) as engine:
        told = engine.post("callbacks", body=body)
    if as_json:
        print_json(told)
        return
    print_lines([_in_words(told)])


@callbacks.command()
def cancel(
    call_id: Annotated[str, typer.Argument(metavar="ID")], config: ConfigPath = DEFAULT_CONFIG
) -> None:
    """Take one back."""
    with client(config) as engine:
        engine.delete("callbacks", call_id)
    print_lines([f"{call_id} is taken back"])


def _in_words(told: dict[str, Any]) -> str:
    until = clock(told["expires_at"])
    return (
        f"{told['call_id']}: {told['number']} in {told['queue_id']}, place {told['position']}, until {until}"
    )
