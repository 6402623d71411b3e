"""What a caller is spoken to in."""

from ivr.agi.call_in_hand import CallInHand
from ivr.agi.doer import Doers
from ivr.happenings import Finished, Happening
from ivr.steps import SpeakLanguage


async def speak_language(call: CallInHand, step: SpeakLanguage) -> Happening:
    """Have Asterisk look for its sounds in this language, in the waiting room too."""
    await call.set("CHANNEL(language)", step.language)
    return Finished()


DOERS: Doers = {SpeakLanguage: speak_language}
