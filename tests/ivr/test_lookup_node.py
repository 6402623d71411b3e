"""A lookup in a flow: what is asked, what becomes of the answer, and of none."""

from decimal import Decimal

import pytest

from ivr.dialogue_run import play_through
from ivr.document import DocumentError, parse_document, validate
from ivr.flow import Flow
from ivr.happenings import Answered, Finished, Happening, NothingThere, Unanswered
from ivr.interpreter import Interpreter
from ivr.loader import FlowBook, PublishedFlow
from ivr.nodes.node import Outside
from ivr.notes import NodeAnswered
from ivr.question import CustomerQuestion, ServiceQuestion
from ivr.steps import ListenForKey, LookUp, Play, Step
from ivr.talk import Talk
from ivr.utterance import Sound
from ivr.values import Secret, Value

FLOW = """\
name: main
start: look
nodes:
  look:
    kind: lookup
    {how}
    next: good
    failed: bad
    not_found: nobody
  good: {{kind: menu, prompts: [good], keys: {{"1": bad}}, timeout_s: 1, retries: 0, otherwise: nobody}}
  bad: {{kind: hangup, prompts: [bad]}}
  nobody: {{kind: hangup, prompts: [nobody]}}
"""
BALANCE = """\
service: bank
    path: /accounts/{account}/balance
    query: {day: "{day}", kind: current}
    expect: {balance: decimal, name: {type: text, path: owner.name, optional: true}}
    default: {balance: -1}"""


def flow(how: str) -> Flow:
    return validate(parse_document(FLOW.format(how=how).encode(), "main.yaml"), Flow)


def started(how: str, **variables: Value) -> tuple[Interpreter, Step]:
    found = flow(how)
    talk = Talk(given={"caller": "+33 6 12"}, variables=dict(variables))
    interpreter = Interpreter(found, talk)
    return interpreter, interpreter.begin()


def asked(how: str, **variables: Value) -> ServiceQuestion:
    _, step = started(how, **variables)
    assert isinstance(step, LookUp)
    assert isinstance(step.question, ServiceQuestion)
    return step.question


def heard(step: Step) -> str:
    assert isinstance(step, Play)
    [sound] = step.said
    assert isinstance(sound, Sound)
    return sound.name


def test_a_service_is_asked_by_its_name() -> None:
    interpreter, step = started(BALANCE, account="4711")
    assert isinstance(step, LookUp)
    assert (step.timeout_s, step.retries) == (3, 0)
    assert step.question == ServiceQuestion(
        service="bank", method="GET", path="/accounts/4711/balance", query=(("kind", "current"),)
    )
    assert [*interpreter.talk.variables] == ["account"]


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("12*#", "/accounts/12%2A%23/balance"),
        ("a/b", "/accounts/a%2Fb/balance"),
        ("../admin", "/accounts/..%2Fadmin/balance"),
        ("x?y=1&z", "/accounts/x%3Fy%3D1%26z/balance"),
        ("%2e%2e", "/accounts/%252e%252e/balance"),
        ("a\r\nHost: b", "/accounts/a%0D%0AHost%3A%20b/balance"),
        ("é", "/accounts/%C3%A9/balance"),
        ("\ud800", "/accounts/%3F/balance"),
    ],
)
def test_what_a_caller_typed_stays_one_piece_of_the_path(typed: str, path: str) -> None:
    assert asked(BALANCE, account=typed).path == path


@pytest.mark.parametrize("typed", [".", "..", "", None, Secret("4711")])
def test_a_question_that_would_be_another_one_is_not_asked(typed: Value) -> None:
    interpreter, step = started(BALANCE, account=typed)
    assert heard(step) == "bad"
    assert interpreter.talk.variables["balance"] == -1


def test_a_body_keeps_kinds_and_alone_may_hold_secrets() -> None:
    how = 'service: bank\n    body: {pin: "{pin}", sum: "{sum + 1}", text: "no {sum}", none: "{nothing}"}'
    question = asked(how, pin=Secret("1234"), sum=Decimal("1.5"))
    assert question.method == "POST"
    assert question.body == {"pin": Secret("1234"), "sum": Decimal("2.5"), "text": "no 1.5", "none": None}
    assert "1234" not in repr(question)


@pytest.mark.parametrize("place", ["path: /x/{pin}", 'query: {q: "{pin}"}', 'body: {q: "PIN {pin}"}'])
def test_a_secret_is_not_sent_where_it_would_be_seen(place: str) -> None:
    _, step = started(f"service: bank\n    {place}", pin=Secret("1234"))
    assert heard(step) == "bad"


def test_an_answer_fills_variables() -> None:
    interpreter, _ = started(BALANCE, account="1")
    data = {"balance": Decimal("12.50"), "owner": {"name": "Mia"}, "more": [1]}
    assert heard(interpreter.proceed(Answered(data=data))) == "good"
    assert interpreter.talk.variables == {"account": "1", "balance": Decimal("12.50"), "name": "Mia"}
    assert result_of(interpreter) == "ok"


@pytest.mark.parametrize(
    ("happening", "way", "result"),
    [
        (Unanswered(), "bad", "no answer"),
        (NothingThere(), "nobody", "not found"),
        (Answered(data={"balance": "much"}), "bad", "not as expected: balance"),
        (Answered(data={"balance": 1, "owner": {"name": 7}}), "bad", "not as expected: name"),
        (Answered(data=None), "bad", "not as expected: balance"),
    ],
)
def test_without_an_answer_variables_hold_their_defaults(happening: Happening, way: str, result: str) -> None:
    interpreter, _ = started(BALANCE, account="1", name="before")
    assert heard(interpreter.proceed(happening)) == way
    assert interpreter.talk.variables == {"account": "1", "balance": -1, "name": None}
    assert result_of(interpreter) == result


