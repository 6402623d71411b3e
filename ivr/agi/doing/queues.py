"""Where a caller waits for an agent."""

import asyncio

from ivr.agi.call_in_hand import CallInHand
from ivr.agi.doer import Doers
from ivr.agi.doing.waiting import NO_KEYS
from ivr.agi_protocol import assignment, command
from ivr.happenings import Happening, Left, QueueRefused
from ivr.port import Enqueued, QueueClosed, SentAway
from ivr.steps import LeaveForQueue
from ivr.utterance import Sound


async def leave_for_queue(call: CallInHand, step: LeaveForQueue) -> Happening:
    """Ask the engine to take the call, and tell the dialplan what it said."""
    call.handing_over = True
    async with asyncio.timeout(call.limits.engine_s):
        reply = await call.services.switchboard.enqueue(
            call_id=call.call_id, queue=step.queue, priority=step.priority, brief=step.brief
        )
    if isinstance(reply, QueueClosed):
        call.handing_over = False
        return QueueRefused(reason=reply.reason)
    if isinstance(reply, SentAway):
        said = [Sound(name) for name in reply.prompts]
        files = await call.services.prompter.files(said, step.brief.language)
        await call.set("CTI_PROMPTS", "&".join(files))
        await call.set("CTI_NEXT", reply.to)
        return Left()
    await _tell_dialplan(call, step, reply)
    return Left()


async def _tell_dialplan(call: CallInHand, step: LeaveForQueue, reply: Enqueued) -> None:
    """In one command: the dialplan finds the caller either undecided or handed over whole."""
    told = {
        "CTI_QUEUE": reply.queue,
        "CTI_NODE": step.node,
        "CTI_CLASS": reply.call_class,
        "CTI_SINCE": reply.since,
        "CTI_JOINED": "0",
        "CTI_BOOST": reply.boost,
        "CTI_BRIEF": reply.brief,
        "CTI_RETURNS": "yes" if step.brief.returns else "no",
    }
    treatment = (
        step.treatment if step.treatment is not None and reply.queue == step.queue else reply.treatment
    )
    if treatment:
        told |= {
            "CTI_TREATMENT": treatment,
            "CTI_TALK_NODE": "-",
            "CTI_TALK_AT": "0",
            "CTI_TALK_KEYS": NO_KEYS,
        }
    if reply.ring is None:
        told["CTI_NEXT"] = "wait"
    else:
        told["__CTI_OFFER"] = reply.ring.offer  # the agent's leg inherits it
        told["CTI_AGENT"] = reply.ring.agent
        told["CTI_RING"] = str(reply.ring.ring_s)
        told["CTI_NEXT"] = "connect"
    await call.done(command("EXEC", "MSet", assignment(told)))


DOERS: Doers = {LeaveForQueue: leave_for_queue}
