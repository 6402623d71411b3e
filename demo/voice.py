"""The house's voice, for telling whether a caller heard it."""

import tempfile
import wave
from array import array
from io import BytesIO
from pathlib import Path

from cti.config import SpeechConfig
from cti.sox import convert
from cti.tts import EspeakNg


async def spoken(text: str, language: str, speech: SpeechConfig) -> "array[int]":
    """A text as the house speaks it, 8000 samples a second."""
    with tempfile.TemporaryDirectory() as directory:
        raw, file = Path(directory) / "raw.wav", Path(directory) / "spoken.wav"
        await EspeakNg(speech.voices, speech.words_per_minute).speak(text, language, raw)
        await convert(raw, file)
        return samples(file.read_bytes())


def samples(wav: bytes) -> "array[int]":
    """What a WAV file of one channel and 16 bits holds."""
    with wave.open(BytesIO(wav)) as sound:
        return array("h", sound.readframes(sound.getnframes()))
