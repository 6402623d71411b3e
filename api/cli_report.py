"""``callwright report``: figures of the past, for people, spreadsheets and programs."""

import csv
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from api.asking import AsJson, ConfigPath, client
from api.printing import print_json, print_lines, print_table
from cti.config import DEFAULT_CONFIG

report = typer.Typer(help="Figures of the past.", no_args_is_help=True, rich_markup_mode=None)


@report.callback()
def _group() -> None:
    """Figures of the past, each counted from visits that can be listed."""


_DATES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
Since = Annotated[
    datetime | None,
    typer.Option(formats=_DATES, help="Beginning, this machine's time; default: a day ago."),
]
Until = Annotated[
    datetime | None, typer.Option(formats=_DATES, help="End, in this machine's time; default: now.")
]
Csv = Annotated[Path | None, typer.Option("--csv", help="Write a table for spreadsheets; - for here.")]
QueueOption = Annotated[str | None, typer.Option("--queue", help="Only this queue.")]


@report.command(name="queues")
def queues(
    since: Since = None,
    until: Until = None,
    period_min: Annotated[int, typer.Option("--period", help="A period's length, in minutes.")] = 30,
    queue: QueueOption = None,
    csv_file: Csv = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Who called, how it ended for them, and how well they were served, period by period."""
    asked = {**span(since, until), "period_min": str(period_min), **given(queue=queue)}
    with client(config) as engine:
        told = engine.get("reports", "queues", params=asked)
    if as_json:
        print_json(told)
    elif csv_file is not None:
        write(csv_file, _QUEUE_COLUMNS, list(_queue_rows(told)))
    else:
        for one in told["queues"]:
            print_lines([f"{one['queue_id']}: {_formula(one)}{_evenness(one)}"])
            print_table(_QUEUE_COLUMNS, list(_queue_rows({"queues": [one]})), "nobody called")
        print_lines([f"unexplained: {told['unexplained']}"])


@report.command(name="agents")
def agents(
    since: Since = None,
    until: Until = None,
    csv_file: Csv = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """How agents spent their time, and the calls they took."""
    with client(config) as engine:
        told = engine.get("reports", "agents", params=span(since, until))
    rows = [
        {
            **one,
            **{f"{state}_s": spent for state, spent in one["spent_s"].items()},
            "occupancy": share(one["occupancy"]),
            "reasons": ", ".join(f"{why} {spent:.0f} s" for why, spent in one["not_ready_s"].items()),
        }
        for one in told["agents"]
    ]
    if as_json:
        print_json(told)
    elif csv_file is not None:
        write(csv_file, _AGENT_COLUMNS, rows)
    else:
        print_table(_AGENT_COLUMNS, [rounded(row) for row in rows], "nobody was logged in")


@report.command(name="visits")
def visits(
    since: Since = None,
    until: Until = None,
    queue: QueueOption = None,
    exit_: Annotated[str | None, typer.Option("--exit", help="Only visits that ended so.")] = None,
    agent: Annotated[str | None, typer.Option("--agent", help="Only visits this agent answered.")] = None,
    most: Annotated[int, typer.Option(help="At most so many.", min=1, max=100_000)] = 1_000,
    csv_file: Csv = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """The visits behind a figure, earliest first."""
    asked = {**span(since, until), **given(queue=queue, exit=exit_, agent=agent), "limit": "200"}
    rows: list[dict[str, Any]] = []
    with client(config) as engine:
        after: str | None = None
        while len(rows) < most:
            page = engine.get("reports", "visits", params={**asked, **given(after=after)})
            rows += page["visits"]
            after = page["next"]
            if after is None:
                break
    rows = rows[:most]
    if as_json:
        print_json(rows)
    elif csv_file is not None:
        write(csv_file, _VISIT_COLUMNS, rows)
    else:
        print_table(_VISIT_COLUMNS, rows, "no visits")


@report.command(name="surveys")
def surveys(
    since: Since = None,
    until: Until = None,
    by: Annotated[str | None, typer.Option(help="Tell agents or queues apart: agent, queue.")] = None,
    queue: QueueOption = None,
    agent: Annotated[str | None, typer.Option("--agent", help="Only of who had talked with him.")] = None,
    csv_file: Csv = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """What callers said of how they were served, by question."""
    asked = {**span(since, until), **given(by=by, queue=queue, agent=agent)}
    with client(config) as engine:
        told = engine.get("reports", "surveys", params=asked)
    rows = [
        {
            **one,
            "scale": f"{one['least']}-{one['most']}",
            "given": ", ".join(f"{grade}: {times}" for grade, times in one["given"].items()),
        }
        for one in told["questions"]
    ]
    columns = {"question": "question", **({by: by} if by else {}), **_SURVEY_COLUMNS}
    rows = [{**row, **({by: row["group"] or "-"} if by else {})} for row in rows]
    if as_json:
        print_json(told)
    elif csv_file is not None:
        write(csv_file, columns, rows)
    else:
        shown = [{**row, "mean": "-" if row["mean"] is None else f"{row['mean']:.2f}"} for row in rows]
        print_table(columns, shown, "nobody was asked, or nobody answered")


_SURVEY_COLUMNS = {
    "scale": "scale",
    "answers": "answers",
    "mean": "mean",
    "given": "grades given",
    "comments": "in words",
}
_QUEUE_COLUMNS = {
    "queue": "queue",
    "begins_at": "from",
    "offered": "offered",
    "answered": "answered",
    "abandoned": "abandoned",
    "others": "other exits",
    "still_here": "here",
    "answer_rate": "answer rate",
    "service_level": "service level",
    "asa_s": "ASA s",
    "aht_s": "AHT s",
    "longest_s": "longest s",
}
_AGENT_COLUMNS = {
    "agent_id": "agent",
    "answered": "calls",
    "occupancy": "occupancy",
    "staffed_s": "logged in s",
    "ready_s": "ready s",
    "offered_s": "ringing s",
    "talking_s": "talking s",
    "wrapping_up_s": "wrap-up s",
    "not_ready_s": "not ready s",
    "reasons": "because of",
    "average_handling_s": "AHT s",
}
_VISIT_COLUMNS = {
    "call_id": "call",
    "queue_id": "queue",
    "call_class": "class",
    "began_at": "began",
    "exit": "exit",
    "waited_s": "waited s",
    "agent_id": "agent",
    "talked_s": "talked s",
    "wrapped_s": "wrap-up s",
}


def _queue_rows(told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for one in told["queues"]:
        for period in one["periods"]:
            yield _queue_row(one["queue_id"], period["begins_at"][:16] + "Z", period["figures"])
        yield _queue_row(one["queue_id"], "all", one["total"])


def _queue_row(queue: str, begins_at: str, figures: Mapping[str, Any]) -> dict[str, Any]:
    others = {exit_: n for exit_, n in figures["exits"].items() if exit_ not in ("answered", "abandoned")}
    return rounded(
        {
            "queue": queue,
            "begins_at": begins_at,
            "offered": figures["offered"],
            "answered": figures["answered"],
            "abandoned": figures["abandoned"],
            "others": ", ".join(f"{exit_} {n}" for exit_, n in others.items()),
            "still_here": figures["still_here"],
            "answer_rate": share(figures["answer_rate"]),
            "service_level": share(figures["service_level"]),
            "asa_s": figures["average_speed_of_answer_s"],
            "aht_s": figures["average_handling_s"],
            "longest_s": figures["longest_waited_s"],
        }
    )


def _formula(one: Mapping[str, Any]) -> str:
    return f"service level in {one['service_level_within_s']:g} s = {one['service_level_formula']}"


def _evenness(one: Mapping[str, Any]) -> str:
    even = one["evenness"]
    if even is None:
        return ""
    word = "even" if even["met"] else "uneven"
    periods, goal = even["periods"], even["goal"]
    return (
        f"; answer rate {word}: variation {even['variation']:.3f} over {periods} periods, goal below {goal}"
    )


def share(share: float | None) -> str | None:
    """A share in a cell."""
    return None if share is None else f"{share:.1%}"


def rounded(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose fractions have one digit."""
    return {name: round(value, 1) if isinstance(value, float) else value for name, value in row.items()}


def given(**values: str | None) -> dict[str, str]:
    """What was asked for, of what could be."""
    return {name: value for name, value in values.items() if value is not None}


def span(since: datetime | None, until: datetime | None) -> dict[str, str]:
    """From when to when, as the engine is asked."""
    end = (until or datetime.now()).astimezone(UTC)
    begin = since.astimezone(UTC) if since is not None else end - timedelta(days=1)
    return {"since": begin.isoformat(), "until": end.isoformat()}


def write(path: Path, columns: Mapping[str, str], rows: list[dict[str, Any]]) -> None:
    """A table for spreadsheets."""
    if str(path) == "-":
        _csv(sys.stdout, columns, rows)
        return
    with path.open("w", newline="", encoding="utf-8") as file:
        _csv(file, columns, rows)
    print(f"{len(rows)} rows written to {path}")


def _csv(file: Any, columns: Mapping[str, str], rows: list[dict[str, Any]]) -> None:
    writer = csv.DictWriter(file, list(columns), extrasaction="ignore")
    writer.writerow(dict(columns))
    writer.writerows(rows)
