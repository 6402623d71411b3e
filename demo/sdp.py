"""SDP offers and answers for one stream of µ-law audio with RFC 4733 digits."""

from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address

TYPE = "application/sdp"

PCMU = 0
"""Static payload type of G.711 µ-law (RFC 3551)."""

TELEPHONE_EVENT = 101
"""Payload type we offer for RFC 4733 digits; the answer may name another."""

_ANSWERED_WITH = {
    "sendrecv": "sendrecv",
    "sendonly": "recvonly",
    "recvonly": "sendonly",
    "inactive": "inactive",
}


class SdpError(ValueError):
    """A session description that cannot be understood, or shares no audio codec with us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    """Where one side wants its audio, and in which form."""

    host: str
    port: int
    """UDP port; 0 refuses the stream."""
    events: int | None
    """Payload type of RFC 4733 digits, or None when the side takes none."""
    direction: str = "sendrecv"


def parse(body: bytes) -> Audio:
    """The first audio stream of a session description.

    Raises:
        SdpError: For anything that is not a description with an RTP/AVP audio stream carrying µ-law.
    """
    host = direction = None
    port: int | None = None
    formats: list[str] = []
    events: int | None = None
    in_audio = False
    for line in body.decode("utf-8", errors="replace").splitlines():
        kind, _, value = line.partition("=")
        if kind == "m":
            if port is not None:
                break
            words = value.split()
            in_audio = len(words) > 3 and words[0] == "audio" and words[2] == "RTP/AVP"
            if in_audio:
                port, formats = _number(words[1].partition("/")[0], 65535), words[3:]
        elif kind == "c" and (host is None or in_audio):
            words = value.split()
            if len(words) != 3 or words[:2] != ["IN", "IP4"]:
                raise SdpError(f"not an IPv4 connection: {value[:60]!r}")
            host = _address(words[2])
        elif kind == "a" and value in _ANSWERED_WITH and (in_audio or direction is None):
            direction = value
        elif kind == "a" and in_audio and value.startswith("rtpmap:"):
            number, _, name = value.removeprefix("rtpmap:").partition(" ")
            if name.strip().lower() == "telephone-event/8000" and number in formats:
                events = _number(number, 127)
    if host is None or port is None:
        raise SdpError("no RTP/AVP audio stream with an address")
    if str(PCMU) not in formats:
        raise SdpError(f"no µ-law among the formats {' '.join(formats)[:60]!r}")
    return Audio(host=host, port=port, events=events, direction=direction or "sendrecv")


def describe(audio: Audio, *, version: int) -> bytes:
    """A session description of ``audio``; ``version`` must grow with every change within a call."""
    lines = [
        "v=0",
        f"o=- {audio.port} {version} IN IP4 {audio.host}",
        "s=-",
        f"c=IN IP4 {audio.host}",
        "t=0 0",
        f"m=audio {audio.port} RTP/AVP {PCMU}" + (f" {audio.events}" if audio.events is not None else ""),
        f"a=rtpmap:{PCMU} PCMU/8000",
    ]
    if audio.events is not None:
        lines += [f"a=rtpmap:{audio.events} telephone-event/8000", f"a=fmtp:{audio.events} 0-15"]
    lines += ["a=ptime:20", f"a={audio.direction}"]
    return "".join(f"{line}\r\n" for line in lines).encode()


def answer(offer: Audio, *, host: str, port: int) -> Audio:
    """Our side of an accepted offer: the offer's own payload types, its direction mirrored (RFC 3264)."""
    return Audio(host=host, port=port, events=offer.events, direction=_ANSWERED_WITH[offer.direction])


def _number(text: str, highest: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= highest):
        raise SdpError(f"not a number up to {highest}: {text[:20]!r}")
    return int(text)


def _address(text: str) -> str:
    try:
        return str(IPv4Address(text))
    except AddressValueError:
        raise SdpError(f"not an IPv4 address: {text[:40]!r}") from None
