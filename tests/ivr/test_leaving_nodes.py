"""Voicemail, recordings, faxes: what callers leave in a flow, and where they go after it."""

from typing import Any

import pytest
from pydantic import ValidationError

from ivr.ending import Ending
from ivr.flow import Flow
from ivr.happenings import CallerGone, FaxReceived, NoFax, NotRecorded, OutOfTurn, Recorded
from ivr.steps import Done, HangUp, Play, ReceiveFax, Record
from ivr.utterance import Recording
from tests.ivr.caller import FINISHED, Caller, key, plays

SAVED, FAILED = plays("thanks", stop_on=""), plays("sorry", stop_on="")
SAID = Recorded(name="0f3a9c2b71d4e865..1795.7", seconds=4.2)


def flow(node: dict[str, Any], **more: Any) -> Flow:
    nodes = {
        "it": node,
        "ok": {"kind": "hangup", "prompts": ["thanks"]},
        "no": {"kind": "hangup", "prompts": ["sorry"]},
    }
    return Flow.model_validate({"name": "leaving", "start": "it", "nodes": nodes | more})


def voicemail(**fields: Any) -> Flow:
    return flow({"kind": "voicemail", "mailbox": "claims", "saved": "ok", "failed": "no"} | fields)


def fax(**fields: Any) -> Flow:
    return flow({"kind": "fax", "mailbox": "orders", "received": "ok", "failed": "no"} | fields)


def test_a_message_is_asked_for_and_kept() -> None:
    caller = Caller(voicemail(prompts=["vm-intro"], max_s=60, finish_keys="#*"))
    assert caller.step == plays("vm-intro")
    assert caller.then(FINISHED) == Record(
        mailbox="claims", beep=True, max_s=60, silence_s=5, finish_keys="#*"
    )
    assert caller.then(SAID) == SAVED
    assert caller.learned == ["4 s"]


def test_a_key_ends_the_prompts_and_is_no_answer_to_anything_later() -> None:
    caller = Caller(voicemail(prompts=["vm-intro"]))
    assert isinstance(caller.then(key("1")), Record)
    assert caller.interpreter.talk.next_key() is None


@pytest.mark.parametrize("why", ["nothing said", "no room"])
def test_no_message_leads_elsewhere(why: str) -> None:
    caller = Caller(voicemail())
    assert caller.then(NotRecorded(reason=why)) == FAILED
    assert caller.learned == [why]


def test_whoever_hangs_up_while_he_speaks_has_ended_his_flow() -> None:
    caller = Caller(voicemail())
    assert caller.then(CallerGone()) == Done(reason=Ending.CALLER_GONE)


def test_a_recording_can_be_played_back() -> None:
    caller = Caller(
        flow(
            {"kind": "record", "into": "comment", "next": "again", "failed": "no", "beep": False},
            again={"kind": "play", "prompts": [{"recording": "comment"}], "next": "ok"},
        )
    )
    assert caller.step == Record(mailbox=None, beep=False, max_s=60, silence_s=3, finish_keys="#")
    played = caller.then(SAID)
    assert isinstance(played, Play)
    assert played.said == (Recording(SAID.name),)
    assert caller.knows("comment") == SAID.name


def test_a_recording_that_failed_leaves_no_old_one_behind() -> None:
    again = {"kind": "record", "into": "comment", "next": "ok", "failed": "no"}
    caller = Caller(flow({"kind": "record", "into": "comment", "next": "again", "failed": "no"}, again=again))
    caller.then(SAID, NotRecorded(reason="nothing said"))
    assert caller.knows("comment") is None


def test_a_fax_is_taken() -> None:
    caller = Caller(fax(max_s=120))
    assert caller.step == ReceiveFax(mailbox="orders", max_s=120)
    assert caller.then(FaxReceived(pages=1, whole=True)) == SAVED
    assert caller.learned == ["1 page"]
    caller = Caller(fax())
    assert caller.then(FaxReceived(pages=3, whole=False)) == SAVED
    assert caller.learned == ["3 pages, cut off"]
    caller = Caller(fax())
    assert caller.then(NoFax(reason="no page")) == FAILED
    assert isinstance(caller.then(FINISHED), HangUp)


def test_what_cannot_come_of_it_is_the_shells_mistake() -> None:
    with pytest.raises(OutOfTurn):
        Caller(voicemail()).then(FaxReceived(pages=1, whole=True))
    with pytest.raises(OutOfTurn):
        Caller(fax()).then(SAID)


@pytest.mark.parametrize(
    "fields",
    [
        {"mailbox": "../etc"},
        {"mailbox": "A B"},
        {"max_s": 0},
        {"max_s": 3601},
        {"silence_s": 0},
        {"finish_keys": "A"},
        {"finish_keys": "1,2"},
        {"saved": "nowhere"},
        {"more": 1},
    ],
)
def test_what_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        voicemail(**fields)


def test_a_loop_of_messages_that_fail_is_refused() -> None:
    with pytest.raises(ValidationError, match="never asks"):
        voicemail(failed="it")
