"""What others know."""

import asyncio
import logging
import secrets
from dataclasses import replace

from ivr.agi.call_in_hand import CallInHand
from ivr.agi.doer import Doers
from ivr.agi.meanwhile import CallerLeft, meanwhile
from ivr.happenings import Answered, CallerGone, Happening, NothingThere, Unanswered
from ivr.lookups import NoAnswer
from ivr.question import ServiceQuestion
from ivr.steps import LookUp

log = logging.getLogger(__name__)

PAUSE_S = 0.2
"""Before it is asked again; less where the time does not allow it."""


async def look_up(call: CallInHand, step: LookUp) -> Happening:
    """Ask, and listen to the caller meanwhile."""
    try:
        outcome, typed = await meanwhile(call, _asked(call, step))
    except CallerLeft:
        return CallerGone()
    return replace(outcome, typed=typed)


async def _asked(call: CallInHand, step: LookUp) -> Answered | NothingThere | Unanswered:
    """Within the step's time, all tries together; one that hangs gets its share of what is left."""
    key, loop = secrets.token_hex(12), asyncio.get_running_loop()
    until = loop.time() + step.timeout_s
    for left in range(step.retries, -1, -1):
        share_s = (until - loop.time()) / (left + 1)
        try:
            async with asyncio.timeout(share_s):
                return await call.services.lookups.ask(step.question, key)
        except TimeoutError:
            reason = f"no answer within {share_s:.1f} s"
        except NoAnswer as error:
            reason = str(error)
            if not error.again:
                break
            if left:
                await asyncio.sleep(min(PAUSE_S, (until - loop.time()) / (left + 1)))
    log.warning("call %s: %s: %s", call.call_id, _asked_of(step), reason)
    return Unanswered()


def _asked_of(step: LookUp) -> str:
    question = step.question
    return f"the service '{question.service}'" if isinstance(question, ServiceQuestion) else "the customers"


DOERS: Doers = {LookUp: look_up}
