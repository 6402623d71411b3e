"""What callers leave: words, pages."""

import asyncio

from acd.message import MessageKind
from ivr.agi.call_in_hand import CallInHand
from ivr.agi.doer import Doers
from ivr.agi_protocol import ProtocolError, command
from ivr.happenings import CallerGone, FaxReceived, Happening, NoFax, NotRecorded, Recorded
from ivr.keeper import Kept, NoRoom, Room
from ivr.steps import ReceiveFax, Record

NO_ROOM, NOTHING_SAID, NO_PAGE, NO_FAX_HERE = "no room", "nothing said", "no page", "no fax here"
"""Why nothing was left."""
_UNKNOWN_APPLICATION = "-2"


async def record(call: CallInHand, step: Record) -> Happening:
    """Let him speak."""
    happening, _ = await recorded(call, step)
    return happening


async def recorded(call: CallInHand, step: Record) -> tuple[Happening, str | None]:
    """Let him speak; what came of it, and the name of what is kept of it, if anything. It is taken in before
    anything else, also when he has hung up."""
    kind = MessageKind.RECORDING if step.mailbox is None else MessageKind.VOICEMAIL
    room = await _room(call, kind, step.mailbox)
    if isinstance(room, NoRoom):
        return NotRecorded(reason=NO_ROOM), None
    arguments = [room.file, "wav", step.finish_keys, str(step.max_s * 1000)]
    if step.beep:
        arguments.append("BEEP")
    line = command("RECORD FILE", *arguments, f"s={step.silence_s}")
    answer = await call.line.ask(line, step.max_s + call.limits.grace_s)
    kept = await _take_in(call, room, kind)
    if answer.code not in (200, 511):
        raise ProtocolError(f"RECORD FILE answered {answer.code}")
    said = None if kept is None or kept.seconds is None else room.message_id
    if call.caller_gone or answer.note == "hangup":
        return CallerGone(), said
    if kept is None or kept.seconds is None:
        return NotRecorded(reason=NOTHING_SAID), None
    return Recorded(name=room.message_id, seconds=kept.seconds), said


async def receive_fax(call: CallInHand, step: ReceiveFax) -> Happening:
    """Take pages, until the other side has no more, is gone, or time is up. The dialplan's own limit ends
    that: an application under way cannot be stopped from here."""
    room = await _room(call, MessageKind.FAX, step.mailbox)
    if isinstance(room, NoRoom):
        return NoFax(reason=NO_ROOM)
    await call.set("TIMEOUT(absolute)", str(step.max_s))
    # f: as sound where the line knows no T.38. The name is ours: no comma in it begins another argument.
    line = command("EXEC", "ReceiveFAX", f"{room.file}.tif,f")
    answer = await call.line.ask(line, step.max_s + call.limits.grace_s)
    kept = await _take_in(call, room, MessageKind.FAX)
    if answer.code not in (200, 511):
        raise ProtocolError(f"ReceiveFAX answered {answer.code}")
    whole = await _status(call) == "SUCCESS"
    if not call.caller_gone:
        await call.set("TIMEOUT(absolute)", "0")
    if call.caller_gone:
        return CallerGone()
    if kept is None or kept.pages is None:
        return NoFax(reason=NO_FAX_HERE if answer.result == _UNKNOWN_APPLICATION else NO_PAGE)
    return FaxReceived(pages=kept.pages, whole=whole)


async def _status(call: CallInHand) -> str | None:
    """How the fax went, as Asterisk noted; can be asked of a caller who has hung up too."""
    answer = await call.line.ask(command("GET VARIABLE", "FAXSTATUS"), call.limits.answer_s)
    return answer.note


async def _room(call: CallInHand, kind: MessageKind, mailbox: str | None) -> Room | NoRoom:
    async with asyncio.timeout(call.limits.engine_s):
        return await call.services.keeper.make_room(call_id=call.call_id, kind=kind, mailbox=mailbox)


async def _take_in(call: CallInHand, room: Room, kind: MessageKind) -> Kept | None:
    async with asyncio.timeout(call.limits.engine_s):
        return await call.services.keeper.take_in(message_id=room.message_id, kind=kind)


DOERS: Doers = {Record: record, ReceiveFax: receive_fax}
