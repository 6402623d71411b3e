"""Whatever a caller does in whatever flow, the call ends somewhere; whatever a peer sends, a session ends."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from acd.brief import NOTHING, Brief
from ivr.agi.limits import AgiLimits
from ivr.agi.server import AgiServer
from ivr.agi.services import Services
from ivr.agi_protocol import (
    AnswerReader,
    ProtocolError,
    RequestReader,
    UnsafeArgument,
    command,
    number,
)
from ivr.document import parse_document
from ivr.ending import Ending
from ivr.flow import Flow
from ivr.happenings import CallerGone, Finished, Happening, KeyPressed, Left, OutOfTurn, QueueRefused, Silence
from ivr.interpreter import MAX_STEPS, Interpreter
from ivr.loader import Entrance, FlowBook, PublishedFlow
from ivr.names import ALL_KEYS
from ivr.nodes.hangup import HangUpNode
from ivr.nodes.menu import MenuNode
from ivr.nodes.play import PlayNode
from ivr.nodes.queue import QueueNode
from ivr.notes import NodeAnswered, Note
from ivr.port import Met, QueueClosed
from ivr.steps import Done, HangUp, LeaveForQueue, ListenForKey, Play, Step
from ivr.talk import MAX_NOTES
from ivr.utterance import Sound

PROMPTS = st.lists(st.sampled_from(["hello", "digits/1", "beep"]), max_size=3)
SOME_PROMPTS = st.lists(st.sampled_from(["hello", "digits/1", "beep"]), min_size=1, max_size=3)


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Any valid flow of up to nine nodes.

    Play and queue nodes lead forward or to a menu: no loop is without one. What is not reached is left out.
    """
    kinds = [*draw(st.lists(st.sampled_from(["play", "menu", "queue", "hangup"]), max_size=8)), "hangup"]
    names = [f"n{at}" for at in range(len(kinds))]
    menus = [name for name, kind in zip(names, kinds, strict=True) if kind == "menu"]
    nodes: dict[str, dict[str, Any]] = {}
    for at, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        onward, anywhere = st.sampled_from(names[at + 1 :] + menus or names), st.sampled_from(names)
        node: dict[str, Any] = {"kind": kind}
        if kind == "play":
            node |= {
                "prompts": draw(SOME_PROMPTS),
                "next": draw(onward),
                "interruptible": draw(st.booleans()),
            }
        elif kind == "menu":
            node |= {
                "prompts": draw(SOME_PROMPTS),
                "keys": draw(st.dictionaries(st.sampled_from(ALL_KEYS), anywhere, min_size=1, max_size=4)),
                "timeout_s": draw(st.floats(0.5, 60)),
                "retries": draw(st.integers(0, 10)),
                "invalid_prompts": draw(PROMPTS),
                "timeout_prompts": draw(PROMPTS),
                "otherwise": draw(anywhere),
            }
        elif kind == "queue":
            priority = draw(st.sampled_from(["normal", "vip", None]))
            node |= {"queue": draw(st.sampled_from(["sales", "support"])), "priority": priority}
            node |= {"refused": draw(onward)}
        else:
            node |= {"prompts": draw(PROMPTS)}
        nodes[name] = node
    reached = _reached(nodes, names[0])
    return Flow.model_validate(
        {"name": "any", "start": names[0], "nodes": {name: nodes[name] for name in names if name in reached}}
    )


def _reached(nodes: dict[str, dict[str, Any]], start: str) -> set[str]:
    reached, ahead = {start}, [start]
    while ahead:
        node = nodes[ahead.pop()]
        leads_to = {node.get(field) for field in ("next", "otherwise", "refused")} | {
            *node.get("keys", {}).values()
        }
        ahead += sorted(leads_to - reached - {None})
        reached |= leads_to - {None}
    return reached


KEYS = st.builds(KeyPressed, key=st.sampled_from(ALL_KEYS + "ABCD"))


def possible_after(step: Step) -> st.SearchStrategy[Happening]:
    """What a caller and a queue can do at ``step``."""
    gone = st.just(CallerGone())
    match step:
        case Play(stop_on=""):
            return st.just(Finished()) | gone
        case Play():
            return st.just(Finished()) | KEYS.filter(lambda pressed: pressed.key in ALL_KEYS) | gone
        case ListenForKey():
            return KEYS | st.just(Silence()) | gone
        case LeaveForQueue():
            return st.sampled_from([Left(), QueueRefused(reason="closed")]) | gone
        case HangUp():
            return st.just(Finished()) | gone
        case Done():
            return gone
        case _:
            raise AssertionError(f"not in these flows: {step}")


