"""How a flow itself ends a call."""

import asyncio

from ivr.agi.call_in_hand import CallInHand
from ivr.agi.doer import Doers
from ivr.happenings import Finished, Happening
from ivr.steps import HangUp


async def hang_up(call: CallInHand, step: HangUp) -> Happening:
    """Tell the engine, then have the dialplan hang up."""
    call.handing_over = True
    async with asyncio.timeout(call.limits.engine_s):
        await call.services.switchboard.flow_finished(call_id=call.call_id)
    await call.set("CTI_NEXT", "bye")
    return Finished()


DOERS: Doers = {HangUp: hang_up}
