"""Asterisk's own prompts as samples, to be found in what a caller heard."""

import shutil
import subprocess
from array import array
from collections.abc import Sequence
from pathlib import Path

import pytest

from demo.likeness import FRAME
from demo.likeness import HEARD as HEARD
from demo.likeness import likeness as likeness
from demo.tone import SAMPLE_RATE
from tests.asterisk.pbx import SHARED_ROOT


def prompt(name: str) -> "array[int]":
    """A prompt's samples, 8000 a second; the test is skipped where there is nothing to decode it with."""
    sox = shutil.which("sox")
    if sox is None:
        pytest.skip("needs sox to decode Asterisk's prompts")
    places = (SHARED_ROOT / "usr/share/asterisk/sounds", Path("/usr/share/asterisk/sounds"))
    found = next((file for place in places for file in place.glob(f"en*/{name}.gsm")), None)
    assert found is not None, f"no prompt {name}"
    raw = ["-t", "raw", "-r", str(SAMPLE_RATE), "-e", "signed", "-b", "16", "-c", "1", "-"]
    done = subprocess.run([sox, found, *raw], capture_output=True, check=True)
    return array("h", done.stdout)


def seconds(samples: Sequence[int]) -> float:
    """How long it takes to play."""
    return len(samples) / SAMPLE_RATE


def found(heard: Sequence[int], sought: Sequence[int]) -> tuple[float, int]:
    """How well the best place of a recording matches a sound, and at which sample that place begins."""
    ahead = range(0, max(1, len(heard) - len(sought) + 1), FRAME)
    return max((likeness(heard[at : at + len(sought)], sought), at) for at in ahead)
