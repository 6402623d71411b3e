"""What a caller says of how he was served."""

from ivr.agi.call_in_hand import CallInHand
from ivr.agi.doer import Doers
from ivr.steps import Finished, Happening, TellGrade


async def tell_grade(call: CallInHand, step: TellGrade) -> Happening:
    """Tell the engine; nobody waits for it."""
    call.services.switchboard.survey_answered(call_id=call.call_id, answer=step)
    return Finished()


DOERS: Doers = {TellGrade: tell_grade}
