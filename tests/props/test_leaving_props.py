"""Whatever becomes of messages and faxes in a flow, the call ends; whatever Asterisk answers, the shell knows
what it means, or ends the session."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from acd.message import MessageKind
from ivr.agi.call_in_hand import CallInHand
from ivr.agi.doers import carry_out
from ivr.agi.limits import AgiLimits
from ivr.agi.line import ConnectionLost, Line
from ivr.agi.services import Services
from ivr.agi_protocol import ProtocolError
from ivr.flow import Flow
from ivr.happenings import (
    CallerGone,
    FaxReceived,
    Finished,
    Happening,
    KeyPressed,
    NoFax,
    NotRecorded,
    Recorded,
    Silence,
)
from ivr.interpreter import MAX_STEPS, Interpreter
from ivr.keeper import Kept, NoRoom, Room
from ivr.steps import Done, ListenForKey, Play, ReceiveFax, Record, Step
from tests.ivr.peer import Peer
from tests.ivr.scripted_asterisk import Board

KINDS = ("voicemail", "record", "fax", "menu")


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Nodes that lead forward, or back to a menu that is there in any case."""
    names = ["m", *(f"n{at}" for at in range(draw(st.integers(1, 5)))), "end"]
    nodes: dict[str, dict[str, Any]] = {}
    for at, name in enumerate(names[:-1]):
        onward = st.sampled_from(["m", *names[at + 1 :]])
        kind = "menu" if name == "m" else draw(st.sampled_from(KINDS))
        match kind:
            case "voicemail":
                node = {"mailbox": "a", "saved": draw(onward), "failed": draw(onward), "prompts": ["beep"]}
            case "record":
                node = {"into": "it", "next": draw(onward), "failed": draw(onward)}
            case "fax":
                node = {"mailbox": "b", "received": draw(onward), "failed": draw(onward)}
            case _:
                node = {"prompts": ["hello"], "timeout_s": 5.0, "retries": 1, "otherwise": "end"}
                node |= {"keys": {str(n): other for n, other in enumerate(names[1:10])}}
        nodes[name] = {"kind": kind, **node}
    nodes["end"] = {"kind": "hangup", "prompts": ["goodbye"]}
    return Flow.model_validate({"name": "any", "start": "m", "nodes": nodes})


def possible_after(step: Step) -> st.SearchStrategy[Happening]:
    keys = st.sampled_from("0123456789").map(lambda key: KeyPressed(key=key))
    match step:
        case ListenForKey():
            return keys | st.just(Silence())
        case Play(stop_on=stop_on):
            return keys | st.just(Finished()) if stop_on else st.just(Finished())
        case Record():
            return st.sampled_from([Recorded(name="r", seconds=2.0), NotRecorded(reason="nothing said")])
        case ReceiveFax():
            return st.sampled_from([FaxReceived(pages=2, whole=False), NoFax(reason="no page")])
        case _:
            return st.just(Finished())


@settings(max_examples=200, deadline=None)
@given(flow=flows(), data=st.data())
def test_every_call_ends_somewhere(flow: Flow, data: st.DataObject) -> None:
    interpreter = Interpreter(flow)
    step = interpreter.begin()
    for _ in range(MAX_STEPS + 10):
        if isinstance(step, Done):
            return
        gone = data.draw(st.integers(0, 30)) == 0
        step = interpreter.proceed(CallerGone() if gone else data.draw(possible_after(step)))
    raise AssertionError("it goes on for ever")


ANSWERS = st.sampled_from(
    [
        "200 result=0 (timeout) endpos=32000",
        "200 result=35 (dtmf) endpos=1",
        "200 result=-1 (hangup) endpos=9",
        "200 result=-1",
        "200 result=-2",
        "200 result=1",
        "200 result=1 (SUCCESS)",
        "200 result=",
        "HANGUP",
        "511 Command Not Permitted on a dead channel or intercept routine",
        "510 Invalid or unknown command",
        "520-Invalid command syntax.  Proper usage follows:",
        "520 End of proper usage.",
        "100 Trying",
    ]
) | st.text(max_size=30).map(lambda text: text.replace("\n", " "))
STEPS = st.sampled_from(
    [
        Record(mailbox="a", beep=True, max_s=60, silence_s=5, finish_keys="#"),
        Record(mailbox=None, beep=False, max_s=60, silence_s=5, finish_keys=""),
        ReceiveFax(mailbox="b", max_s=600),
    ]
)


class _Anybody:
    """Asterisk, or whoever says he is: has said all he is going to say. Has room, or not, as he is told."""

    def __init__(self, room: Room | NoRoom, kept: Kept | None) -> None:
        self._room, self._kept = room, kept

    async def make_room(self, *, call_id: str, kind: MessageKind, mailbox: str | None) -> Room | NoRoom:
        return self._room

    async def take_in(self, *, message_id: str, kind: MessageKind) -> Kept | None:
        return self._kept

    def hears(self, line: bytes) -> None:
        assert line.count(b"\n") == 1


@settings(max_examples=300, deadline=None)
@given(
    step=STEPS,
    answers=st.lists(ANSWERS, max_size=8),
    room=st.sampled_from([Room(message_id="m", file="/pbx/m"), NoRoom(reason="full")]),
    kept=st.sampled_from([None, Kept(seconds=1.0, pages=None), Kept(seconds=None, pages=3)]),
)
async def test_whatever_asterisk_answers_a_doer_makes_sense_of_it_or_ends(
    step: Step, answers: list[str], room: Room | NoRoom, kept: Kept | None
) -> None:
    peer, limits = _Anybody(room, kept), AgiLimits()
    line = Line(limits)
    line.connection_made(Peer(peer.hears))
    line.data_received(b"agi_network_script: ivr\n\n")
    line.data_received("".join(f"{answer}\n" for answer in answers).encode("utf-8", "replace"))
    line.eof_received()
    services = Services(switchboard=Board(), keeper=peer)
    call = CallInHand("1795.7", line, services, limits)
    try:
        happening = await carry_out(call, step)
    except (ProtocolError, ConnectionLost):
        return
    finally:
        line.abort()
    assert step.may_end_with(happening)
