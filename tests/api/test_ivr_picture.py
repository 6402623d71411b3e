"""The picture of a flow: true to its figures, whatever they are."""

from collections import defaultdict
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.ivr_page import page
from api.ivr_picture import BAR, EXITS, MOST_NODES, picture

SVG = "{http://www.w3.org/2000/svg}"


def node(
    name: str,
    leads_to: dict[str, int],
    exits: dict[str, int] | None = None,
    here: int = 0,
    begins: int = 0,
) -> dict[str, Any]:
    exits = exits or {}
    return {
        "node": name,
        "kind": "menu",
        "visits": sum(leads_to.values()) + sum(exits.values()) + here,
        "begins": begins,
        "still_here": here,
        "exits": exits,
        "leads_to": leads_to,
        "drop_off": 0.25,
        "average_s": 4.5,
        "keys": {"1": 3},
        "wrong_keys": {"-": 2},
        "results": {},
    }


def flow(*nodes: dict[str, Any]) -> dict[str, Any]:
    by_visits = sorted((n for n in nodes if n["visits"]), key=lambda n: -n["visits"])
    return {"flow": "bank", "stays": 10, "nodes": by_visits}


def bars(drawn: ElementTree.Element) -> dict[str, tuple[float, ...]]:
    """Every bar's left side, upper side and height, by what is written above it."""
    found = {}
    for group in drawn.iter(f"{SVG}g"):
        (rect,), (label,) = group.iter(f"{SVG}rect"), group.iter(f"{SVG}text")
        words = "".join(label.itertext()).rpartition(" ")
        found[words[0]] = tuple(float(rect.attrib[side]) for side in ("x", "y", "height"))
    return found


def test_bars_are_as_high_as_their_visits_and_go_from_left_to_right() -> None:
    drawn = ElementTree.fromstring(
        picture(
            flow(
                node("hello", {"choice": 100}, begins=95),
                node("choice", {"balance": 60, "agent": 20, "hello": 5}, {"hung_up": 15}, here=5),
                node("balance", {}, {"served": 60}),
                node("agent", {}, {"queued": 20}),
            )
        )
    )
    shown = bars(drawn)
    assert set(shown) == {"hello", "choice", "balance", "agent", "served", "queued", "hung up", "still here"}
    assert shown["hello"][0] < shown["choice"][0] < shown["balance"][0] < shown["served"][0]
    assert shown["served"][0] == shown["queued"][0] == shown["hung up"][0]
    assert shown["balance"][2] == pytest.approx(3 * shown["agent"][2], abs=0.5)
    dashed = [path for path in drawn.iter(f"{SVG}path") if "stroke-dasharray" in path.attrib]
    assert [path.findtext(f"{SVG}title") for path in dashed] == ["choice → hello: 5, again"]


def test_a_flow_to_whose_nodes_nobody_came_says_so() -> None:
    assert "nobody came" in picture(flow())


def test_names_are_text_and_nothing_else() -> None:
    hostile = flow(node('<script>alert("&")</script>', {}, {"served": 1}))
    ElementTree.fromstring(picture(hostile))
    calls = {"calls": 1, "live": 1, "outcomes": {}, "contained": 0, "containment": None}
    one = hostile | {"exits": {}, "average_s": None, "still_here": 1, "calls": calls}
    span = {"since": "2026-03-02T08:00:00Z", "until": "2026-03-02T09:00:00Z"}
    assert "<script" not in page({**span, "calls": calls, "flows": [one]})


def test_of_many_nodes_the_least_visited_are_drawn_as_one() -> None:
    many = [node(f"n{at}", {f"n{at + 1}": 200 - at}) for at in range(MOST_NODES + 20)]
    last = node(f"n{MOST_NODES + 20}", {}, {"served": 1})
    shown = bars(ElementTree.fromstring(picture(flow(*many, last))))
    assert len(shown) == MOST_NODES + 2
    assert "21 more nodes" in shown


COUNTS = st.integers(1, 500)
NAMES = [f"n{number}" for number in range(8)]
NODES = st.dictionaries(
    st.sampled_from(NAMES),
    st.tuples(
        st.dictionaries(st.sampled_from(NAMES), COUNTS, max_size=4),
        st.dictionaries(st.sampled_from(sorted(EXITS.keys() - {"here"})), COUNTS, max_size=3),
        st.integers(1, 3),
    ),
)


@settings(max_examples=80, deadline=None)
@given(NODES)
def test_any_figures_make_a_picture_whose_bars_do_not_cover_each_other(chosen: dict[str, Any]) -> None:
    nodes = [
        node(name, {to: n for to, n in leads_to.items() if to in chosen}, exits, here)
        for name, (leads_to, exits, here) in chosen.items()
    ]
    drawn = ElementTree.fromstring(picture(flow(*nodes)))
    columns = defaultdict(list)
    for x, y, height in bars(drawn).values():
        columns[x].append((y, height))
    assert all(right - left > BAR for left, right in pairwise(sorted(columns)))
    for column in columns.values():
        for (y, height), (below, _) in pairwise(sorted(column)):
            assert y + height <= below
