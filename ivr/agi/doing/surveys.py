"""What a caller says of how he was served."""

from ivr.agi.call_in_hand import CallInHand
from ivr.agi.doer import Doers
from ivr.agi.doing.leaving_behind import recorded
from ivr.happenings import Finished, Happening
from ivr.steps import AskComment, Record, TellGrade


async def tell_grade(call: CallInHand, step: TellGrade) -> Happening:
    """Tell the engine; nobody waits for it."""
    call.services.switchboard.survey_answered(call_id=call.call_id, answer=step)
    return Finished()


async def ask_comment(call: CallInHand, step: AskComment) -> Happening:
    """Let him speak, and tell the engine under which name it is kept."""
    words = Record(
        mailbox=None, beep=True, max_s=step.max_s, silence_s=step.silence_s, finish_keys=step.finish_keys
    )
    happening, name = await recorded(call, words)
    if name is not None:
        call.services.switchboard.survey_answered(call_id=call.call_id, answer=step, comment=name)
    return happening


DOERS: Doers = {AskComment: ask_comment, TellGrade: tell_grade}
