"""Recognising a known sound in what somebody heard: by how loud it is from moment to moment."""

import math
from collections.abc import Sequence

from demo.tone import SAMPLE_RATE

FRAME = SAMPLE_RATE // 100
"""Samples whose loudness is taken together: 10 ms."""
HEARD = 0.85
"""From this correlation on a sound was heard; music and other speech stay well below."""


def likeness(heard: Sequence[int], sought: Sequence[int]) -> float:
    """How well the best place of a recording matches a sound, from -1 to 1."""
    return found(heard, sought)[0]


def found(heard: Sequence[int], sought: Sequence[int]) -> tuple[float, int]:
    """How well the best place of a recording matches a sound, from -1 to 1, and the sample it begins at."""
    wanted, there = _loudness(sought), _loudness(heard)
    length = len(wanted)
    if len(there) < length:
        return -1.0, 0
    wanted = _centred(wanted)
    power = math.sqrt(sum(value * value for value in wanted))
    best = (-1.0, 0)
    for start in range(len(there) - length + 1):
        here = _centred(there[start : start + length])
        loud = math.sqrt(sum(value * value for value in here))
        if loud:
            together = sum(a * b for a, b in zip(here, wanted, strict=True))
            best = max(best, (together / (loud * power), start * FRAME))
    return best


def _loudness(samples: Sequence[int]) -> list[float]:
    frames = range(0, len(samples) - FRAME + 1, FRAME)
    return [math.sqrt(sum(s * s for s in samples[start : start + FRAME]) / FRAME) for start in frames]


def _centred(values: Sequence[float]) -> list[float]:
    mean = sum(values) / len(values)
    return [value - mean for value in values]
