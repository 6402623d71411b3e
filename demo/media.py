"""A call's audio: sent at a pace that does not drift, by one timer for all calls, and recorded."""

import asyncio
import secrets
import socket
from array import array
from collections.abc import Sequence
from functools import lru_cache

from demo import sdp, tone, ulaw
from demo.rtp import PACKET_SAMPLES, BadRtp, DigitEvent, Keypad, RtpPacket

RECORDING_SECONDS = 60
"""How much of the end of a call is kept."""

PACKET_SECONDS = PACKET_SAMPLES / tone.SAMPLE_RATE

_CATCH_UP = 5
"""Packets sent at once after the process was held up; older ones are left out, as a real phone does."""

_RECORDING_BYTES = RECORDING_SECONDS * tone.SAMPLE_RATE
_MAX_DIGITS_KEPT = 256
_PAUSE_S = 0.1
"""Longer between two packets: nobody was sending."""
_MOST_PAUSES = 1000
_MAX_DATAGRAM = 2048
_MOST_WAITING = 500
"""Datagrams looked at when a call ends: ten seconds of it."""


class StreamClosed(Exception):
    """The call is over, or the other side takes no digits."""


@lru_cache(maxsize=64)
def _voice(hz: int | None) -> tuple[bytes, ...]:
    """A second of a tone (or, for None, some silence) as payloads; repeated end to end it has no seam."""
    if hz is None:
        return (bytes([ulaw.SILENCE]) * PACKET_SAMPLES,)
    codes = ulaw.encode(tone.one_second(hz))
    return tuple(codes[at : at + PACKET_SAMPLES] for at in range(0, len(codes), PACKET_SAMPLES))


