"""How numbers, digits, amounts, dates and times are said, in the words of a language."""

from collections.abc import Mapping

from ivr.speech import chinese, english, plain
from ivr.speech.said import Speaker

_SPEAKERS: Mapping[str, Speaker] = {"en": english.English(), "zh": chinese.Chinese()}
_PLAIN = plain.Plain()


def speaker(language: str) -> Speaker:
    """Who says values in ``language`` (``zh``; of ``zh_HK`` the first part counts). A language nobody knows
    here gets them as they are written, for its voice to read.
    """
    return _SPEAKERS.get(language[:2] if language[2:3] in ("", "_", "-") else language, _PLAIN)
