"""``callwright messages``: what callers left; to fetch, mark and delete it."""

from pathlib import Path
from typing import Annotated

import typer

from api.asking import AsJson, ConfigPath, client
from api.printing import print_json, print_lines, print_table
from cti.config import DEFAULT_CONFIG

messages = typer.Typer(help="What callers left: voicemail, recordings, faxes.")

MessageName = Annotated[str, typer.Argument(metavar="ID")]
By = Annotated[str, typer.Option("--by", envvar="USER", help="Who says so.")]


@messages.callback(invoke_without_command=True)
def list_all(
    context: typer.Context,
    config: ConfigPath = DEFAULT_CONFIG,
    kind: Annotated[str | None, typer.Option(help="voicemail, recording or fax.")] = None,
    mailbox: Annotated[str | None, typer.Option(help="Only for this one.")] = None,
    state: Annotated[str | None, typer.Option(help="new, heard or done.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many, the latest ones.")] = 50,
    as_json: AsJson = False,
) -> None:
    """The latest ones first."""
    if context.invoked_subcommand is not None:
        return
    asked = {"kind": kind, "mailbox": mailbox, "state": state, "limit": limit}
    with client(config) as engine:
        page = engine.get("messages", params={k: v for k, v in asked.items() if v is not None})
    if as_json:
        print_json(page)
        return
    rows = [
        {
            **message,
            "left_at": message["left_at"][:16].replace("T", " ") + "Z",
            "much": f"{message['length_s']:.0f} s" if message["pages"] is None else f"{message['pages']} p",
        }
        for message in page["messages"]
    ]
    columns = {
        "message_id": "message",
        "left_at": "left",
        "kind": "kind",
        "mailbox": "mailbox",
        "caller": "caller",
        "customer_id": "customer",
        "much": "length",
        "state": "state",
        "by": "by",
    }
    print_table(columns, rows, "Nobody has left anything.")


@messages.command()
def fetch(
    message_id: MessageName,
    to: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; nothing is written over.")],
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Get what was said (WAV), or sent (TIFF)."""
    with client(config) as engine:
        content = engine.fetch("messages", message_id, "file")
    try:
        with to.open("xb") as stream:
            stream.write(content)
    except OSError as error:
        print_lines([f"{to}: {error.strerror}"])
        raise typer.Exit(1) from None
    print_lines([f"{to}: {len(content)} bytes"])


@messages.command()
def mark(
    message_id: MessageName,
    state: Annotated[str, typer.Argument(metavar="STATE", help="new, heard or done.")],
    by: By,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Say how far you have come with one."""
    with client(config) as engine:
        told = engine.put("messages", message_id, "state", body={"state": state, "by": by})
    if as_json:
        print_json(told)
        return
    print_lines([f"{message_id} is {told['state']}"])


@messages.command()
def delete(message_id: MessageName, by: By, config: ConfigPath = DEFAULT_CONFIG) -> None:
    """Delete one and its file, for good."""
    with client(config) as engine:
        engine.delete("messages", message_id, params={"by": by})
    print_lines([f"{message_id} is deleted"])
