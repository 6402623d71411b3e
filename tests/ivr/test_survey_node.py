"""The survey node: grades by one key, or by two for a ten; what is not answered is left out."""

import pytest

from ivr.document import DocumentError, parse_document, validate
from ivr.flow import Flow
from ivr.happenings import NotRecorded, Recorded
from ivr.steps import AskComment, HangUp, ListenForKey, TellGrade
from tests.ivr.caller import FINISHED, SILENCE, Caller, key, plays

FLOW = """\
name: after
start: opinion
nodes:
  opinion:
    kind: survey
    questions:
      - {name: served, prompts: [how-was-it], scale: [1, 5]}
      - {name: advise, prompts: [would-you], scale: [1, 10]}
    timeout_s: 4
    retries: 1
    invalid_prompts: [no]
    timeout_prompts: [what]
    next: bye
  bye: {kind: hangup}
"""


def flow(text: str = FLOW) -> Flow:
    return validate(parse_document(text.encode(), "after.yaml"), Flow)


def tells(question: str, grade: int, most: int) -> TellGrade:
    return TellGrade(flow="after", node="opinion", question=question, grade=grade, least=1, most=most)


def test_each_grade_is_told_at_once_and_known_to_the_flow() -> None:
    caller = Caller(flow())
    assert caller.step == plays("how-was-it")
    assert caller.then(FINISHED) == ListenForKey(timeout_s=4)
    assert caller.types("4") == tells("served", 4, 5)
    assert caller.then(FINISHED) == plays("would-you")
    assert caller.then(FINISHED, key("1")) == ListenForKey(timeout_s=2)
    assert caller.types("0") == tells("advise", 10, 10)
    assert caller.then(FINISHED) == HangUp()
    assert (caller.knows("served"), caller.knows("advise")) == (4, 10)
    assert caller.learned == ["served", "advise"]


def test_a_one_is_a_one_when_nothing_follows_it() -> None:
    caller = Caller(flow())
    caller.types("5")
    caller.then(FINISHED)
    assert caller.then(FINISHED, key("1"), SILENCE) == tells("advise", 1, 10)


def test_keys_typed_ahead_answer_in_turn() -> None:
    caller = Caller(flow())
    caller.then(key("4"))
    caller.interpreter.talk.typed("1")
    caller.interpreter.talk.typed("7")
    assert caller.then(FINISHED) == tells("advise", 1, 10)
    assert caller.interpreter.talk.next_key() == "7"


def test_whoever_does_not_answer_is_asked_the_next_question() -> None:
    caller = Caller(flow())
    assert caller.then(FINISHED, SILENCE) == plays("what", "how-was-it")
    assert caller.types("9") == plays("would-you")
    assert caller.knows("served") is None
    assert caller.types("2") == tells("advise", 2, 10)
    assert caller.learned == ["served: silence", "served: invalid", "advise"]


def test_a_wrong_key_is_told_to_be_wrong() -> None:
    caller = Caller(flow())
    assert caller.types("0") == plays("no", "how-was-it")
    assert caller.types("*") == plays("would-you")


WORDS = FLOW.replace("scale: [1, 10]", "comment_s: 30")


def test_what_he_says_in_words_is_kept_under_a_name() -> None:
    caller = Caller(flow(WORDS))
    caller.types("3")
    assert caller.then(FINISHED) == plays("would-you")
    asked = caller.then(FINISHED)
    assert asked == AskComment(
        flow="after", node="opinion", question="advise", max_s=30, silence_s=3, finish_keys="#"
    )
    assert caller.then(Recorded(name="m7", seconds=4.2)) == HangUp()
    assert caller.knows("advise") == "m7"
    assert caller.learned == ["served", "advise: 4 s"]


def test_whoever_says_nothing_goes_on() -> None:
    caller = Caller(flow(WORDS))
    caller.types("3")
    assert caller.then(FINISHED, FINISHED, NotRecorded(reason="nothing said")) == HangUp()
    assert caller.knows("advise") is None


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ("[1, 5]", "[5, 1]", "nodes.opinion.questions.0.scale.1: is not more than the least grade, 5"),
        ("[1, 5]", "[1, 11]", "nodes.opinion.questions.0.scale.1"),
        ("name: advise", "name: served", "nodes.opinion.questions.1.name: 'served' is asked twice"),
        ("scale: [1, 10]", "comment_s: 0", "nodes.opinion.questions.1.comment_s"),
        ("scale: [1, 10]", "comment: 9", "nodes.opinion.questions.1.comment"),
        ("name: served", "name: caller", "nodes.opinion.questions.0.name"),
    ],
)
def test_mistakes_have_their_place(written: str, instead: str, told: str) -> None:
    with pytest.raises(DocumentError) as caught:
        flow(FLOW.replace(written, instead))
    assert told in str(caught.value)
