"""Turns recordings of any common format into what Asterisk plays at once: 8 kHz, 16 bit, one channel."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from cti.programs import run_program

_HEADERLESS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "ulaw": ("-t", "ul", "-r", "8000", "-c", "1"),
        "ul": ("-t", "ul", "-r", "8000", "-c", "1"),
        "alaw": ("-t", "al", "-r", "8000", "-c", "1"),
        "al": ("-t", "al", "-r", "8000", "-c", "1"),
        "sln": ("-t", "raw", "-r", "8000", "-c", "1", "-e", "signed", "-b", "16", "-L"),
        "sln16": ("-t", "raw", "-r", "16000", "-c", "1", "-e", "signed", "-b", "16", "-L"),
        "gsm": ("-t", "gsm", "-r", "8000", "-c", "1"),
    }
)
"""How files are to be read that do not say it themselves."""
_CONVERSION_S = 30.0
LONGEST_S = 600
"""The longest sound that is played, in seconds."""


async def convert(source: Path, to: Path) -> None:
    """Write what ``source`` holds to ``to`` (WAV), no more than :data:`LONGEST_S` seconds of it.

    Raises:
        ProgramFailed: sox is not installed, or cannot make sense of the file.
    """
    how = _HEADERLESS.get(source.suffix.removeprefix("."), ())
    await run_program(
        [
            *("sox", "-V1", "-G", *how, _whole(source)),
            *("-t", "wav", "-r", "8000", "-c", "1", "-e", "signed", "-b", "16", _whole(to)),
            *("trim", "0", str(LONGEST_S)),
        ],
        within_s=_CONVERSION_S,
    )


def _whole(path: Path) -> str:
    """A path that begins with "/": sox takes a leading "|" for a program to run, and "-" for an option."""
    return str(path.absolute())