class RtpStream:
    """One side of one call's audio: sends a tone or silence from ``start`` on, records what it receives.

    Opened by ``MediaClock.open_stream``. Its times are those of the event loop's monotonic clock, in seconds.
    """

    def __init__(self, clock: "MediaClock", host: str, tone_hz: int | None) -> None:
        self.tone_hz = tone_hz
        """The tone being sent, in Hz; None sends silence. May be changed during the call."""
        self.packets_sent = 0
        self.packets_received = 0
        self.started_at: float | None = None
        """When sending began."""
        self.first_heard_at: float | None = None
        """When the first audio packet arrived."""
        self.digits_received = ""
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._heard = bytearray()
        self._remote: tuple[str, int] | None = None
        self._events: int | None = None
        self._listened_to = False
        # From the lower half: a key whose timestamp has gone over the top is an old one to Asterisk.
        self._sequence, self._timestamp = secrets.randbits(16), secrets.randbits(31)
        self._ssrc = secrets.randbits(32)
        self._turn = 0
        self._words = b""
        """What is still to be said before the tone."""
        self._keypad = Keypad()
        self._let_go: list[asyncio.Future[None]] = []
        self._samples_heard = 0
        self._resumed: list[tuple[int, float]] = []
        """Where in what was heard sound came after a pause, and when."""
        self._last_heard_at = -_PAUSE_S
        self._listeners: list[tuple[int, asyncio.Future[None]]] = []
        self._last_digit_at: int | None = None
        # RFC 3550 would like an even port with RTCP on the next; nothing here reads RTCP, any port will do.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            self._socket.bind((host, 0))
        except OSError:
            self._socket.close()
            raise
        self.host, self.port = self._socket.getsockname()
        self._loop.add_reader(self._socket, self._readable)

    def connect(self, remote: sdp.Audio) -> None:
        """What the other side said of its audio: where to send it, how it takes digits, if it listens at all.

        Packets from anywhere else are not heard: a port may still receive the last call's audio.
        """
        self._remote, self._events = (remote.host, remote.port), remote.events
        self._listened_to = remote.port > 0 and remote.direction in ("sendrecv", "recvonly")

    def start(self) -> None:
        """Begin to send, one packet every 20 ms until closed."""
        if self.started_at is None and not self.closed:
            self.started_at = self._loop.time()
            self._clock.add(self)

    def say(self, samples: Sequence[int]) -> None:
        """Say this next, 8000 samples a second, then go on with the tone; what was being said is cut off."""
        self._words = ulaw.encode(samples)

    async def press(self, digits: str) -> None:
        """Press these keys, 200 ms apart and held for 100 ms; returns when the last one has been let go.

        Raises:
            ValueError: Not keys of a telephone, or too many waiting.
            StreamClosed: The call ended first, or the other side takes no RFC 4733 digits.
        """
        if self.closed or self.started_at is None:
            raise StreamClosed("the call is not up")
        if self._events is None:
            raise StreamClosed("the other side takes no digits")
        self._keypad.press(digits)
        let_go: asyncio.Future[None] = self._loop.create_future()
        self._let_go.append(let_go)
        await let_go

    async def listen(self, seconds: float) -> None:
        """Return when this much more audio has been heard.

        Raises:
            StreamClosed: The call ended first.
        """
        if self.closed:
            raise StreamClosed("the call is over")
        enough: asyncio.Future[None] = self._loop.create_future()
        self._listeners.append((self._samples_heard + round(seconds * tone.SAMPLE_RATE), enough))
        await enough

    def recorded(self) -> "array[int]":
        """What was heard, signed 16-bit samples at 8000 a second: the last minute of it at most."""
        return ulaw.decode(bytes(self._heard[-_RECORDING_BYTES:]))

    def heard_at(self, sample: int) -> float:
        """When this sample of all that was heard arrived, to about a packet; on the loop's clock, in seconds.

        Raises:
            ValueError: nothing was heard up to there.
        """
        before = [(first, at) for first, at in self._resumed if first <= sample]
        if not before or sample >= self._samples_heard:
            raise ValueError(f"no sample {sample} was heard")
        first, at = before[-1]
        return at + (sample - first) / tone.SAMPLE_RATE

    @property
    def connected(self) -> bool:
        """The other side has said where its audio goes."""
        return self._remote is not None

    @property
    def closed(self) -> bool:
        return self._socket.fileno() < 0

    def close(self) -> None:
        """Stop sending and give the port back. What was recorded stays, with what came before the end but was
        not looked at yet: the end is told on another socket and may overtake it in here."""
        if self.closed:
            return
        for _ in range(_MOST_WAITING):
            if not self._take_in():
                break
        self._clock.remove(self)
        self._loop.remove_reader(self._socket)
        self._socket.close()
        for waiting in (*self._let_go, *(enough for _, enough in self._listeners)):
            if not waiting.done():
                waiting.set_exception(StreamClosed("the call ended before it was done"))
        self._let_go.clear()
        self._listeners.clear()

    def tick(self, *, late: int) -> None:
        """Send the packet of these 20 ms, ``late`` packets having been left out; called by the clock."""
        self._turn += late
        timestamp = (self._timestamp + self._turn * PACKET_SAMPLES) & 0xFFFFFFFF
        key = self._keypad.next_packet(timestamp) if self._events is not None else None
        if key is not None and self._events is not None:
            event, pressed_at, first = key
            self._send(self._events, event.encode(), pressed_at, marker=first)
            if self._let_go and self._keypad.idle:
                for waiting in self._let_go:
                    if not waiting.done():
                        waiting.set_result(None)
                self._let_go.clear()
        else:
            self._send(sdp.PCMU, self._next_sound(), timestamp, marker=self.packets_sent == 0)
        self._turn += 1

    def _next_sound(self) -> bytes:
        if not self._words:
            voice = _voice(self.tone_hz)
            return voice[self._turn % len(voice)]
        words, self._words = self._words[:PACKET_SAMPLES], self._words[PACKET_SAMPLES:]
        return words.ljust(PACKET_SAMPLES, bytes([ulaw.SILENCE]))

    def _send(self, payload_type: int, payload: bytes, timestamp: int, *, marker: bool) -> None:
        if self._remote is None or not self._listened_to:
            return
        packet = RtpPacket(
            payload_type=payload_type,
            sequence=self._sequence,
            timestamp=timestamp,
            ssrc=self._ssrc,
            marker=marker,
            payload=payload,
        )
        self._sequence = (self._sequence + 1) & 0xFFFF
        try:
            self._socket.sendto(packet.encode(), self._remote)
        except OSError:
            return  # a full buffer or a port that has just gone: to the listener it is a lost packet
        self.packets_sent += 1

    def _readable(self) -> None:
        self._take_in()

    def _take_in(self) -> bool:
        """Take in the next datagram; False when there is none."""
        try:
            data, source = self._socket.recvfrom(_MAX_DATAGRAM)
        except OSError:
            return False
        if source == self._remote:
            self._hear(data)
        return True

    def _hear(self, data: bytes) -> None:
        try:
            packet = RtpPacket.parse(data)
            if packet.payload_type == sdp.PCMU:
                self._record(packet.payload)
            elif packet.payload_type == self._events:
                self._note_digit(DigitEvent.parse(packet.payload), packet.timestamp)
        except BadRtp:
            return
        self.packets_received += 1

    def _record(self, payload: bytes) -> None:
        now = self._loop.time()
        if self.first_heard_at is None:
            self.first_heard_at = now
        if now - self._last_heard_at > _PAUSE_S and len(self._resumed) < _MOST_PAUSES:
            self._resumed.append((self._samples_heard, now))
        self._last_heard_at = now
        self._heard += payload
        self._samples_heard += len(payload)
        if len(self._heard) > 2 * _RECORDING_BYTES:
            del self._heard[:-_RECORDING_BYTES]

        if self._listeners:
            for wanted, enough in self._listeners:
                if wanted <= self._samples_heard and not enough.done():
                    enough.set_result(None)
            self._listeners = [waiting for waiting in self._listeners if not waiting[1].done()]

    def _note_digit(self, event: DigitEvent, timestamp: int) -> None:
        # Every packet of a key carries the timestamp of its beginning, so copies are told from keys by it.
        if event.end and timestamp != self._last_digit_at and len(self.digits_received) < _MAX_DIGITS_KEPT:
            self._last_digit_at = timestamp
            self.digits_received += event.digit


