"""Doing something else while a caller is on the line."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from ivr.agi.call_in_hand import CallInHand
from ivr.agi_protocol import ProtocolError, command

T = TypeVar("T")

FIRST_LOOK_S = 0.02
LONGEST_LOOK_S = 0.25
"""So much later than it was done the caller goes on, at the most."""
MOST_KEYS = 64


class CallerLeft(Exception):
    """The caller hung up meanwhile; what was being done is cancelled."""


async def meanwhile(call: CallInHand, work: Coroutine[Any, Any, T]) -> tuple[T, str]:
    """Do ``work`` while listening to the caller; what it came to, and the keys he pressed.

    Keys pressed between two commands of AGI are lost, so there is always one under way: short ones first,
    then longer ones, since none can be cut short.

    Raises:
        CallerLeft, ProtocolError, TimeoutError, ConnectionLost, or whatever ``work`` raises
    """
    doing = asyncio.create_task(work)
    try:
        typed, look_s = "", FIRST_LOOK_S
        await asyncio.sleep(0)  # what needs no waiting is done at once
        while not doing.done():
            key = await _look(call, look_s)
            typed += key if len(typed) < MOST_KEYS else ""
            look_s = FIRST_LOOK_S if key else min(2 * look_s, LONGEST_LOOK_S)
        return doing.result(), typed
    finally:
        if not doing.done():
            doing.cancel()
            await asyncio.gather(doing, return_exceptions=True)


async def _look(call: CallInHand, for_s: float) -> str:
    """A key, or nothing."""
    line = command("WAIT FOR DIGIT", str(round(for_s * 1000)))
    answer = await call.line.ask(line, for_s + call.limits.grace_s)
    if answer.failed or call.caller_gone:
        raise CallerLeft
    if answer.code != 200:
        raise ProtocolError(f"WAIT FOR DIGIT answered {answer.code}")
    return answer.key or ""