def left_alone(step: Step) -> Happening:
    """The least helpful caller and queue: nobody presses, nobody hangs up, nobody is let in."""
    if isinstance(step, ListenForKey):
        return Silence()
    return QueueRefused(reason="closed") if isinstance(step, LeaveForQueue) else Finished()


@given(flow=flows(), data=st.data())
def test_every_caller_ends_somewhere(flow: Flow, data: st.DataObject) -> None:
    interpreter = Interpreter(flow)
    step, steps, entered = interpreter.begin(), 1, False
    for _ in range(data.draw(st.integers(0, 25))):
        if isinstance(step, Done):
            break
        entered = isinstance(step, LeaveForQueue)
        step, steps = interpreter.proceed(data.draw(possible_after(step))), steps + 1
    while not isinstance(step, Done):
        entered = isinstance(step, LeaveForQueue)
        step, steps = interpreter.proceed(left_alone(step)), steps + 1
        assert steps <= MAX_STEPS + 2
    assert entered or step.reason is not Ending.QUEUED
    assert interpreter.proceed(CallerGone()) == step
    with pytest.raises(OutOfTurn):
        interpreter.proceed(Finished())


@given(flow=flows(), data=st.data())
def test_a_caller_meets_only_what_the_flow_says(flow: Flow, data: st.DataObject) -> None:
    prompts = {
        Sound(prompt)
        for node in flow.nodes.values()
        for _, prompt in node.prompts_named()
        if isinstance(prompt, str)
    }
    queues = {(n.queue, n.priority) for n in flow.nodes.values() if isinstance(n, QueueNode)}
    interpreter = Interpreter(flow)
    step = interpreter.begin()
    for _ in range(30):
        if isinstance(step, Play):
            assert step.said
            assert prompts.issuperset(step.said)
        if isinstance(step, LeaveForQueue):
            assert (step.queue, step.priority) in queues
        if isinstance(step, Done):
            break
        step = interpreter.proceed(data.draw(possible_after(step)))
    notes = interpreter.take_notes()
    assert len(notes) <= MAX_NOTES
    for note in notes:
        node = flow.nodes[note.node]
        assert note.kind == node.kind
        assert isinstance(node, MenuNode) or not isinstance(note, NodeAnswered)


@given(flow=flows(), presses=st.lists(KEYS | st.just(Silence()) | st.just(Left()), max_size=8))
def test_what_cannot_happen_changes_nothing(flow: Flow, presses: list[Happening]) -> None:
    """Two callers live the same; one is also told impossible things."""
    plain, pestered = Interpreter(flow), Interpreter(flow)
    step = plain.begin()
    assert pestered.begin() == step
    for impossible in presses:
        if isinstance(step, Done):
            break
        try:
            followed = pestered.proceed(impossible)
        except OutOfTurn:
            continue
        step = plain.proceed(impossible)
        assert followed == step
    assert plain.take_notes() == pestered.take_notes()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "start", "nodes", "kind", "prompts", "next", "keys", "queue", "a"]),
            inner | st.sampled_from(["play", "menu", "queue", "hangup", "a"]),
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(ANYTHING)
def test_what_is_no_flow_is_refused_and_nothing_worse(written: Any) -> None:
    flow = None
    with contextlib.suppress(ValidationError):
        flow = Flow.model_validate(written)
    assert flow is None or flow.start in flow.nodes


NODE_NAMES = st.sampled_from(["a", "b", "c", "d"])
LINKS = st.fixed_dictionaries({"kind": st.just("play"), "prompts": st.just(["hello"]), "next": NODE_NAMES})


@given(start=NODE_NAMES, nodes=st.dictionaries(NODE_NAMES, LINKS | st.just({"kind": "hangup"})))
def test_prompts_alone_make_a_flow_only_when_they_end(start: str, nodes: dict[str, Any]) -> None:
    """A chain of play nodes is a flow exactly when following it from the start visits all and hangs up."""
    here, seen = start, []
    while here in nodes and here not in seen:
        seen.append(here)
        here = nodes[here].get("next", "the end")
    makes_sense = here == "the end" and set(seen) == set(nodes)
    try:
        flow = Flow.model_validate({"name": "chain", "start": start, "nodes": nodes})
    except ValidationError:
        assert not makes_sense
    else:
        assert makes_sense
        assert all(isinstance(node, PlayNode | HangUpNode) for node in flow.nodes.values())


