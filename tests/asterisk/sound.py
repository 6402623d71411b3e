"""Recognising Asterisk's own prompts in what a caller heard: by how loud they are from moment to moment."""

import math
import shutil
import subprocess
from array import array
from collections.abc import Sequence
from pathlib import Path

import pytest

from demo.tone import SAMPLE_RATE
from tests.asterisk.pbx import SHARED_ROOT

FRAME = SAMPLE_RATE // 100
"""Samples whose loudness is taken together: 10 ms."""
HEARD = 0.85
"""From this correlation on a prompt was heard; music and other speech stay well below."""


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


def likeness(heard: Sequence[int], sought: Sequence[int]) -> float:
    """How well the best place of a recording matches a prompt, from -1 to 1."""
    wanted, there = _loudness(sought), _loudness(heard)
    length = len(wanted)
    if len(there) < length:
        return -1.0
    wanted = _centred(wanted)
    power = math.sqrt(sum(value * value for value in wanted))
    best = -1.0
    for start in range(len(there) - length + 1):
        here = _centred(there[start : start + length])
        loud = math.sqrt(sum(value * value for value in here))
        if loud:
            together = sum(a * b for a, b in zip(here, wanted, strict=True))
            best = max(best, together / (loud * power))
    return best


def _loudness(samples: Sequence[int]) -> list[float]:
    frames = range(0, len(samples) - FRAME + 1, FRAME)
    return [math.sqrt(sum(s * s for s in samples[start : start + FRAME]) / FRAME) for start in frames]


def _centred(values: Sequence[float]) -> list[float]:
    mean = sum(values) / len(values)
    return [value - mean for value in values]
