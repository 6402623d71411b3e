"""Two recorded byte streams of the same 200 real calls through Asterisk 22: nothing lost, nothing garbled."""

import gzip
import os
import random
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from cti.ami_wire import Deframer, split_banner

DATA = Path(os.environ.get("CALLWRIGHT_SHARED_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
CALLER = "Кириллица Тест"
KEPT = frozenset({"Newchannel", "Hangup", "DialBegin", "DialEnd", "BridgeEnter", "BridgeLeave", "UserEvent"})


@cache
def recorded(kind: str) -> bytes:
    path = DATA / f"ami_asterisk22_{kind}.raw.gz"
    if not path.exists():
        pytest.skip(f"no recorded stream at {path}: set CALLWRIGHT_SHARED_DATA to the folder that holds it")
    return gzip.decompress(path.read_bytes())


def naively(stream: bytes) -> list[list[tuple[str, str]]]:
    """An independent reading, as simple as can be: everything at once, headers as pairs."""
    text = stream.decode("utf-8").split("\r\n", 1)[1]
    return [
        [(line.split(": ")[0], ": ".join(line.split(": ")[1:])) for line in block.split("\r\n")]
        for block in text.split("\r\n\r\n")
        if block
    ]


def in_random_pieces(stream: bytes, wanted: frozenset[str] | None, seed: int) -> list[dict[str, str]]:
    greeting = split_banner(stream)
    assert greeting is not None
    version, rest = greeting
    assert version == "11.0.0"
    chance = random.Random(seed)
    deframer = Deframer(wanted=wanted)
    messages, at = [], 0
    while at < len(rest):
        size = chance.choice((1, 2, 3, 17, 500, 1448, 4096, 65536))
        messages += deframer.feed(rest[at : at + size])
        at += size
    return messages


@pytest.mark.parametrize("kind", ["full", "flt"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_event_arrives_once_with_every_header(kind: str, seed: int) -> None:
    stream = recorded(kind)
    messages = in_random_pieces(stream, None, seed)
    expected = naively(stream)
    assert len(messages) == len(expected)
    for message, headers in zip(messages, expected, strict=True):
        first: dict[str, str] = {}
        for name, value in headers:
            if name.endswith("ChanVariable"):
                variable, _, value = value.partition("=")
                name = f"{name}({variable})"
            first.setdefault(name, value)
        assert list(message.items()) == list(first.items())


def test_the_full_stream_holds_the_events_of_200_calls() -> None:
    counts = Counter(m.get("Event", "response") for m in in_random_pieces(recorded("full"), None, 4))
    assert counts.total() == 18_012 + 1 == len(naively(recorded("full")))
    assert (counts["VarSet"], counts["Newchannel"], counts["DialEnd"], counts["Hangup"]) == (
        9400,
        400,
        200,
        400,
    )


@pytest.mark.parametrize("kind", ["full", "flt"])
def test_only_what_is_wanted_is_kept_and_all_of_it(kind: str) -> None:
    stream = recorded(kind)
    messages = in_random_pieces(stream, KEPT, 5)
    response, *events = messages
    assert response["Response"] == "Success"
    expected = Counter(dict(headers).get("Event") for headers in naively(stream))
    assert Counter(event["Event"] for event in events) == {n: c for n, c in expected.items() if n in KEPT}
    calls = {event["Linkedid"] for event in events if "Linkedid" in event}
    assert len(calls) == 200


@pytest.mark.parametrize("kind", ["full", "flt"])
def test_callers_names_in_cyrillic_arrive_whole_however_the_stream_was_cut(kind: str) -> None:
    stream = recorded(kind)
    messages = in_random_pieces(stream, None, 6)
    written = stream.count(f"CallerIDName: {CALLER}\r\n".encode())
    assert written > 1000
    names = Counter(v for m in messages for k, v in m.items() if k.endswith("CallerIDName"))
    assert names[CALLER] == written
    assert not any("\N{REPLACEMENT CHARACTER}" in value for m in messages for value in m.values())
