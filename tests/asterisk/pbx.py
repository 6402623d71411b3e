"""A private Asterisk for one test: its own ports, its own files, gone afterwards."""

import os
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cti.config import Config, load_config
from cti.credentials import Credentials, load_or_create
from cti.ports import free_ports
from demo.house import REPOSITORY, asterisk, furnish

SHARED_ROOT = Path(os.environ.get("CALLWRIGHT_ASTERISK_ROOT") or REPOSITORY / "var" / "asterisk-root")


class PrivateAsterisk:
    """Asterisk with the shipped house (five agents, three queues) on free ports of loopback.

    ``changes`` are merged into the shipped configuration: ``{"asterisk": {"heartbeat_stale_s": 3}}``.
    ``directory`` becomes its data directory. Callers come from 127.0.0.2. No engine runs.
    """

    def __init__(self, directory: Path, changes: Mapping[str, Any] | None = None) -> None:
        self.var = directory
        self.config_path = directory / "callwright.yaml"
        self.changes = dict(changes or {})
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
        """Start it, or raise HouseProblem with its own words."""
        sip, ami, agi, http = free_ports(4)
        ports = {"sip_port": sip, "ami_port": ami, "agi_port": agi, "rtp_start": 20_000, "rtp_end": 29_999}
        changes = self.changes | {
            "asterisk": ports | self.changes.get("asterisk", {}),
            "http": {"port": http} | self.changes.get("http", {}),
        }
        self.config = load_config(furnish(self.var, changes))
        try:
            asterisk("start", environment=self.environment)
            self.credentials = load_or_create(self.var / "secrets.json", [a.id for a in self.config.agents])
            status = asterisk("status", environment=self.environment)
            told = re.search(r"^ *log +(\S+)$", status, re.MULTILINE)
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
        asterisk("stop", "--clean", environment=self.environment)

    def cli(self, command: str) -> str:
        """What Asterisk's console answers."""
        return asterisk("cli", command, environment=self.environment)

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
