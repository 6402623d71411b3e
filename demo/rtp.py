"""RTP on the wire (RFC 3550): packets, and the keys of a telephone as events among them (RFC 4733)."""

import struct
from collections import deque
from dataclasses import dataclass

PACKET_SAMPLES = 160
"""Samples in one packet of audio: 20 ms."""

MAX_DIGITS = 64
"""Digits waiting to be sent on one stream."""

DIGITS = "0123456789*#ABCD"
"""Digits in the order of their RFC 4733 event codes."""

DIGIT_PACKETS = 5
"""Packets a key is held down for: 100 ms."""

END_PACKETS = 3
"""Times the end of a digit is said, because any one of them may be lost (RFC 4733, 2.5.1.4)."""

PAUSE_PACKETS = 3
"""Packets of audio between two digits: 60 ms."""

_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")


class BadRtp(ValueError):
    """A datagram that is not RTP version 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RtpPacket:
    """One RTP packet (RFC 3550)."""

    payload_type: int
    sequence: int
    timestamp: int
    """In samples."""
    ssrc: int
    marker: bool = False
    payload: bytes = b""

    def encode(self) -> bytes:
        """The packet as it goes on the wire."""
        second = self.payload_type | (0x80 if self.marker else 0)
        return _HEADER.pack(0x80, second, self.sequence, self.timestamp, self.ssrc) + self.payload

    @classmethod
    def parse(cls, data: bytes) -> "RtpPacket":
        """Read a datagram.

        Raises:
            BadRtp: For anything that is not RTP, whatever the bytes.
        """
        if len(data) < _HEADER.size or data[0] >> 6 != 2:
            raise BadRtp("not RTP version 2")
        first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
        start, end = _HEADER.size + 4 * (first & 0x0F), len(data)
        if first & 0x10:
            if end < start + 4:
                raise BadRtp("cut within the header extension")
            start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
        if first & 0x20:
            end -= data[-1]
        if end < start:
            raise BadRtp("header or padding longer than the packet")
        return cls(
            payload_type=second & 0x7F,
            sequence=sequence,
            timestamp=timestamp,
            ssrc=ssrc,
            marker=bool(second & 0x80),
            payload=data[start:end],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitEvent:
    """The payload of one RFC 4733 packet: a key that is held down, or has just been let go."""

    digit: str
    duration: int
    """Samples since the key went down."""
    end: bool
    volume: int = 10
    """Power below 0 dBm0, in dB."""

    def encode(self) -> bytes:
        """The four bytes of the payload."""
        return _EVENT.pack(DIGITS.index(self.digit), (0x80 if self.end else 0) | self.volume, self.duration)

    @classmethod
    def parse(cls, payload: bytes) -> "DigitEvent":
        """Read a payload.

        Raises:
            BadRtp: It is cut, or the event is not a key.
        """
        if len(payload) < _EVENT.size or payload[0] >= len(DIGITS):
            raise BadRtp("not a key of a telephone")
        code, flags, duration = _EVENT.unpack_from(payload)
        return cls(digit=DIGITS[code], duration=duration, end=bool(flags & 0x80), volume=flags & 0x3F)


class Keypad:
    """The keys a caller presses, as the packets that must take the place of audio."""

    def __init__(self) -> None:
        self._waiting: deque[str] = deque()
        self._digit: str | None = None
        self._pressed_at = 0
        self._said = 0
        self._pause = 0

    @property
    def idle(self) -> bool:
        """Every key has been let go; copies of the last one's end may still follow."""
        return not self._waiting and (self._digit is None or self._said >= DIGIT_PACKETS)

    def press(self, digits: str) -> None:
        """Press these keys after those that already wait.

        Raises:
            ValueError: Not keys of a telephone, or more than ``MAX_DIGITS`` would wait.
        """
        if not digits or any(digit not in DIGITS for digit in digits):
            raise ValueError(f"not keys of a telephone: {digits[:20]!r}")
        if len(self._waiting) + len(digits) > MAX_DIGITS:
            raise ValueError(f"more than {MAX_DIGITS} digits waiting")
        self._waiting.extend(digits)

    def next_packet(self, timestamp: int) -> tuple[DigitEvent, int, bool] | None:
        """What to say in the packet at ``timestamp``: the event, its own timestamp, its marker bit.

        None means audio. All packets of a key carry the timestamp of its beginning.
        """
        if self._digit is None:
            if self._pause:
                self._pause -= 1
                return None
            if not self._waiting:
                return None
            self._digit, self._pressed_at, self._said = self._waiting.popleft(), timestamp, 0
        self._said += 1
        event = DigitEvent(
            digit=self._digit,
            duration=min(self._said, DIGIT_PACKETS) * PACKET_SAMPLES,
            end=self._said >= DIGIT_PACKETS,
        )
        if self._said == DIGIT_PACKETS + END_PACKETS - 1:
            self._digit, self._pause = None, PAUSE_PACKETS
        return event, self._pressed_at, self._said == 1
