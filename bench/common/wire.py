"""What passes on the loopback interface, with the kernel's times: nobody measured takes part in measuring.

Needs the right to open a packet socket (root, or CAP_NET_RAW).
"""

import ctypes
import socket
import struct
import threading
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

ETH_P_IP = 0x0800
SO_ATTACH_FILTER, SO_TIMESTAMPNS, PACKET_OUTGOING = 26, 35, 4
UDP, TCP = 17, 6
LOOK_S = 0.1
BUFFER_BYTES = 32 * 1024 * 1024


@dataclass(slots=True)
class SipCall:
    """When a call's messages passed, in seconds; None: not seen."""

    invited: float | None = None
    answered: float | None = None
    ended: float | None = None
    """The first BYE."""


@dataclass(slots=True)
class Conversation:
    """What one FastAGI server and Asterisk said to each other, in seconds."""

    turnarounds: list[float] = field(default_factory=list)
    """From Asterisk's request or answer to the server's next command."""
    firsts: list[float] = field(default_factory=list)
    """Those of them that followed a request: the server learns who calls, and a flow begins."""
    answers: list[float] = field(default_factory=list)
    """From a command that takes no time (SET VARIABLE) to Asterisk's answer."""


@dataclass(slots=True)
class Seen:
    """What passed while somebody looked."""

    calls: dict[str, SipCall] = field(default_factory=lambda: defaultdict(SipCall))
    """By Call-ID."""
    agi: dict[int, Conversation] = field(default_factory=lambda: defaultdict(Conversation))
    """By the server's port."""
    said: dict[tuple[int, int], float] = field(default_factory=dict)
    """Asterisk's port and the server's: when Asterisk said what is not followed by a command yet."""
    begun: set[tuple[int, int]] = field(default_factory=set)
    """The same: where the server has said something."""
    asked: dict[tuple[int, int], float] = field(default_factory=dict)
    """The same: when a command that takes no time was sent that is not answered yet."""


class Wire:
    """Looks at SIP ports and FastAGI ports, in a thread of its own. Use it as a context manager."""

    def __init__(self, sip_ports: Collection[int], agi_ports: Collection[int]) -> None:
        self._agi = frozenset(agi_ports)
        self._seen = Seen()
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        _pass_only(self._socket, sorted({*sip_ports, *agi_ports}))
        self._socket.bind(("lo", ETH_P_IP))
        self._socket.settimeout(LOOK_S)
        self._over, self._quiet = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._look, name="wire", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._socket.close()

    def take(self) -> Seen:
        """Everything since the last time, once nothing passes any more."""
        self._quiet.clear()
        self._quiet.wait(10)
        taken, self._seen = self._seen, Seen()
        return taken

    def _look(self) -> None:
        while not self._over.is_set():
            try:
                packet, told, _, sender = self._socket.recvmsg(65_535, 128)
            except TimeoutError:
                self._quiet.set()
                continue
            if sender[2] == PACKET_OUTGOING:
                continue  # on this interface it comes in again
            seconds, nanoseconds = struct.unpack("qq", told[0][2])
            self._note(packet, seconds + nanoseconds / 1e9)

    def _note(self, packet: bytes, at: float) -> None:
        start = 4 * (packet[0] & 15)
        source, target = struct.unpack_from("!HH", packet, start)
        length = int.from_bytes(packet[2:4])
        if packet[9] == UDP:
            self._note_sip(packet[start + 8 : length], at)
        elif packet[9] == TCP:
            data = packet[start + 4 * (packet[start + 12] >> 4) : length]
            if data:
                self._note_agi(source, target, data, at)

    def _note_agi(self, source: int, target: int, data: bytes, at: float) -> None:
        seen = self._seen
        if target in self._agi:
            pair = source, target
            seen.said[pair] = at
            if (asked := seen.asked.pop(pair, None)) is not None:
                seen.agi[target].answers.append(at - asked)
        else:
            pair = target, source
            if (said := seen.said.pop(pair, None)) is not None:
                seen.agi[source].turnarounds.append(at - said)
                if pair not in seen.begun:
                    seen.begun.add(pair)
                    seen.agi[source].firsts.append(at - said)
            if data.startswith(b"SET VARIABLE"):
                seen.asked[pair] = at

    def _note_sip(self, data: bytes, at: float) -> None:
        verb = data[:12]
        if not verb.startswith((b"INVITE ", b"BYE ", b"SIP/2.0 200")):
            return
        head = data.partition(b"\r\n\r\n")[0] + b"\r\n"
        call = self._seen.calls[_header(head, b"call-id:")]
        if verb.startswith(b"INVITE "):
            call.invited = call.invited or at
        elif verb.startswith(b"BYE "):
            call.ended = call.ended or at
        elif _header(head, b"cseq:").endswith("INVITE"):
            call.answered = call.answered or at


def _header(head: bytes, name: bytes) -> str:
    start = head.lower().find(b"\r\n" + name)
    if start < 0:
        return ""
    return head[start + 2 + len(name) : head.index(b"\r\n", start + 2)].decode().strip()


def _pass_only(to: socket.socket, ports: Collection[int]) -> None:
    """Have the kernel pass on nothing but what comes from ``ports`` or goes there."""
    load_header_length, load_port, equal, answer = 0xB1, 0x48, 0x15, 0x06
    tests = [
        (code, value) for at in (0, 2) for code, value in ((load_port, at), *((equal, p) for p in ports))
    ]
    program = [(load_header_length, 0, 0, 0)]
    for at, (code, value) in enumerate(tests):
        jump = len(tests) - at if code == equal else 0  # over what is left of the tests and the refusal
        program.append((code, jump, 0, value))
    program += [(answer, 0, 0, 0), (answer, 0, 0, 65_535)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in program))
    to.setsockopt(
        socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", len(program), ctypes.addressof(code))
    )
