"""The keeper: room, taking in, hang-ups, what nobody told of, limits, retention, and a disk that says no."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from acd.call import Outcome
from acd.call_events import CallEnded, CallStarted
from acd.call_signals import CallerHungUp
from acd.commands import EnterIvr
from acd.exits import QueueExit
from acd.ids import CallId, QueueId
from acd.message import Mailbox, MessageId, MessageKind, MessageState
from acd.message_events import MessageChanged, MessageLeft
from acd.overflow_rules import Way
from acd.queue_events import CallSentAway
from cti.config_messages import MessagesConfig
from cti.envelope import Envelope
from cti.keeper import RETENTION
from ivr.keeper import Kept, NoRoom, Room
from tests.api.fake_engine import FakeEngine
from tests.cti.test_message_files import speech, tiff

VOICE, FAX, RECORDING = MessageKind.VOICEMAIL, MessageKind.FAX, MessageKind.RECORDING
HOUR = 3600


class House(FakeEngine):
    """An engine whose callers leave things."""

    @property
    def pbx(self) -> Path:
        return self.keeper._place().here

    def here(self, room: Room, suffix: str = ".wav") -> Path:
        """Where Asterisk writes what it calls so."""
        assert room.file.startswith("/pbx/")
        return self.pbx / f"{room.file.removeprefix('/pbx/')}{suffix}"

    async def enters(self, call_id: str) -> CallId:
        name = CallId(call_id)
        entered = EnterIvr(call_id=name, caller="+3312", dialled="8000", flow="main")
        assert await self.runtime.ask(entered) is None
        return name

    async def told(self, kind: type) -> list[object]:
        await self.settles()
        return [envelope.message for envelope in self.said if isinstance(envelope.message, kind)]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path)
    await made.store.open()
    running = asyncio.create_task(made.runtime.run())
    await made.connects()
    yield made
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await made.store.close()


async def room(
    house: House, call_id: str = "c1", kind: MessageKind = VOICE, mailbox: str | None = "claims"
) -> Room:
    found = await house.keeper.make_room(call_id=call_id, kind=kind, mailbox=mailbox)
    assert isinstance(found, Room)
    return found


def aged(path: Path, by_s: float) -> Path:
    then = time.time() - by_s
    os.utime(path, (then, then))
    return path


async def test_what_a_caller_said_is_kept_and_told(house: House) -> None:
    await house.enters("c1")
    place = await room(house)
    speech(house.here(place), 3)
    kept = await house.keeper.take_in(message_id=place.message_id, kind=VOICE)
    assert kept == Kept(seconds=3.0, pages=None)
    (left,) = await house.told(MessageLeft)
    assert isinstance(left, MessageLeft)
    assert (left.call_id, left.mailbox, left.caller) == ("c1", "claims", "+3312")
    await house.writes_history()
    record = await house.keeper.index.get(MessageId(place.message_id))
    assert record is not None
    assert (record.state, record.length_us, record.by) == (MessageState.NEW, 3_000_000, None)


async def test_who_hung_up_before_it_was_taken_in_is_still_known(house: House) -> None:
    name = await house.enters("c1")
    place = await room(house)
    speech(house.here(place), 3)
    await house.hangs_up(name)
    assert await house.keeper.take_in(message_id=place.message_id, kind=VOICE) is not None
    (left,) = await house.told(MessageLeft)
    assert isinstance(left, MessageLeft)
    assert left.caller == "+3312"
    (ended,) = await house.told(CallEnded)
    assert isinstance(ended, CallEnded)
    assert ended.outcome is Outcome.VOICEMAIL


async def test_silence_is_not_kept(house: House) -> None:
    await house.enters("c1")
    place = await room(house)
    path = speech(house.here(place), 0, 4)
    assert await house.keeper.take_in(message_id=place.message_id, kind=VOICE) is None
    assert not path.exists()
    assert await house.keeper.take_in(message_id=place.message_id, kind=VOICE) is None  # no file at all
    assert await house.told(MessageLeft) == []


async def test_a_recording_is_for_no_mailbox(house: House) -> None:
    await house.enters("c1")
    place = await room(house, kind=RECORDING, mailbox=None)
    speech(house.here(place), 1)
    assert await house.keeper.take_in(message_id=place.message_id, kind=RECORDING) is not None
    (left,) = await house.told(MessageLeft)
    assert isinstance(left, MessageLeft)
    assert (left.mailbox, left.kind) == (None, RECORDING)


async def test_pages_are_kept(house: House) -> None:
    await house.enters("c1")
    place = await room(house, kind=FAX)
    house.here(place, ".tif").write_bytes(tiff(2))
    assert await house.keeper.take_in(message_id=place.message_id, kind=FAX) == Kept(seconds=None, pages=2)


async def test_there_is_only_so_much_room(house: House) -> None:
    house.keeper._limits = MessagesConfig(most=2, most_mb=1)
    await house.enters("c1")
    (house.pbx / "voicemail" / "a.wav").write_bytes(b"x" * 1_000_000)
    no = await house.keeper.make_room(call_id="c1", kind=VOICE, mailbox="claims")
    assert isinstance(no, NoRoom)
    assert "MB" in no.reason
    assert isinstance(await house.keeper.make_room(call_id="c1", kind=FAX, mailbox="claims"), Room)
    for name in ("b", "c"):
        (house.pbx / "fax" / f"{name}.tif").touch()
    no = await house.keeper.make_room(call_id="c1", kind=FAX, mailbox="claims")
    assert isinstance(no, NoRoom)
    assert "2 are kept" in no.reason


async def test_no_room_when_nobody_knows_where(house: House) -> None:
    (house.pbx / "voicemail").rmdir()
    assert isinstance(await house.keeper.make_room(call_id="c1", kind=VOICE, mailbox="claims"), NoRoom)
    assert isinstance(await house.keeper.make_room(call_id="a/b", kind=FAX, mailbox="claims"), NoRoom)
    await house.keeper.sweep()


async def test_whom_a_queue_sent_leaves_a_message_when_he_hangs_up(house: House) -> None:
    name = await house.enters("c1")
    sent = CallSentAway(
        call_id=name, queue_id=QueueId("sales"), way=Way.VOICEMAIL, prompts=(), because=QueueExit.CLOSED
    )
    house.keeper.on_step([_told(sent)])
    speech(house.pbx / "voicemail" / "c1.wav", 2)
    house.runtime.post(CallerHungUp(call_id=name))
    await house.settles()
    await asyncio.gather(*house.keeper._work)
    (left,) = await house.told(MessageLeft)
    assert isinstance(left, MessageLeft)
    assert (left.message_id, left.mailbox, left.caller) == ("c1", "sales", "+3312")


def _told(message: object) -> Envelope:
    return Envelope(run="run", seq=1, at=0, cause=None, message=message)  # type: ignore[arg-type]


async def test_what_nobody_told_of_is_found(house: House) -> None:
    voicemail = house.pbx / "voicemail"
    await house.enters("c1")
    await house.hangs_up(CallId("c1"))
    await house.enters("c2")
    await house.writes_history()
    aged(speech(voicemail / "00000000000000aa.claims.c1.wav", 2), 40)
    aged(speech(voicemail / "c1.wav", 2), 40)
    aged(speech(voicemail / "c9.wav", 2), 40)  # of a call nobody knows
    aged(speech(voicemail / "00000000000000ab.silent.c1.wav", 0, 2), 40)
    speech(voicemail / "00000000000000ac.young.c1.wav", 2)
    aged(speech(voicemail / "00000000000000ad.claims.c2.wav", 2), 40)  # its caller is still here
    aged(speech(voicemail / "00000000000000ae.claims.c2.wav", 2), 2 * HOUR)
    aged(speech(voicemail / "not a message.wav", 2), 40)
    await house.keeper.sweep()
    left = [m for m in await house.told(MessageLeft) if isinstance(m, MessageLeft)]
    assert {(m.message_id, m.mailbox, m.caller) for m in left} == {
        ("00000000000000aa.claims.c1", "claims", "+3312"),
        ("c1", "general", "+3312"),
        ("c9", "general", "unknown"),
        ("00000000000000ae.claims.c2", "claims", "+3312"),
    }
    assert not (voicemail / "00000000000000ab.silent.c1.wav").exists()
    await house.keeper.sweep()  # the index does not know them yet
    house.keeper._told.clear()
    await house.writes_history()
    await house.keeper.sweep()  # now it does
    assert len(await house.told(MessageLeft)) == 4


async def test_what_was_kept_for_long_enough_goes_with_its_file(house: House) -> None:
    old = aged(speech(house.pbx / "voicemail" / "old.wav", 2), 91 * 24 * HOUR)
    young = aged(speech(house.pbx / "voicemail" / "young.wav", 2), 89 * 24 * HOUR)
    await house.keeper.sweep()
    await house.settles()
    await house.writes_history()
    await house.keeper.sweep()
    assert (old.exists(), young.exists()) == (False, True)
    (gone,) = await house.told(MessageChanged)
    assert isinstance(gone, MessageChanged)
    assert (gone.message_id, gone.state, gone.by) == ("old", MessageState.DELETED, RETENTION)
    assert [m.message_id for m in await house.keeper.index.page(10)] == ["young"]


async def test_the_database_may_be_away(house: House) -> None:
    aged(speech(house.pbx / "voicemail" / "c9.wav", 2), 40)
    await house.store.close()
    await house.keeper.sweep()
    assert await house.told(MessageLeft) == []
    await house.store.open()
    await house.keeper.sweep()
    assert len(await house.told(MessageLeft)) == 1


async def test_a_message_told_twice_is_in_the_index_once(house: House) -> None:
    aged(speech(house.pbx / "voicemail" / "c9.wav", 2), 40)
    await house.keeper.sweep()
    house.keeper._told.clear()
    await house.keeper.sweep()
    await house.settles()
    await house.writes_history()
    assert [m.mailbox for m in await house.keeper.index.page(10)] == [Mailbox("general")]
    assert (await house.told(CallStarted)) == []
