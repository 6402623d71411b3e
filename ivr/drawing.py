"""Pictures of a flow: as Mermaid text for documents, as SVG for people."""

from html import escape
from itertools import pairwise

from ivr.graph import Edge, Graph, graph_of
from ivr.layout import BOX_HEIGHT, Layout, Point, Route, lay_out
from ivr.loader import PublishedFlow

PIXELS_PER_LETTER = 7.2
PADDING = 24.0
COLOURS = {
    "menu": "#fff3bf",
    "collect": "#fff3bf",
    "confirm": "#fff3bf",
    "survey": "#fff3bf",
    "queue": "#d3f9d8",
    "transfer": "#d3f9d8",
    "callback": "#d3f9d8",
    "lookup": "#d0ebff",
    "branch": "#e5dbff",
    "hours": "#e5dbff",
    "hangup": "#ffe3e3",
}
"""What a caller is asked, where he goes on to, what is looked up, what is decided, where it ends."""
PLAIN = "#f1f3f5"
SHAPES = {"branch": ("{{", "}}"), "hours": ("{{", "}}"), "hangup": ("([", "])"), "return": ("([", "])")}
"""In Mermaid: decisions are hexagons, ends are round."""


def mermaid(flow: PublishedFlow) -> str:
    """The flow as a Mermaid flowchart; shown as a picture by most places that render Markdown."""
    graph = graph_of(flow.flow).joined()
    numbers = {name: f"n{at}" for at, name in enumerate(graph.kinds)}
    lines = [f"%% {flow.name}, version {flow.version}", "flowchart TD"]
    for name, kind in graph.kinds.items():
        opening, closing = SHAPES.get(kind, ("[", "]"))
        lines.append(f'    {numbers[name]}{opening}"{name}<br/><small>{kind}</small>"{closing}')
    for edge in graph.edges:
        label = f'|"{_mermaid_text(edge.by)}"|' if edge.by else ""
        lines.append(f"    {numbers[edge.source]} -->{label} {numbers[edge.target]}")
    return "\n".join(lines) + "\n"


def _mermaid_text(label: str) -> str:
    return label.replace("#", "#35;").replace("*", "#42;").replace('"', "#quot;")


def svg(flow: PublishedFlow) -> str:
    """The flow as a picture of its own: no script, nothing fetched from elsewhere."""
    graph = graph_of(flow.flow).joined()
    widths = {
        name: max(len(name), len(kind)) * PIXELS_PER_LETTER + PADDING for name, kind in graph.kinds.items()
    }
    layout = lay_out(graph, widths)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {layout.width:.0f} {layout.height:.0f}" '
        f'width="{layout.width:.0f}" height="{layout.height:.0f}" font-family="sans-serif" font-size="12">',
        f"<title>{escape(flow.name)}, version {flow.version}</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0 8 4 0 8z" fill="#495057"/></marker></defs>',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    parts += [_way(route, layout) for route in layout.routes]
    parts += [_box(name, graph, layout) for name in layout.boxes]
    parts += [_label(route, layout) for route in layout.routes if route.edge.by]
    return "\n".join([*parts, "</svg>", ""])


def _box(name: str, graph: Graph, layout: Layout) -> str:
    box, kind = layout.boxes[name], graph.kinds[name]
    x, y, middle = box.at.x - box.width / 2, box.at.y - BOX_HEIGHT / 2, box.at.x
    rim = ' stroke-width="2.5"' if name == graph.start else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" height="{BOX_HEIGHT:.0f}" rx="6" '
        f'fill="{COLOURS.get(kind, PLAIN)}" stroke="#495057"{rim}/>'
        f'<g text-anchor="middle"><text x="{middle:.1f}" y="{box.at.y - 3:.1f}" font-weight="600">'
        f'{escape(name)}</text><text x="{middle:.1f}" y="{box.at.y + 13:.1f}" fill="#495057">'
        f"{escape(kind)}</text></g>"
    )


def _way(route: Route, layout: Layout) -> str:
    path = _way_back(route, layout) if route.back else _way_down(route)
    dashes = ' stroke-dasharray="5 4"' if route.back else ""
    return f'<path d="{path}" fill="none" stroke="#868e96"{dashes} marker-end="url(#tip)"/>'


def _way_down(route: Route) -> str:
    points = list(route.points)
    points[0] = Point(points[0].x, points[0].y + BOX_HEIGHT / 2)
    points[-1] = Point(points[-1].x, points[-1].y - BOX_HEIGHT / 2)
    told = f"M{points[0].x:.1f} {points[0].y:.1f}"
    for upper, lower in pairwise(points):
        middle = (upper.y + lower.y) / 2
        told += f" C{upper.x:.1f} {middle:.1f} {lower.x:.1f} {middle:.1f} {lower.x:.1f} {lower.y:.1f}"
    return told


def _way_back(route: Route, layout: Layout) -> str:
    """From the source's right side around to the target's."""
    source, target = layout.boxes[route.edge.source], layout.boxes[route.edge.target]
    right = max(source.at.x + source.width / 2, target.at.x + target.width / 2) + 44
    return (
        f"M{source.at.x + source.width / 2:.1f} {source.at.y:.1f} C{right:.1f} {source.at.y:.1f} "
        f"{right:.1f} {target.at.y:.1f} {target.at.x + target.width / 2:.1f} {target.at.y:.1f}"
    )


def _label(route: Route, layout: Layout) -> str:
    """Where the fewer ways meet: by the target of a menu's key, by the source of a refusal."""
    start, beyond = route.points[0], route.points[1]
    if route.back:
        return _words(route.edge, Point(start.x + 44, start.y - BOX_HEIGHT / 2 - 6))
    leaving = sum(other.edge.source == route.edge.source for other in layout.routes)
    arriving = sum(other.edge.target == route.edge.target for other in layout.routes)
    share = 0.62 if leaving >= arriving else 0.36
    at = Point(start.x + (beyond.x - start.x) * share, start.y + (beyond.y - start.y) * share)
    return _words(route.edge, at)


def _words(edge: Edge, at: Point) -> str:
    return (
        f'<text x="{at.x:.1f}" y="{at.y:.1f}" text-anchor="middle" fill="#1864ab" stroke="white" '
        f'stroke-width="3" paint-order="stroke">{escape(edge.by)}</text>'
    )
