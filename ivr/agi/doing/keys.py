"""What a caller presses."""

from ivr.agi.call_in_hand import CallInHand
from ivr.agi.doer import Doers
from ivr.agi_protocol import ProtocolError, command
from ivr.happenings import CallerGone, Happening, KeyPressed, Silence
from ivr.steps import ListenForKey


async def listen(call: CallInHand, step: ListenForKey) -> Happening:
    """Wait for one key."""
    line = command("WAIT FOR DIGIT", str(round(step.timeout_s * 1000)))
    answer = await call.line.ask(line, step.timeout_s + call.limits.grace_s)
    if answer.failed or call.caller_gone:
        return CallerGone()
    if answer.code != 200:
        raise ProtocolError(f"WAIT FOR DIGIT answered {answer.code}")
    return Silence() if (key := answer.key) is None else KeyPressed(key=key)


DOERS: Doers = {ListenForKey: listen}
