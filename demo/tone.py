"""Tones a machine can recognise: how a test knows whose voice it hears.

Every phone and caller of the demonstration sends a tone of its own; the other side's recording is searched
for it. Tones that are multiples of 25 Hz fall exactly on a bin of the detector, so that neighbours 50 Hz
apart do not leak into each other.
"""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache

SAMPLE_RATE = 8000
"""Samples per second of telephone audio (G.711)."""

BLOCK = 320
"""Samples looked at together: 40 ms, so the detector's bins are 25 Hz wide."""

LOUDNESS = 8000
"""Amplitude of a generated tone, of 32767: about -12 dBFS, a normal speaking level."""

_QUIET = 100.0
"""Root-mean-square amplitude below which a block counts as silence: codec noise is under 10."""

_MOSTLY = 0.5
"""Share of a block's power from which the block counts as carrying the tone."""


@lru_cache(maxsize=64)
def one_second(hz: int) -> tuple[int, ...]:
    """One second of the tone ``hz``, as signed 16-bit samples; repeated end to end it has no seam.

    Raises:
        ValueError: The frequency is not between 1 Hz and just under half the sample rate.
    """
    if not 0 < hz < SAMPLE_RATE // 2:
        raise ValueError(f"a tone of {hz} Hz does not fit {SAMPLE_RATE} samples a second")
    step = 2 * math.pi * hz / SAMPLE_RATE
    return tuple(round(LOUDNESS * math.sin(step * n)) for n in range(SAMPLE_RATE))


def goertzel(block: Sequence[int], hz: float) -> float:
    """Energy of ``block`` at ``hz``, in the same unit as the sum of its squared samples."""
    coefficient = 2 * math.cos(2 * math.pi * hz / SAMPLE_RATE)
    before, last = 0.0, 0.0
    for sample in block:
        before, last = last, sample + coefficient * last - before
    power = last * last + before * before - coefficient * last * before
    return 2 * power / len(block)


def heard(samples: Sequence[int], hz: float) -> float:
    """The share (0 to 1) of a recording's power that lies at ``hz``; 0 when nothing was recorded.

    Silence weighs nothing: a second of pure tone in a minute of silence gives 1.
    """
    total = at_tone = 0.0
    for block, energy in _loud_blocks(samples):
        if block:
            total += energy
            at_tone += goertzel(block, hz)
    return min(1.0, at_tone / total) if total else 0.0


def longest_run(samples: Sequence[int], hz: float) -> float:
    """Seconds of the longest stretch in which the tone ``hz`` is most of what can be heard."""
    longest = run = 0
    for block, energy in _loud_blocks(samples):
        run = run + 1 if block and goertzel(block, hz) >= _MOSTLY * energy else 0
        longest = max(longest, run)
    return longest * BLOCK / SAMPLE_RATE


def onset(samples: Sequence[int], hz: float, lasting_s: float = 0.2) -> int | None:
    """The sample from which on the tone ``hz`` is most of what can be heard, for so long; None: nowhere."""
    wanted, run = max(1, round(lasting_s * SAMPLE_RATE / BLOCK)), 0
    for at, (block, energy) in enumerate(_loud_blocks(samples)):
        run = run + 1 if block and goertzel(block, hz) >= _MOSTLY * energy else 0
        if run == wanted:
            return (at - wanted + 1) * BLOCK
    return None


def _loud_blocks(samples: Sequence[int]) -> Iterator[tuple[Sequence[int], float]]:
    """Each whole block with its energy; an empty block stands for silence."""
    floor = _QUIET * _QUIET * BLOCK
    for start in range(0, len(samples) - BLOCK + 1, BLOCK):
        block = samples[start : start + BLOCK]
        energy = float(sum(sample * sample for sample in block))
        yield (block if energy >= floor else ()), energy
