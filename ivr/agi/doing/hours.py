"""Whether it is open."""

from ivr.agi.call_in_hand import CallInHand
from ivr.agi.doer import Doers
from ivr.happenings import Happening
from ivr.steps import AskHours


async def ask_hours(call: CallInHand, step: AskHours) -> Happening:
    """By the rules in force."""
    return call.services.hours(step.calendar)


DOERS: Doers = {AskHours: ask_hours}