class MediaClock:
    """Paces the audio of every call of a process by one timer.

    Each packet has a deadline counted from the first one, so that no delay adds up.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._open: list[RtpStream] = []
        self._sending: list[RtpStream] = []
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0

    async def __aenter__(self) -> "MediaClock":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def open_stream(self, *, host: str, tone_hz: int | None) -> RtpStream:
        """A stream on a free port of ``host``.

        Raises:
            OSError: No port can be had.
        """
        stream = RtpStream(self, host, tone_hz)
        self._open.append(stream)
        return stream

    def add(self, stream: RtpStream) -> None:
        """Call this stream's ``tick`` every 20 ms, the first time at once when nothing else is being sent."""
        self._sending.append(stream)
        if self._timer is None:
            self._deadline = self._loop.time()
            self._timer = self._loop.call_at(self._deadline, self._tick)

    def remove(self, stream: RtpStream) -> None:
        """The stream is closed."""
        self._open.remove(stream)
        if stream in self._sending:
            self._sending.remove(stream)

    def close(self) -> None:
        """Close every stream and stop the timer."""
        for stream in list(self._open):
            stream.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        behind = int((self._loop.time() - self._deadline) / PACKET_SECONDS)
        left_out = max(0, behind - _CATCH_UP)
        self._deadline += left_out * PACKET_SECONDS
        for stream in self._sending:
            stream.tick(late=left_out)
        if not self._sending:
            self._timer = None
            return
        self._deadline += PACKET_SECONDS
        self._timer = self._loop.call_at(self._deadline, self._tick)
