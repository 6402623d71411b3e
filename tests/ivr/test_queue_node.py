"""The queue node: what goes with a caller, and where he comes back to."""

import pytest

from acd.brief import LONGEST_VALUE, Brief, Datum
from ivr.back import AgentLeft, RefusedLater
from ivr.document import DocumentError, parse_document, validate
from ivr.ending import Ending
from ivr.flow import Flow
from ivr.happenings import Left, QueueRefused
from ivr.interpreter import Interpreter
from ivr.nodes.node import Outside
from ivr.steps import Done, HangUp, LeaveForQueue
from ivr.talk import Talk
from ivr.values import Secret, Value
from tests.ivr.caller import FINISHED, Caller, plays

FLOW = """\
name: line
start: desk
nodes:
  desk:
    kind: queue
    queue: sales
    requires: lang.zh >= 5 and cards
    data: {account: "{account}", greeting: "Mr {name}, {language}", pin: "{pin}", empty: "{nothing}"}
    refused: sorry
    after: thanks
  sorry: {kind: hangup, prompts: [sorry]}
  thanks: {kind: hangup, prompts: [thanks]}
"""


def flow(text: str = FLOW) -> Flow:
    return validate(parse_document(text.encode(), "line.yaml"), Flow)


def given(**values: Value) -> dict[str, Value]:
    return dict(values)


def test_it_hands_on_what_is_required_and_what_was_learnt_but_no_secret() -> None:
    caller = Caller(flow(), given(account="1234", name="Liu\r\nAction: Hangup", pin=Secret("9876")))
    assert caller.step == LeaveForQueue(
        node="desk",
        queue="sales",
        priority=None,
        brief=Brief(
            requires="lang.zh >= 5 and cards",
            data=(
                Datum(name="account", value="1234"),
                Datum(name="greeting", value="Mr Liu Action: Hangup, en"),
                Datum(name="pin", value="***"),
            ),
            returns=True,
        ),
    )


def test_what_is_too_long_for_a_screen_is_cut() -> None:
    step = Caller(flow(), given(account="x" * 1000)).step
    assert isinstance(step, LeaveForQueue)
    assert len(step.brief.data[0].value) == LONGEST_VALUE


def test_after_the_conversation_he_goes_on() -> None:
    caller = Caller(flow())
    assert caller.then(Left()) == Done(reason=Ending.QUEUED)
    assert caller.interpreter.is_away
    assert caller.interpreter.rejoin(AgentLeft()) == plays("thanks", stop_on="")
    assert not caller.interpreter.is_away


def test_a_queue_sends_him_back_or_does_not_take_him() -> None:
    caller = Caller(flow())
    assert caller.then(QueueRefused(reason="closed")) == plays("sorry", stop_on="")
    caller = Caller(flow())
    caller.then(Left())
    assert caller.interpreter.rejoin(RefusedLater()) == plays("sorry", stop_on="")


def test_after_a_restart_of_the_engine_the_node_is_known_and_nothing_else() -> None:
    assert Interpreter(flow(), Talk()).begin("desk", AgentLeft()) == plays("thanks", stop_on="")
    assert Interpreter(flow(), Talk()).begin("gone", AgentLeft()) == HangUp()
    assert isinstance(Interpreter(flow(), Talk()).begin("gone", RefusedLater()), LeaveForQueue)


def test_who_comes_back_where_nothing_comes_after_is_hung_up_on() -> None:
    thanks = "  thanks: {kind: hangup, prompts: [thanks]}\n"
    plain = flow(FLOW.replace("    after: thanks\n", "").replace(thanks, ""))
    caller = Interpreter(plain, Talk())
    assert caller.begin("desk", AgentLeft()) == HangUp()
    assert caller.proceed(FINISHED) == Done(reason=Ending.HUNG_UP)
    step = Caller(plain).step
    assert isinstance(step, LeaveForQueue)
    assert not step.brief.returns


def test_skills_are_named_and_nonsense_has_its_line() -> None:
    named = list(flow().nodes["desk"].names_outside())
    assert named == [
        (("queue",), Outside.QUEUE, "sales"),
        (("requires",), Outside.SKILL, "cards"),
        (("requires",), Outside.SKILL, "lang.zh"),
    ]
    with pytest.raises(DocumentError) as caught:
        flow(FLOW.replace("zh >= 5", "zh > 5"))
    assert "line.yaml:7: nodes.desk.requires" in str(caught.value)
    with pytest.raises(DocumentError, match=r"nodes\.desk\.data"):
        flow(FLOW.replace("account:", "Account No:"))
