"""``callwright report campaign``: a campaign's figures, told apart, and the attempts behind them."""

import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from api.asking import AsJson, ConfigPath, client
from api.campaign_page import figures_rows, page, told_in_words
from api.cli_report import Csv, Since, Until, given, rounded, span, write
from api.client import EngineClient
from api.evidence_pack import as_cell, write_pack
from api.printing import print_json, print_lines, print_table
from cti.campaign_report import By
from cti.config import DEFAULT_CONFIG

Campaign = Annotated[str, typer.Argument(metavar="CAMPAIGN")]
_A_PAGE = "500"


def report_campaign(
    campaign: Campaign,
    since: Since = None,
    until: Until = None,
    by: Annotated[By, typer.Option(help="What is told apart.")] = By.LIST,
    html: Annotated[Path | None, typer.Option(help="Write a page.")] = None,
    csv_file: Csv = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """A campaign's figures: whom it dialled, reached and abandoned, what came of it, and how well its agents
    were kept talking."""
    with client(config) as engine:
        told = engine.get("reports", "campaigns", campaign, params={**span(since, until), "by": by.value})
    if html is not None:
        html.write_text(page(told), encoding="utf-8")
    if as_json:
        print_json(told)
    elif csv_file is not None:
        write(csv_file, {"key": by.value, **FIGURE_COLUMNS}, figures_rows(told))
    elif html is None:
        print_lines(told_in_words(told))
        print_table({"key": by.value, **FIGURE_COLUMNS}, figures_rows(told), "nobody was dialled")
        if not told["complete"]:
            print(f"only the {len(told['groups'])} with most attempts are told apart")


def report_attempts(
    campaign: Campaign,
    since: Since = None,
    until: Until = None,
    list_id: Annotated[str | None, typer.Option("--list", help="Only of this list.")] = None,
    hour: Annotated[int | None, typer.Option(min=0, max=23, help="Only in this hour of his day.")] = None,
    number: Annotated[str | None, typer.Option(help="Only to this number.")] = None,
    outcome: Annotated[str | None, typer.Option(help="Only those that ended so.")] = None,
    agent: Annotated[str | None, typer.Option(help="Only those this agent talked in.")] = None,
    disposition: Annotated[str | None, typer.Option(help="Only those of which this came.")] = None,
    lead: Annotated[str | None, typer.Option(help="Only those to this lead.")] = None,
    live: Annotated[bool | None, typer.Option(help="Only those a person answered, or did not.")] = None,
    counted: Annotated[bool | None, typer.Option(help="Only those in the ledger, or not.")] = None,
    abandoned: Annotated[bool | None, typer.Option(help="Only those abandoned, or not.")] = None,
    success: Annotated[bool | None, typer.Option(help="Only successes, or the others.")] = None,
    opted_out: Annotated[
        bool | None, typer.Option(help="Only who asked not to be called, or the others.")
    ] = None,
    most: Annotated[int, typer.Option(help="At most so many.", min=1, max=1_000_000)] = 1_000,
    csv_file: Csv = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """The attempts behind a figure, earliest first."""
    asked = {
        **span(since, until),
        **given(
            list=list_id,
            hour=None if hour is None else str(hour),
            number=number,
            outcome=outcome,
            agent=agent,
            disposition=disposition,
            lead=lead,
            live=_truth(live),
            counted=_truth(counted),
            abandoned=_truth(abandoned),
            success=_truth(success),
            opted_out=_truth(opted_out),
        ),
    }
    with client(config) as engine:
        rows = [*islice(attempts_of(engine, campaign, asked), most)]
    if as_json:
        print_json(rows)
    elif csv_file is not None:
        write(csv_file, ATTEMPT_COLUMNS, [{name: as_cell(row[name]) for name in row} for row in rows])
    else:
        print_table(_SHORT, [rounded(row) for row in rows], "nobody was dialled")


def report_evidence(
    campaign: Campaign,
    since: Since = None,
    until: Until = None,
    into: Annotated[
        Path | None, typer.Option(help="Directory to write into; default: CAMPAIGN-evidence, here.")
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Write what shows how a campaign dialled: every attempt with the clocks of the called, abandoned calls
    against each allowance day by day, what the gate refused and why, the rules in force; as tables and as a
    page. Sums are counted twice; exit code 1 when they differ. Engineering, not legal advice."""
    asked = span(since, until)
    to = into if into is not None else Path(f"{campaign}-evidence")
    with client(config) as engine:
        told = engine.get("reports", "campaigns", campaign, "evidence", params=asked)
        every = attempts_of(engine, campaign, {**asked, "heard": "true"})
        pack = write_pack(to, told, _watched(every), [*ATTEMPT_COLUMNS, "heard"])
    if as_json:
        print_json(
            {"files": [str(path) for path in pack.files], "attempts": pack.rows, "checks": pack.checks}
        )
    else:
        print_lines([f"{path}" for path in pack.files])
        print_lines(
            f"{check['what']}: {check['engine']} in the database, {check['here']} in the pack"
            for check in pack.checks
            if not check["same"]
        )
        agree = "every sum came out the same twice" if pack.agrees else "sums differ"
        print(f"{pack.rows} attempts, refused ones among them; {agree}")
    if not pack.agrees:
        raise typer.Exit(1)


def attempts_of(engine: EngineClient, campaign: str, asked: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Attempts, asked for page by page."""
    after: str | None = None
    while True:
        params = {**asked, "limit": _A_PAGE, **given(after=after)}
        told = engine.get("reports", "campaigns", campaign, "attempts", params=params)
        for one in told["attempts"]:
            told_as_one = {name: " ".join(one[name]) for name in ("zones", "refused_reasons")}
            yield {**one, **told_as_one}
        after = told["next"]
        if after is None:
            return


def _watched(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows, with how many there were so far on standard error while somebody watches."""
    console = Console(file=sys.stderr)
    columns = (SpinnerColumn(), TextColumn("{task.completed:.0f} attempts"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("read", total=None)
        for row in rows:
            progress.advance(task)
            yield row


def _truth(asked: bool | None) -> str | None:
    return None if asked is None else str(asked).lower()


FIGURE_COLUMNS = {
    "dialled": "dialled",
    "live": "live",
    "contact_rate": "contact",
    "connected": "connected",
    "abandoned": "abandoned",
    "abandoned_share": "of answers",
    "average_connected_after_s": "agent after s",
    "average_talk_s": "talk s",
    "successes": "success",
    "success_rate": "of live",
    "opted_out": "opted out",
    "refused": "refused",
    "outcomes": "outcomes",
}

_SHORT = {
    "attempt_id": "attempt",
    "local_earliest": "his clock",
    "number": "number",
    "list_id": "list",
    "lead_id": "lead",
    "outcome": "outcome",
    "rang_s": "rang s",
    "connected_after_s": "agent after s",
    "agent_id": "agent",
    "talked_s": "talked s",
    "abandoned": "abandoned",
    "disposition": "disposition",
    "refused_why": "refused",
}

ATTEMPT_COLUMNS = {
    name: name
    for name in (
        "attempt_id",
        "campaign_id",
        "list_id",
        "lead_id",
        "number",
        "zones",
        "local_earliest",
        "local_latest",
        "wanted_by",
        "placed_at",
        "ring_for_s",
        "rang_at",
        "answered_at",
        "party",
        "judged_at",
        "judged_words",
        "connected_at",
        "connected_after_s",
        "agent_id",
        "opted_out_at",
        "ended_at",
        "outcome",
        "hangup_cause",
        "trunk",
        "rang_s",
        "talked_s",
        "live",
        "counted_at",
        "taken_back_at",
        "abandoned",
        "refused_why",
        "refused_reasons",
        "refused_until",
        "disposition",
        "success",
        "disposed_at",
        "disposed_by",
        "note",
    )
}
"""All that is told of an attempt, by the names the API gives it."""
