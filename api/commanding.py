"""Giving the engine a command over HTTP: what came of it, or why nothing did."""

import asyncio

from fastapi import HTTPException

from acd.events import Refused
from api.ports import Engine
from cti.messages import Command
from cti.runtime import Answer, EngineStopped, InboxFull

ANSWER_WITHIN_S = 5.0
"""How long a command may wait in the inbox."""


async def command(engine: Engine, asked: Command, look_at: str) -> None:
    """Have a command carried out. ``look_at`` is what to look at when nobody knows what came of it.

    Raises:
        HTTPException: 409 with the reason when it is refused, 503 when the engine does not answer.
    """
    for output in await outputs_of(engine, asked, look_at):
        if isinstance(output, Refused):
            raise HTTPException(409, output.reason)


async def outputs_of(engine: Engine, asked: Command, look_at: str) -> Answer:
    """Have a command carried out, and be told everything that followed at once, a refusal included.

    Raises:
        HTTPException: 503 when the engine does not answer.
    """
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await engine.runtime.ask_for(asked)
    except EngineStopped as stopped:
        raise _later(str(stopped)) from None
    except InboxFull as full:
        raise _later(f"the engine is behind: {full}; nothing was done") from None
    except TimeoutError:
        within = f"the engine did not answer within {ANSWER_WITHIN_S:g} s"
        raise _later(f"{within}; look at the {look_at}") from None


def _later(detail: str) -> HTTPException:
    return HTTPException(503, detail, headers={"Retry-After": "1"})