AGI_LINES = st.sampled_from(
    [
        b"HANGUP",
        b"200 result=",
        b"200 result=-1",
        b"200 result=1 (",
        b"520-",
        b"520 ",
        b"agi_x: ",
        b"511 ",
        b"100 ",
    ]
)
LINES = st.lists(st.builds(bytes.__add__, AGI_LINES | st.just(b""), st.binary(max_size=30)), max_size=12)


@given(LINES)
def test_any_bytes_are_an_answer_or_a_protocol_error(lines: list[bytes]) -> None:
    reader, understood = AnswerReader(), 0
    for line in lines:
        try:
            reader.take(line + b"\n")
        except ProtocolError:
            break
        understood += 1
    assert understood <= len(lines)


@given(LINES)
def test_any_bytes_are_a_request_or_a_protocol_error(lines: list[bytes]) -> None:
    reader = RequestReader(max_lines=5)
    for line in lines:
        try:
            request = reader.take(line + b"\n")
        except ProtocolError:
            break
        if request is not None:
            assert request.caller == number(request.caller)
            assert request.call_id != ""
            break


@given(st.lists(st.text(max_size=50), max_size=4))
def test_a_command_is_one_line_or_is_not_sent(arguments: list[str]) -> None:
    try:
        line = command("SET VARIABLE", *arguments)
    except UnsafeArgument:
        assert any(set("\r\n\0") & set(a) or not a.isprintable() for a in arguments)
        return
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert b"\r" not in line
    assert _as_asterisk_reads(line.decode().removesuffix("\n")) == ["SET", "VARIABLE", *arguments]


def _as_asterisk_reads(line: str) -> list[str]:
    """Asterisk's own reading of a command (res_agi.c, ``parse_args``): quotes, backslashes, blanks."""
    words: list[str] = []
    quoted, escaped, between = False, False, True
    for character in line:
        if character == '"' and not escaped:
            quoted = not quoted
            if quoted and between:
                words.append("")
                between = False
        elif character in " \t" and not quoted and not escaped:
            between = True
        elif character == "\\" and not escaped:
            escaped = True
            continue
        else:
            if between:
                words.append("")
                between = False
            words[-1] += character
        escaped = False
    return words


class _ClosedBoard:
    """An engine whose queues are closed."""

    async def call_entered_ivr(
        self,
        *,
        call_id: str,
        caller: str,
        dialled: str,
        flow: str,
        flow_version: int,
        agent_left: bool = False,
        not_through: str | None = None,
    ) -> Met | None:
        return Met()

    def note(self, *, call_id: str, notes: Sequence[Note]) -> None:
        assert notes

    async def enqueue(
        self, *, call_id: str, queue: str, priority: str | None, brief: Brief = NOTHING
    ) -> QueueClosed:
        return QueueClosed(reason="closed")

    async def flow_finished(self, *, call_id: str) -> None:
        assert call_id


CLOSED_SHOP = PublishedFlow(
    flow=Flow.model_validate(
        {
            "name": "closed",
            "start": "choice",
            "nodes": {
                "choice": {
                    "kind": "menu",
                    "prompts": ["hello"],
                    "keys": {"1": "sales"},
                    "timeout_s": 1,
                    "retries": 10,
                    "otherwise": "sales",
                },
                "sales": {"kind": "queue", "queue": "sales", "refused": "bye"},
                "bye": {"kind": "hangup"},
            },
        }
    ),
    version="0" * 12,
    document=parse_document(b"", "closed.yaml"),
)
ANSWERS = st.sampled_from(
    [
        b"200 result=0\n",
        b"200 result=49\n",
        b"200 result=1 (8000)\n",
        b"200 result=-1\n",
        b"HANGUP\n",
        b"520-\n",
    ]
)
REQUEST = b"agi_network_script: ivr\nagi_uniqueid: 1.1\n\n"


@settings(max_examples=40, deadline=None)
@given(chunks=st.lists(ANSWERS | st.binary(max_size=40), max_size=12))
def test_a_session_outlives_no_peer_whatever_it_sends(chunks: list[bytes]) -> None:
    async def peers() -> int:
        server = AgiServer(
            flow_for=lambda *_: Entrance(flow=CLOSED_SHOP, book=FlowBook([CLOSED_SHOP])),
            services=Services(switchboard=_ClosedBoard()),
            limits=AgiLimits(line_bytes=64),
        )
        port = await server.start("127.0.0.1", 0)
        for greeting in (b"", REQUEST):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for chunk in (greeting, *chunks):
                writer.write(chunk)
            writer.write_eof()
            async with asyncio.timeout(10):
                with contextlib.suppress(ConnectionError):
                    await reader.read()
            writer.transport.abort()
        await server.close(grace_s=10)
        return server.sessions

    assert asyncio.run(peers()) == 0
