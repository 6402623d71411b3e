"""Flows are read from their directory, and what they name outside themselves is checked."""

from pathlib import Path

import pytest

from ivr.document import DocumentError
from ivr.loader import FlowBook, load_flows
from ivr.nodes.menu import MenuNode
from ivr.nodes.queue import QueueNode

SALES_LINE = """\
name: sales-line
start: choice
nodes:
  choice:
    kind: menu
    prompts: [digits/1]
    keys: {1: sales}
    timeout_s: 3
    retries: 2
    invalid_prompts: [invalid]
    otherwise: goodbye
  sales: {kind: queue, queue: sales, refused: goodbye}
  goodbye: {kind: hangup, prompts: [goodbye]}
"""
NIGHT = "name: night\nstart: closed\nnodes:\n  closed: {kind: hangup, prompts: [closed]}\n"

SHIPPED = Path(__file__).parents[2] / "config" / "flows"


def book_of(directory: Path, *flows: str) -> FlowBook:
    for at, text in enumerate(flows):
        (directory / f"{at}.yaml").write_text(text)
    return load_flows(directory)


def test_a_version_changes_with_what_callers_meet_and_not_with_comments(tmp_path: Path) -> None:
    first = book_of(tmp_path, NIGHT).flows["night"].version
    assert book_of(tmp_path, "# the night\n" + NIGHT).flows["night"].version == first
    assert book_of(tmp_path, NIGHT.replace("[closed]", "[goodbye]")).flows["night"].version != first
    assert len(first) == 12


def test_the_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as told:
        book_of(
            tmp_path, SALES_LINE.replace("start: choice", "start: choise"), NIGHT.replace("hangup", "hang")
        )
    lines = str(told.value).splitlines()
    assert lines[0].endswith("0.yaml:2: start: no node is called 'choise' (did you mean 'choice'?)")
    assert "1.yaml:4: nodes.closed.kind: 'hang' is none of" in lines[1]


def test_two_flows_of_one_name_are_told(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as told:
        book_of(tmp_path, NIGHT, "\n" + NIGHT)
    first, second = tmp_path / "0.yaml", tmp_path / "1.yaml"
    assert str(told.value) == f"{second}:2: name: the flow 'night' is already in {first}"


def test_a_directory_without_flows_is_told(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="holds 0 flows"):
        load_flows(tmp_path)
    with pytest.raises(DocumentError, match="cannot be read: No such file"):
        load_flows(tmp_path / "absent")


def test_a_queue_that_does_not_exist_is_told_at_its_node(tmp_path: Path) -> None:
    book = book_of(tmp_path, SALES_LINE)
    assert book.unknown_queues({"sales"}) == ()
    told = [str(problem) for problem in book.unknown_queues({"sale", "support"})]
    assert told == [
        f"{tmp_path / '0.yaml'}:12: nodes.sales.queue: no queue is called 'sales' (did you mean 'sale'?)"
    ]


def test_a_prompt_in_a_language_of_its_own_is_looked_for_in_that(tmp_path: Path) -> None:
    flow = SALES_LINE.replace("[invalid]", "[{prompt: invalid, language: fr}, {text: Encore, language: fr}]")
    told = book_of(tmp_path, flow).missing_prompts(lambda name, language: language == "en")
    assert [str(problem.message) for problem in told] == ["there is no prompt 'invalid' in fr"]


def test_a_language_is_for_one_text(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="a language is for one text"):
        book_of(tmp_path, SALES_LINE.replace("[invalid]", "[{text: {en: Again}, language: fr}]"))


def test_prompts_that_nobody_knows_in_a_language_of_their_flow_are_told(tmp_path: Path) -> None:
    known = {("digits/1", "en"), ("goodbye", "en"), ("digits/1", "zh"), ("invalid", "zh"), ("goodbye", "zh")}
    book = book_of(tmp_path, SALES_LINE.replace("start:", "languages: [en, zh]\nstart:"))
    problems = book.missing_prompts(lambda name, language: (name, language) in known)
    assert [(p.line, p.field) for p in problems] == [(11, "nodes.choice.invalid_prompts.0")]
    assert problems[0].message == "there is no prompt 'invalid' in en"


def test_the_shipped_menu_leads_to_its_three_queues_and_the_vip_desk() -> None:
    flow = load_flows(SHIPPED).flows["main"].flow
    menu = flow.nodes["choice"]
    assert isinstance(menu, MenuNode)
    queues = {key: flow.nodes[node] for key, node in (*menu.keys.items(), ("", menu.otherwise))}
    assert all(isinstance(node, QueueNode) for node in queues.values())
    assert {key: (n.queue, n.priority) for key, n in queues.items() if isinstance(n, QueueNode)} == {
        "1": ("sales", None),
        "2": ("support", None),
        "3": ("billing", None),
        "9": ("support", "vip"),
        "": ("support", None),
    }
