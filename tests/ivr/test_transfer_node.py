"""The transfer node: whom he is put through to, and where he comes back to."""

import pytest

from acd.brief import Brief
from acd.instant import seconds
from acd.transfer import TransferWay
from ivr.back import AgentLeft, RefusedLater, TransferFailed
from ivr.document import DocumentError, parse_document, validate
from ivr.ending import Ending
from ivr.flow import Flow
from ivr.happenings import Left, QueueRefused, TransferRefused
from ivr.nodes.node import Outside
from ivr.steps import Done, HangUp, LeaveForQueue, LeaveForTransfer
from ivr.values import Secret
from tests.ivr.caller import Caller, plays

FLOW = """\
name: line
start: branch-office
nodes:
  branch-office:
    {kind: transfer, to: {outside: "{office}"}, ring_s: 20, longest_s: 600, failed: sorry, after: thanks}
  sorry: {kind: hangup, prompts: [sorry]}
  thanks: {kind: hangup, prompts: [thanks]}
"""


def flow(text: str = FLOW) -> Flow:
    return validate(parse_document(text.encode(), "line.yaml"), Flow)


def to(number: str, way: TransferWay = TransferWay.OUTSIDE, *, returns: bool = True) -> LeaveForTransfer:
    return LeaveForTransfer(
        node="branch-office", way=way, number=number, ring_s=20, longest_s=600, returns=returns
    )


def test_a_number_as_people_write_it_is_a_number() -> None:
    assert Caller(flow(), {"office": "+33 (1) 23-45.67"}).step == to("+331234567")


@pytest.mark.parametrize("office", ["", "12", "1234;ext=5", "sip:ana@house", "0" * 21, Secret("+33123")])
def test_what_is_no_number_goes_nowhere(office: str) -> None:
    caller = Caller(flow(), {"office": office})
    assert caller.step == plays("sorry", stop_on="")
    assert caller.learned == ["no number"]


def test_he_comes_back_when_nobody_answers_or_the_other_one_hangs_up() -> None:
    caller = Caller(flow(), {"office": "+33123"})
    assert caller.then(Left()) == Done(reason=Ending.TRANSFERRED)
    assert caller.interpreter.rejoin(TransferFailed()) == plays("sorry", stop_on="")
    caller = Caller(flow(), {"office": "+33123"})
    caller.then(Left())
    assert caller.interpreter.rejoin(AgentLeft()) == plays("thanks", stop_on="")
    refused = Caller(flow(), {"office": "+33123"})
    assert refused.then(TransferRefused(reason="not allowed")) == plays("sorry", stop_on="")


def test_without_an_after_the_call_is_over_with_the_transfer() -> None:
    text = FLOW.replace(", after: thanks", "").replace("  thanks: {kind: hangup, prompts: [thanks]}\n", "")
    caller = Caller(flow(text.replace('outside: "{office}"', 'extension: "501"')))
    assert caller.step == to("501", TransferWay.EXTENSION, returns=False)
    caller.then(Left())
    assert caller.interpreter.rejoin(AgentLeft()) == HangUp()


def test_extensions_are_named_and_mistakes_told() -> None:
    node = flow(FLOW.replace('outside: "{office}"', 'extension: "501"')).nodes["branch-office"]
    assert list(node.names_outside()) == [(("to", "extension"), Outside.EXTENSION, "501")]
    for wrong in ('extension: "5a"', "nobody: 1", 'extension: "501", outside: "+33"'):
        with pytest.raises(DocumentError, match="branch-office"):
            flow(FLOW.replace('outside: "{office}"', wrong))


def test_to_an_agent_he_goes_by_a_queue_of_his_and_waits_for_him_alone() -> None:
    text = FLOW.replace('outside: "{office}"', "agent: ana, queue: sales")
    caller = Caller(flow(text))
    assert caller.step == LeaveForQueue(
        node="branch-office",
        queue="sales",
        priority=None,
        brief=Brief(requires="agent.ana", patience=seconds(20), returns=True),
    )
    caller.then(Left())
    assert caller.interpreter.rejoin(RefusedLater()) == plays("sorry", stop_on="")
    assert Caller(flow(text)).then(QueueRefused(reason="closed")) == plays("sorry", stop_on="")
    named = [named for _, _, named in flow(text).nodes["branch-office"].names_outside()]
    assert named == ["sales", "agent.ana"]
