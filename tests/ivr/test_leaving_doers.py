"""Recording and fax against a scripted Asterisk: what is sent, what answers mean, what is always kept."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from acd.message import MessageKind
from ivr.agi.call_in_hand import CallInHand
from ivr.agi.doers import carry_out
from ivr.agi.limits import AgiLimits
from ivr.agi.line import ConnectionLost, Line
from ivr.agi.services import Services
from ivr.agi_protocol import ProtocolError
from ivr.happenings import CallerGone, FaxReceived, Happening, NoFax, NotRecorded, Recorded
from ivr.keeper import Kept, NoKeeper, NoRoom, Room
from ivr.steps import AskComment, ReceiveFax, Record, Step
from tests.ivr.peer import Peer
from tests.ivr.scripted_asterisk import Board

VOICE = Record(mailbox="claims", beep=True, max_s=60, silence_s=5, finish_keys="#")
COMMENT = Record(mailbox=None, beep=False, max_s=30, silence_s=3, finish_keys="")
FAX = ReceiveFax(mailbox="orders", max_s=600)
ASKED_FOR_VOICE = 'RECORD FILE "/pbx/m1" "wav" "#" "60000" "BEEP" "s=5"'
ASKED_FOR_FAX = 'EXEC "ReceiveFAX" "/pbx/m1.tif,f"'
LIMITED, UNLIMITED = (f'SET VARIABLE "TIMEOUT(absolute)" "{s}"' for s in (600, 0))
ASKED_HOW = 'GET VARIABLE "FAXSTATUS"'


ROOM = Room(message_id="m1", file="/pbx/m1")


@dataclass
class Shelf:
    """A keeper that has room, or not, and finds what the test says."""

    room: Room | NoRoom = ROOM
    kept: Kept | None = None
    asked: list[tuple[MessageKind, str | None]] = field(default_factory=list)
    taken_in: list[str] = field(default_factory=list)

    async def make_room(self, *, call_id: str, kind: MessageKind, mailbox: str | None) -> Room | NoRoom:
        self.asked.append((kind, mailbox))
        return self.room

    async def take_in(self, *, message_id: str, kind: MessageKind) -> Kept | None:
        self.taken_in.append(message_id)
        return self.kept


class Pbx:
    """One line to a scripted Asterisk."""

    def __init__(self, script: list[tuple[str, str]]) -> None:
        self.script, self.shelf, self.board = script, Shelf(), Board()
        self.heard: list[str] = []

    def _answer(self, line: bytes) -> None:
        self.heard.append(line.decode().removesuffix("\n"))
        expected, answer = self.script.pop(0)
        assert self.heard[-1] == expected
        if answer:
            self._line.data_received(answer.encode() + b"\n")
        else:
            self._line.eof_received()

    async def does(self, step: Step) -> Happening:
        limits = AgiLimits()
        line = self._line = Line(limits)
        line.connection_made(Peer(self._answer))
        services = Services(switchboard=self.board, keeper=self.shelf)
        try:
            happening = await carry_out(CallInHand("1795.7", line, services, limits), step)
        finally:
            line.abort()
        assert self.script == []
        return happening


async def test_words_are_recorded_and_taken_in() -> None:
    pbx = Pbx([(ASKED_FOR_VOICE, "200 result=0 (timeout) endpos=32000")])
    pbx.shelf.kept = Kept(seconds=4.0, pages=None)
    assert await pbx.does(VOICE) == Recorded(name="m1", seconds=4.0)
    assert (pbx.shelf.asked, pbx.shelf.taken_in) == ([(MessageKind.VOICEMAIL, "claims")], ["m1"])


async def test_a_recording_may_do_without_tone_and_keys() -> None:
    pbx = Pbx([('RECORD FILE "/pbx/m1" "wav" "" "30000" "s=3"', "200 result=35 (dtmf) endpos=32000")])
    pbx.shelf.kept = Kept(seconds=4.0, pages=None)
    assert await pbx.does(COMMENT) == Recorded(name="m1", seconds=4.0)
    assert pbx.shelf.asked == [(MessageKind.RECORDING, None)]


@pytest.mark.parametrize(
    "answer", ["200 result=-1 (hangup) endpos=9000", "HANGUP\n200 result=0 (timeout) endpos=1", "511 dead"]
)
async def test_what_was_said_before_he_hung_up_is_taken_in(answer: str) -> None:
    pbx = Pbx([(ASKED_FOR_VOICE, answer)])
    assert await pbx.does(VOICE) == CallerGone()
    assert pbx.shelf.taken_in == ["m1"]


@pytest.mark.parametrize(
    ("answer", "happening"),
    [
        ("200 result=0 (timeout) endpos=32000", Recorded(name="m1", seconds=4.0)),
        ("200 result=-1 (hangup) endpos=9000", CallerGone()),
    ],
)
async def test_a_comment_is_told_as_an_answer_also_of_who_hung_up(answer: str, happening: Happening) -> None:
    asked = AskComment(flow="main", node="opinion", question="why", max_s=30, silence_s=3, finish_keys="#")
    pbx = Pbx([('RECORD FILE "/pbx/m1" "wav" "#" "30000" "BEEP" "s=3"', answer)])
    pbx.shelf.kept = Kept(seconds=4.0, pages=None)
    assert await pbx.does(asked) == happening
    assert pbx.board.told == [("answer", "1795.7", "why", "m1")]
    nothing = Pbx([('RECORD FILE "/pbx/m1" "wav" "#" "30000" "BEEP" "s=3"', answer)])
    await nothing.does(asked)
    assert nothing.board.told == []


async def test_silence_is_no_message() -> None:
    pbx = Pbx([(ASKED_FOR_VOICE, "200 result=0 (timeout) endpos=32000")])
    assert await pbx.does(VOICE) == NotRecorded(reason="nothing said")


async def test_without_room_nobody_is_recorded() -> None:
    pbx = Pbx([])
    pbx.shelf.room = NoRoom(reason="full")
    assert await pbx.does(VOICE) == NotRecorded(reason="no room")
    assert await pbx.does(FAX) == NoFax(reason="no room")
    assert isinstance(await NoKeeper().make_room(call_id="1", kind=MessageKind.FAX, mailbox="a"), NoRoom)


async def test_asterisk_that_knows_no_recording_ends_the_session() -> None:
    with pytest.raises(ProtocolError):
        await Pbx([(ASKED_FOR_VOICE, "510 Invalid or unknown command")]).does(VOICE)


async def test_a_lost_connection_leaves_the_file_to_the_sweep() -> None:
    pbx = Pbx([(ASKED_FOR_VOICE, "")])
    with pytest.raises(ConnectionLost):
        await pbx.does(VOICE)
    assert pbx.shelf.taken_in == []


def faxing(status: str, answer: str = "200 result=0") -> Pbx:
    return Pbx(
        [
            (LIMITED, "200 result=1"),
            (ASKED_FOR_FAX, answer),
            (ASKED_HOW, f"200 result=1 ({status})"),
            (UNLIMITED, "200 result=1"),
        ]
    )


async def test_pages_are_taken_in() -> None:
    pbx = faxing("SUCCESS")
    pbx.shelf.kept = Kept(seconds=None, pages=2)
    assert await pbx.does(FAX) == FaxReceived(pages=2, whole=True)
    pbx = faxing("FAILED", "200 result=-1")
    pbx.shelf.kept = Kept(seconds=None, pages=1)
    assert await pbx.does(FAX) == FaxReceived(pages=1, whole=False)


async def test_no_page_is_no_fax() -> None:
    assert await faxing("FAILED").does(FAX) == NoFax(reason="no page")
    assert await faxing("", "200 result=-2").does(FAX) == NoFax(reason="no fax here")


async def test_a_machine_that_hangs_up_at_once_has_sent_what_it_has_sent() -> None:
    pbx = Pbx(
        [
            (LIMITED, "200 result=1"),
            (ASKED_FOR_FAX, "200 result=-1"),
            (ASKED_HOW, "HANGUP\n200 result=1 (SUCCESS)"),
        ]
    )
    pbx.shelf.kept = Kept(seconds=None, pages=2)
    assert await pbx.does(FAX) == CallerGone()
    assert pbx.shelf.taken_in == ["m1"]


@pytest.fixture(autouse=True)
async def _in_time() -> AsyncIterator[None]:
    async with asyncio.timeout(10):
        yield
