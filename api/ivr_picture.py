"""What callers did in a flow, as a picture in the manner of Sankey: wide where many went."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

MOST_NODES = 60
"""Nodes drawn by name; the rest, the least visited ones, are drawn as one."""
COLUMN, BAR, GAP, MARGIN = 210.0, 14.0, 26.0, 24.0
"""From one column to the next, a bar's width, between two bars, around everything; in pixels."""
TALLEST = 420.0
"""How high the column with the most visits is, without its gaps."""
SWEEPS = 12

EXITS = {
    "served": "#2b8a3e",
    "queued": "#1864ab",
    "transferred": "#1864ab",
    "taken": "#1864ab",
    "callback": "#5f3dc4",
    "voicemail": "#5f3dc4",
    "fax": "#5f3dc4",
    "hung_up": "#c92a2a",
    "timed_out": "#e8590c",
    "went_on": "#5f3dc4",
    "turned_away": "#e8590c",
    "broken_off": "#868e96",
    "lost": "#868e96",
    "here": "#868e96",
}
"""How stays end, in the order in which they are drawn, and in which colours."""
NODE, WAY = "#495057", "#adb5bd"


@dataclass(slots=True, kw_only=True)
class _Bar:
    """A node, or a way to end."""

    name: str
    label: str
    told: str
    """What is said of it when it is pointed at."""
    colour: str
    visits: int
    begins: int = 0
    """Visits a stay began with."""
    column: int = 0
    x: float = 0.0
    y: float = 0.0
    height: float = 0.0
    out: list["_Band"] = field(default_factory=list)
    into: list["_Band"] = field(default_factory=list)

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(slots=True, kw_only=True)
class _Band:
    """Callers who went from one bar to another."""

    source: _Bar
    target: _Bar
    visits: int
    back: bool = False
    """They had been there before."""
    from_y: float = 0.0
    to_y: float = 0.0
    width: float = 0.0


def picture(flow: Mapping[str, Any]) -> str:
    """An SVG of a flow's figures, as ``GET /reports/ivr`` tells them: no script, nothing fetched."""
    bars = _bars(flow)
    if not bars:
        return _framed([_text(MARGIN, 40, "nobody came to a node of this flow")], flow, 420, 80)
    _columns(bars)
    width = MARGIN * 2 + max(bar.column for bar in bars) * COLUMN + COLUMN
    height = _places(bars)
    backs = [band for bar in bars for band in bar.out if band.back]
    bottom = height + (18 + 9 * len(backs) if backs else 0)
    parts = [_band(band) for bar in bars for band in bar.out if not band.back]
    parts += [_way_back(band, height + 9 * number) for number, band in enumerate(backs, 1)]
    parts += [_bar(bar) for bar in bars]
    return _framed(parts, flow, width, bottom + MARGIN)


def _framed(parts: Sequence[str], flow: Mapping[str, Any], width: float, height: float) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
            f'width="{width:.0f}" height="{height:.0f}" font-family="sans-serif" font-size="12">',
            f"<title>{escape(flow['flow'])}: {flow['stays']} stays</title>",
            '<rect width="100%" height="100%" fill="white"/>',
            *parts,
            "</svg>",
            "",
        ]
    )


# -- what is drawn -----------------------------------------------------------------------------------


