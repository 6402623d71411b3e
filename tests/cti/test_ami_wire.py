"""Whatever a network, a caller or a broken peer does to the bytes: messages come out whole or not at all."""

import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.ami_wire import (
    MAX_MESSAGE_BYTES,
    Deframer,
    FramingError,
    UnsafeHeader,
    encode_action,
    split_banner,
)

RINGING = (
    b"Event: Newstate\r\nPrivilege: call,all\r\nChannel: PJSIP/ana-00000001\r\n"
    b"CallerIDName: \xd0\x9a\xd0\xb8\xd1\x80\xd0\xb8\xd0\xbb\xd0\xbb \xf0\x9f\x93\x9e\r\nAccountCode: \r\n"
    b"Linkedid: 1795319586.0\r\nChanVariable: CTI_CALL=1795319586.0\r\nChanVariable: CTI_OFFER=\r\n\r\n"
)
NOISE = b"Event: VarSet\r\nPrivilege: dialplan,all\r\nVariable: SIPDOMAIN\r\nValue: 127.0.0.1\r\n\r\n"
PONG = b"Response: Success\r\nActionID: cw-1\r\nPing: Pong\r\n\r\n"
ITEM = b"Event: CoreShowChannel\r\nActionID: cw-2\r\nChannel: PJSIP/ana-00000001\r\n\r\n"
CALLER = "Кирилл 📞"


def read(data: bytes, wanted: frozenset[str] | None = None) -> list[dict[str, str]]:
    return Deframer(wanted=wanted).feed(data)


def feed_all(deframer: Deframer, chunks: Iterator[bytes]) -> list[dict[str, str]]:
    return [message for chunk in chunks for message in deframer.feed(chunk)]


# --- outwards


def test_an_action_is_written_header_by_header() -> None:
    sent = encode_action(
        "Setvar", [("Channel", "PJSIP/x-1"), ("Variable", "A"), ("Value", "b: c, d")], "cw-7"
    )
    assert sent == (
        b"Action: Setvar\r\nActionID: cw-7\r\nChannel: PJSIP/x-1\r\nVariable: A\r\nValue: b: c, d\r\n\r\n"
    )


def test_repeated_headers_blank_values_and_names_in_any_script_are_sent_as_given() -> None:
    headers = [("Variable", "a=1"), ("Variable", "b=2"), ("CallerID", CALLER), ("Data", "")]
    sent = encode_action("Originate", headers, "cw-7").decode()
    assert sent.endswith(f"Variable: a=1\r\nVariable: b=2\r\nCallerID: {CALLER}\r\nData: \r\n\r\n")


@pytest.mark.parametrize(
    "smuggled", ["\r\n", "\n", "\r", "\0", "\r\n\r\nAction: Command\r\nCommand: core stop now"]
)
@pytest.mark.parametrize("place", ["value", "name", "action", "action id"])
def test_nothing_can_be_smuggled_into_an_action(smuggled: str, place: str) -> None:
    texts = {"value": "PJSIP/ana", "name": "Channel", "action": "Hangup", "action id": "cw-1"}
    texts[place] += smuggled
    with pytest.raises(UnsafeHeader):
        encode_action(texts["action"], [(texts["name"], texts["value"])], texts["action id"])


@pytest.mark.parametrize(
    "name", ["", " ", "Chan nel", "Channel:", "Канал", "1st", "Action", "ActionID", "actionid"]
)
def test_a_header_name_asterisk_would_misread_is_refused(name: str) -> None:
    with pytest.raises(UnsafeHeader):
        encode_action("Hangup", [(name, "x")], "cw-1")


def test_what_asterisk_would_cut_or_drop_in_silence_is_refused() -> None:
    assert len(encode_action("Setvar", [("Value", "x" * 993)], "cw-1")) > 1000
    with pytest.raises(UnsafeHeader, match="1001 bytes"):
        encode_action("Setvar", [("Value", "x" * 994)], "cw-1")
    with pytest.raises(UnsafeHeader, match="bytes"):
        encode_action("Setvar", [("Value", "ж" * 500)], "cw-1")
    with pytest.raises(UnsafeHeader, match="121 headers"):
        encode_action("Originate", [("Variable", "a=1")] * 119, "cw-1")
    with pytest.raises(UnsafeHeader, match="surrogates"):
        encode_action("Setvar", [("Value", "\udc80")], "cw-1")


