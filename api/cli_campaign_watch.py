"""``callwright campaign watch``: a campaign's figures in the terminal, again and again."""

import time
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from api.asking import AsJson, ConfigPath, client
from api.printing import harmless, print_json, print_lines
from cti.config import DEFAULT_CONFIG


def watch(
    name: Annotated[str, typer.Argument(metavar="CAMPAIGN")],
    every: Annotated[float, typer.Option(min=0.2, max=3600, metavar="S", help="Seconds between two.")] = 1.0,
    looks: Annotated[
        int, typer.Option(min=0, metavar="N", help="So many, and no more; 0: until Ctrl-C.")
    ] = 0,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Lines, hits, who waits, abandoned calls against their budget, talk time per agent hour, how far the
    lists are, and why no more is dialled: now, and what changes. Where nobody watches: once."""
    console = Console()
    with client(config) as engine:
        told = engine.get("campaigns", name, "live")
        if as_json:
            print_json(told)
            return
        if not console.is_terminal:
            print_lines(in_lines(told))
            return
        looked = 1
        with Live(_picture(told), console=console, auto_refresh=False) as picture:
            try:
                while looked != looks:
                    time.sleep(every)
                    picture.update(_picture(engine.get("campaigns", name, "live")), refresh=True)
                    looked += 1
            except KeyboardInterrupt:
                pass


def in_lines(told: dict[str, Any]) -> Iterator[str]:
    """All figures, one line each."""
    for row in _rows(told):
        yield f"{row[0]:12} {row[1]}"


def _picture(told: dict[str, Any]) -> Group:
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, value in _rows(told):
        table.add_row(Text(name, style="bold"), Text(harmless(value), style=_style(name, told)))
    return Group(table)


def _style(name: str, told: dict[str, Any]) -> str:
    if name == "alarms" or (name == "abandoned" and any(one["spent"] for one in told["budgets"])):
        return "red"
    return "yellow" if name == "why none" else ""


def _rows(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "campaign", _state(told)
    lines = told["lines"]
    yield "lines", ", ".join(f"{count} {what}" for what, count in lines.items() if count) or "none"
    if told["why_none"]:
        yield "why none", told["why_none"].replace("_", " ")
    decided = told["decided"]
    if decided is not None:
        agents = f"{decided['idle']} free, {decided['talking']} talking, {decided['wrapping_up']} wrapping up"
        yield "agents", f"{agents}; {decided['answer_rate']:.0%} of those dialled now are expected to answer"
    for what, title in (("hour", "last hour"), ("total", "since start")):
        yield title, _counted(told[what])
    for budget in told["budgets"]:
        yield "abandoned", _budget(budget)
    yield "leads", _leads(told)
    if told["alarms"]:
        yield "alarms", ", ".join(told["alarms"]).replace("_", " ")


def _state(told: dict[str, Any]) -> str:
    trial = f", {told['trial_left']} attempts of its trial left" if told["trial_left"] is not None else ""
    reading = ", its leads are being read" if told["being_read"] else ""
    since = told["since"][:19].replace("T", " ")
    return f"{told['campaign_id']} is {told['state']} since {since} UTC{trial}{reading}"


def _counted(counted: dict[str, Any]) -> str:
    rate = "" if counted["answer_rate"] is None else f" ({counted['answer_rate']:.1%})"
    talk = ""
    if counted["talk_share"] is not None:
        talk = f", {counted['talk_share'] * 60:.0f} min of talk per agent hour"
    hits = f"{counted['live']} answered{rate}, {counted['connected']} connected"
    return f"{counted['attempts']} attempts, {hits}, {counted['abandoned']} abandoned{talk}"


def _budget(budget: dict[str, Any]) -> str:
    share = "-" if budget["share"] is None else f"{budget['share']:.2%}"
    days = budget["window_s"] / 86_400
    window = f"{days:g} days" if days != 1 else "24 h"
    left = "spent: nobody is dialled" if budget["spent"] else f"{budget['left']:.1f} left"
    counted = f"{budget['abandoned']} of {budget['live']} in {window}"
    return f"{counted}, {share}, where {budget['allowed_share']:.0%} is allowed; {left}"


def _leads(told: dict[str, Any]) -> str:
    if told["penetration"] is None:
        return "none"
    states = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in told["leads"].items())
    lists = ", ".join(f"{name} {count}" for name, count in sorted(told["left"].items()))
    return f"{told['penetration']:.1%} done: {states}; left by list: {lists}"
