"""Asterisk's words into ours, one by one, and whatever anybody may write into them."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.call_signals import CallArrived, CallerHungUp, CallerWaiting, TransferOver, TransferTaken
from acd.callback import DialFailure
from acd.ids import CallId
from acd.offer_signals import AgentAnswered, AgentHungUp, AgentRinging, Failure, OfferFailed, PhoneChanged
from acd.signals import Signal
from cti.names import agent_of
from cti.translate import MAX_NUMBER, UNKNOWN, WANTED_EVENTS, number, reachable, signals

CALLER = {
    "Channel": "PJSIP/carrier-00000000",
    "CallerIDNum": "+3312",
    "Uniqueid": "1795331784.0",
    "Linkedid": "1795331784.0",
    "ChanVariable(CTI_CALL)": "1795331784.0",
    "ChanVariable(CTI_OFFER)": "run-2",
}
"""A caller's channel, by now on its way to a second agent."""
LEG = CALLER | {
    "Channel": "PJSIP/ana-00000001",
    "Context": "agents",
    "Uniqueid": "1795331784.1",
    "ChanVariable(CTI_OFFER)": "run-1",
}
"""The leg to the first agent: it keeps the offer it was dialled for."""
DIAL = CALLER | {"DestUniqueid": "1795331784.1", "DestChanVariable(CTI_OFFER)": "run-1"}


def test_a_caller_and_an_agent_hang_up() -> None:
    assert signals({"Event": "Hangup"} | CALLER) == (CallerHungUp(call_id="1795331784.0"),)
    assert signals({"Event": "Hangup"} | LEG) == (AgentHungUp(offer_id="run-1"),)


@pytest.mark.parametrize("context", ["callers", "arrived"])
def test_a_caller_may_be_gone_before_the_dialplan_has_named_the_call(context: str) -> None:
    unnamed = {"Uniqueid": "1.5", "Context": context, "ChanVariable(CTI_CALL)": "", "Exten": "8000"}
    arrived = CallArrived(call_id="1.5", caller="unknown", dialled="8000")
    assert signals({"Event": "Newchannel", "CallerIDNum": "<unknown>"} | unnamed) == (arrived,)
    assert signals({"Event": "Hangup"} | unnamed) == (CallerHungUp(call_id="1.5"),)


def test_channels_that_are_no_callers_come_and_go_in_silence() -> None:
    dialling = {"Uniqueid": "1.5", "Context": "agents", "ChanVariable(CTI_CALL)": ""}
    assert signals({"Event": "Newchannel"} | dialling) == signals({"Event": "Hangup"} | dialling) == ()
    assert signals({"Event": "Hangup", "Uniqueid": "1.5"}) == ()
    assert signals({"Event": "Hangup"} | LEG | {"ChanVariable(CTI_OFFER)": ""}) == ()


def test_a_phone_rings_for_the_offer_of_its_own_leg() -> None:
    assert signals({"Event": "DialBegin"} | DIAL) == (AgentRinging(offer_id="run-1"),)
    assert signals({"Event": "DialBegin"} | CALLER) == ()  # no leg of ours


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("ANSWER", (AgentAnswered(offer_id="run-1"),)),
        ("CANCEL", (OfferFailed(offer_id="run-1", why=Failure.CANCELLED),)),
        ("ABORT", (OfferFailed(offer_id="run-1", why=Failure.CANCELLED),)),
        ("NOANSWER", ()),  # told by the dialplan, with the cause
        ("CHANUNAVAIL", ()),
        ("", ()),
    ],
)
def test_an_answer_and_a_cancelled_ringing_are_told_at_once(status: str, meaning: tuple[Signal, ...]) -> None:
    assert signals({"Event": "DialEnd", "DialStatus": status} | DIAL) == meaning


@pytest.mark.parametrize(
    ("status", "cause", "why"),
    [
        ("NOANSWER", "17", Failure.NO_ANSWER),  # the cause is an earlier ringing's
        ("NOANSWER", "19", Failure.NO_ANSWER),
        ("BUSY", "17", Failure.BUSY),
        ("CHANUNAVAIL", "21", Failure.REJECTED),  # 603 Decline
        ("CHANUNAVAIL", "3", Failure.UNREACHABLE),
        ("CONGESTION", "34", Failure.UNREACHABLE),
        ("", "", Failure.UNREACHABLE),
        ("a status of next year", "0", Failure.UNREACHABLE),
    ],
)
def test_why_ringing_failed_is_told_by_the_dialplan(status: str, cause: str, why: Failure) -> None:
    done = {"Event": "UserEvent", "UserEvent": "CtiDialDone", "Offer": "run-1"} | CALLER
    assert signals(done | {"Status": status, "Cause": cause}) == (OfferFailed(offer_id="run-1", why=why),)
    assert signals(done | {"Status": "ANSWER"}) == ()  # DialEnd has said it