@given(st.text(), st.text())
def test_any_text_is_either_refused_or_arrives_as_one_header(name: str, value: str) -> None:
    try:
        sent = encode_action("UserEvent", [(name, value)], "cw-1")
    except UnsafeHeader:
        return
    assert sent.count(b"\r\n\r\n") == 1
    assert sent.split(b"\r\n")[2:] == [f"{name}: {value}".encode(), b"", b""]


# --- inwards


def test_an_event_becomes_its_headers() -> None:
    [ringing] = read(RINGING)
    assert ringing == {
        "Event": "Newstate",
        "Privilege": "call,all",
        "Channel": "PJSIP/ana-00000001",
        "CallerIDName": CALLER,
        "AccountCode": "",
        "Linkedid": "1795319586.0",
        "ChanVariable(CTI_CALL)": "1795319586.0",
        "ChanVariable(CTI_OFFER)": "",
    }


def test_unwanted_events_are_skipped_but_never_an_answer() -> None:
    stream = NOISE + RINGING + PONG + NOISE + ITEM
    kept = [next(iter(m.values())) for m in read(stream, frozenset({"Newstate"}))]
    assert kept == ["Newstate", "Success", "CoreShowChannel"]
    assert len(read(stream)) == 5


def test_a_name_that_only_begins_like_a_wanted_one_is_not_wanted() -> None:
    assert read(b"Event: HangupRequest\r\nChannel: x\r\n\r\n", frozenset({"Hangup"})) == []


@given(st.lists(st.integers(0, 1200), max_size=12))
def test_any_split_of_the_stream_yields_the_same_messages(cuts: list[int]) -> None:
    stream = RINGING + NOISE + b"\r\n" + PONG + RINGING + ITEM + NOISE + RINGING
    deframer = Deframer(wanted=frozenset({"Newstate"}))
    edges = [0, *sorted(cuts), len(stream)]
    messages = [m for a, b in pairwise(edges) for m in deframer.feed(stream[a:b])]
    assert messages == read(stream, frozenset({"Newstate"}))
    assert [m["CallerIDName"] for m in messages if "CallerIDName" in m] == [CALLER] * 3


def test_a_name_cut_in_the_middle_of_a_letter_arrives_whole() -> None:
    deframer = Deframer(wanted=None)
    messages = [m for i in range(len(RINGING)) for m in deframer.feed(RINGING[i : i + 1])]
    assert [m["CallerIDName"] for m in messages] == [CALLER]


def test_other_encodings_are_marked_not_swallowed() -> None:
    [event] = read(b"Event: Newchannel\r\nCallerIDName: Jos\xe9\r\nExten: 100\r\n\r\n")
    assert event["CallerIDName"] == "Jos\N{REPLACEMENT CHARACTER}"
    assert event["Exten"] == "100"


def test_only_crlf_ends_a_line() -> None:
    name = "a\u2028b\x85c\x0bd\ne"
    [event] = read(f"Event: Newchannel\r\nCallerIDName: {name}\r\nExten: 100\r\n\r\n".encode())
    assert event == {"Event": "Newchannel", "CallerIDName": name, "Exten": "100"}


def test_the_first_event_header_wins_over_a_forged_one() -> None:
    forged = b"Event: UserEvent\r\nUserEvent: CtiWait\r\nName: x\r\nEvent: Hangup\r\nUid: 1\r\nUid: 2\r\n\r\n"
    [event] = read(forged)
    assert (event["Event"], event["Uid"]) == ("UserEvent", "1")
    assert read(forged, frozenset({"Hangup"})) == []


