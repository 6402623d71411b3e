"""Everything the core says or hears can be written down and read again."""

import contextlib
import dataclasses
import enum
import json
import types
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acd.agent import AgentState
from acd.agent_events import AgentStateChanged
from acd.call import CallClass
from acd.ids import AgentId, CallId, QueueId
from acd.instant import Instant
from acd.link_signals import CallLocated, LinkRestored
from acd.observation import LiveCall, Observation, Place
from acd.queue_events import CallQueued
from cti.codec import MESSAGE_TYPES, CodecError, decode, decode_envelope, encode, encode_envelope
from cti.envelope import Envelope
from cti.messages import Input, Output

EVERY_MESSAGE = (*get_args(Input), *get_args(Output))


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value a field with this hint may hold."""
    while isinstance(hint, NewType):
        hint = hint.__supertype__
    if get_origin(hint) in (Union, types.UnionType):
        return st.one_of(*(values_of(arg) for arg in get_args(hint)))
    if get_origin(hint) is tuple:
        return st.lists(values_of(get_args(hint)[0]), max_size=3).map(tuple)
    if get_origin(hint) is frozenset:
        return st.frozensets(values_of(get_args(hint)[0]), max_size=4)
    if hint is types.NoneType:
        return st.none()
    if hint is str:
        return st.text(max_size=12)
    if hint is int:
        return st.integers()
    if hint is bool:
        return st.booleans()
    if issubclass(hint, enum.Enum):
        return st.sampled_from(hint)
    assert dataclasses.is_dataclass(hint), f"no strategy for {hint!r}"
    hints = get_type_hints(hint)
    return st.builds(hint, **{field.name: values_of(hints[field.name]) for field in dataclasses.fields(hint)})


@pytest.mark.parametrize("message_type", EVERY_MESSAGE, ids=lambda cls: cls.__name__)
def test_every_message_survives_being_written_as_text(message_type: type) -> None:
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(values_of(message_type))
    def survives(message: Any) -> None:
        assert decode(json.loads(json.dumps(encode(message)))) == message

    survives()


def test_a_message_is_known_by_its_class_name_and_no_two_share_one() -> None:
    assert len(MESSAGE_TYPES) == len(EVERY_MESSAGE)
    queued = CallQueued(
        call_id=CallId("c1"),
        queue_id=QueueId("sales"),
        call_class=CallClass.VIP,
        queued_at=Instant(5),
        position=1,
    )
    assert encode(queued) == {
        "type": "CallQueued",
        "call_id": "c1",
        "queue_id": "sales",
        "call_class": "vip",
        "queued_at": 5,
        "position": 1,
        "boost": 0,
        "class_because": "",
        "customer_id": None,
        "brief": {"requires": "", "data": [], "language": "", "patience": 0, "returns": False},
    }
    assert all(type(value) in (str, int, dict, type(None)) for value in encode(queued).values())


def test_no_message_has_a_field_that_the_envelope_or_a_publisher_needs() -> None:
    for cls in EVERY_MESSAGE:
        assert not {f.name for f in dataclasses.fields(cls)} & {"type", "run", "seq", "at", "cause"}


def test_sets_are_written_in_order() -> None:
    seen = Observation(
        as_of=Instant(1), calls=(), reachable=frozenset({AgentId("cleo"), AgentId("ana"), AgentId("ben")})
    )
    assert encode(LinkRestored(seen=seen))["seen"]["reachable"] == ["ana", "ben", "cleo"]


@given(
    st.builds(
        Envelope,
        run=st.text(max_size=8),
        seq=st.integers(),
        at=st.integers(),
        cause=st.none() | st.integers(),
        message=st.one_of(*(values_of(cls) for cls in EVERY_MESSAGE)),
    )
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_an_envelope_is_one_line(envelope: Envelope) -> None:
    line = encode_envelope(envelope)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode_envelope(line) == envelope


def located(**changes: Any) -> dict[str, Any]:
    live = LiveCall(call_id=CallId("c1"), place=Place.TALKING)
    data = encode(CallLocated(call_id=CallId("c1"), as_of=Instant(1), found=live))
    for path, value in changes.items():
        target = data
        *above, last = path.split("__")
        for step in above:
            target = target[step]
        if value is KeyError:
            del target[last]
        else:
            target[last] = value
    return data


@pytest.mark.parametrize(
    ("data", "type_", "field"),
    [
        (located(as_of="1"), "CallLocated", "as_of"),
        (located(as_of=True), "CallLocated", "as_of"),
        (located(as_of=1.0), "CallLocated", "as_of"),
        (located(as_of=KeyError), "CallLocated", "as_of"),
        (located(colour="red"), "CallLocated", "colour"),
        (located(found=[]), "CallLocated", "found"),
        (located(found__place="moon"), "CallLocated", "found.place"),
        (located(found__place=["talking"]), "CallLocated", "found.place"),
        (located(found__queue_id=5), "CallLocated", "found.queue_id"),
        (located(type="CallLost"), "", "type"),
        (located(type=["CallLocated"]), "", "type"),
        (located(type=KeyError), "", "type"),
        ([located()], "", ""),
        (None, "", ""),
    ],
)
def test_what_is_no_message_is_refused_with_its_place(data: Any, type_: str, field: str) -> None:
    with pytest.raises(CodecError) as caught:
        decode(data)
    assert (caught.value.type, caught.value.field) == (type_, field)


def test_the_place_reaches_into_lists() -> None:
    live = encode(
        LinkRestored(
            seen=Observation(
                as_of=Instant(1),
                calls=(LiveCall(call_id=CallId("c1"), place=Place.IN_IVR),) * 3,
                reachable=frozenset(),
            )
        )
    )
    live["seen"]["calls"][2]["place"] = "moon"
    with pytest.raises(CodecError, match=r"LinkRestored\.seen\.calls\[2\]\.place: must be one of in_ivr"):
        decode(live)


def test_a_field_that_came_later_may_be_missing_when_it_has_a_default() -> None:
    data = located(found__call_class=KeyError)
    message = decode(data)
    assert isinstance(message, CallLocated)
    assert message.found is not None
    assert message.found.call_class is CallClass.NORMAL


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=5) | st.sampled_from(["call_id", "seen", "calls"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(st.sampled_from(sorted(MESSAGE_TYPES)), st.dictionaries(st.text(max_size=5), JSON_VALUES, max_size=3))
def test_whatever_the_data_nothing_but_a_codec_error_is_raised(name: str, fields: dict[str, Any]) -> None:
    with contextlib.suppress(CodecError):
        assert type(decode({**fields, "type": name})) is MESSAGE_TYPES[name]


@given(st.binary(max_size=60) | JSON_VALUES.map(lambda v: json.dumps(v).encode()))
def test_whatever_the_line_nothing_but_a_codec_error_is_raised(line: bytes) -> None:
    with pytest.raises(CodecError):
        decode_envelope(line)


@pytest.mark.parametrize("line", [b"[" * 100_000, b'{"run":' + b"9" * 10_000 + b"}", b"\xff\xfe", b""])
def test_hostile_lines_are_refused(line: bytes) -> None:
    with pytest.raises(CodecError):
        decode_envelope(line)


def test_an_envelope_with_an_odd_header_is_refused_with_its_field() -> None:
    moved = AgentStateChanged(
        agent_id=AgentId("ana"), was=AgentState.READY, now=AgentState.OFFERED, reason=None, because="asked"
    )
    line = encode_envelope(Envelope(run="r1", seq=1, at=Instant(1), cause=None, message=moved))
    data = json.loads(line)
    data["seq"] = "1"
    with pytest.raises(CodecError, match=r"Envelope\.seq: must be a whole number"):
        decode_envelope(json.dumps(data))
