"""A private Asterisk for one test: its own ports, its own files, gone afterwards."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from cti.config import Config, load_config
from cti.credentials import Credentials, load_or_create

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED_ROOT = Path(os.environ.get("CALLWRIGHT_ASTERISK_ROOT") or REPOSITORY / "var" / "asterisk-root")
START_WITHIN_S = 60.0


class PrivateAsterisk:
    """Asterisk with the shipped house (five agents, three queues) on free ports of loopback.

    ``changes`` are merged into the shipped configuration: ``{"asterisk": {"heartbeat_stale_s": 3}}``.
    ``directory`` becomes its data directory. Callers come from 127.0.0.2. No engine runs.
    """

    def __init__(self, directory: Path, changes: Mapping[str, Any] | None = None) -> None:
        self.var = directory
        self.config_path = directory / "callwright.yaml"
        self._changes = dict(changes or {})
        self.config: Config
        """Read it for the ports: ``config.asterisk.sip_port``."""
        self.credentials: Credentials
        self.log: Path
        """What Asterisk says, the dialplan's steps included."""

    @property
    def environment(self) -> dict[str, str]:
        """What an engine needs in its environment to join this Asterisk."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CALLWRIGHT_")}
        return kept | {
            "CALLWRIGHT_VAR": str(self.var),
            "CALLWRIGHT_CONFIG": str(self.config_path),
            "CALLWRIGHT_ASTERISK_ROOT": str(SHARED_ROOT),
            "CALLWRIGHT_ASTERISK_LOG": "3",
            "CALLWRIGHT_PYTHON": sys.executable,
        }

    def start(self) -> Self:
        """Start it, or raise RuntimeError with its own words."""
        self.var.mkdir(parents=True, exist_ok=True)
        sip, ami, agi, http = free_ports(4)
        shipped = yaml.safe_load((REPOSITORY / "config" / "callwright.yaml").read_text())
        ours = {
            "asterisk": {
                "sip_port": sip,
                "ami_port": ami,
                "agi_port": agi,
                "rtp_start": 20_000,
                "rtp_end": 29_999,
            },
            "http": {"port": http},
        }
        self.config_path.write_text(yaml.safe_dump(merged(merged(shipped, ours), self._changes)))
        self.config = load_config(self.config_path)
        try:
            self._script("start")
            self.credentials = load_or_create(self.var / "secrets.json", [a.id for a in self.config.agents])
            told = re.search(r"^ *log +(\S+)$", self._script("status"), re.MULTILINE)
            assert told, "status names the log"
        except BaseException:
            self.stop()
            raise
        self.log = Path(told[1])
        return self

    def stop(self) -> None:
        """End it and remove its files; what it said stays in ``asterisk.log`` of the data directory."""
        if hasattr(self, "log") and self.log.exists():
            (self.var / "asterisk.log").write_bytes(self.log.read_bytes())
        self._script("stop", "--clean")

    def cli(self, command: str) -> str:
        """What Asterisk's console answers."""
        return self._script("cli", command)

    def said(self, pattern: str, within_s: float = 15.0) -> re.Match[str]:
        """Wait until the log holds ``pattern``; AssertionError with the end of the log if it does not."""
        deadline = time.monotonic() + within_s
        while True:
            log = self.log.read_text(errors="replace")
            if found := re.search(pattern, log):
                return found
            assert time.monotonic() < deadline, f"never said {pattern!r}:\n{log[-3000:]}"
            time.sleep(0.02)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _script(self, *words: str) -> str:
        ran = subprocess.run(
            [str(REPOSITORY / "scripts" / "asterisk"), *words],
            env=self.environment,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=START_WITHIN_S,
            check=False,
        )
        if ran.returncode:
            raise RuntimeError(f"scripts/asterisk {words[0]}: {ran.stderr.strip() or ran.stdout.strip()}")
        return ran.stdout


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


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """``above`` laid over ``below``; mappings are merged, everything else replaced."""
    result = dict(below)
    for key, value in above.items():
        kept = result.get(key)
        result[key] = (
            merged(kept, value) if isinstance(kept, Mapping) and isinstance(value, Mapping) else value
        )
    return result