def test_an_event_cannot_pose_as_a_response() -> None:
    [event] = read(b"Event: UserEvent\r\nResponse: Success\r\nActionID: cw-1\r\n\r\n")
    assert next(iter(event)) == "Event"


def test_odd_variable_lines_are_tolerated() -> None:
    [event] = read(
        b"Event: DialBegin\r\nChanVariable: CTI_CALL\r\nChanVariable: \r\nChanVariable: A=b=c\r\n"
        b"ChanVariable:\r\nDestChanVariable: CTI_CALL=7\r\nChanVariable: A=later\r\n"
        b"no header at all\r\nUid:12\r\n\r\n"
    )
    assert event == {
        "Event": "DialBegin",
        "ChanVariable(CTI_CALL)": "",
        "ChanVariable()": "",
        "ChanVariable(A)": "b=c",
        "DestChanVariable(CTI_CALL)": "7",
        "Uid": "12",
    }


def test_noise_between_messages_is_skipped() -> None:
    assert read(b"\r\n\r\n\r\nOutput: leftover\r\n\r\n\r\n" + PONG) == read(PONG)


@given(st.binary(max_size=400), st.integers(1, 50))
def test_no_bytes_at_all_make_it_fail_in_another_way(noise: bytes, step: int) -> None:
    deframer = Deframer(wanted=frozenset({"Newstate"}))
    stream = noise + b"\r\n\r\n" + RINGING
    messages = [m for i in range(0, len(stream), step) for m in deframer.feed(stream[i : i + step])]
    assert messages[-1]["CallerIDName"] == CALLER


def test_a_message_without_end_is_refused_before_it_fills_the_memory() -> None:
    deframer = Deframer(wanted=frozenset())
    endless = b"Event: VarSet\r\n" + b"x: y\r\n" * 10_000
    sent: list[int] = []

    def chunks() -> Iterator[bytes]:
        while sum(sent) < 32 * 1024 * 1024:
            sent.append(len(endless))
            yield endless

    with pytest.raises(FramingError, match="no end"):
        feed_all(deframer, chunks())
    assert sum(sent) <= MAX_MESSAGE_BYTES + len(endless)


def test_a_long_message_that_trickles_in_costs_time_in_proportion() -> None:
    deframer = Deframer(wanted=None)
    message = b"Event: VarSet\r\n" + (b"Value: " + b"x" * 60_000 + b"\r\n") * 4 + b"\r\n"
    started = time.process_time()
    messages = [m for i in range(len(message)) for m in deframer.feed(message[i : i + 1])]
    assert len(messages) == 1
    assert time.process_time() - started < 1.5  # takes 0.1 s; searched anew at each read, many seconds


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        (b"Event: X\r\nValue: " + b"x" * (64 * 1024) + b"\r\n\r\n", "line"),
        (b"Event: X\r\n" + b"a: b\r\n" * 1024 + b"\r\n", "headers"),
        (b"Event: X\r\n" + (b"a: " + b"b" * 1000 + b"\r\n") * 300 + b"\r\n", "message"),
    ],
)
@pytest.mark.parametrize("step", [1000, 10_000_000])
def test_a_complete_message_over_a_limit_is_refused(message: bytes, complaint: str, step: int) -> None:
    deframer = Deframer(wanted=None)
    with pytest.raises(FramingError, match=complaint):
        feed_all(deframer, (message[start : start + step] for start in range(0, len(message), step)))


# --- the greeting


def test_the_greeting_gives_the_version_and_leaves_the_rest() -> None:
    assert split_banner(b"Asterisk Call Manager/11.0.0\r\n" + PONG) == ("11.0.0", PONG)
    assert split_banner(b"Asterisk Call Man") is None
    assert split_banner(b"") is None


@pytest.mark.parametrize(
    "greeting",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 400",
        b"Asterisk\r\n",
        b"\r\n",
        b"Asterisk Call Manager/" + b"1" * 200,
    ],
)
def test_another_service_on_the_port_is_told_at_once(greeting: bytes) -> None:
    with pytest.raises(FramingError, match="no Asterisk manager"):
        split_banner(greeting)