def _bars(flow: Mapping[str, Any]) -> list[_Bar]:
    nodes = flow["nodes"]
    named = {node["node"] for node in nodes[:MOST_NODES]}
    bars: dict[str, _Bar] = {}
    flows: Counter[tuple[str, str]] = Counter()
    ends: Counter[tuple[str, str]] = Counter()
    for node in nodes:
        name = node["node"] if node["node"] in named else ""
        if name in bars:
            bars[name].visits += node["visits"]
            bars[name].begins += node["begins"]
        else:
            rest = f"{len(nodes) - MOST_NODES} more nodes"
            bars[name] = _Bar(
                name=name,
                label=name or rest,
                told=_told(node) if name else rest,
                colour=NODE,
                visits=node["visits"],
                begins=node["begins"],
            )
        for to, visits in node["leads_to"].items():
            flows[name, to if to in named else ""] += visits
        for exit_, visits in node["exits"].items():
            ends[name, exit_] += visits
        if node["still_here"]:
            ends[name, "here"] += node["still_here"]
    for (source, target), visits in sorted(flows.items(), key=lambda item: (-item[1], item[0])):
        if source != target:
            _join(bars[source], bars[target], visits)
    for end, colour in EXITS.items():
        total = sum(visits for (_, exit_), visits in ends.items() if exit_ == end)
        if total:
            label = "still here" if end == "here" else end.replace("_", " ")
            bars[f"={end}"] = _Bar(
                name=f"={end}", label=label, told=f"{label}: {total}", colour=colour, visits=total
            )
    for (name, end), visits in sorted(ends.items()):
        _join(bars[name], bars[f"={end}"], visits)
    return list(bars.values())


def _join(source: _Bar, target: _Bar, visits: int) -> None:
    band = _Band(source=source, target=target, visits=visits)
    source.out.append(band)
    target.into.append(band)


def _told(node: Mapping[str, Any]) -> str:
    lines = [f"{node['node']} ({node['kind']}): {node['visits']} visits"]
    if node["average_s"] is not None:
        lines.append(f"{node['average_s']:.1f} s on average")
    if node["drop_off"]:
        lines.append(f"{node['drop_off']:.1%} hung up here")
    if node["keys"]:
        lines.append("keys: " + ", ".join(f"{key} {visits}" for key, visits in node["keys"].items()))
    if node["wrong_keys"]:
        lines.append("tried: " + ", ".join(f"{key} {tries}" for key, tries in node["wrong_keys"].items()))
    return "\n".join(lines)


# -- where it is drawn -------------------------------------------------------------------------------


def _columns(bars: Sequence[_Bar]) -> None:
    """Each bar right of all that lead to it, ways back set aside; the ends in the last column."""
    for bar in bars:
        bar.out.sort(key=lambda band: -band.visits)
    begun, done = set[str](), set[str]()
    for first in sorted(bars, key=lambda bar: (-bar.begins, bool(bar.into), -bar.visits)):
        trail = [(first, iter(first.out))] if first.name not in begun else []
        begun.add(first.name)
        while trail:
            bar, ahead = trail[-1]
            band = next(ahead, None)
            if band is None:
                done.add(bar.name)
                trail.pop()
            elif band.target.name not in begun:
                begun.add(band.target.name)
                trail.append((band.target, iter(band.target.out)))
            elif band.target.name not in done:
                band.back = True
    missing = {bar.name: sum(not band.back for band in bar.into) for bar in bars}
    ready = [bar for bar in bars if not missing[bar.name]]
    for bar in ready:
        for band in bar.out:
            if not band.back:
                band.target.column = max(band.target.column, bar.column + 1)
                missing[band.target.name] -= 1
                if not missing[band.target.name]:
                    ready.append(band.target)
    last = max(bar.column for bar in bars)
    for bar in bars:
        if bar.name.startswith("="):
            bar.column = last


def _places(bars: Sequence[_Bar]) -> float:
    """Set every bar's and every band's place; returns the height of it all."""
    columns = [[b for b in bars if b.column == at] for at in range(1 + max(bar.column for bar in bars))]
    per_visit = TALLEST / max(sum(bar.visits for bar in column) for column in columns)
    for column in columns:
        column.sort(key=lambda bar: -bar.visits if not bar.name.startswith("=") else 0)
        y = MARGIN + GAP
        for bar in column:
            bar.x, bar.y, bar.height = MARGIN + bar.column * COLUMN, y, max(2.0, bar.visits * per_visit)
            y += bar.height + GAP
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            for bar in column:
                bands = bar.into if sweep % 2 == 0 else bar.out
                others = [(b.source if sweep % 2 == 0 else b.target, b.visits) for b in bands if not b.back]
                if others:
                    weight = sum(visits for _, visits in others)
                    wish = sum(other.middle * visits for other, visits in others) / weight
                    bar.y = wish - bar.height / 2
            _apart(column)
    too_low = min(bar.y for bar in bars) - MARGIN - GAP
    for bar in bars:
        bar.y -= too_low
    for bar in bars:
        _stack(bar, per_visit)
    return max(bar.y + bar.height for bar in bars) + GAP / 2


