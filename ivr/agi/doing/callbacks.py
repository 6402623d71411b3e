"""Being called back instead of waiting."""

import asyncio

from ivr.agi.call_in_hand import CallInHand
from ivr.agi.doer import Doers
from ivr.steps import AskCallback, CallbackBooked, Happening, QueueRefused


async def ask_callback(call: CallInHand, step: AskCallback) -> Happening:
    """Ask the engine to keep a place for the caller, who stays in his flow."""
    async with asyncio.timeout(call.limits.engine_s):
        refused = await call.services.switchboard.book_callback(
            call_id=call.call_id, queue=step.queue, number=step.number, at=step.at, waits=step.waits
        )
    return CallbackBooked() if refused is None else QueueRefused(reason=refused)


DOERS: Doers = {AskCallback: ask_callback}
