"""Files that callers left: names, words, silence, pages, and files that were cut off."""

import struct
import wave
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acd.ids import CallId
from acd.instant import seconds
from acd.message import Mailbox, MessageKind
from cti.message_files import content_of, name_for, named
from demo.tone import one_second

VOICE, FAX = MessageKind.VOICEMAIL, MessageKind.FAX


def speech(path: Path, spoken_s: float, silent_s: float = 0.0) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        second = struct.pack("<8000h", *one_second(450))
        out.writeframes((second * 10)[: round(spoken_s * 16_000)])
        out.writeframes(b"\0" * round(silent_s * 16_000))
    return path


def tiff(pages: int, *, order: str = "<", last_points_to: int = 0) -> bytes:
    """A file of empty directories."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    body = b""
    for page in range(pages):
        following = 8 + 18 * (page + 1) if page + 1 < pages else last_points_to
        body += struct.pack(f"{order}H", 1) + b"\0" * 12 + struct.pack(f"{order}I", following)
    return head + body


def test_a_name_says_of_which_call_and_for_whom() -> None:
    name = name_for(CallId("1795.7"), Mailbox("claims"), "0123456789abcdef")
    assert name == "0123456789abcdef.claims.1795.7"
    said = named(name)
    assert said is not None
    assert (said.call_id, said.mailbox) == ("1795.7", "claims")
    nobody = name_for(CallId("1795.7"), None, "0123456789abcdef")
    assert nobody == "0123456789abcdef..1795.7"
    of_queue = named("1795.7")
    assert of_queue is not None
    assert of_queue.mailbox is None


@pytest.mark.parametrize(
    "name", ["", "../secrets", "a/b", "claims@1795.7", "x y", "0123456789abcdef.Claims.1/7"]
)
def test_what_cannot_be_a_name_is_none(name: str) -> None:
    assert named(name) is None


@pytest.mark.parametrize("mailbox", ["Claims", "a.b", "../a", "-a", "a" * 65])
def test_an_odd_mailbox_has_no_files(mailbox: str) -> None:
    assert name_for(CallId("1795.7"), Mailbox(mailbox), "0123456789abcdef") is None


@pytest.mark.parametrize("call_id", ["../../etc", "a/b", "a\nb", "x" * 150, ""])
def test_an_odd_call_has_no_file(call_id: str) -> None:
    assert name_for(CallId(call_id), Mailbox("claims"), "0123456789abcdef") is None


def test_words_have_a_length(tmp_path: Path) -> None:
    content = content_of(speech(tmp_path / "m.wav", 2.5, 1.0), VOICE)
    assert content is not None
    assert (content.length, content.pages) == (seconds(3.5), None)


def test_whoever_said_nothing_left_nothing(tmp_path: Path) -> None:
    assert content_of(speech(tmp_path / "silent.wav", 0, 5), VOICE) is None
    assert content_of(speech(tmp_path / "click.wav", 0.1, 5), VOICE) is None
    (tmp_path / "empty.wav").touch()
    assert content_of(tmp_path / "empty.wav", VOICE) is None


def test_a_header_that_was_never_finished_does_not_hide_the_words(tmp_path: Path) -> None:
    path = speech(tmp_path / "m.wav", 2)
    data = bytearray(path.read_bytes())
    data[4:8] = data[40:44] = b"\0\0\0\0"
    path.write_bytes(data)
    content = content_of(path, VOICE)
    assert content is not None
    assert content.length == seconds(2)


@pytest.mark.parametrize("order", ["<", ">"])
def test_pages_are_counted(tmp_path: Path, order: str) -> None:
    path = tmp_path / "f.tif"
    path.write_bytes(tiff(3, order=order))
    content = content_of(path, FAX)
    assert content is not None
    assert (content.pages, content.length) == (3, None)
    path.write_bytes(tiff(3, order=order)[:-10])  # the third was cut off
    content = content_of(path, FAX)
    assert content is not None
    assert content.pages == 2


def test_pages_that_lead_round_in_circles_end(tmp_path: Path) -> None:
    path = tmp_path / "f.tif"
    path.write_bytes(tiff(2, last_points_to=8))
    content = content_of(path, FAX)
    assert content is not None
    assert content.pages == 2


@settings(max_examples=200)
@given(data=st.binary(max_size=200) | st.binary(max_size=60).map(lambda tail: b"II*\0" + tail))
def test_any_bytes_are_a_fax_or_none(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.tif"
    path.write_bytes(data)
    content = content_of(path, FAX)
    assert content is None or (content.pages or 0) > 0
    content_of(path, VOICE)
