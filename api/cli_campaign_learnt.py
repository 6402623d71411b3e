"""``callwright campaign learnt``: what pacing goes by, and how much it was seen of."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from api.asking import AsJson, ConfigPath, client
from api.printing import print_json, print_lines
from cti.config import DEFAULT_CONFIG

_SPANS = (("answers", "rings, person"), ("fails", "rings, nobody"), ("talks", "talks"), ("wraps", "wraps up"))


def learnt(
    name: Annotated[str, typer.Argument(metavar="CAMPAIGN")],
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Who answers, by list, hour of their day and region, and how long ringing, talks and wrap-up take: what
    was seen, and what is believed now."""
    with client(config) as engine:
        told = engine.get("campaigns", name, "learnt")
    if as_json:
        print_json(told)
    else:
        print_lines(in_lines(told))


def in_lines(told: dict[str, Any]) -> Iterator[str]:
    """All of it, one line each."""
    if not told["in_memory"]:
        yield "nothing is in memory: it is over; `campaign report` says what came of its attempts"
        return
    if not told["lists"]:
        yield "nobody was dialled yet: half of them are thought to answer"
    for name, its in told["lists"].items():
        yield f"list {name}: {_rate(its['whole'])}"
        for one in its["hours"]:
            yield f"  {one['of']} h: {_rate(one)}"
        for one in its["regions"]:
            yield f"  {one['of'] or 'region unknown'}: {_rate(one)}"
    for key, title in _SPANS:
        span = told[key]
        seen = f"{span['seen']} seen" if span["seen"] else "a guess, none was seen"
        yield f"{title}: half within {span['median_s']:g} s, nine of ten within {span['most_s']:g} s ({seen})"


def _rate(one: dict[str, Any]) -> str:
    between = f"{one['low']:.1%} to {one['high']:.1%}"
    return (
        f"{one['answered']} of {one['lines']} lines answered ({between}), {one['believed']:.1%} believed now"
    )
