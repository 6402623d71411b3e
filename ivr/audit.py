"""Looks through flows that can be read for what would still go wrong with a caller in them.

What a flow refuses by itself (a node that does not exist or is never reached, a loop that never asks) is not
looked for again here: see :class:`ivr.flow.Flow`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ivr.document import Problem
from ivr.flow import Flow, Purpose
from ivr.graph import Graph, graph_of
from ivr.loader import FlowBook, PublishedFlow
from ivr.names import Place
from ivr.nodes.branch import BranchNode
from ivr.nodes.collect import CollectNode
from ivr.nodes.lookup import LookupNode
from ivr.nodes.node import Node, Outside
from ivr.nodes.set import SetNode
from ivr.nodes.subflow import SubflowNode
from ivr.suggestion import closest

ASKED_BY_KEY = frozenset({"menu"})
"""The kinds of nodes of which a caller should not have to pass many."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something at a place of a flow."""

    loc: Place
    message: str
    suggestion: str | None = None


def audit(book: FlowBook, *, menu_depth: int) -> tuple[Problem, ...]:
    """Everything found in all flows of a book: endless ways, menus deeper than ``menu_depth``, variables that
    may hold nothing, flows that nobody comes to."""
    problems = [
        _problem(published, finding)
        for published in book.flows.values()
        for finding in findings(published.flow, menu_depth=menu_depth)
    ]
    return (*problems, *_never_answering(book))


def findings(flow: Flow, *, menu_depth: int) -> Iterator[Finding]:
    """The same for one flow alone."""
    graph = graph_of(flow)
    yield from _endless(graph)
    yield from _too_deep(graph, menu_depth)
    yield from _may_hold_nothing(flow, graph)
    yield from _told_secrets(flow)


def _problem(published: PublishedFlow, finding: Finding) -> Problem:
    at = published.document.place(finding.loc)
    return Problem(at.file, at.line, at.field, finding.message, finding.suggestion)


def _endless(graph: Graph) -> Iterator[Finding]:
    """Nodes from which no way leads to an end: a caller goes round there until he hangs up. Each such circle
    is told once, at the node where he comes into it."""
    good = graph.leading_to(graph.ends)
    lost = [name for name in graph.kinds if name not in good]
    told: set[str] = set()
    entries = [edge.target for edge in graph.edges if edge.source in good and edge.target not in good]
    for name in [*([graph.start] if graph.start in lost else []), *entries, *lost]:
        if name not in told:
            told |= graph.reached_from(name)
            yield Finding(("nodes", name), "no way leads from here to an end of the call")


def _too_deep(graph: Graph, menu_depth: int) -> Iterator[Finding]:
    """Menus that nobody reaches but through too many others."""
    for name, above in graph.depths(ASKED_BY_KEY).items():
        if graph.kinds[name] in ASKED_BY_KEY and above >= menu_depth:
            yield Finding(("nodes", name), f"is menu {above + 1} on a caller's way; {menu_depth} are allowed")


def _may_hold_nothing(flow: Flow, graph: Graph) -> Iterator[Finding]:
    """Variables read where a caller may come without their being set: definite assignment, forwards over the
    graph until nothing changes."""
    everything = frozenset(name for node in flow.nodes.values() for name in _set_at(node)) | given_to(flow)
    surely = _surely_set(flow, graph, everything)
    for name, node in flow.nodes.items():
        for place, variable in dict.fromkeys(node.reads()):
            if variable in surely.get(name, everything):
                continue
            if variable in everything:
                message = f"'{variable}' holds nothing for callers who come here by another way"
                yield Finding(("nodes", name, *place), message)
            elif not is_given(variable):
                known = {*everything, *GIVEN}
                message = f"nothing sets '{variable}'"
                yield Finding(("nodes", name, *place), message, closest(variable, known))


def _surely_set(flow: Flow, graph: Graph, everything: frozenset[str]) -> Mapping[str, frozenset[str]]:
    """Node name → the variables that hold something whenever a caller comes to it."""
    ways, surely = graph.ways_on(), {flow.start: given_to(flow)}
    ahead = [flow.start]
    while ahead:
        name = ahead.pop()
        for edge in ways[name]:
            there = surely[name] | frozenset(flow.nodes[name].learns(edge.by or "next"))
            known = surely.get(edge.target, everything) & there
            if known != surely.get(edge.target):
                surely[edge.target] = known
                ahead.append(edge.target)
    return surely


def _told_secrets(flow: Flow) -> Iterator[Finding]:
    """Secrets where they would be said, shown or sent openly: there they are ``***``, and a question with one
    in it is not asked. They may be compared, and go into a lookup's body."""
    secrets = _secrets(flow)
    for name, node in flow.nodes.items():
        for place, variable in dict.fromkeys(node.reads()):
            if variable in secrets and not _may_hold_secrets(node, place):
                message = f"'{variable}' is a secret: *** would stand here"
                yield Finding(("nodes", name, *place), message)


def _secrets(flow: Flow) -> set[str]:
    """Variables that may hold what nobody may see, also by way of others."""
    secrets = {node.into for node in flow.nodes.values() if isinstance(node, CollectNode) and node.mask}
    for node in flow.nodes.values():
        if isinstance(node, LookupNode):
            secrets |= {name for name, expected in node.expect.items() if expected.secret}
    copies = [
        (name, set(expression.names))
        for node in flow.nodes.values()
        if isinstance(node, SetNode)
        for name, expression in node.values.items()
    ]
    while more := {name for name, read in copies if read & secrets} - secrets:
        secrets |= more
    return secrets


def _may_hold_secrets(node: Node, place: Place) -> bool:
    match node:
        case BranchNode() | SetNode() | SubflowNode():
            return True
        case LookupNode():
            return place[0] == "body"
        case _:
            return False


def _set_at(node: Node) -> Iterator[str]:
    return (name for _, name in node.sets())


GIVEN = frozenset({"caller", "dialled", "language", "flow"})
"""Variables that every call has; those of the customer, and of a campaign's lead, have a dot in theirs."""
_OF_THE_CALLER = ("customer.", "lead.")


def given_to(flow: Flow) -> frozenset[str]:
    """What callers bring along into a flow."""
    return GIVEN | frozenset(flow.parameters)


def is_given(variable: str) -> bool:
    """Whether the engine, not the flow, sets it."""
    return variable in GIVEN or variable.startswith(_OF_THE_CALLER)


def _never_answering(book: FlowBook) -> Iterator[Problem]:
    """Flows to which neither a number nor another flow leads."""
    if book.plan is None:
        return
    led_to = {name for _, name in book.plan.plan.flows_named()}
    for published in book.flows.values():
        for node in published.flow.nodes.values():
            led_to |= {name for _, kind, name in node.names_outside() if kind is Outside.FLOW}
    for name, published in book.flows.items():
        if name not in led_to and published.flow.purpose is not Purpose.WAIT:  # rules may name a treatment
            yield _problem(published, Finding(("name",), f"no number and no flow leads to '{name}'"))
