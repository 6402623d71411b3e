"""A campaign's figures as a page and in words; no script, nothing fetched."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

STYLE = (
    "body{font:14px sans-serif;margin:2em;color:#212529}table{border-collapse:collapse;margin:1em 0}"
    "th,td{padding:.3em .8em;border-bottom:1px solid #dee2e6;text-align:left;vertical-align:top}"
    "th.n,td.n{text-align:right}td.t{white-space:nowrap}"
    "h2{margin-top:2em}.bad{color:#c92a2a;font-weight:bold}"
)
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{3})\d*)?(Z|[+-]\d\d:\d\d)")
_NUMBER = re.compile(r"-?\d[\d.]*\s*%?")
_NUMERIC, _BAD = ' class="n"', ' class="bad"'
_GOOD = {"exceeded": False, "same": True}
"""Columns in which the other answer is to be seen from afar."""
_SHARES = frozenset({"contact_rate", "abandoned_share", "success_rate"})

_COLUMNS = {
    "dialled": "dialled",
    "live": "live",
    "contact_rate": "contact rate",
    "connected": "connected",
    "counted": "live answers counted",
    "abandoned": "abandoned",
    "abandoned_share": "abandoned share",
    "average_connected_after_s": "agent after s",
    "longest_connected_after_s": "longest s",
    "average_talk_s": "talk s",
    "successes": "successes",
    "success_rate": "of live",
    "opted_out": "opted out",
    "refused": "refused",
    "outcomes": "outcomes",
}


def page(told: Mapping[str, Any]) -> str:
    """An HTML page of a report, as ``GET /reports/campaigns/{campaign}`` tells it."""
    title = f"Campaign {told['campaign_id']}, {between(told)}"
    return document(
        title,
        [
            *(f"<p>{escape(line)}</p>" for line in told_in_words(told)),
            f"<h2>By {escape(told['by'])}</h2>",
            *table({"key": told["by"], **_COLUMNS}, figures_rows(told)),
        ],
    )


def document(title: str, body: Iterable[str]) -> str:
    """A page that stands on its own."""
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><h1>{escape(title)}</h1>",
            *body,
            "</body></html>",
            "",
        ]
    )


def table(columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A table; whatever stands in it is text."""
    if not rows:
        yield "<p>None.</p>"
        return
    right = {name for name in columns if all(_is_number(row.get(name)) for row in rows)}
    titles = (
        f"<th{_NUMERIC if name in right else ''}>{escape(title)}</th>" for name, title in columns.items()
    )
    yield f"<table><tr>{''.join(titles)}</tr>"
    for row in rows:
        yield f"<tr>{''.join(_cell(name, row.get(name), right=name in right) for name in columns)}</tr>"
    yield "</table>"


def _is_number(value: Any) -> bool:
    """Or nothing, or a share."""
    if isinstance(value, str):
        return value == "-" or _NUMBER.fullmatch(value) is not None
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _cell(name: str, value: Any, *, right: bool) -> str:
    how = _NUMERIC if right else ""
    if isinstance(value, bool):
        how = _BAD if name in _GOOD and value is not _GOOD[name] else ""
        return f"<td{how}>{'yes' if value else 'no'}</td>"
    if isinstance(value, str) and (moment := _MOMENT.fullmatch(value)):
        day, clock, thousandths, zone = moment.groups()
        exactly = f".{thousandths}" if thousandths and thousandths != "000" else ""
        return f'<td class="t">{day} {clock}{exactly}{zone}</td>'
    text = "-" if value is None else f"{value:.2f}" if isinstance(value, float) else str(value)
    return f"<td{how}>{escape(text)}</td>"


def between(told: Mapping[str, Any]) -> str:
    """The span of a report, in UTC."""
    return f"{told['since'][:16]}Z to {told['until'][:16]}Z"


def told_in_words(told: Mapping[str, Any]) -> Iterator[str]:
    """The whole of a report in a few lines."""
    total = told["total"]
    over = total["dialled"] - total["running"]
    yield (
        f"{told['campaign_id']}, {between(told)}: {total['dialled']} dialled, {total['running']} of them "
        "still running"
    )
    reached = f"a person answered {total['live']} of {over} ({percent(total['contact_rate'])})"
    yield f"{reached}, an agent talked with {total['connected']}; {total['refused']} were not let out"
    yield (
        f"abandoned: {total['abandoned']} of {total['counted']} live answers "
        f"({percent(total['abandoned_share'])}) of those dialled in this time"
    )
    for one in told["allowances"]:
        spent = "; it is spent: nobody is dialled" if one["spent"] else ""
        yield (
            f"allowance: {one['percent']:g} % over {one['window_h']:g} h, at the end {one['abandoned']} of "
            f"{one['live']} ({percent(one['share'])}){spent}"
        )
    agents = told["agents"]
    minutes = agents["talk_min_per_agent_hour"]
    if minutes is not None:
        hours = agents["at_work_s"] / 3600
        yield f"{agents['agents']} agents, {hours:.1f} h at work: {minutes:.1f} min of talk per agent hour"
    yield f"successes: {total['successes']} of {total['live']} live ({percent(total['success_rate'])})"


def figures_rows(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The groups of a report and all together, for tables."""
    groups = [(one["key"] if one["key"] is not None else "-", one["figures"]) for one in told["groups"]]
    return [{"key": key, **_shown(figures)} for key, figures in [*groups, ("all", told["total"])]]


def _shown(figures: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if not figures["connected"]:  # nobody waited for an agent: 0 s would be the best of all
        figures = {**figures, "longest_connected_after_s": None}
    for name, value in figures.items():
        if name in _SHARES:
            shown[name] = percent(value)
        elif name == "outcomes":
            shown[name] = ", ".join(f"{outcome} {times}" for outcome, times in value.items())
        else:
            shown[name] = round(value, 2) if isinstance(value, float) else value
    return shown


def percent(share: float | None) -> str:
    """A share in words."""
    return "-" if share is None else f"{share:.2%}"