def test_keys_typed_meanwhile_answer_the_next_question() -> None:
    interpreter, _ = started(BALANCE, account="1")
    step = interpreter.proceed(Answered(data={"balance": 1}, typed="1"))
    assert heard(step) == "bad"
    interpreter, _ = started(BALANCE, account="1")
    step = interpreter.proceed(Answered(data={"balance": 1}, typed=""))
    assert isinstance(interpreter.proceed(Finished()), ListenForKey)


def test_the_customers_directory_is_asked_by_number() -> None:
    interpreter, step = started("customer: caller\n    expect: {segment: text}")
    assert isinstance(step, LookUp)
    assert step.question == CustomerQuestion(number="+33 6 12")
    interpreter.proceed(Answered(data={"id": "c-1", "segment": "gold"}))
    assert interpreter.talk.variables == {"segment": "gold"}


def test_who_shows_no_number_is_not_asked_for() -> None:
    _, step = started("customer: nothing")
    assert heard(step) == "bad"


def test_a_service_is_named_outside_the_flow() -> None:
    [node] = [node for node in flow(BALANCE).nodes.values() if node.kind == "lookup"]
    assert [*node.names_outside()] == [(("service",), Outside.SERVICE, "bank")]
    assert {name for _, name in node.reads()} == {"account", "day"}
    assert [name for _, name in node.sets()] == ["balance", "name"]


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("retries: 1", "look: must ask a service: or a customer:, one of them"),
        ("service: bank\n    customer: caller", "look: must ask a service: or a customer:, one of them"),
        ("customer: caller\n    path: /x", "look.path: is for a service"),
        ("service: http://evil", "look.service: "),
        ("service: bank\n    path: x", "look.path: must begin with /"),
        ("service: bank\n    path: /x?y={z}", "look.path: may hold letters"),
        ("service: bank\n    path: /x/../y", "look.path: may not hold . or .."),
        ("service: bank\n    method: GET\n    body: {}", "look.body: is not sent with GET"),
        ("service: bank\n    method: DELETE", "look.method: "),
        ("service: bank\n    headers: {a: b}", "look.headers: "),
        ("service: bank\n    timeout_s: 31", "look.timeout_s: "),
        ("service: bank\n    retries: 4", "look.retries: "),
        ("service: bank\n    default: {x: 1}", "look.default.x: is not expected: see expect"),
        ("service: bank\n    expect: {x: money}", "look.expect.x"),
        ('service: bank\n    query: {"a b": c}', "look.query"),
        ("service: bank\n    path: '/{1 +}'", "look.path: "),
    ],
)
def test_mistakes_are_told_where_they_stand(how: str, told: str) -> None:
    with pytest.raises(DocumentError) as found:
        flow(how)
    assert [problem for problem in found.value.problems if told in str(problem)], found.value


def test_without_a_failed_way_every_variable_needs_a_default() -> None:
    text = FLOW.format(how="service: bank\n    expect: {x: text, y: {type: text, optional: true}}")
    with pytest.raises(DocumentError, match=r"main.yaml:7: nodes.look.expect.x: needs a default"):
        validate(parse_document(text.replace("    failed: bad\n", "").encode(), "main.yaml"), Flow)


def result_of(interpreter: Interpreter) -> str | None:
    [result] = [
        note.result
        for note in interpreter.take_notes()
        if isinstance(note, NodeAnswered) and note.node == "look"
    ]
    return result


# -- tried without a telephone ------------------------------------------------------------------


DIALOGUES = """
tests:
  - {{name: a call, ends: {ends}, {more}}}
"""


def complaints(ends: str, more: str) -> list[str]:
    how = BALANCE.replace('day: "{day}", ', "").replace("{account}", "{caller}")
    text = FLOW.format(how=how) + DIALOGUES.format(ends=ends, more=more)
    document = parse_document(text.encode(), "main.yaml")
    published = PublishedFlow(flow=validate(document, Flow), version="0" * 12, document=document)
    [dialogue] = published.flow.tests
    return play_through(FlowBook([published]), published, dialogue)


@pytest.mark.parametrize(
    ("ends", "more"),
    [
        ("hung up", "passes: [good], sets: {balance: 1, name: something}"),
        ("hung up", "given: {look: {balance: 12.5}}, passes: [good], sets: {balance: 12.5}"),
        ("hung up", "given: {look: {name: 4711}}, sets: {name: 4711}"),
        ("hung up", "given: {look: {name: null}}, passes: [good]"),
        ("hung up", "given: {look: {balance: much}}, passes: [bad], sets: {balance: -1}"),
        ("hung up", "given: {look: not found}, passes: [nobody]"),
        ("hung up", "given: {look: failed}, passes: [bad], sets: {balance: -1}"),
    ],
)
def test_dialogues_say_what_a_lookup_finds(ends: str, more: str) -> None:
    assert complaints(ends, more) == []


def test_a_dialogue_that_gives_what_is_not_expected_is_told() -> None:
    told = complaints("hung up", "given: {look: {sum: 1}}")
    assert told == ["given.look.sum: is not expected of this lookup"]
