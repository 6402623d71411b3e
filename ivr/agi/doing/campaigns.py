"""What a flow says of the person it talks with, beyond the call."""

import asyncio

from ivr.agi.call_in_hand import CallInHand
from ivr.agi.doer import Doers
from ivr.campaign_steps import Dispose, Disposed, NotDisposed, NotOptedOut, OptedOut, OptOut
from ivr.happenings import Happening


async def opt_out(call: CallInHand, step: OptOut) -> Happening:
    """Have his number put on the list. He hears what came of it, so it is waited for."""
    async with asyncio.timeout(call.limits.engine_s):
        refused = await call.services.campaigns.opt_out(
            call_id=call.call_id, number=step.number, because=step.because
        )
    return OptedOut() if refused is None else NotOptedOut(reason=refused)


async def dispose(call: CallInHand, step: Dispose) -> Happening:
    """Tell the campaign."""
    async with asyncio.timeout(call.limits.engine_s):
        refused = await call.services.campaigns.dispose(
            call_id=call.call_id, disposition=step.disposition, note=step.note, at=step.at
        )
    return Disposed() if refused is None else NotDisposed(reason=refused)


DOERS: Doers = {Dispose: dispose, OptOut: opt_out}
