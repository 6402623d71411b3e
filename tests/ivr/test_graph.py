"""A flow drawn: which node leads where, in layers, as Mermaid and as SVG."""

from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ivr.document import parse_document, validate
from ivr.drawing import mermaid, svg
from ivr.flow import Flow
from ivr.graph import Edge, graph_of
from ivr.layout import BOX_HEIGHT, GAP, lay_out
from ivr.loader import FlowBook, load_flows

LINE = """\
name: line
start: hello
nodes:
  hello: {kind: play, prompts: [hello], next: choice}
  choice:
    kind: menu
    prompts: [vm-press]
    keys: {1: sales, 2: more, "*": hello}
    timeout_s: 3
    retries: 1
    otherwise: sales
  more:
    kind: menu
    prompts: [vm-press]
    keys: {1: bye, 9: choice}
    timeout_s: 3
    retries: 1
    otherwise: bye
  sales: {kind: queue, queue: sales, refused: bye}
  bye: {kind: hangup, prompts: [goodbye]}
"""


@pytest.fixture
def book(tmp_path: Path) -> FlowBook:
    (tmp_path / "line.yaml").write_text(LINE)
    return load_flows(tmp_path)


def flow_of(text: str) -> Flow:
    return validate(parse_document(text.encode(), "line.yaml"), Flow)


def test_every_way_is_an_edge_named_by_what_takes_the_caller_there() -> None:
    graph = graph_of(flow_of(LINE))
    assert Edge("hello", "choice", "") in graph.edges
    assert Edge("choice", "more", "2") in graph.edges
    assert Edge("choice", "hello", "*") in graph.edges
    assert Edge("sales", "bye", "refused") in graph.edges
    assert graph.ends == {"sales", "bye"}
    assert Edge("choice", "sales", "1, otherwise") in graph.joined().edges


def test_depth_counts_the_menus_that_cannot_be_avoided() -> None:
    depths = graph_of(flow_of(LINE)).depths(frozenset({"menu"}))
    assert depths == {"hello": 0, "choice": 0, "sales": 1, "more": 1, "bye": 1}


def test_a_way_that_leads_nowhere_harms_no_analysis() -> None:
    graph = graph_of(flow_of(LINE.replace("9: choice", "9: bye")))
    assert graph.reached_from("more") == {"more", "bye"}
    assert graph.leading_to({"more"}) == {"hello", "choice", "more"}


def test_no_two_boxes_cover_each_other_and_ways_lead_downwards_unless_they_lead_back() -> None:
    graph = graph_of(flow_of(LINE)).joined()
    layout = lay_out(graph, dict.fromkeys(graph.kinds, 80.0))
    assert set(layout.boxes) == set(graph.kinds)
    for one, other in combinations(layout.boxes.values(), 2):
        beside = abs(one.at.x - other.at.x) >= (one.width + other.width) / 2 + GAP / 2
        assert beside or abs(one.at.y - other.at.y) >= BOX_HEIGHT
    for route in layout.routes:
        down = route.points[-1].y > route.points[0].y
        assert down is not route.back
        assert all(0 < point.x < layout.width and 0 < point.y < layout.height for point in route.points)
    assert {(r.edge.source, r.edge.target) for r in layout.routes if r.back} == {
        ("choice", "hello"),
        ("more", "choice"),
    }


def test_the_picture_is_one_whole_xml_document_without_scripts(book: FlowBook) -> None:
    picture = ElementTree.fromstring(svg(book.flows["line"]))
    words = {text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")}
    assert {"hello", "choice", "more", "sales", "bye", "1, otherwise", "refused", "*"} <= words
    assert picture.find(".//{http://www.w3.org/2000/svg}script") is None


def test_mermaid_knows_every_node_and_way_and_no_key_breaks_it(book: FlowBook) -> None:
    told = mermaid(book.flows["line"])
    assert told.splitlines()[1] == "flowchart TD"
    assert '    n1["choice<br/><small>menu</small>"]' in told
    assert '    n1 -->|"#42;"| n0' in told
    assert told.count("-->") == len(graph_of(book.flows["line"].flow).joined().edges)


def test_long_ways_around_the_boxes_stay_in_the_picture() -> None:
    nodes = "".join(
        f"  n{at}: {{kind: menu, prompts: [vm-press], keys: {{1: n{at + 1}}}, timeout_s: 3, retries: 0, "
        "otherwise: bye}\n"
        for at in range(12)
    )
    flow = flow_of(
        f"name: long\nstart: n0\nnodes:\n{nodes}  n12: {{kind: hangup}}\n  bye: {{kind: hangup}}\n"
    )
    layout = lay_out(graph_of(flow), dict.fromkeys(flow.nodes, 60.0))
    assert max(point.x for route in layout.routes for point in route.points) < layout.width
