"""Whether the flows of a book fit into each other: sub-flows exist, are given what they need, and never end
up within themselves; treatments exist, and are such.
"""

from collections.abc import Iterator, Mapping
from itertools import islice

from ivr.document import Loc
from ivr.flow import Flow, Purpose
from ivr.nodes.queue import QueueNode
from ivr.nodes.subflow import SubflowNode
from ivr.suggestion import closest

Found = tuple[str, Loc, str, str | None]
"""A flow, the place in it, what is wrong there, what was probably meant."""
WaysOut = dict[str, tuple[tuple[str, str], ...]]
"""By sub-flow: the flows, each with a node, that take callers out of their queue; looked for once."""


def misfits(flows: Mapping[str, Flow]) -> Iterator[Found]:
    """Everything that does not fit."""
    ways_out: WaysOut = {}
    for flow in flows.values():
        for name, node in flow.nodes.items():
            if isinstance(node, SubflowNode):
                for loc, message, suggestion in _misfits_of(node, flow, flows, ways_out):
                    yield flow.name, ("nodes", name, *loc), message, suggestion
            elif isinstance(node, QueueNode) and node.treatment is not None:
                for message, suggestion in no_treatment(node.treatment, flows):
                    yield flow.name, ("nodes", name, "treatment"), message, suggestion
    yield from _within_themselves(flows)


def no_treatment(name: str, flows: Mapping[str, Flow]) -> Iterator[tuple[str, str | None]]:
    """Why the flow of that name cannot talk with callers who wait; nothing when it can."""
    if name not in flows:
        treatments = [one.name for one in flows.values() if one.purpose is Purpose.WAIT]
        yield f"no flow is called '{name}'", closest(name, treatments)
    elif flows[name].purpose is not Purpose.WAIT:
        yield f"'{name}' is no treatment: its purpose is {flows[name].purpose}", None


def _misfits_of(
    node: SubflowNode, flow: Flow, flows: Mapping[str, Flow], ways_out: WaysOut
) -> Iterator[tuple[Loc, str, str | None]]:
    sub = flows.get(node.flow)
    subs = [one.name for one in flows.values() if one.purpose is Purpose.SUB]
    if sub is None:
        yield ("flow",), f"no flow is called '{node.flow}'", closest(node.flow, subs)
        return
    if sub.purpose is not Purpose.SUB:
        yield ("flow",), f"'{sub.name}' is no sub-flow: its purpose is {sub.purpose}", None
        return
    for name in node.given:
        if name not in sub.parameters:
            yield (
                ("with", name),
                f"'{sub.name}' has no parameter '{name}'",
                closest(name, sub.parameters),
            )
    for name, default in sub.parameters.items():
        if default is None and name not in node.given:
            yield ("with",), f"'{sub.name}' needs the parameter '{name}'", None
    if flow.purpose is Purpose.WAIT:
        if sub.name not in ways_out:
            ways_out[sub.name] = tuple(_ways_out(sub, flows))
        for within, at in ways_out[sub.name]:
            yield ("flow",), f"'{within}' takes callers out of their queue, at '{at}'", None
    inside = sub.nodes.values() if node.into else ()
    known = {*sub.parameters, *(name for each in inside for _, name in each.sets())}
    for ours, theirs in node.into.items():
        if theirs not in known:
            yield ("into", ours), f"'{sub.name}' sets no variable '{theirs}'", closest(theirs, known)
    for language in flow.languages:
        if language not in sub.languages:
            yield ("flow",), f"'{sub.name}' does not speak '{language}', which this flow does", None


def _ways_out(sub: Flow, flows: Mapping[str, Flow]) -> Iterator[tuple[str, str]]:
    """The first node of a sub-flow, and of each that is entered from it, that would take a waiting caller out
    of his queue. He goes on at a node of the treatment's own, and these are none."""
    seen, ahead = {sub.name}, [sub]
    while ahead:
        one = ahead.pop()
        out = (name for name, node in one.nodes.items() if not node.while_waiting or node.comes_back)
        yield from ((one.name, name) for name in islice(out, 1))
        for node in one.nodes.values():
            if isinstance(node, SubflowNode) and node.flow in flows and node.flow not in seen:
                seen.add(node.flow)
                ahead.append(flows[node.flow])


def _within_themselves(flows: Mapping[str, Flow]) -> Iterator[Found]:
    """Flows that a caller could enter while he is in them, told at each node that closes such a ring."""
    entered = {
        name: [(at, node.flow) for at, node in flow.nodes.items() if isinstance(node, SubflowNode)]
        for name, flow in flows.items()
    }
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> Iterator[Found]:
        for at, sub in entered[name]:
            if sub in trail:
                ring = " -> ".join((*trail[trail.index(sub) :], sub))
                yield name, ("nodes", at, "flow"), f"enters a flow within itself: {ring}", None
            elif sub in flows and sub not in done:
                yield from visit(sub, (*trail, sub))
        done.add(name)

    for name in flows:
        if name not in done:
            yield from visit(name, (name,))
