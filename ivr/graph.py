"""A flow as a graph: which node leads where, and by what."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ivr.flow import Flow
from ivr.names import Place


@dataclass(frozen=True, slots=True)
class Edge:
    """One way from a node to another."""

    source: str
    target: str
    by: str
    """What takes the caller there: ``1`` (a key), ``otherwise``, ``failed``; empty for the only way on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The nodes of a flow in their written order, and every way between them."""

    start: str
    kinds: Mapping[str, str]
    """Node name → its kind."""
    ends: frozenset[str]
    """Nodes at which the flow may end."""
    edges: Sequence[Edge]

    def joined(self) -> "Graph":
        """The same with one edge at most from one node to another, by all that takes the caller there."""
        by: dict[tuple[str, str], list[str]] = {}
        for edge in self.edges:
            by.setdefault((edge.source, edge.target), []).append(edge.by)
        edges = tuple(
            Edge(source, target, ", ".join(filter(None, all_by))) for (source, target), all_by in by.items()
        )
        return replace(self, edges=edges)

    def ways_on(self) -> dict[str, list[Edge]]:
        """Node name → the ways out of it; a name the flow does not hold leads nowhere."""
        ways: dict[str, list[Edge]] = {name: [] for name in self.kinds}
        for edge in self.edges:
            if edge.target in self.kinds:
                ways[edge.source].append(edge)
        return ways

    def reached_from(self, name: str) -> set[str]:
        """Every node a caller may come to from ``name``, itself included."""
        ways, reached, ahead = self.ways_on(), {name}, [name]
        while ahead:
            for edge in ways[ahead.pop()]:
                if edge.target not in reached:
                    reached.add(edge.target)
                    ahead.append(edge.target)
        return reached

    def leading_to(self, targets: frozenset[str] | set[str]) -> set[str]:
        """Every node from which a caller may come to one of ``targets``, these included."""
        sources: dict[str, list[str]] = {name: [] for name in self.kinds}
        for edge in self.edges:
            if edge.target in sources:
                sources[edge.target].append(edge.source)
        found, ahead = set(targets), list(targets)
        while ahead:
            for source in sources[ahead.pop()]:
                if source not in found:
                    found.add(source)
                    ahead.append(source)
        return found

    def depths(self, counted: frozenset[str]) -> dict[str, int]:
        """Node name → how many nodes of a kind in ``counted`` a caller passes before it, at the least (0-1
        breadth-first search)."""
        ways, ahead = self.ways_on(), [self.start]
        least = {self.start: 0}
        for name in ahead:  # grows while it is walked: shorter ways may be found later
            beyond = least[name] + (self.kinds[name] in counted)
            for edge in ways[name]:
                if beyond < least.get(edge.target, len(self.kinds) + 1):
                    least[edge.target] = beyond
                    ahead.append(edge.target)
        return least


def graph_of(flow: Flow) -> Graph:
    """The graph of a flow."""
    edges = tuple(edge for name, node in flow.nodes.items() for edge in _edges(name, node.leads_to()))
    return Graph(
        start=flow.start,
        kinds={name: node.kind for name, node in flow.nodes.items()},
        ends=frozenset(
            name for name, node in flow.nodes.items() if node.comes_back or not any(node.leads_to())
        ),
        edges=edges,
    )


def _edges(source: str, leads_to: Iterator[tuple[Place, str]]) -> Iterator[Edge]:
    for place, target in leads_to:
        yield Edge(source, target, _by(place))


def _by(place: Place) -> str:
    """What is told of a way, from where in the node it is written: of a menu's key the key."""
    if place == ("next",):
        return ""
    return str(place[-1]) if place[0] in ("keys", "hidden_keys") else ".".join(map(str, place))
