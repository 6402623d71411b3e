"""G.711 µ-law, the codec every telephone speaks, from tables built once at import."""

from array import array
from collections.abc import Iterable

SILENCE = 0xFF
"""The code of amplitude zero."""

_BIAS = 132


def _magnitudes() -> bytes:
    """The code of each amplitude from 0 to 32768.

    Code by code: 8 segments of 16 steps, each segment's steps twice as wide as the last one's. All bits
    of a code travel inverted.
    """
    codes = b"".join(bytes([~step & 0xFF]) * (8 << (step >> 4)) for step in range(128))
    loudest = codes[-1:]
    return codes[_BIAS - 128 :] + loudest * (_BIAS + 1)


def _sample(code: int) -> int:
    """The amplitude one code stands for: the middle of its step."""
    code = ~code & 0xFF
    magnitude = ((((code & 0x0F) << 3) + _BIAS) << ((code >> 4) & 0x07)) - _BIAS
    return -magnitude if code & 0x80 else magnitude


_POSITIVE = _magnitudes()
_NEGATIVE = bytes(code & 0x7F for code in _POSITIVE)
# Indexed by the sample itself: Python counts a negative index from the end.
_CODES = _POSITIVE[:32768] + _NEGATIVE[:0:-1]

_SAMPLES = array("h", (_sample(code) for code in range(256))).tobytes()
_FIRST_BYTE, _SECOND_BYTE = _SAMPLES[0::2], _SAMPLES[1::2]


def encode(samples: Iterable[int]) -> bytes:
    """Signed 16-bit samples as µ-law.

    Raises:
        IndexError: A sample does not fit 16 bits.
    """
    return bytes(_CODES[sample] for sample in samples)


def decode(codes: bytes) -> "array[int]":
    """µ-law as signed 16-bit samples."""
    # Two table look-ups in C and an interleave: a minute of audio takes milliseconds.
    both = bytearray(2 * len(codes))
    both[0::2] = codes.translate(_FIRST_BYTE)
    both[1::2] = codes.translate(_SECOND_BYTE)
    return array("h", bytes(both))
