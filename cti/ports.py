"""Ports that must be free before something starts, and who has them if they are not."""

import errno
import os
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain, cycle, repeat
from pathlib import Path

_LISTENING = "0A"
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LANE = 150
"""Ports a process has for itself when it looks for free ones."""


@dataclass(frozen=True, slots=True)
class Port:
    """A port somebody wants to listen on."""

    protocol: str
    """``tcp`` or ``udp``."""
    host: str
    number: int
    setting: str
    """The configuration key that moves it."""


def conflicts(ports: Iterable[Port]) -> tuple[str, ...]:
    """One sentence for each port that cannot be had, naming the setting and, if known, the holder."""
    return tuple(problem for port in ports if (problem := _conflict(port)))


def _conflict(port: Port) -> str | None:
    kind = socket.SOCK_STREAM if port.protocol == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as probe:
        if port.protocol == "tcp":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((port.host, port.number))
            return None
        except OSError as error:
            what = f"{port.protocol} {port.host}:{port.number} ({port.setting})"
            if error.errno != errno.EADDRINUSE:
                return f"{what} cannot be used: {error.strerror}"
            holder = _holder(port) or "another program"
            return f"{what} is in use by {holder}: stop it, or change {port.setting}"


def _holder(port: Port) -> str | None:
    """The process that has the port, as far as this user may see."""
    inodes = _inodes(port)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            for handle in os.listdir(process / "fd"):
                if os.readlink(process / "fd" / handle) in inodes:
                    return f"{(process / 'comm').read_text().strip()} (process {process.name})"
        except OSError:
            continue  # gone meanwhile, or another user's
    return None


def _inodes(port: Port) -> frozenset[str]:
    try:
        lines = Path(f"/proc/net/{port.protocol}").read_text().splitlines()[1:]
    except OSError:
        return frozenset()
    found = set[str]()
    for line in lines:
        fields = line.split()
        listens = fields[3] == _LISTENING or port.protocol == "udp"
        if listens and int(fields[1].rpartition(":")[2], 16) == port.number:
            found.add(f"socket:[{fields[9]}]")
    return frozenset(found)


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody had a moment ago, for TCP and UDP, all different.

    They are used some seconds later. So they are none of those the kernel hands out to whoever names no
    port, and no other process that asks here gets them as long as this one lives.
    """
    held: list[socket.socket] = []
    found: list[int] = []
    try:
        # Nothing is free above the kernel's own ports: then whatever the kernel gives.
        for wanted in chain((next(_ours()) for _ in range(_LANE)), repeat(0)):
            if len(found) == count:
                break
            tcp, udp = (
                socket.socket(socket.AF_INET, kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)
            )
            held += [tcp, udp]
            try:
                tcp.bind(("127.0.0.1", wanted))
                port = tcp.getsockname()[1]
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
    finally:
        for one in held:
            one.close()
    return found


@cache
def _ours() -> Iterator[int]:
    """This process's ports above the kernel's, in turn; zeros if it can have none."""
    try:
        first = int(_RANGE.read_text().split()[1]) + 1
    except (OSError, ValueError, IndexError):
        return repeat(0)
    for start in range(first, 2**16 - _LANE, _LANE):
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(f"\0callwright-ports-{start}")
        except OSError:
            claim.close()
            continue
        claim.detach()  # held until this process ends
        return cycle(range(start, start + _LANE))
    return repeat(0)
