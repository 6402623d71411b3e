"""What callers did in flows, as a page: figures, tables and pictures; no script, nothing fetched."""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from api.ivr_picture import picture

_STYLE = (
    "body{font:14px sans-serif;margin:2em;color:#212529}table{border-collapse:collapse;margin:1em 0}"
    "th,td{padding:.3em .8em;border-bottom:1px solid #dee2e6;text-align:left}td.n{text-align:right}"
    "svg{max-width:100%;height:auto}h2{margin-top:2em}"
)


def page(told: Mapping[str, Any]) -> str:
    """An HTML page of a report, as ``GET /reports/ivr`` tells it."""
    span = f"{told['since'][:16]}Z to {told['until'][:16]}Z"
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f"<title>What callers did in flows, {escape(span)}</title><style>{_STYLE}</style></head><body>",
            f"<h1>What callers did in flows</h1><p>{escape(span)}.",
            f"{escape(calls_in_words(told['calls']))}</p>",
            *(part for flow in told["flows"] for part in _flow(flow)),
            *([] if told["flows"] else ["<p>Nobody came to a flow.</p>"]),
            "</body></html>",
            "",
        ]
    )


def _flow(flow: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h2>{escape(flow['flow'])}</h2><p>{escape(flow_in_words(flow))}</p>"
    yield picture(flow)
    yield "<table><tr>" + "".join(f"<th>{escape(title)}</th>" for title in NODE_COLUMNS.values()) + "</tr>"
    for row in node_rows(flow):
        cells = (_cell(row[name]) for name in NODE_COLUMNS)
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</table>"


def _cell(value: Any) -> str:
    if value is None:
        return '<td class="n">-</td>'
    number = isinstance(value, int | float)
    text = f"{value:.1f}" if isinstance(value, float) else str(value)
    return f'<td class="n">{escape(text)}</td>' if number else f"<td>{escape(text)}</td>"


NODE_COLUMNS = {
    "node": "node",
    "kind": "kind",
    "visits": "visits",
    "drop_off": "drop-off",
    "average_s": "time s",
    "keys": "keys",
    "wrong_keys": "wrong keys",
    "results": "results",
    "leads_to": "led to",
    "exits": "ended",
}


def node_rows(flow: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A flow's nodes as rows of a table, most visited first."""
    return [
        {
            **node,
            "flow": flow["flow"],
            "drop_off": f"{node['drop_off']:.1%}" if node["drop_off"] is not None else None,
            "keys": shares(node["keys"]),
            "wrong_keys": counts(node["wrong_keys"]),
            "results": counts(node["results"]),
            "leads_to": counts(node["leads_to"]),
            "exits": counts(node["exits"]),
        }
        for node in flow["nodes"]
    ]


def counts(counted: Mapping[str, int]) -> str:
    """What was counted, the most first: ``served 58, hung_up 7``."""
    return ", ".join(f"{name} {count}" for name, count in _most_first(counted))


def shares(counted: Mapping[str, int]) -> str:
    """What was counted, with its share: ``1: 55 (59%), 2: 38 (41%)``."""
    total = sum(counted.values())
    return ", ".join(f"{name}: {count} ({count / total:.0%})" for name, count in _most_first(counted))


def _most_first(counted: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def calls_in_words(calls: Mapping[str, Any]) -> str:
    """Calls, and how many were contained, in a sentence."""
    over = calls["calls"] - calls["live"]
    if calls["containment"] is None:
        return f"{calls['calls']} calls, none of which is over."
    served = f"{calls['contained']} of the {over} that are over were served by flows alone"
    ended = f"They ended: {counts(calls['outcomes'])}."
    return f"{calls['calls']} calls; {served} (containment {calls['containment']:.1%}). {ended}"


def flow_in_words(flow: Mapping[str, Any]) -> str:
    """A flow's figures in a sentence or two."""
    lasted = "" if flow["average_s"] is None else f", {flow['average_s']:.1f} s on average"
    here = f", {flow['still_here']} still here" if flow["still_here"] else ""
    stays = f"{flow['stays']} stays{lasted}: {counts(flow['exits']) or 'none is over'}{here}."
    return f"{calls_in_words(flow['calls'])} {stays}"
