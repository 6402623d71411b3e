"""Being called back instead of waiting."""

import asyncio

from ivr.agi.call_in_hand import CallInHand
from ivr.agi.doer import Doers
from ivr.happenings import CallbackBooked, Happening, QueueRefused
from ivr.steps import AskCallback


async def ask_callback(call: CallInHand, step: AskCallback) -> Happening:
    """Ask the engine to keep a place for the caller, who stays in his flow. Who waited is out of his queue
    with that, which the dialplan has to hear of: till then the flow's next step must not be cut off."""
    call.handing_over = step.waits
    async with asyncio.timeout(call.limits.engine_s):
        refused = await call.services.switchboard.book_callback(
            call_id=call.call_id, queue=step.queue, number=step.number, at=step.at, waits=step.waits
        )
    if refused is None:
        return CallbackBooked()
    call.handing_over = False
    return QueueRefused(reason=refused)


DOERS: Doers = {AskCallback: ask_callback}
