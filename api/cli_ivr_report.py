"""``callwright report ivr``, also ``callwright ivr report``: what callers did in flows."""

from pathlib import Path
from typing import Annotated, Any

import typer

from api.asking import AsJson, ConfigPath, client
from api.cli_report import Csv, Since, Until, given, report, span, write
from api.ivr_page import NODE_COLUMNS, calls_in_words, flow_in_words, node_rows, page
from api.ivr_picture import picture
from api.printing import print_json, print_lines, print_table
from cti.config import DEFAULT_CONFIG

FlowOption = Annotated[str | None, typer.Option("--flow", help="Only this flow.")]
Version = Annotated[int | None, typer.Option("--version", min=0, help="Only this published version.")]
Exit = Annotated[str | None, typer.Option("--exit", help="Only what ended a stay so.")]
Most = Annotated[int, typer.Option(help="At most so many.", min=1, max=100_000)]


@report.command(name="ivr")
def report_ivr(
    since: Since = None,
    until: Until = None,
    flow: FlowOption = None,
    version: Version = None,
    svg: Annotated[Path | None, typer.Option(help="Write a picture of the one flow asked for.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page with tables and pictures.")] = None,
    csv_file: Csv = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """What callers did in flows: who was served there, how stays ended, and node by node how many came, how
    long they stayed, what they pressed, where they went and where they hung up."""
    if svg is not None and flow is None:
        raise typer.BadParameter("a picture shows one flow: name it by --flow", param_hint="--svg")
    asked = {**span(since, until), **given(flow=flow, version=None if version is None else str(version))}
    with client(config) as engine:
        told = engine.get("reports", "ivr", params=asked)
    if svg is not None:
        if not told["flows"]:
            raise typer.BadParameter(f"nobody came to the flow '{flow}' in this time", param_hint="--flow")
        svg.write_text(picture(told["flows"][0]), encoding="utf-8")
    if html is not None:
        html.write_text(page(told), encoding="utf-8")
    if as_json:
        print_json(told)
    elif csv_file is not None:
        rows = [row for one in told["flows"] for row in node_rows(one)]
        write(csv_file, {"flow": "flow", **NODE_COLUMNS}, rows)
    elif svg is None and html is None:
        print_lines([calls_in_words(told["calls"])])
        for one in told["flows"]:
            print_lines(["", f"{one['flow']}: {flow_in_words(one)}"])
            print_table(NODE_COLUMNS, node_rows(one), "nobody came to a node")


@report.command(name="ivr-stays")
def ivr_stays(
    since: Since = None,
    until: Until = None,
    flow: FlowOption = None,
    version: Version = None,
    exit_: Exit = None,
    outcome: Annotated[str | None, typer.Option("--outcome", help="Only of calls that ended so.")] = None,
    most: Most = 1_000,
    csv_file: Csv = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """The stays in flows behind a figure, earliest first."""
    asked = given(flow=flow, version=None if version is None else str(version), exit=exit_, outcome=outcome)
    rows = _pages("stays", {**span(since, until), **asked}, most, config)
    _print(rows, _STAY_COLUMNS, csv_file, as_json=as_json)


@report.command(name="ivr-visits")
def ivr_visits(
    since: Since = None,
    until: Until = None,
    flow: FlowOption = None,
    version: Version = None,
    node: Annotated[str | None, typer.Option("--node", help="Only at this node, as named above.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="Only those that led to this node.")] = None,
    exit_: Exit = None,
    key: Annotated[str | None, typer.Option("--key", help="Only those this key decided.")] = None,
    result: Annotated[str | None, typer.Option("--result", help="Only those of which this came.")] = None,
    most: Most = 1_000,
    csv_file: Csv = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """The visits to nodes behind a figure, earliest first."""
    asked = given(
        flow=flow,
        version=None if version is None else str(version),
        node=node,
        next=to,
        exit=exit_,
        key=key,
        result=result,
    )
    rows = _pages("visits", {**span(since, until), **asked}, most, config)
    _print(rows, _VISIT_COLUMNS, csv_file, as_json=as_json)


_STAY_COLUMNS = {
    "call_id": "call",
    "flow": "flow",
    "flow_version": "version",
    "began_at": "began",
    "exit": "exit",
    "spent_s": "spent s",
}
_VISIT_COLUMNS = {
    "call_id": "call",
    "node": "node",
    "kind": "kind",
    "entered_at": "entered",
    "spent_s": "spent s",
    "key": "key",
    "tried": "tried before",
    "result": "result",
    "next": "led to",
    "exit": "ended",
}


def _pages(what: str, asked: dict[str, str], most: int, config: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    after: str | None = None
    with client(config) as engine:
        while len(rows) < most:
            told = engine.get("reports", "ivr", what, params={**asked, "limit": "200", **given(after=after)})
            rows += told[what]
            after = told["next"]
            if after is None:
                break
    return rows[:most]


def _print(
    rows: list[dict[str, Any]], columns: dict[str, str], csv_file: Path | None, *, as_json: bool
) -> None:
    if as_json:
        print_json(rows)
    elif csv_file is not None:
        write(csv_file, columns, rows)
    else:
        print_table(columns, rows, "none")
