"""``callwright campaign lists|leads|lead|remove-lead|export``: lists of leads, and who is on them."""

import getpass
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from api.asking import AsJson, ConfigPath, client
from api.cli_lead_import import By, TheCampaign, import_file
from api.printing import print_json, print_lines, print_table
from cti.config import DEFAULT_CONFIG
from dialer.lead import LeadState

OnList = Annotated[str | None, typer.Option("--list", metavar="NAME", help="Only of this list.")]
InState = Annotated[LeadState | None, typer.Option("--state", help="Only who stands there.")]
WithDisposition = Annotated[
    str | None, typer.Option("--disposition", metavar="NAME", help="Only of whom this was said.")
]


def lists(
    campaign: Annotated[str | None, typer.Argument(metavar="CAMPAIGN")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Lists of leads: where their files came from, and how far their people are."""
    with client(config) as engine:
        found = engine.get("lead-lists", params={} if campaign is None else {"campaign": campaign})
    if as_json:
        print_json(found)
        return
    for one in found:
        one["standing"] = ", ".join(f"{count} {state}" for state, count in one["states"].items())
        one["imported_at"] = (one["imported_at"] or "")[:16].replace("T", " ")
    columns = {
        "list": "list",
        "campaign": "campaign",
        "title": "title",
        "leads": "leads",
        "standing": "where they stand",
        "file": "file",
        "imported_at": "imported",
        "rejected": "rejected",
    }
    print_table(columns, found, "there is no list")


def leads(
    campaign: TheCampaign,
    on: OnList = None,
    state: InState = None,
    number: Annotated[str | None, typer.Option(help="Only who has it, however it is written.")] = None,
    disposition: WithDisposition = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Leads at most.")] = 50,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """A campaign's leads, and where each stands."""
    asked = _asked(campaign, on, state, disposition) | {"limit": str(limit)}
    if number is not None:
        asked["number"] = number
    with client(config) as engine:
        page = engine.get("leads", params=asked)
    if as_json:
        print_json(page["leads"])
        return
    rows = [
        one
        | {
            "numbers": ", ".join(n["number"] for n in one["numbers"]),
            "next_at": (one["next_at"] or "")[:16].replace("T", " "),
            "came": one["disposition"] or one["last_outcome"],
        }
        for one in page["leads"]
    ]
    columns = {
        "lead_id": "lead",
        "name": "name",
        "numbers": "numbers",
        "state": "state",
        "attempts": "attempts",
        "came": "what came of it",
        "because": "why done",
        "next_at": "again at (UTC)",
    }
    print_table(columns, rows, "there is no such lead")
    if page["next"] is not None:
        print_lines([f"and more: the first {limit} are shown"])


def lead(
    lead_id: Annotated[str, typer.Argument(metavar="LEAD")],
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """One lead: what his list says of him, and what was done about him."""
    with client(config) as engine:
        found = engine.get("leads", lead_id)
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        match value:
            case None | "":
                continue
            case dict():
                print_lines(f"{name}: {what}: {text}" for what, text in value.items())
            case list():
                print_lines(f"number: {_number(one)}" for one in value)
            case _:
                print_lines([f"{name}: {value}"])


def _number(one: dict[str, Any]) -> str:
    told = [one["number"], *([one["kind"]] if one["kind"] else [])]
    if (one["since_minute"], one["until_minute"]) != (0, 1440):
        clocks = [
            f"{minute // 60:02}:{minute % 60:02}" for minute in (one["since_minute"], one["until_minute"])
        ]
        told.append(f"from {clocks[0]} to {clocks[1]}")
    return ", ".join([*told, f"tried {one['tried']} times", *(["barred"] if one["barred"] else [])])


def remove_lead(
    lead_id: Annotated[str, typer.Argument(metavar="LEAD")],
    because: Annotated[str, typer.Option(help="Why; stays on record.")],
    by: By = None,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Take a lead off: what rings for him is given up, and nothing more is tried."""
    with client(config) as engine:
        engine.delete("leads", lead_id, params={"because": because, "by": by or getpass.getuser()})
    print_lines([f"{lead_id} is taken off"])


def export(
    campaign: TheCampaign,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="- for stdout.")] = Path("-"),
    on: OnList = None,
    state: InState = None,
    disposition: WithDisposition = None,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """A campaign's leads as CSV: what their lists say, and what was done about them."""
    with client(config) as engine:
        text = engine.fetch("leads", "export", params=_asked(campaign, on, state, disposition))
    if str(file) == "-":
        sys.stdout.write(text.decode())
        return
    file.write_bytes(text)
    leads_in_it = max(text.count(b"\r\n") - 1, 0)
    print_lines([f"{leads_in_it} leads are in {file}"])


def _asked(campaign: str, on: str | None, state: LeadState | None, disposition: str | None) -> dict[str, str]:
    asked = {"campaign": campaign, "list": on, "disposition": disposition}
    asked["state"] = None if state is None else state.value
    return {name: value for name, value in asked.items() if value is not None}


def add_to(group: typer.Typer) -> None:
    """Make these commands of the group ``campaign``."""
    group.command(name="import")(import_file)
    group.command(name="lists")(lists)
    group.command(name="leads")(leads)
    group.command(name="lead")(lead)
    group.command(name="remove-lead")(remove_lead)
    group.command(name="export")(export)
