"""A flow that makes no sense is refused when it is read, at the line that is wrong."""

import pytest
from pydantic import ValidationError

from ivr.document import DocumentError, parse_document, validate
from ivr.flow import MAX_NODES, Flow
from ivr.nodes.menu import MenuNode
from ivr.nodes.play import PlayNode
from ivr.nodes.queue import QueueNode

SALES_LINE = """\
name: sales-line
start: greeting
nodes:
  greeting:
    kind: play
    prompts: [hello]
    next: choice
  choice:
    kind: menu
    prompts: [digits/1]
    keys:
      1: sales
      '*': greeting
    timeout_s: 3
    retries: 2
    otherwise: sales
  sales:
    kind: queue
    queue: sales
    refused: goodbye
  goodbye:
    kind: hangup
    prompts: [goodbye]
"""


def read(text: str) -> Flow:
    return validate(parse_document(text.encode(), "sales-line.yaml"), Flow)


def mistakes(text: str) -> list[str]:
    with pytest.raises(DocumentError) as told:
        read(text)
    return [line.removeprefix("sales-line.yaml:") for line in str(told.value).splitlines()]


def test_a_flow_is_read_with_its_defaults() -> None:
    flow = read(SALES_LINE)
    greeting, choice, sales = (flow.nodes[name] for name in ("greeting", "choice", "sales"))
    assert isinstance(greeting, PlayNode)
    assert greeting.interruptible
    assert isinstance(choice, MenuNode)
    assert choice.keys == {"1": "sales", "*": "greeting"}
    assert choice.invalid_prompts == choice.timeout_prompts == ()
    assert isinstance(sales, QueueNode)
    assert sales.priority is None


def test_a_published_flow_cannot_be_changed() -> None:
    flow = read(SALES_LINE)
    with pytest.raises(ValidationError, match="frozen"):
        flow.start = "sales"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        (
            "start: greeting",
            "start: greting",
            "2: start: no node is called 'greting' (did you mean 'greeting'?)",
        ),
        ("next: choice", "next: choise", "7: nodes.greeting.next: no node is called 'choise'"),
        ("1: sales", "1: sale", "12: nodes.choice.keys.1: no node is called 'sale' (did you mean 'sales'?)"),
        ("otherwise: sales", "otherwise: nobody", "16: nodes.choice.otherwise: no node is called 'nobody'"),
        ("refused: goodbye", "refused: godbye", "20: nodes.sales.refused: no node is called 'godbye'"),
    ],
)
def test_a_misspelt_node_is_told_with_its_line_and_the_likely_one(right: str, wrong: str, told: str) -> None:
    assert [line[: len(told)] for line in mistakes(SALES_LINE.replace(right, wrong))] == [told]


def test_every_misspelt_node_is_told() -> None:
    told = mistakes(SALES_LINE.replace("next: choice", "next: a").replace("otherwise: sales", "otherwise: b"))
    assert [line.split(":")[0] for line in told] == ["7", "16"]


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("kind: hangup", "kind: hangpu", "22: nodes.goodbye.kind: 'hangpu' is none of"),
        ("refused: goodbye", "refussed: goodbye", "17: nodes.sales.refused: is required but missing"),
        ("queue: sales", "queue: sales\n    priority: vpi", "20: nodes.sales.priority: must be 'normal' or"),
        ("retries: 2", "retries: 11", "15: nodes.choice.retries: Input should be less than or equal to 10"),
        ("retries: 2", "retries: true", "15: nodes.choice.retries: Input should be a valid integer"),
        ("timeout_s: 3", "timeout_s: 0.1", "14: nodes.choice.timeout_s: Input should be greater than"),
        ("timeout_s: 3", "timeout_s: 61", "14: nodes.choice.timeout_s: Input should be less than"),
        ("prompts: [hello]", "prompts: [../secret]", "6: nodes.greeting.prompts.0: String should match"),
        ("prompts: [hello]", 'prompts: ["a\\nb"]', "6: nodes.greeting.prompts.0: String should match"),
        ("prompts: [hello]", "prompts: []", "6: nodes.greeting.prompts: "),
        ("prompts: [hello]", f"prompts: {['a'] * 21}", "6: nodes.greeting.prompts: "),
        ("1: sales", "12: sales", "12: nodes.choice.keys.12"),
        ("1: sales", "A: sales", "12: nodes.choice.keys.A"),
    ],
)
def test_a_value_out_of_its_limits_is_told_at_its_line(right: str, wrong: str, told: str) -> None:
    assert mistakes(SALES_LINE.replace(right, wrong))[0].startswith(told)


def test_a_menu_without_keys_is_refused() -> None:
    text = SALES_LINE.replace("      1: sales\n      '*': greeting\n", "").replace("keys:", "keys: {}")
    assert mistakes(text)[0].startswith("11: nodes.choice.keys: ")


def test_a_node_nothing_leads_to_is_refused() -> None:
    text = SALES_LINE + "  island:\n    kind: hangup\n"
    assert mistakes(text) == ["24: nodes.island: nothing leads to this node"]


def test_a_loop_that_never_asks_the_caller_is_refused_and_shown() -> None:
    text = SALES_LINE.replace(
        "    kind: hangup\n    prompts: [goodbye]", "    kind: play\n    prompts: [goodbye]\n    next: sales"
    )
    assert mistakes(text) == ["17: nodes.sales: a loop that never asks the caller: sales -> goodbye -> sales"]
    assert mistakes(SALES_LINE.replace("next: choice", "next: greeting\n    interruptible: false"))


def test_a_loop_through_a_menu_is_allowed() -> None:
    assert read(SALES_LINE.replace("otherwise: sales", "otherwise: choice")).nodes


def test_a_flow_has_a_largest_size() -> None:
    chain = {
        f"n{i}": {"kind": "play", "prompts": ["hello"], "next": f"n{i + 1}"} for i in range(MAX_NODES - 1)
    }
    chain[f"n{MAX_NODES - 1}"] = {"kind": "hangup"}
    largest = {"name": "chain", "start": "n0", "nodes": chain}
    assert len(Flow.model_validate(largest).nodes) == MAX_NODES
    chain["n0"]["next"], chain["extra"] = "extra", {"kind": "play", "prompts": ["hello"], "next": "n1"}
    with pytest.raises(ValidationError, match="500"):
        Flow.model_validate(largest)


def test_a_loop_through_a_callback_node_that_asks_nobody_is_refused() -> None:
    text = """\
name: main
start: ask
nodes:
  ask: {kind: callback, queue: sales, booked: bye, refused: again}
  again: {kind: play, prompts: [sorry], next: ask}
  bye: {kind: hangup}
"""
    assert mistakes(text) == ["4: nodes.ask: a loop that never asks the caller: ask -> again -> ask"]
