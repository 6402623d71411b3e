"""What Asterisk writes over AGI is understood exactly, and nothing foreign gets into a command."""

import pytest

from ivr.agi_protocol import (
    MAX_COMMAND_BYTES,
    MAX_USAGE_LINES,
    AgiRequest,
    Answer,
    AnswerReader,
    Hangup,
    ProtocolError,
    RequestReader,
    UnsafeArgument,
    command,
    number,
)


def request(*lines: bytes, max_lines: int = 50) -> AgiRequest:
    reader = RequestReader(max_lines)
    for line in lines:
        assert reader.take(line + b"\n") is None
    complete = reader.take(b"\n")
    assert complete is not None
    return complete


def answers(*lines: bytes) -> list[Answer | Hangup | None]:
    reader = AnswerReader()
    return [reader.take(line + b"\n") for line in lines]


def answer(line: bytes) -> Answer:
    [one] = answers(line)
    assert isinstance(one, Answer)
    return one


def test_a_request_names_script_call_and_caller() -> None:
    asked = request(
        b"agi_network: yes",
        b"agi_network_script: ivr",
        b"agi_uniqueid: pbx-1732257600.12",
        b"agi_callerid: +33123456789",
        b"agi_calleridname: Zo\xe9 \xff",
    )
    assert (asked.script, asked.call_id, asked.caller) == ("ivr", "pbx-1732257600.12", "+33123456789")


def test_a_query_does_not_change_the_script() -> None:
    assert request(b"agi_network_script: ivr?lang=en").script == "ivr"


def test_what_a_caller_adds_to_a_request_does_not_replace_what_asterisk_said() -> None:
    asked = request(b"agi_uniqueid: 1.1", b"agi_callerid: x", b"agi_uniqueid: 6.6")
    assert asked.call_id == "1.1"


@pytest.mark.parametrize("uid", [b"", b"1.1; rm", b"a" * 151, b"\xff"])
def test_a_call_without_a_usable_id_has_none(uid: bytes) -> None:
    assert request(b"agi_uniqueid: " + uid).call_id is None


@pytest.mark.parametrize(
    ("said", "known_as"),
    [
        ("+33 (0)1 23 45", "+33012345"),
        ("ana@example.org", "ana@example.org"),
        ("", "unknown"),
        ("unknown", "unknown"),
        ('"; Event: Hangup', "unknown"),
        ("a,b", "unknown"),
        ("1" * 65, "unknown"),
        ("٣٣", "unknown"),
    ],
)
def test_a_hostile_number_becomes_unknown(said: str, known_as: str) -> None:
    assert number(said) == known_as


@pytest.mark.parametrize("line", [b"GET / HTTP/1.1", b"agi_network", b"\x16\x03\x01", b" agi_x: 1"])
def test_what_is_no_request_is_refused(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        request(line)


def test_a_request_has_a_longest_length() -> None:
    with pytest.raises(ProtocolError, match="more than 3 lines"):
        request(*[b"agi_x: 1"] * 4, max_lines=3)


def test_results_are_told_apart() -> None:
    assert answer(b"200 result=0").key is None
    assert answer(b"200 result=0 endpos=12800").endpos == 12800
    assert answer(b"200 result=49 endpos=1600").key == "1"
    assert answer(b"200 result=35").key == "#"
    assert answer(b"200 result=65").key == "A"
    hung_up = answer(b"200 result=-1 endpos=1760")
    assert (hung_up.failed, hung_up.carried_out, hung_up.endpos) == (True, False, 1760)
    silent = answer(b"200 result= (timeout)")
    assert (silent.timed_out, silent.key, silent.failed) == (True, None, False)
    late = answer(b"200 result=12 (timeout)")
    assert (late.timed_out, late.result) == (True, "12")
    empty = answer(b"200 result=")
    assert (empty.carried_out, empty.timed_out, empty.failed) == (False, False, False)
    dead = answer(b"511 Command Not Permitted on a dead channel or intercept routine")
    assert (dead.dead_channel, dead.carried_out) == (True, False)
    assert answer(b"510 Invalid or unknown command").code == 510


def test_a_variables_value_is_read_whole() -> None:
    assert answer(b"200 result=1 (8000)").note == "8000"
    assert answer(b"200 result=1 (a (b) c) d)").note == "a (b) c) d"
    assert answer(b"200 result=1 ()").note == ""
    assert answer(b"200 result=1 (Zo\xe9)").note == "Zo\ufffd"
    assert answer(b"200 result=0").note is None


def test_a_value_that_breaks_its_line_is_not_taken_for_an_answer() -> None:
    with pytest.raises(ProtocolError, match="without a whole result"):
        answer(b"200 result=1 (80")


@pytest.mark.parametrize("line", [b"200 result=", b"200 result=x", b"200 result=300", b"200 result=10"])
def test_what_is_no_key_is_not_taken_for_one(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        _ = answer(line).key


def test_a_hang_up_is_not_an_answer() -> None:
    assert answers(b"HANGUP", b"200 result=-1") == [Hangup(), Answer(200, "-1")]


def test_an_answer_of_several_lines_is_one_answer() -> None:
    told = answers(
        b"520-Invalid command syntax.  Proper usage follows:",
        b" Usage: STREAM FILE <filename> <escape digits>",
        b"200 result=this line is prose",
        b"HANGUP",
        b"520 End of proper usage.",
        b"200 result=1",
    )
    assert told == [None, None, None, Hangup(), Answer(520), Answer(200, "1")]


def test_usage_without_an_end_is_refused() -> None:
    reader = AnswerReader()
    reader.take(b"520-Invalid command syntax.")
    for _ in range(MAX_USAGE_LINES - 1):
        assert reader.take(b"more") is None
    assert reader.unfinished
    with pytest.raises(ProtocolError, match="usage"):
        reader.take(b"one too many")


def test_progress_is_not_an_answer() -> None:
    assert answers(b"100 Trying", b"200 result=1") == [None, Answer(200, "1")]


@pytest.mark.parametrize(
    "line", [b"", b"hello", b"200", b"200 OK", b"20 result=1", b"200-result=1", b"\xff\xfe"]
)
def test_what_is_no_answer_is_refused(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        answers(line)


def test_arguments_are_quoted() -> None:
    assert command("STREAM FILE", "digits/1", "12*#") == b'STREAM FILE "digits/1" "12*#"\n'
    assert command("SET VARIABLE", "A", 'say "hi" \\ bye') == b'SET VARIABLE "A" "say \\"hi\\" \\\\ bye"\n'
    assert command("CHANNEL STATUS") == b"CHANNEL STATUS\n"
    assert command("SET VARIABLE", "A", "Zoé") == 'SET VARIABLE "A" "Zoé"\n'.encode()


@pytest.mark.parametrize("evil", ["a\nHANGUP", "a\rb", "a\0b", "\ud800", "x" * MAX_COMMAND_BYTES])
def test_an_argument_that_would_be_a_command_of_its_own_is_refused(evil: str) -> None:
    with pytest.raises(UnsafeArgument):
        command("SET VARIABLE", "A", evil)
