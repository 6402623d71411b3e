"""``callwright dial-sim``: what a campaign's pacing does with a day. A tool of its own; dials nobody."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from api.printing import print_json, print_table
from cti.simulator.dialling.plot import as_svg
from cti.simulator.dialling.report import COLUMNS, as_json, rows
from cti.simulator.dialling.scenario import DiallingScenario
from cti.simulator.dialling.study import CALLWRIGHT, POLICIES, PROGRESSIVE, live
from ivr.document import DocumentError, Problem, read_document, validate

PROBLEM = 1


def dial_sim(
    scenario: Annotated[
        Path | None, typer.Option(help="Who answers and who works; see docs/reference/dial-sim.md.")
    ] = None,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            help=f"May be repeated; the others are compared with the first: {', '.join(POLICIES)}, all."
        ),
    ] = None,
    agents: Annotated[int | None, typer.Option(min=1, help="In place of the scenario's.")] = None,
    answer_rate: Annotated[
        float | None, typer.Option(min=0.001, max=0.999, help="In place of the scenario's.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=1_000, help="Days to live, each with an empty ledger.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Which chance.")] = 1,
    plot: Annotated[Path | None, typer.Option(help="Write the first day as an SVG picture.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Let campaigns of invented people be dialled by the real pacing, and by others, with 95 % intervals.

    Nobody is called: telephones, people and time are simulated.
    """
    asked = _scenario(scenario, agents, answer_rate)
    names = list(POLICIES) if policy and "all" in policy else policy or [PROGRESSIVE, CALLWRIGHT]
    unknown = [name for name in names if name not in POLICIES]
    if unknown:
        raise typer.BadParameter(
            f"no policy {unknown[0]!r}: {', '.join(POLICIES)}, all", param_hint="--policy"
        )
    console = Console(file=sys.stderr)
    courses = []
    with console.status("") as status:
        for name in dict.fromkeys(names):
            courses.append(
                live(name, asked, days, seed, lambda who, day: status.update(f"{who}: day {day + 1}"))
            )
    if plot is not None:
        plot.write_text(as_svg(courses, asked), encoding="utf-8")
    if json:
        print_json(as_json(courses, asked, seed))
    else:
        print_table(COLUMNS, rows(courses, asked.allowed), "")
    if any(course.unexplained for course in courses):
        raise typer.Exit(PROBLEM)


def _scenario(path: Path | None, agents: int | None, answer_rate: float | None) -> DiallingScenario:
    """The scenario, with what the command says in place of it.

    Raises:
        DocumentError: it is wrong; every problem names its line.
    """
    asked = DiallingScenario() if path is None else validate(read_document(path), DiallingScenario)
    instead = {"agents": agents, "answer_rate": answer_rate}
    changed = asked.model_dump() | {key: value for key, value in instead.items() if value is not None}
    try:
        return DiallingScenario.model_validate(changed)
    except ValidationError as error:
        wrong = "; ".join(detail["msg"] for detail in error.errors(include_url=False))
        raise DocumentError([Problem("with what the command says", 0, "", wrong)]) from None
