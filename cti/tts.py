"""Text to speech: the protocol, and espeak-ng, which needs no account and no network."""

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from cti.espeak_chinese import with_readings
from cti.programs import ProgramFailed, run_program

MOST_CHARACTERS = 2000
"""The longest text that is spoken; more of it is left out."""


class SpeechFailed(Exception):
    """A text could not be spoken; why."""


class TextToSpeech(Protocol):
    """A provider of voices."""

    def style(self, language: str) -> str:
        """Everything that decides how a text sounds in ``language``: with another style it is spoken anew."""
        ...

    async def speak(self, text: str, language: str, to: Path) -> None:
        """Write ``text``, spoken, to ``to`` as a WAV file of any rate. The text comes from :func:`clean`.

        Raises:
            SpeechFailed: it could not be spoken, or not in time.
        """
        ...


def clean(text: str) -> str:
    """``text`` as it may go to a provider: one line, without control characters, of bounded length; empty
    when there is nothing in it to be spoken.
    """
    plain = unicodedata.normalize("NFC", text[: 4 * MOST_CHARACTERS])
    visible = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in plain)
    short = " ".join(visible.split())[:MOST_CHARACTERS].strip()
    return short if any(c.isalnum() for c in short) else ""


_PINYIN = "cmn-latn-pinyin"
"""Of Debian's two Mandarin voices (1.51) the other one, "cmn", takes its own pinyin for English words."""
_VOICES: Mapping[str, str] = MappingProxyType({"en": "en-us", "zh": _PINYIN, "yue": "yue-latn-jyutping"})
_SPEAKING_S = 10.0


class EspeakNg:
    """The program espeak-ng."""

    def __init__(self, voices: Mapping[str, str], words_per_minute: int) -> None:
        """``voices`` win over those it would use: language → a name from ``espeak-ng --voices``."""
        self._voices = {**_VOICES, **voices}
        self._speed = words_per_minute

    def style(self, language: str) -> str:
        """Voice and speed."""
        return f"espeak-ng {self._voice(language)} {self._speed}"

    def _voice(self, language: str) -> str:
        known = self._voices.get(language) or self._voices.get(language.partition("_")[0])
        return known or language.replace("_", "-").lower()

    async def speak(self, text: str, language: str, to: Path) -> None:
        """See :class:`TextToSpeech`. The text goes to standard input: nothing in it can be an option."""
        # Doubled brackets would be phonemes.
        read = re.sub(r"[\[\]]+", " ", text)
        if self._voice(language) == _PINYIN:
            read = with_readings(read)
        command = ["espeak-ng", "-b", "1", "-v", self._voice(language), "-s", str(self._speed)]
        try:
            await run_program(
                [*command, "--stdin", "-w", str(to)],
                given=read.encode(errors="replace"),
                within_s=_SPEAKING_S,
            )
        except ProgramFailed as error:
            raise SpeechFailed(str(error)) from None
