"""Nodes that ask nobody: variables, branches, the language."""

from decimal import Decimal
from typing import Any

import pytest

from ivr.document import DocumentError, parse_document, validate
from ivr.ending import Ending
from ivr.flow import Flow
from ivr.steps import HangUp, Play, SpeakLanguage
from ivr.utterance import Text
from ivr.values import Value
from tests.ivr.caller import FINISHED, Caller, plays

ENDS: dict[str, Any] = {name: {"kind": "hangup", "prompts": [name]} for name in ("poor", "rich", "otherwise")}


def flow_of(nodes: dict[str, Any], **header: Any) -> Flow:
    return Flow.model_validate({"name": "main", "start": next(iter(nodes)), "nodes": nodes, **header})


def test_variables_are_set_in_turn_and_nothing_is_none() -> None:
    values = {"fee": 2.5, "left": "balance - fee", "broken": "left // 0", "hello": '"Hello " + caller'}
    caller = Caller(
        flow_of({"set": {"kind": "set", "values": values, "next": "bye"}, "bye": {"kind": "hangup"}}),
        {"balance": Decimal(10), "caller": "+33"},
    )
    assert caller.step == HangUp()
    assert caller.knows("left") == Decimal("7.5")
    assert caller.knows("broken") is None
    assert caller.knows("hello") == "Hello +33"


@pytest.mark.parametrize(
    ("balance", "heard", "learned"),
    [
        (Decimal(-1), "poor", "case 1"),
        (Decimal(10_000), "rich", "case 2"),
        (Decimal(5), "otherwise", "otherwise"),
        (None, "otherwise", "otherwise: calculates with what is no number"),
    ],
)
def test_the_first_case_that_holds_is_taken(balance: Value, heard: str, learned: str) -> None:
    cases = [{"when": "balance < 0", "next": "poor"}, {"when": "balance >= 1000", "next": "rich"}]
    flow = flow_of({"b": {"kind": "branch", "cases": cases, "otherwise": "otherwise"}, **ENDS})
    caller = Caller(flow, {"balance": balance})
    assert caller.step == plays(heard, stop_on="")
    assert caller.learned == [learned]


def speaking(language: str, first: str = "en") -> Flow:
    hello = {"kind": "hangup", "prompts": [{"text": {"en": "Hello", "zh": "你好"}}]}
    return flow_of(
        {"ask": {"kind": "language", "language": language, "next": "hello"}, "hello": hello},
        languages=[first, "zh" if first == "en" else "en"],
    )


def test_a_language_is_spoken_from_then_on() -> None:
    caller = Caller(speaking("zh"))
    assert caller.step == SpeakLanguage(language="zh")
    assert caller.then(FINISHED) == Play(said=(Text("你好"),), language="zh", stop_on="")
    assert caller.knows("language") == "zh"
    assert caller.learned == ["zh"]


@pytest.mark.parametrize(
    ("known", "text"), [("zh", "你好"), ("zh-HK", "你好"), ("fr", "Hello"), ("zh-", "你好"), (None, "Hello")]
)
def test_the_customers_language_is_spoken_where_the_flow_speaks_it(known: Value, text: str) -> None:
    caller = Caller(speaking("customer.language"), {"customer.language": known})
    heard = caller.then(FINISHED) if isinstance(caller.step, SpeakLanguage) else caller.step
    assert isinstance(heard, Play)
    assert heard.said == (Text(text),)


def test_a_flow_that_begins_in_another_language_has_asterisk_speak_it_first() -> None:
    caller = Caller(speaking("en", first="zh"))
    assert caller.step == SpeakLanguage(language="zh")
    assert caller.then(FINISHED) == SpeakLanguage(language="en")
    assert caller.then(FINISHED, FINISHED) == HangUp()
    assert caller.then(FINISHED).reason is Ending.HUNG_UP  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("node", "told"),
    [
        ("{kind: language, language: zh, next: bye}", "language: 'zh' is none of the flow's languages"),
        ("{kind: language, language: a b, next: bye}", "language: is no expression: a b"),
        ("{kind: branch, cases: [{when: a =, next: bye}], otherwise: bye}", "cases.0.when: is no expression"),
        ("{kind: branch, cases: [{when: a, next: bey}], otherwise: bye}", "cases.0.next: no node is called"),
        ("{kind: branch, cases: [], otherwise: bye}", "cases: "),
        ("{kind: set, values: {a: f(1)}, next: bye}", "values.a: knows no function f(); there are clock"),
        ("{kind: set, values: {a: [1]}, next: bye}", "values.a: must be an expression"),
        ("{kind: set, values: {caller: 1}, next: bye}", "values.caller"),
        ("{kind: set, values: {}, next: bye}", "values: "),
    ],
)
def test_a_node_written_wrongly_is_told_at_its_place(node: str, told: str) -> None:
    text = f"name: main\nstart: a\nnodes:\n  a: {node}\n  bye: {{kind: hangup}}\n"
    with pytest.raises(DocumentError) as mistakes:
        validate(parse_document(text.encode(), "f"), Flow)
    assert str(mistakes.value).splitlines()[0].startswith(f"f:4: nodes.a.{told}")


def test_a_loop_of_branches_is_refused() -> None:
    text = """\
name: main
start: a
nodes:
  a: {kind: branch, cases: [{when: x, next: bye}], otherwise: b}
  b: {kind: set, values: {x: 1}, next: a}
  bye: {kind: hangup}
"""
    with pytest.raises(DocumentError, match=r"4: nodes\.a: a loop that never asks the caller: a -> b -> a"):
        validate(parse_document(text.encode(), "f"), Flow)
