"""A flow goes through another one and comes back with what it asked for; flows that do not fit are told."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from ivr.audit import audit
from ivr.back import RefusedLater
from ivr.dialogue import Dialogue
from ivr.dialogue_run import play_through
from ivr.document import DocumentError, parse_document, validate
from ivr.ending import Ending
from ivr.flow import Flow
from ivr.flow_texts import FlowTexts
from ivr.happenings import HoursAre, Left
from ivr.interpreter import Interpreter
from ivr.notes import NodeEntered
from ivr.steps import AskHours, Done, HangUp, LeaveForQueue
from ivr.talk import Talk
from ivr.values import Value
from tests.ivr.caller import FINISHED, key, plays

MAIN = """\
name: main
start: which
nodes:
  which:
    kind: subflow
    flow: account
    with: {tries: 2, hint: '"hello " + caller'}
    into: {account: number}
    next: check
  check: {kind: branch, cases: [{when: 'account == "12"', next: good}], otherwise: bad}
  good: {kind: hangup, prompts: [good]}
  bad: {kind: hangup, prompts: [bad]}
"""
ACCOUNT = """\
name: account
purpose: sub
parameters: {tries: null, most: tries + 1, hint: '"?"'}
start: ask
nodes:
  ask: {kind: collect, prompts: [ask], into: number, length: 2,
        timeout_s: 2, retries: 0, next: done, otherwise: sales}
  sales: {kind: queue, queue: sales, refused: done}
  done: {kind: return}
"""


def flow(text: str) -> Flow:
    return validate(parse_document(text.encode(), "f"), Flow)


def caller_in(*texts: str, given: Mapping[str, Value] | None = None) -> Interpreter:
    flows = {each.name: each for each in map(flow, texts)}
    return Interpreter(next(iter(flows.values())), Talk(given=given or {}), flows=flows)


def test_a_sub_flow_is_given_its_parameters_and_gives_back_what_was_asked_for() -> None:
    caller = caller_in(MAIN, ACCOUNT, given={"caller": "+33"})
    assert caller.begin() == plays("ask")
    talk = caller.talk
    assert [talk.value_of(name) for name in ("tries", "most", "hint", "caller")] == [2, 3, "hello +33", "+33"]
    caller.proceed(key("1"))
    assert caller.proceed(key("2")) == plays("good", stop_on="")
    assert (talk.value_of("account"), talk.value_of("number"), talk.value_of("tries")) == ("12", None, None)
    entered = [f"{note.flow}.{note.node}" for note in caller.take_notes() if isinstance(note, NodeEntered)]
    assert entered == ["main.which", "account.ask", "account.done", "main.check", "main.good"]


def test_a_caller_may_leave_from_a_sub_flow_and_come_back_to_it() -> None:
    caller = caller_in(MAIN, ACCOUNT)
    caller.begin()
    caller.proceed(key("*"))
    assert caller.proceed(key("1")) == LeaveForQueue(node="sales", queue="sales", priority=None)
    assert caller.proceed(Left()) == Done(reason=Ending.QUEUED)
    assert caller.rejoin(RefusedLater()) == plays("bad", stop_on="")


def test_a_flow_that_enters_others_without_end_is_ended() -> None:
    def entering(name: str, other: str, kind: str = "sub") -> str:
        nodes = f"  a: {{kind: subflow, flow: {other}, next: b}}\n  b: {{kind: hangup}}\n"
        return f"name: {name}\npurpose: {kind}\nstart: a\nnodes:\n{nodes}"

    caller = caller_in(entering("main", "one", "call"), entering("one", "two"), entering("two", "one"))
    assert caller.begin() == HangUp()
    assert caller.proceed(FINISHED) == Done(reason=Ending.TOO_LONG)


@pytest.mark.parametrize(
    ("in_main", "in_account", "told"),
    [
        (("flow: account", "flow: acount"), ("", ""), "flows/main.yaml:6: nodes.which.flow: no flow is"),
        (("", ""), ("purpose: sub\n", ""), "account.yaml:2: parameters: only a sub-flow (purpose: sub)"),
        (
            ("with: {tries: 2, hint", "with: {hint"),
            ("", ""),
            "main.yaml:7: nodes.which.with: 'account' needs",
        ),
        (("tries: 2", "trys: 2, tries: 1"), ("", ""), "nodes.which.with.trys: 'account' has no parameter"),
        (
            ("account: number", "account: no"),
            ("", ""),
            "main.yaml:8: nodes.which.into.account: 'account' sets",
        ),
        (("start: which", "languages: [en, zh]\nstart: which"), ("", ""), "'account' does not speak 'zh'"),
        (
            ("", ""),
            (
                "  done: {kind: return}",
                "  done: {kind: subflow, flow: account, with: {tries: 1}, next: end}\n  end: {kind: return}",
            ),
            "account.yaml:9: nodes.done.flow: enters a flow within itself: account -> account",
        ),
    ],
)
def test_flows_that_do_not_fit_into_each_other_are_told(
    in_main: tuple[str, str], in_account: tuple[str, str], told: str
) -> None:
    texts = FlowTexts(
        numbers='numbers: {"8000": main}\n',
        flows={"main.yaml": MAIN.replace(*in_main), "account.yaml": ACCOUNT.replace(*in_account)},
    )
    with pytest.raises(DocumentError) as mistakes:
        texts.book(beside=Path("."))
    assert told in str(mistakes.value).splitlines()[0]


def test_flows_that_fit_are_taken_and_only_those_for_calls_answer_numbers() -> None:
    flows = {"main.yaml": MAIN, "account.yaml": ACCOUNT}
    assert FlowTexts(numbers='numbers: {"8000": main}\n', flows=flows).book(beside=Path("."))
    with pytest.raises(DocumentError, match="'account' answers no number: its purpose is sub"):
        FlowTexts(numbers='numbers: {"8000": account}\n', flows=flows).book(beside=Path("."))


def test_the_hours_are_asked_for_and_gone_by() -> None:
    text = """\
name: main
start: open
nodes:
  open: {kind: hours, hours: office, open: day, closed: night}
  day: {kind: hangup, prompts: [day]}
  night: {kind: hangup, prompts: [night]}
"""
    for is_open, why, heard, result in ((True, "", "day", "open"), (False, "Xmas", "night", "closed: Xmas")):
        caller = caller_in(text)
        assert caller.begin() == AskHours(calendar="office")
        assert caller.proceed(HoursAre(open=is_open, why=why)) == plays(heard, stop_on="")
        assert result in str(caller.take_notes())


def test_a_dialogue_goes_through_a_sub_flow_and_the_audit_knows_who_enters_it() -> None:
    flows = {"main.yaml": MAIN, "account.yaml": ACCOUNT}
    book = FlowTexts(numbers='numbers: {"8000": main}\n', flows=flows).book(beside=Path("."))
    dialogue = Dialogue.model_validate(
        {"name": "right", "keys": ["12"], "hears": ["ask", "good"], "ends": "hung up"}
    )
    assert play_through(book, book.flows["main"], dialogue) == []
    assert audit(book, menu_depth=4) == ()
