"""Ports that must be free before something starts, and who has them if they are not."""

import errno
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_LISTENING = "0A"


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
    """Ports of loopback that nobody had a moment ago, for TCP and UDP, all different."""
    held: list[socket.socket] = []
    found: list[int] = []
    try:
        while len(found) < count:
            tcp, udp = (
                socket.socket(socket.AF_INET, kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)
            )
            held += [tcp, udp]
            tcp.bind(("127.0.0.1", 0))
            port = tcp.getsockname()[1]
            try:
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
    finally:
        for one in held:
            one.close()
    return found