def _apart(column: list[_Bar]) -> None:
    """Push the bars of a column down until none covers another."""
    column.sort(key=lambda bar: bar.middle)
    y = MARGIN + GAP
    for bar in column:
        bar.y = max(bar.y, y)
        y = bar.y + bar.height + GAP


def _stack(bar: _Bar, per_visit: float) -> None:
    """Let the bands of a bar leave and arrive one above the other, so that few cross."""
    y = bar.y
    for band in sorted(bar.out, key=lambda band: (band.back, band.target.middle)):
        band.from_y, band.width = y, max(1.0, band.visits * per_visit)
        y += band.width
    y = bar.y
    for band in sorted(bar.into, key=lambda band: (band.back, band.source.middle)):
        band.to_y = y
        y += max(1.0, band.visits * per_visit)


# -- how it is drawn ---------------------------------------------------------------------------------


def _bar(bar: _Bar) -> str:
    return (
        f"<g><title>{escape(bar.told)}</title>"
        f'<rect x="{bar.x:.1f}" y="{bar.y:.1f}" width="{BAR:.0f}" height="{bar.height:.1f}" rx="2" '
        f'fill="{bar.colour}"/>'
        f'<text x="{bar.x:.1f}" y="{bar.y - 5:.1f}" fill="{bar.colour}" stroke="white" stroke-width="3" '
        f'paint-order="stroke"><tspan font-weight="600">{escape(bar.label)}</tspan> {bar.visits}</text></g>'
    )


def _band(band: _Band) -> str:
    left, right = band.source.x + BAR, band.target.x
    from_y, to_y = band.from_y + band.width / 2, band.to_y + band.width / 2
    middle = (left + right) / 2
    colour = band.target.colour if band.target.name.startswith("=") else WAY
    return (
        f'<path d="M{left:.1f} {from_y:.1f} C{middle:.1f} {from_y:.1f} {middle:.1f} {to_y:.1f} '
        f'{right:.1f} {to_y:.1f}" fill="none" stroke="{colour}" stroke-opacity="0.4" '
        f'stroke-width="{band.width:.1f}">{_title(band)}</path>'
    )


def _way_back(band: _Band, below: float) -> str:
    """Under everything, from the right of the later bar to the left of the earlier one."""
    left, right = band.target.x, band.source.x + BAR
    from_y, to_y = band.from_y + band.width / 2, band.to_y + band.width / 2
    return (
        f'<path d="M{right:.1f} {from_y:.1f} h8 Q{right + 18:.1f} {from_y:.1f} {right + 18:.1f} '
        f"{from_y + 10:.1f} V{below - 10:.1f} Q{right + 18:.1f} {below:.1f} {right + 8:.1f} {below:.1f} "
        f"H{left - 8:.1f} Q{left - 18:.1f} {below:.1f} {left - 18:.1f} {below - 10:.1f} V{to_y + 10:.1f} "
        f'Q{left - 18:.1f} {to_y:.1f} {left - 8:.1f} {to_y:.1f} h8" fill="none" stroke="{WAY}" '
        f'stroke-width="{min(6.0, max(1.5, band.width)):.1f}" stroke-dasharray="6 4">{_title(band)}</path>'
    )


def _title(band: _Band) -> str:
    again = ", again" if band.back else ""
    return f"<title>{escape(f'{band.source.label} → {band.target.label}: {band.visits}{again}')}</title>"


def _text(x: float, y: float, words: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" fill="{NODE}">{escape(words)}</text>'
