"""``callwright ivr check | try | test | graph``: flows looked at before any caller meets them.

None of these needs an engine.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from api.asking import AsJson, ConfigPath
from api.check import flow_problems_of
from api.printing import harmless, print_json, print_lines
from cti.config import DEFAULT_CONFIG, var_dir
from cti.own_sounds import own_sounds
from cti.prompt_keeper import CATALOGUE_DIRECTORY
from ivr.catalogue import load_catalogue
from ivr.dialogue import Dialogue
from ivr.dialogue_run import play_through, talk_for
from ivr.drawing import mermaid, svg
from ivr.flow_texts import load_book
from ivr.hand_at_terminal import HELP, HandAtTerminal
from ivr.interpreter import Interpreter
from ivr.loader import FlowBook, PublishedFlow
from ivr.rehearsal import rehearse
from ivr.suggestion import closest

PROBLEM = 1
TextOf = Callable[[str, str], str | None]
"""What a prompt says in a language, if that is known."""

FlowName = Annotated[str, typer.Argument(metavar="FLOW", help="A flow's name.")]
FlowNames = Annotated[list[str] | None, typer.Argument(metavar="[FLOW]...", help="All of them by default.")]


def check(
    config: ConfigPath = DEFAULT_CONFIG,
    depth: Annotated[
        int | None,
        typer.Option(min=1, help="How many menus one after the other are allowed; else as configured."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check flows and number plan: what they name, prompts in every language, menus too deep, ways without an
    end, variables nobody sets."""
    problems = flow_problems_of(config, own_sounds(var_dir()), depth)
    if as_json:
        names = ("file", "line", "field", "message", "suggestion")
        print_json([{name: getattr(problem, name) for name in names} for problem in problems])
    else:
        print_lines(map(str, problems) if problems else [f"{config.parent}: no problems in its flows"])
    if problems:
        raise typer.Exit(PROBLEM)


def run_tests(flows: FlowNames = None, config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Run the flows' own dialogues (their ``tests``)."""
    book, text_of = load_book(config.parent), _texts(config)
    rows = [row for name in flows or book.flows for row in _tested(book, _found(book, name), text_of)]
    if as_json:
        print_json(rows)
    else:
        for row in rows:
            mark = "ok" if not row["complaints"] else "FAILED"
            print_lines([f"{row['flow']}: {row['test']}: {mark}", *(f"    {c}" for c in row["complaints"])])
        failed = sum(bool(row["complaints"]) for row in rows)
        untested = sorted(set(flows or book.flows) - {row["flow"] for row in rows})
        without = f"; without any: {', '.join(untested)}" if untested else ""
        print(f"{len(rows)} dialogues, {failed} failed{without}")
    if any(row["complaints"] for row in rows):
        raise typer.Exit(PROBLEM)


def _tested(book: FlowBook, published: PublishedFlow, text_of: TextOf) -> Iterator[dict[str, Any]]:
    for dialogue in published.flow.tests:
        complaints = play_through(book, published, dialogue, text_of)
        yield {"flow": published.name, "test": dialogue.name, "complaints": complaints}


def try_flow(
    flow: FlowName,
    caller: Annotated[str, typer.Option(help="Who calls.")] = "+33100000000",
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Walk through a flow: you type the keys, and say what comes of lookups and queues."""
    book = load_book(config.parent)
    published = _found(book, flow)
    talk = talk_for(published, Dialogue(name="tried", caller=caller, at=datetime.now(UTC).astimezone()))
    print_lines([f"{published.name}, version {published.version}; {HELP}"])
    hand = HandAtTerminal(talk, ask=input, tell=_tell, text_of=_texts(config))
    went = rehearse(Interpreter(published.flow, talk, flows=book.by_name), hand)
    _tell(f"ends: {went.ending}")


def graph(
    flow: FlowName,
    as_svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="Draw a picture into a file.")
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Draw a flow: Mermaid on standard output, or a picture."""
    published = _found(load_book(config.parent), flow)
    if as_svg is None:
        print(mermaid(published), end="")
    else:
        as_svg.write_text(svg(published), encoding="utf-8")


def _found(book: FlowBook, name: str) -> PublishedFlow:
    if name not in book.flows:
        likely = closest(name, book.flows)
        hint = f" (did you mean '{likely}'?)" if likely else ""
        raise typer.BadParameter(f"no flow is called '{name}'{hint}; there are {', '.join(book.flows)}")
    return book.flows[name]


def _texts(config: Path) -> TextOf:
    """The catalogue's texts beside the configuration."""
    catalogue = load_catalogue(config.parent / CATALOGUE_DIRECTORY)
    return lambda name, language: catalogue.text(language, name)


def _tell(line: str) -> None:
    print(harmless(line))
