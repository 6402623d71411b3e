"""What a treatment has done with a caller who waits in a queue."""

import asyncio

from ivr.agi.call_in_hand import CallInHand
from ivr.agi.doer import Doers
from ivr.agi_protocol import assignment, command
from ivr.happenings import Happening, Left, PlaceIs
from ivr.steps import AskPlace, LeaveForMusic, LeaveQueue


async def ask_place(call: CallInHand, step: AskPlace) -> Happening:
    """Ask the engine what he may be told of his place in line."""
    async with asyncio.timeout(call.limits.engine_s):
        told = await call.services.switchboard.tell_place(call_id=call.call_id)
    if told is None:
        return PlaceIs(position=None, wait_minutes=None)
    return PlaceIs(position=told.position, wait_minutes=told.wait_minutes)


async def leave_for_music(call: CallInHand, step: LeaveForMusic) -> Happening:
    """Have the dialplan play music, and come back."""
    told = {
        "CTI_TALK_FLOW": step.flow,
        "CTI_TALK_NODE": step.node,
        "CTI_TALK_S": str(step.for_s),
        "CTI_TALK_KEYS": step.keys or NO_KEYS,
    }
    await call.done(command("EXEC", "MSet", assignment(told)))
    return Left()


async def leave_queue(call: CallInHand, step: LeaveQueue) -> Happening:
    """Have the dialplan take him out of the waiting room, and come back. Nobody else writes these variables:
    the floor may be moving him to another queue, with another treatment, at this moment."""
    call.handing_over = True
    told = {"CTI_LEFT": step.flow, "CTI_LEFT_NODE": step.node, "CTI_NEXT": "left"}
    await call.done(command("EXEC", "MSet", assignment(told)))
    return Left()


NO_KEYS = "x"
"""Listened for while he hears music: no telephone has it."""

DOERS: Doers = {AskPlace: ask_place, LeaveForMusic: leave_for_music, LeaveQueue: leave_queue}
