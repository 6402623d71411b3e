"""RTP packets, keys pressed, and the codec, byte by byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo import ulaw
from demo.rtp import MAX_DIGITS, BadRtp, DigitEvent, Keypad, RtpPacket


def test_a_packet_is_laid_out_as_rfc_3550_draws_it() -> None:
    packet = RtpPacket(
        payload_type=101, sequence=0x1234, timestamp=0xAABBCCDD, ssrc=0x01020304, marker=True, payload=b"xy"
    )

    assert packet.encode() == bytes.fromhex("80e51234aabbccdd01020304") + b"xy"
    assert RtpPacket.parse(packet.encode()) == packet


def test_contributors_extension_and_padding_are_not_taken_for_audio() -> None:
    header = bytes.fromhex("b1000001000000a000000007")  # padding, extension, one contributor
    data = header + b"CONT" + bytes.fromhex("bede0001") + b"EXT." + b"audio" + b"\0\0\3"

    assert RtpPacket.parse(data).payload == b"audio"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80" * 11,
        bytes.fromhex("400000010000000000000000"),  # version 1
        bytes.fromhex("8f0000010000000000000000"),  # fifteen contributors, none there
        bytes.fromhex("900000010000000000000000"),  # an extension, cut
        bytes.fromhex("a0000001000000000000000009"),  # more padding than packet
    ],
)
def test_what_is_not_rtp_is_refused(data: bytes) -> None:
    with pytest.raises(BadRtp):
        RtpPacket.parse(data)


@given(st.binary(max_size=64))
def test_no_bytes_do_harm(data: bytes) -> None:
    for parse in (RtpPacket.parse, DigitEvent.parse):
        try:
            assert parse(data) is not None
        except BadRtp:
            continue


def test_a_key_is_the_event_of_rfc_4733() -> None:
    assert DigitEvent(digit="#", duration=800, end=True).encode() == bytes.fromhex("0b8a0320")
    assert DigitEvent.parse(bytes.fromhex("010a00a0")) == DigitEvent(digit="1", duration=160, end=False)


def test_a_key_grows_while_it_is_held_and_says_its_end_three_times() -> None:
    keypad = Keypad()
    keypad.press("5")

    sent = [keypad.next_packet(8000 + 160 * turn) for turn in range(8)]

    assert [(event.duration, event.end) for event, _, _ in filter(None, sent)] == [
        (160, False),
        (320, False),
        (480, False),
        (640, False),
        (800, True),
        (800, True),
        (800, True),
    ]
    assert {timestamp for _, timestamp, _ in filter(None, sent)} == {8000}
    assert [marker for _, _, marker in filter(None, sent)] == [True] + [False] * 6
    assert sent[7] is None, "audio goes on"


def test_two_equal_keys_are_two_keys_with_audio_between_them() -> None:
    keypad = Keypad()
    keypad.press("11")

    sent = [keypad.next_packet(160 * turn) for turn in range(30)]

    begins = [turn for turn, packet in enumerate(sent) if packet is not None and packet[2]]
    assert begins == [0, 10], "100 ms held, 40 ms of repeated ends, 60 ms of audio"
    assert keypad.idle


def test_a_key_is_let_go_with_the_first_word_of_its_end() -> None:
    keypad = Keypad()
    keypad.press("9")

    idle = [keypad.idle for turn in range(7) if keypad.next_packet(160 * turn)]

    assert idle == [False] * 4 + [True] * 3, "a menu may hang up on that word: nothing is left to wait for"


@pytest.mark.parametrize("keys", ["", "1x", "é", "1" * (MAX_DIGITS + 1)])
def test_what_no_telephone_has_cannot_be_pressed(keys: str) -> None:
    keypad = Keypad()

    with pytest.raises(ValueError):
        keypad.press(keys)
    assert keypad.idle


def test_the_codec_knows_the_corners_of_g711() -> None:
    assert ulaw.encode([0, 32767, -32768, -1]) == bytes([0xFF, 0x80, 0x00, 0x7F])
    assert list(ulaw.decode(bytes([0xFF, 0x80, 0x00, 0x7F]))) == [0, 32124, -32124, 0]


@given(st.integers(-32768, 32767))
def test_a_sample_comes_back_within_its_step(sample: int) -> None:
    back = ulaw.decode(ulaw.encode([sample]))[0]

    assert abs(back - sample) <= max(4, abs(sample) // 16 + 4)
