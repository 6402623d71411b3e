"""What a caller hears."""

import logging
from collections.abc import Sequence

from ivr.agi.call_in_hand import CallInHand
from ivr.agi.doer import Doers
from ivr.agi.meanwhile import CallerLeft, meanwhile
from ivr.agi_protocol import ProtocolError, command
from ivr.happenings import CallerGone, Finished, Happening, KeyPressed
from ivr.steps import Play

log = logging.getLogger(__name__)


async def play(call: CallInHand, step: Play) -> Happening:
    """Play prompts in turn, until a key that interrupts them. Keys pressed while a sound is being made, which
    Asterisk would lose, interrupt them too."""
    typed, prompts = "", call.services.prompter.ready(step.said, step.language)
    if prompts is None:
        try:
            made, typed = await meanwhile(call, _made(call, step))
        except CallerLeft:
            return CallerGone()
        prompts = made
    if keys := "".join(key for key in typed if key in step.stop_on):
        return KeyPressed(key=keys[0], then=keys[1:])
    for prompt in prompts:
        line = command("STREAM FILE", prompt, step.stop_on)
        answer = await call.line.ask(line, call.limits.prompt_s)
        if answer.failed and not answer.endpos and await _caller_still_there(call):
            log.warning("call %s: the prompt '%s' cannot be played", call.call_id, prompt)
            continue
        if answer.failed or call.caller_gone:
            return CallerGone()
        if answer.code != 200:
            raise ProtocolError(f"STREAM FILE answered {answer.code}")
        if (key := answer.key) is not None:
            if key not in step.stop_on:
                raise ProtocolError(f"STREAM FILE ended by the key {key}, which does not end it")
            return KeyPressed(key=key)
    return Finished()


async def _made(call: CallInHand, step: Play) -> Sequence[str]:
    return await call.services.prompter.files(step.said, step.language)


async def _caller_still_there(call: CallInHand) -> bool:
    """Asked because a missing sound file is answered like a hang-up: ``result=-1``."""
    if call.caller_gone:
        return False
    answer = await call.line.ask(command("CHANNEL STATUS"), call.limits.answer_s)
    return answer.carried_out and not call.caller_gone


DOERS: Doers = {Play: play}