def test_a_caller_waits_by_his_channels_own_id_whatever_the_event_says() -> None:
    wait = {"Event": "UserEvent", "UserEvent": "CtiWait", "Uid": "somebody else"} | CALLER
    assert signals(wait) == (CallerWaiting(call_id="1795331784.0"),)
    assert signals({"Event": "UserEvent", "UserEvent": "CtiWaits"} | CALLER) == ()


@pytest.mark.parametrize(
    ("state", "there"),
    [
        ("NOT_INUSE", True),
        ("INUSE", True),
        ("BUSY", True),
        ("RINGING", True),
        ("RINGINUSE", True),
        ("ONHOLD", True),
        ("UNAVAILABLE", False),
        ("INVALID", False),
        ("UNKNOWN", False),
        ("", False),
    ],
)
def test_which_device_states_have_a_phone_behind_them(state: str, there: bool) -> None:
    event = {"Event": "DeviceStateChange", "Device": "PJSIP/ana", "State": state}
    assert signals(event) == (PhoneChanged(agent_id="ana", reachable=there),)
    assert reachable(state) is there


@pytest.mark.parametrize(
    "device", ["", "PJSIP/", "SIP/ana", "PJSIP/An a", "PJSIP/" + "a" * 99, "Queue:x_ana"]
)
def test_what_is_no_phone_of_ours_says_nothing(device: str) -> None:
    assert agent_of(device) is None
    assert signals({"Event": "DeviceStateChange", "Device": device, "State": "INUSE"}) == ()


@pytest.mark.parametrize("name", ["", " ", "1.0\n", "1.0\0", "x" * 150, "1.0, Event: Hangup", "١.٠"])
def test_names_that_cannot_be_names_are_nobodys(name: str) -> None:
    assert signals({"Event": "Hangup", "Uniqueid": name, "ChanVariable(CTI_CALL)": name}) == ()
    assert signals({"Event": "UserEvent", "UserEvent": "CtiWait", "Uniqueid": name}) == ()
    assert signals({"Event": "DialBegin", "DestChanVariable(CTI_OFFER)": name}) == ()


def test_numbers_are_kept_bare() -> None:
    assert number("+33 (1) 23-45") == "+3312345"
    assert number("<unknown>") == number("") == number("\r\n") == UNKNOWN
    assert number('"; drop table') == "droptable"
    assert len(number("1" * 10_000)) == MAX_NUMBER


HEADERS = [
    *CALLER,
    *DIAL,
    "Event",
    "UserEvent",
    "DialStatus",
    "Status",
    "Offer",
    "Device",
    "State",
    "Context",
]
VALUES = st.one_of(
    st.sampled_from([*CALLER.values(), "run-1", "ANSWER", "CtiWait", "CtiDialDone"]), st.text()
)


@given(
    st.dictionaries(st.one_of(st.sampled_from(HEADERS), st.text()), VALUES), st.sampled_from([*WANTED_EVENTS])
)
def test_no_event_whatever_breaks_the_translation(event: dict[str, str], name: str) -> None:
    for said in (event, event | {"Event": name}):
        for signal in signals(said):
            assert isinstance(signal, get_args(Signal))
            for field in ("call_id", "offer_id", "agent_id"):
                text = getattr(signal, field, "x")
                assert 0 < len(text) < 150
                assert text.isascii()
                assert text.isprintable()


@given(st.text())
def test_a_number_is_always_short_and_harmless(text: str) -> None:
    kept = number(text)
    assert 0 < len(kept) <= MAX_NUMBER
    assert all(c.isascii() and (c.isalnum() or c in "+*#") for c in kept)


THROUGH = {
    "Context": "through-outside",
    "Exten": "+33612",
    "Uniqueid": "1.1",
    "ChanVariable(CTI_CALL)": "1.1",
}


def test_whoever_a_caller_is_put_through_to_answers() -> None:
    answered = {"Event": "DialEnd", "DialStatus": "ANSWER", **THROUGH}
    assert signals(answered) == (TransferTaken(call_id=CallId("1.1")),)
    assert signals({**answered, "DialStatus": "BUSY"}) == ()
    assert signals({**answered, "ChanVariable(CTI_CALL)": "2.2"}) == ()
    assert signals({**answered, "Context": "elsewhere"}) == ()


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        ("ANSWER", None),
        ("BUSY", DialFailure.BUSY),
        ("NOANSWER", DialFailure.NO_ANSWER),
        ("REFUSED", DialFailure.REFUSED),
        ("CHANUNAVAIL", DialFailure.UNREACHABLE),
    ],
)
def test_a_transfer_is_over(status: str, failure: DialFailure | None) -> None:
    told = {"Event": "UserEvent", "UserEvent": "CtiTransferDone", "Uniqueid": "1.1", "Status": status}
    assert signals(told) == (TransferOver(call_id=CallId("1.1"), failure=failure),)
    assert signals({**told, "Uniqueid": "no name"}) == ()
