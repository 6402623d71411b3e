"""Places the boxes of a graph in layers, so that it reads from top to bottom.

Sugiyama's method in its simplest form: ways back are set aside, layers by longest path, long edges broken by
waypoints, order within a layer by the mean place of the neighbours.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ivr.graph import Edge, Graph

LAYER_HEIGHT, BOX_HEIGHT, GAP = 96.0, 44.0, 28.0
WAYPOINT_WIDTH = 14.0
SWEEPS = 8


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the picture, in pixels from its upper left corner."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Box:
    """One node's rectangle around ``at``, its middle."""

    at: Point
    width: float


@dataclass(frozen=True, slots=True)
class Route:
    """An edge's way: from the middle of its source over waypoints to the middle of its target."""

    edge: Edge
    points: tuple[Point, ...]
    back: bool
    """It leads upwards, to a node the caller has passed already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A whole picture."""

    width: float
    height: float
    boxes: Mapping[str, Box]
    routes: Sequence[Route]


def lay_out(graph: Graph, widths: Mapping[str, float]) -> Layout:
    """Place every node; ``widths``: node name → how wide its box must be, in pixels."""
    names = [name for name in graph.kinds if name in graph.reached_from(graph.start)]
    back = _ways_back(graph)
    edges = [edge for edge in graph.edges if edge.source in names and edge.target in graph.kinds]
    layer = _layers(names, [edge for edge in edges if edge not in back])
    chains = {edge: _chain(edge, layer) for edge in edges if edge not in back}
    rows: list[list[str]] = [[] for _ in range(max(layer.values()) + 1)]
    for name in names:
        rows[layer[name]].append(name)
    for chain in chains.values():
        for depth, waypoint in enumerate(chain[1:-1], layer[chain[0]] + 1):
            rows[depth].append(waypoint)
    _order(rows, chains.values())
    wide = {name: widths.get(name, WAYPOINT_WIDTH) for row in rows for name in row}
    places = _places(rows, wide)
    boxes = {name: Box(places[name], wide[name]) for name in names}
    routes = [
        Route(edge, tuple(places[stop] for stop in chains[edge]), back=False)
        if edge in chains
        else Route(edge, (places[edge.source], places[edge.target]), back=True)
        for edge in edges
    ]
    right = max(place.x + wide[name] / 2 for name, place in places.items())
    room_for_ways_back = 60.0 if back else 0.0
    return Layout(
        width=right + GAP + room_for_ways_back, height=len(rows) * LAYER_HEIGHT, boxes=boxes, routes=routes
    )


def _ways_back(graph: Graph) -> set[Edge]:
    """The edges that close a loop, found in depth."""
    ways, found = graph.ways_on(), set[Edge]()
    done, trail = set[str](), [graph.start]
    ahead = [iter(ways[graph.start])]
    while trail:
        edge = next(ahead[-1], None)
        if edge is None:
            done.add(trail.pop())
            ahead.pop()
        elif edge.target in trail:
            found.add(edge)
        elif edge.target not in done:
            trail.append(edge.target)
            ahead.append(iter(ways[edge.target]))
    return found


def _layers(names: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Each node one layer below the lowest that leads to it (Kahn's order: the edges hold no loop)."""
    before = dict.fromkeys(names, 0)
    after: dict[str, list[str]] = {name: [] for name in names}
    for edge in edges:
        before[edge.target] += 1
        after[edge.source].append(edge.target)
    layer = dict.fromkeys(names, 0)
    ready = [name for name in names if before[name] == 0]
    for name in ready:
        for target in after[name]:
            layer[target] = max(layer[target], layer[name] + 1)
            before[target] -= 1
            if before[target] == 0:
                ready.append(target)
    return layer


def _chain(edge: Edge, layer: Mapping[str, int]) -> tuple[str, ...]:
    """The stops of an edge: its ends, and a waypoint in every layer between. No node's name holds a blank."""
    between = range(layer[edge.source] + 1, layer[edge.target])
    return (edge.source, *(f"{edge.source} {edge.by} {edge.target} {at}" for at in between), edge.target)


def _order(rows: list[list[str]], chains: Collection[tuple[str, ...]]) -> None:
    """Sort each layer by where its neighbours stand, from above and below in turn: fewer edges cross."""
    above: dict[str, list[str]] = {name: [] for row in rows for name in row}
    below: dict[str, list[str]] = {name: [] for row in rows for name in row}
    for chain in chains:
        for upper, lower in pairwise(chain):
            above[lower].append(upper)
            below[upper].append(lower)
    for sweep in range(SWEEPS):
        if sweep % 2 == 0:
            for upper_row, row in pairwise(rows):
                _sort_by(row, upper_row, above)
        else:
            for lower_row, row in pairwise(reversed(rows)):
                _sort_by(row, lower_row, below)


def _sort_by(row: list[str], fixed: Sequence[str], neighbours: Mapping[str, Sequence[str]]) -> None:
    there = {name: (place + 0.5) / len(fixed) for place, name in enumerate(fixed)}
    here = {name: (place + 0.5) / len(row) for place, name in enumerate(row)}
    wish = {
        name: sum(there[n] for n in neighbours[name]) / len(neighbours[name])
        if neighbours[name]
        else here[name]
        for name in row
    }
    row.sort(key=wish.__getitem__)


def _places(rows: Sequence[Sequence[str]], wide: Mapping[str, float]) -> dict[str, Point]:
    """Each layer in the middle of the picture, its members side by side."""
    lengths = [sum(wide[name] + GAP for name in row) - GAP for row in rows]
    widest = max(lengths)
    places: dict[str, Point] = {}
    for depth, (row, length) in enumerate(zip(rows, lengths, strict=True)):
        left = GAP + (widest - length) / 2
        for name in row:
            places[name] = Point(left + wide[name] / 2, depth * LAYER_HEIGHT + LAYER_HEIGHT / 2)
            left += wide[name] + GAP
    return places
