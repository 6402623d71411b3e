"""Where a caller is put through to somebody who is no agent."""

import asyncio

from ivr.agi.call_in_hand import CallInHand
from ivr.agi.doer import Doers
from ivr.agi_protocol import assignment, command
from ivr.happenings import Happening, Left, TransferRefused
from ivr.steps import LeaveForTransfer


async def leave_for_transfer(call: CallInHand, step: LeaveForTransfer) -> Happening:
    """Ask the engine whether he may be put through, and have the dialplan do it."""
    call.handing_over = True
    async with asyncio.timeout(call.limits.engine_s):
        refused = await call.services.switchboard.put_through(
            call_id=call.call_id, way=step.way, number=step.number
        )
    if refused is not None:
        call.handing_over = False
        return TransferRefused(reason=refused)
    told = {
        "CTI_NODE": step.node,
        "CTI_WAY": step.way.value,
        "CTI_TO": step.number,
        "CTI_DIAL": str(step.ring_s),
        "CTI_LONGEST": str(step.longest_s or 0),
        "CTI_RETURNS": "yes" if step.returns else "no",
        "CTI_NEXT": "transfer",
    }
    await call.done(command("EXEC", "MSet", assignment(told)))
    return Left()


DOERS: Doers = {LeaveForTransfer: leave_for_transfer}
