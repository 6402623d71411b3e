"""Private servers for tests: PostgreSQL and Mosquitto on free loopback ports, each stopped by its own pid.

PostgreSQL refuses to run as root, and Mosquitto then changes its user: both get an unprivileged one.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from cti.ports import free_ports

DEADLINE_S = 30.0
"""How long a server may take to come up or go down."""


def free_port() -> int:
    """A loopback TCP port nobody listens on."""
    return free_ports(1)[0]


def program(name: str, *places: str) -> str:
    """The server program's path; skips the test when this machine has none."""
    found = shutil.which(name) or next((p for place in places for p in _newest_first(place, name)), None)
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install postgresql mosquitto")
    return found


def _newest_first(place: str, name: str) -> list[str]:
    root, _, pattern = place.partition("*")
    return sorted((str(path) for path in Path(root).glob(f"*{pattern}/{name}")), reverse=True)


def _unprivileged() -> dict[str, Any]:
    """Arguments for subprocess that give up root's rights, if we have them."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    pytest.skip("no unprivileged user here to run a server as")


class PrivateServer:
    """A server program with a directory and a port of its own, which it keeps over stop and start."""

    def __init__(self) -> None:
        self.port = free_port()
        self.directory = Path(tempfile.mkdtemp(prefix="callwright-test-"))
        self._rights = _unprivileged()
        if self._rights:
            os.chown(self.directory, self._rights["user"], self._rights["group"])
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and return when it answers."""
        assert self._process is None, "it runs already"
        with open(self.directory / "server.log", "ab") as output:
            self._process = subprocess.Popen(
                self._command(), stdin=subprocess.DEVNULL, stdout=output, stderr=output, **self._rights
            )
        self._wait_until(self._answers)

    def stop(self) -> None:
        """Stop it and wait for its end."""
        if self._process is not None and self._process.poll() is None:
            self.thaw()
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(self._goodbye())
        try:
            process.wait(DEADLINE_S)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    def freeze(self) -> None:
        """Let it hang: connections stay open, nothing is answered, until :meth:`thaw`."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        """Signal the server and its children: PostgreSQL serves each connection in a process of its own."""
        assert self._process is not None
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for process in (pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(process, number)

    def remove(self) -> None:
        """Stop it and delete its directory."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _wait_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            dead = self._process is None or self._process.poll() is not None
            if dead or time.monotonic() > deadline:
                self.stop()
                said = (self.directory / "server.log").read_text(errors="replace")[-2000:]
                pytest.fail(f"{type(self).__name__} did not come up:\n{said}")
            time.sleep(0.02)  # asking a foreign process again, not waiting for one of ours

    def _command(self) -> list[str]:
        raise NotImplementedError

    def _answers(self) -> bool:
        raise NotImplementedError

    def _goodbye(self) -> signal.Signals:
        return signal.SIGTERM


class PrivatePostgres(PrivateServer):
    """PostgreSQL, with the superuser ``callwright``."""

    def __init__(self, *, durable: bool = False) -> None:
        self._postgres = program("postgres", "/usr/lib/postgresql/*/bin")
        initdb = program("initdb", "/usr/lib/postgresql/*/bin")
        super().__init__()
        self._durable, self._databases = durable, 0
        self._data = self.directory / "data"
        subprocess.run(
            [initdb, "-D", str(self._data), "-U", "callwright", "-A", "trust", "-E", "UTF8", "--no-locale"]
            + ([] if durable else ["--no-sync"]),
            check=True,
            stdout=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            cwd=self.directory,
            **self._rights,
        )

    def url(self, database: str = "postgres") -> str:
        """SQLAlchemy's URL of a database here."""
        return f"postgresql+asyncpg://callwright:secret@127.0.0.1:{self.port}/{database}"

    async def new_database(self) -> str:
        """The URL of a new, empty database."""
        self._databases += 1
        name = f"floor{self._databases}"
        connection = await asyncpg.connect(f"postgresql://callwright@127.0.0.1:{self.port}/postgres")
        try:
            await connection.execute(f"CREATE DATABASE {name}")
        finally:
            await connection.close()
        return self.url(name)

    def _command(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "20",
            "shared_buffers": "16MB",
            "fsync": "on" if self._durable else "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [self._postgres, "-D", str(self._data), "-p", str(self.port), *options]

    def _answers(self) -> bool:
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"

    def _goodbye(self) -> signal.Signals:
        return signal.SIGINT  # fast: sessions are cut, not waited for


class PrivateMosquitto(PrivateServer):
    """The Mosquitto broker, without a memory between starts."""

    def __init__(self) -> None:
        self._mosquitto = program("mosquitto", "/usr/sbin*")
        super().__init__()
        config = self.directory / "mosquitto.conf"
        config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
            "max_queued_messages 20000\nlog_dest stderr\n"
        )
        config.chmod(0o644)

    @property
    def url(self) -> str:
        """The broker's URL."""
        return f"mqtt://127.0.0.1:{self.port}"

    def _command(self) -> list[str]:
        return [self._mosquitto, "-c", str(self.directory / "mosquitto.conf")]

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


@contextmanager
def running(server: PrivateServer) -> Iterator[PrivateServer]:
    """The server, started, and removed at the end whatever happens."""
    try:
        server.start()
        yield server
    finally:
        server.remove()
